package document

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// pdfPage makes a PDF of one page, Letter size, with a content stream and the
// fonts F1 (Helvetica) and F2 (Helvetica-Bold). extra are more objects, numbered
// from 10; resources and catalog are added to those dictionaries.
func pdfPage(content string, more ...string) []byte {
	var resources, catalog, page string
	var extra []string
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		switch name {
		case "resources":
			resources = value
		case "catalog":
			catalog = value
		case "page":
			page = value
		default:
			extra = append(extra, value)
		}
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R " + catalog + " >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> " + resources + " >> " + page + " >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
		"null", "null", "null",
	}
	return pdfFile(append(objects, extra...))
}

func pdfFile(objects []string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// say is a content stream that shows a line of text at a place.
func say(x, y, size float64, text string) string {
	text = strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(text)
	return fmt.Sprintf("BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n", size, x, y, text)
}

// docx makes a package with the given body; parts are name=content.
func docx(body string, parts ...string) []byte {
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	const spaces = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" xmlns:wps="x"`
	files := []string{
		"[Content_Types].xml=" + head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"word/document.xml=" + head + `<w:document` + spaces + `><w:body>` + body + `</w:body></w:document>`,
	}
	for _, p := range parts {
		name, content, _ := strings.Cut(p, "=")
		if i := strings.Index(content, ">"); i > 0 && strings.HasPrefix(content, "<w:") && !strings.Contains(content[:i], "xmlns") {
			content = content[:i] + spaces + content[i:]
		}
		files = append(files, name+"="+content)
	}
	return zipped(files...)
}

func zipped(files ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		name, content, _ := strings.Cut(f, "=")
		w, err := z.Create(name)
		if err != nil {
			panic(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func para(runs ...string) string { return "<w:p>" + strings.Join(runs, "") + "</w:p>" }

func run(text, properties string) string {
	return `<w:r><w:rPr>` + properties + `</w:rPr><w:t xml:space="preserve">` + text + `</w:t></w:r>`
}

// reader returns a Reader that ends with the test.
func reader(t testing.TB, cfg Config) *Reader {
	t.Helper()
	if cfg.Workers == 0 {
		cfg.Workers = 1
	}
	r := New(cfg)
	t.Cleanup(func() { r.Close() })
	return r
}

func newBytesReader(b []byte) *bytes.Reader { return bytes.NewReader(b) }
