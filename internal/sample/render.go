package sample

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"

	"github.com/fairlead/fairlead"
)

// dateStyle is how a person writes dates.
type dateStyle int

const (
	shortMonth dateStyle = iota // Jan 2019 – Present
	numeric                     // 01/2019 - Present
	longMonth                   // January 2019 to Present
	iso                         // 2019-01 – present
	dateStyles
)

func (s dateStyle) span(start, end fairlead.YearMonth) string {
	one := func(m fairlead.YearMonth) string {
		t := time.Date(m.Year, time.Month(m.Month), 1, 0, 0, 0, 0, time.UTC)
		switch s {
		case numeric:
			return t.Format("01/2006")
		case longMonth:
			return t.Format("January 2006")
		case iso:
			return t.Format("2006-01")
		default:
			return t.Format("Jan 2006")
		}
	}
	until := "Present"
	if !end.IsZero() {
		until = one(end)
	}
	switch s {
	case numeric:
		return one(start) + " - " + until
	case longMonth:
		return one(start) + " to " + until
	default:
		return one(start) + " – " + until
	}
}

func (p Person) contact() string { return p.Email + " | " + p.phoneShown + " | " + p.City }

func (e Education) line() string {
	return fmt.Sprintf("%s, %s, %d", e.Name, e.University, e.Year)
}

func (l Language) line() string { return l.Name + " (" + l.Level + ")" }

func languageLines(p Person) []string {
	out := make([]string, len(p.Languages))
	for i, l := range p.Languages {
		out[i] = l.line()
	}
	return out
}

// text is the plain layout.
func text(p Person) string {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	head := func(s string) { b.WriteString("\n" + strings.ToUpper(s) + "\n") }
	line(p.Name)
	line(p.Headline)
	line(p.contact())
	head("Summary")
	line(p.Summary)
	head("Experience")
	for i, j := range p.Positions {
		if i > 0 {
			line("")
		}
		line(j.Title + ", " + j.Employer + ", " + j.City)
		line(p.dates.span(j.Start, j.End))
		for _, t := range j.Bullets {
			line("- " + t)
		}
	}
	head("Education")
	for _, e := range p.Education {
		line(e.line())
	}
	if len(p.Certifications) > 0 {
		head("Certifications")
		for _, c := range p.Certifications {
			line("- " + c)
		}
	}
	head("Skills")
	line(strings.Join(p.Skills, ", "))
	head("Languages")
	line(strings.Join(languageLines(p), ", "))
	return b.String()
}

// pdf draws one of the three layouts.
func pdf(p Person, layout Layout) ([]byte, error) {
	f := fpdf.New("P", "mm", "Letter", "")
	// Fixed, so that the file is the same every time.
	when := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	f.SetCreationDate(when)
	f.SetModificationDate(when)
	f.SetCatalogSort(true)
	f.SetTitle("Resume", true)
	d := drawing{f: f, latin: f.UnicodeTranslatorFromDescriptor("")}
	switch layout {
	case Sidebar:
		d.sidebar(p)
	case Banner:
		d.banner(p)
	default:
		d.classic(p)
	}
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return out.Bytes(), nil
}

// drawing puts text in a column of the page.
type drawing struct {
	f     *fpdf.Fpdf
	latin func(string) string
	left  float64
	width float64
}

func (d *drawing) column(left, width float64) {
	d.left, d.width = left, width
	d.f.SetLeftMargin(left)
	w, _ := d.f.GetPageSize()
	d.f.SetRightMargin(w - left - width)
	d.f.SetX(left)
}

func (d *drawing) write(style string, size float64, s string) {
	d.f.SetFont("Helvetica", style, size)
	d.f.SetX(d.left)
	d.f.MultiCell(d.width, size*0.48, d.latin(s), "", "L", false)
}

func (d *drawing) head(s string) {
	d.f.Ln(2.5)
	d.write("B", 11.5, s)
	d.f.Ln(0.8)
}

func (d *drawing) positions(p Person) {
	for i, j := range p.Positions {
		if i > 0 {
			d.f.Ln(1.5)
		}
		d.write("B", 10, j.Title)
		d.write("", 10, j.Employer+", "+j.City)
		d.write("I", 9.5, p.dates.span(j.Start, j.End))
		for _, t := range j.Bullets {
			d.write("", 9.5, "• "+t)
		}
	}
}

func (d *drawing) education(p Person) {
	for _, e := range p.Education {
		d.write("", 10, e.line())
	}
}

func (d *drawing) list(lines []string) {
	for _, l := range lines {
		d.write("", 9.5, l)
	}
}

func (d *drawing) classic(p Person) {
	d.f.AddPage()
	d.column(20, 176)
	d.write("B", 18, p.Name)
	d.write("", 12, p.Headline)
	d.write("", 10, p.contact())
	d.head("Summary")
	d.write("", 10, p.Summary)
	d.head("Experience")
	d.positions(p)
	d.head("Education")
	d.education(p)
	if len(p.Certifications) > 0 {
		d.head("Certifications")
		d.list(p.Certifications)
	}
	d.head("Skills")
	d.write("", 10, strings.Join(p.Skills, ", "))
	d.head("Languages")
	d.write("", 10, strings.Join(languageLines(p), ", "))
}

// sidebar has two columns: contact and lists left, the story right.
func (d *drawing) sidebar(p Person) {
	d.f.SetAutoPageBreak(false, 10)
	d.f.AddPage()
	d.f.SetFillColor(232, 238, 242)
	d.f.Rect(0, 0, 66, 280, "F")
	d.f.SetY(18)
	d.column(8, 52)
	d.write("B", 11.5, "Contact")
	d.f.Ln(0.8)
	d.list([]string{p.Email, p.phoneShown, p.City})
	d.head("Skills")
	d.list(p.Skills)
	d.head("Languages")
	d.list(languageLines(p))
	if len(p.Certifications) > 0 {
		d.head("Certifications")
		d.list(p.Certifications)
	}
	d.f.SetY(18)
	d.column(74, 130)
	d.write("B", 20, p.Name)
	d.write("", 12, p.Headline)
	d.head("Profile")
	d.write("", 10, p.Summary)
	d.head("Work Experience")
	d.positions(p)
	d.head("Education")
	d.education(p)
}

// banner has a dark head with white letters (visible: they stand on colour)
// and the skills in a table.
func (d *drawing) banner(p Person) {
	d.f.AddPage()
	d.f.SetFillColor(32, 60, 84)
	d.f.Rect(0, 0, 216, 34, "F")
	d.f.SetTextColor(255, 255, 255)
	d.f.SetY(8)
	d.column(18, 180)
	d.write("B", 20, p.Name)
	d.write("", 11, p.Headline)
	d.write("", 9.5, p.contact())
	d.f.SetTextColor(20, 20, 20)
	d.f.SetY(37)
	d.head("About me")
	d.write("", 10, p.Summary)
	d.head("Core Skills")
	d.f.SetFont("Helvetica", "", 9.5)
	for i := 0; i < len(p.Skills); i += 2 {
		d.f.SetX(d.left)
		d.f.CellFormat(90, 5.5, d.latin(p.Skills[i]), "1", 0, "L", false, 0, "")
		second := ""
		if i+1 < len(p.Skills) {
			second = p.Skills[i+1]
		}
		d.f.CellFormat(90, 5.5, d.latin(second), "1", 1, "L", false, 0, "")
	}
	d.head("Professional Experience")
	d.positions(p)
	d.head("Education")
	d.education(p)
	if len(p.Certifications) > 0 {
		d.head("Licenses and Certifications")
		d.list(p.Certifications)
	}
	d.head("Languages")
	d.write("", 10, strings.Join(languageLines(p), ", "))
}

// docx writes a Word document (ECMA-376) of the fewest parts that Word opens.
func docx(p Person) ([]byte, error) {
	var body bytes.Buffer
	par := func(style, s string) {
		body.WriteString(`<w:p>`)
		if style != "" {
			body.WriteString(`<w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`)
		}
		body.WriteString(`<w:r><w:t xml:space="preserve">`)
		_ = xml.EscapeText(&body, []byte(s)) // a buffer never fails
		body.WriteString(`</w:t></w:r></w:p>`)
	}
	par("Title", p.Name)
	par("", p.Headline)
	par("", p.contact())
	par("Heading1", "Summary")
	par("", p.Summary)
	par("Heading1", "Work History")
	for _, j := range p.Positions {
		par("Heading2", j.Title+" | "+j.Employer+" | "+j.City)
		par("", p.dates.span(j.Start, j.End))
		for _, t := range j.Bullets {
			par("ListBullet", t)
		}
	}
	par("Heading1", "Education")
	for _, e := range p.Education {
		par("", e.line())
	}
	if len(p.Certifications) > 0 {
		par("Heading1", "Certifications")
		for _, c := range p.Certifications {
			par("ListBullet", c)
		}
	}
	par("Heading1", "Skills")
	par("", strings.Join(p.Skills, ", "))
	par("Heading1", "Languages")
	par("", strings.Join(languageLines(p), ", "))

	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	parts := []struct{ name, content string }{
		{"[Content_Types].xml", head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`},
		{"_rels/.rels", head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", head + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + body.String() + `<w:sectPr/></w:body></w:document>`},
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, part := range parts {
		w, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate})
		if err != nil {
			return nil, fmt.Errorf("write DOCX: %w", err)
		}
		if _, err := w.Write([]byte(part.content)); err != nil {
			return nil, fmt.Errorf("write DOCX: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write DOCX: %w", err)
	}
	return out.Bytes(), nil
}
