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

// sniff tells the type from the content. The name decides nothing but whether
// bytes that may be text are.
func sniff(name string, data []byte) kind {
	head := data[:min(len(data), 1024)]
	switch {
	// Viewers accept a header anywhere in the first 1024 bytes.
	case bytes.Contains(head, []byte("%PDF-")):
		return kindPDF
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return sniffZip(data)
	}
	if looksLikeText(data) {
		return kindText
	}
	_ = name
	return kindUnknown
}

func sniffZip(data []byte) kind {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return kindDOCX // a damaged package: the reader says so
	}
	for i, f := range z.File {
		if i > maxZipEntries {
			break
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
