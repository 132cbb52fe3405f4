package document

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path"
	"strings"
)

// kind is a type of file, found from its content.
type kind byte

const (
	kindUnknown kind = iota
	kindPDF
	kindDOCX
	kindODT
	kindRTF
	kindHTML
	kindText
	kindDOC
	kindPicture
)

func (k kind) mediaType() string {
	switch k {
	case kindPDF:
		return "application/pdf"
	case kindDOCX:
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case kindODT:
		return "application/vnd.oasis.opendocument.text"
	case kindRTF:
		return "application/rtf"
	case kindHTML:
		return "text/html"
	case kindText:
		return "text/plain"
	case kindDOC:
		return "application/msword"
	case kindPicture:
		return "image/png"
	}
	return "application/octet-stream"
}

// sniff tells the type from the content, never from the name.
func sniff(data []byte) kind {
	head := data[:min(len(data), 1024)]
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	// Viewers accept a header anywhere in the first 1024 bytes.
	case bytes.Contains(head, []byte("%PDF-")):
		return kindPDF
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return sniffZip(data)
	case bytes.HasPrefix(trimmed, []byte(`{\rt`)):
		return kindRTF
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return kindDOC
	case pictureType(data) != "":
		return kindPicture
	}
	if looksLikeHTML(data) {
		return kindHTML
	}
	if looksLikeText(data) {
		return kindText
	}
	return kindUnknown
}

// looksLikeHTML looks for the marks of HTML near the beginning, in UTF-8 or
// UTF-16.
func looksLikeHTML(data []byte) bool {
	head := data[:min(len(data), 4096)]
	if bytes.IndexByte(head, 0) >= 0 {
		s, ok := decodeUnicode(head[:len(head)&^3])
		if !ok {
			return false
		}
		head = []byte(s)
	}
	lower := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n"))
	if !bytes.HasPrefix(lower, []byte("<")) {
		return false
	}
	for _, mark := range []string{"<!doctype html", "<html", "<head", "<body", "<div", "<p>", "<p ", "<table", "<h1", "<ul", "<span", "<meta"} {
		if bytes.Contains(lower, []byte(mark)) {
			return true
		}
	}
	return false
}

// pictureType is the media type of a picture, "" for anything else.
func pictureType(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(data, []byte("\xFF\xD8\xFF")):
		return "image/jpeg"
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return "image/gif"
	case bytes.HasPrefix(data, []byte("II*\x00")), bytes.HasPrefix(data, []byte("MM\x00*")):
		return "image/tiff"
	case bytes.HasPrefix(data, []byte("BM")) && len(data) > 26 && data[6]|data[7]|data[8]|data[9] == 0:
		return "image/bmp"
	case bytes.HasPrefix(data, []byte("RIFF")) && len(data) > 12 && string(data[8:12]) == "WEBP":
		return "image/webp"
	}
	return ""
}

func sniffZip(data []byte) kind {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return kindDOCX // a damaged package: the reader says so
	}
	for i, f := range z.File {
		if i > maxZipEntries {
			return kindDOCX // far too many entries: the reader says so
		}
		switch n := strings.ToLower(path.Clean(f.Name)); {
		case strings.HasPrefix(n, "word/"):
			return kindDOCX
		case n == "content.xml":
			return kindODT
		}
	}
	return kindUnknown
}

func megabytes(n int) string { return fmt.Sprintf("%d MB", n>>20) }
