package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
)

const (
	seenText   = "Jane Doe is an accountant in Boston with nine years of experience"
	secretText = "Quarterly kubernetes wizardry"
)

// image is a red picture of one dot, as a form of its own.
const redImage = "image=<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Length 3 >>\nstream\n\xff\x00\x00\nendstream"

// carriers are ways to put text in a file that a person does not see.
func carriers() map[string]struct {
	file   []byte
	reason string
} {
	visible := say(72, 700, 11, seenText)
	secret := say(72, 600, 11, secretText)
	body := para(run(seenText, ""))
	type carrier = struct {
		file   []byte
		reason string
	}
	return map[string]carrier{
		"pdf white on white":      {pdfPage(visible + "1 1 1 rg\n" + secret), "white_on_white"},
		"pdf nearly white":        {pdfPage(visible + "0.97 0.98 0.97 rg\n" + secret), "white_on_white"},
		"pdf black on black":      {pdfPage(visible + "0 0 0 rg 60 590 400 30 re f\n" + secret), "same_colour_as_background"},
		"pdf tiny":                {pdfPage(visible + say(72, 600, 0.5, secretText)), "tiny"},
		"pdf scaled to tiny":      {pdfPage(visible + "q 0.05 0 0 0.05 72 600 cm\n" + say(0, 0, 12, secretText) + "Q\n"), "tiny"},
		"pdf off page":            {pdfPage(visible + say(72, -300, 11, secretText)), "off_page"},
		"pdf outside crop box":    {pdfPage(visible+say(72, 40, 11, secretText), "page=/CropBox [0 100 612 792]"), "off_page"},
		"pdf render mode":         {pdfPage(visible + "BT 3 Tr ET\n" + secret), "invisible"},
		"pdf zero opacity":        {pdfPage(visible+"/G1 gs\n"+secret, "resources=/ExtGState << /G1 << /ca 0 /CA 0 >> >>"), "transparent"},
		"pdf faint opacity":       {pdfPage(visible+"/G1 gs\n"+secret, "resources=/ExtGState << /G1 << /ca 0.03 >> >>"), "transparent"},
		"pdf behind image":        {pdfPage(visible+secret+"q 500 0 0 60 60 580 cm /Im1 Do Q\n", "resources=/XObject << /Im1 10 0 R >>", redImage), "behind_image"},
		"pdf behind rectangle":    {pdfPage(visible + secret + "0.2 0.4 0.8 rg 60 580 500 60 re f\n"), "covered"},
		"pdf clipped":             {pdfPage(visible + "q 10 10 20 20 re W n\n" + secret + "Q\n"), "clipped"},
		"pdf layer off":           {pdfPage(visible+"/OC /MC0 BDC\n"+secret+"EMC\n", "resources=/Properties << /MC0 10 0 R >>", "catalog=/OCProperties << /OCGs [10 0 R] /D << /OFF [10 0 R] /Order [10 0 R] >> >>", "ocg=<< /Type /OCG /Name (x) >>"), "hidden_layer"},
		"pdf white inside a form": {pdfPage(visible+"/Fm1 Do\n", "resources=/XObject << /Fm1 10 0 R >>", formOf("1 1 1 rg\n"+secret)), "white_on_white"},
		"docx vanish":             {docx(body + para(run(secretText, "<w:vanish/>"))), "vanish"},
		"docx vanish by style":    {docx(body+para(run(secretText, `<w:rStyle w:val="Ghost"/>`)), `word/styles.xml=<w:styles><w:style w:type="character" w:styleId="Base"><w:rPr><w:vanish/></w:rPr></w:style><w:style w:type="character" w:styleId="Ghost"><w:basedOn w:val="Base"/></w:style></w:styles>`), "vanish"},
		"docx white":              {docx(body + para(run(secretText, `<w:color w:val="FFFFFF"/>`))), "white_on_white"},
		"docx white by theme":     {docx(body + para(run(secretText, `<w:color w:val="auto" w:themeColor="background1"/>`))), "white_on_white"},
		"docx tiny":               {docx(body + para(run(secretText, `<w:sz w:val="2"/>`))), "tiny"},
		"docx deleted":            {docx(body + `<w:p><w:del w:id="1" w:author="x"><w:r><w:delText>` + secretText + `</w:delText></w:r></w:del></w:p>`), "deleted"},
		"docx comment":            {docx(body, `word/comments.xml=<w:comments><w:comment w:id="0">`+para(run(secretText, ""))+`</w:comment></w:comments>`), "comment"},
		"docx transparent":        {docx(body + para(run(secretText, `<w14:textFill><w14:solidFill><w14:srgbClr w14:val="000000"><w14:alpha w14:val="100000"/></w14:srgbClr></w14:solidFill></w14:textFill>`))), "transparent"},
		"docx box off the page":   {docx(body + para(`<w:r><w:drawing><wp:anchor><wp:positionH relativeFrom="page"><wp:posOffset>-91440000</wp:posOffset></wp:positionH><wps:txbx><w:txbxContent>`+para(run(secretText, ""))+`</w:txbxContent></wps:txbx></wp:anchor></w:drawing></w:r>`)), "off_page"},
		"docx tag characters":     {docx(para(run(seenText+tagged(secretText), ""))), "tag_characters"},
		"odt white":               {odt(`<style:style style:name="T1"><style:text-properties fo:color="#ffffff"/></style:style>`, seenText+`<text:span text:style-name="T1">`+secretText+`</text:span>`), "white_on_white"},
		"odt not displayed":       {odt(`<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>`, seenText+`<text:span text:style-name="T1">`+secretText+`</text:span>`), "vanish"},
		"odt comment":             {odt("", seenText+`<office:annotation><text:p>`+secretText+`</text:p></office:annotation>`), "comment"},
		"rtf hidden":              {[]byte(`{\rtf1\ansi ` + seenText + `\par {\v ` + secretText + `}}`), "vanish"},
		"rtf white":               {[]byte(`{\rtf1\ansi{\colortbl;\red255\green255\blue255;}` + seenText + `\par {\cf1 ` + secretText + `}}`), "white_on_white"},
		"rtf tiny":                {[]byte(`{\rtf1\ansi ` + seenText + `\par {\fs2 ` + secretText + `}}`), "tiny"},
		"rtf comment":             {[]byte(`{\rtf1\ansi ` + seenText + `{\*\annotation ` + secretText + `}}`), "comment"},
		"html display none":       {[]byte(`<html><body><p>` + seenText + `</p><div style="display: none">` + secretText + `</div></body></html>`), "display_none"},
		"html class":              {[]byte(`<html><head><style>.x { visibility:hidden } </style></head><body><p>` + seenText + `</p><div class="a x">` + secretText + `</div></body></html>`), "visibility_hidden"},
		"html white":              {[]byte(`<html><body bgcolor="#ffffff"><p>` + seenText + `</p><font color="white">` + secretText + `</font></body></html>`), "white_on_white"},
		"html font size":          {[]byte(`<html><body><p>` + seenText + `</p><span style="font-size:0">` + secretText + `</span></body></html>`), "tiny"},
		"html far away":           {[]byte(`<html><body><p>` + seenText + `</p><span style="position:absolute;left:-9999px">` + secretText + `</span></body></html>`), "off_page"},
		"html same as background": {[]byte(`<html><body><p>` + seenText + `</p><div style="background:#123456"><b style="color:#123457">` + secretText + `</b></div></body></html>`), "same_colour_as_background"},
		"text of tag characters":  {[]byte(seenText + tagged(secretText)), "tag_characters"},
	}
}

func formOf(content string) string {
	return fmt.Sprintf("form=<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >> /Length %d >>\nstream\n%s\nendstream", len(content), content)
}

func tagged(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(0xE0000 + r)
	}
	return b.String()
}

func odt(styles, body string) []byte {
	return zipped("mimetype=application/vnd.oasis.opendocument.text", `content.xml=<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="o" xmlns:text="t" xmlns:style="s" xmlns:fo="f" xmlns:table="tb"><office:automatic-styles>`+styles+
		`</office:automatic-styles><office:body><office:text><text:p>`+body+`</text:p></office:text></office:body></office:document-content>`)
}

func TestHiddenText(t *testing.T) {
	r := reader(t, Config{})
	for name, c := range carriers() {
		t.Run(name, func(t *testing.T) {
			doc := r.Read(t.Context(), "resume", c.file)
			if !doc.Readable {
				t.Fatalf("not readable: %v", doc.Problems)
			}
			if !strings.Contains(squeeze(doc.Text), seenText) {
				t.Errorf("text a person sees is missing: %q", doc.Text)
			}
			if strings.Contains(squeeze(doc.Text), "kubernetes") {
				t.Errorf("hidden text is in the text: %q", doc.Text)
			}
			var reasons []string
			for _, h := range doc.Hidden {
				if strings.Contains(squeeze(h.Text), secretText) {
					reasons = append(reasons, h.Reason)
				}
			}
			if len(reasons) != 1 || reasons[0] != c.reason {
				t.Errorf("hidden text found with reasons %v, want %s; all %+v", reasons, c.reason, doc.Hidden)
			}
			flagged := false
			for _, p := range doc.Problems {
				flagged = flagged || p.Code == fairlead.HiddenTextFound
				if strings.Contains(p.Detail, "kubernetes") {
					t.Errorf("the problem repeats the resume: %q", p.Detail)
				}
			}
			if !flagged {
				t.Errorf("not flagged: %v", doc.Problems)
			}
		})
	}
}

// TestSeenText: what looks like hidden text and is not stays in the text.
func TestSeenText(t *testing.T) {
	r := reader(t, Config{})
	visible := say(72, 700, 11, seenText)
	body := para(run(seenText, ""))
	for name, file := range map[string][]byte{
		"pdf white on a dark band":          pdfPage(visible + "0.1 0.2 0.4 rg 60 590 400 30 re f 1 1 1 rg\n" + say(72, 600, 11, secretText)),
		"pdf white on an image":             pdfPage(visible+"q 500 0 0 60 60 580 cm /Im1 Do Q 1 1 1 rg\n"+say(72, 600, 11, secretText), "resources=/XObject << /Im1 10 0 R >>", redImage),
		"pdf on a white page":               pdfPage("1 1 1 rg 0 0 612 792 re f 0 0 0 rg\n" + visible + say(72, 600, 11, secretText)),
		"pdf grey":                          pdfPage(visible + "0.7 0.7 0.7 rg\n" + say(72, 600, 9, secretText)),
		"pdf small print":                   pdfPage(visible + say(72, 600, 5, secretText)),
		"pdf clipped to the page":           pdfPage("q 0 0 612 792 re W n\n" + visible + say(72, 600, 11, secretText) + "Q\n"),
		"pdf layer on":                      pdfPage(visible+"/OC /MC0 BDC\n"+say(72, 600, 11, secretText)+"EMC\n", "resources=/Properties << /MC0 10 0 R >>", "catalog=/OCProperties << /OCGs [10 0 R] /D << /ON [10 0 R] >> >>", "ocg=<< /Type /OCG /Name (x) >>"),
		"pdf tiny font scaled up":           pdfPage(visible + "q 100 0 0 100 72 600 cm\n" + say(0, 0, 0.11, secretText) + "Q\n"),
		"docx white in a dark cell":         docx(body + `<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:val="clear" w:fill="1F3864"/></w:tcPr>` + para(run(secretText, `<w:color w:val="FFFFFF"/>`)) + `</w:tc></w:tr></w:tbl>`),
		"docx inserted":                     docx(body + `<w:p><w:ins w:id="1" w:author="x">` + run(secretText, "") + `</w:ins></w:p>`),
		"docx text box":                     docx(body + para(`<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx><w:txbxContent>`+para(run(secretText, ""))+`</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>`+para(run(secretText, ""))+`</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>`)),
		"docx vanish switched off by a run": docx(body + para(run(secretText, `<w:vanish w:val="0"/>`))),
		"html white on a dark band":         []byte(`<html><body><p>` + seenText + `</p><div style="background-color: navy; color: white">` + secretText + `</div></body></html>`),
	} {
		t.Run(name, func(t *testing.T) {
			doc := r.Read(t.Context(), "resume", file)
			text := squeeze(doc.Text)
			if !doc.Readable || !strings.Contains(text, seenText) || strings.Count(text, secretText) != 1 {
				t.Errorf("readable %v, problems %v, hidden %+v, text %q", doc.Readable, doc.Problems, doc.Hidden, doc.Text)
			}
			if len(doc.Hidden) > 0 {
				t.Errorf("hidden %+v", doc.Hidden)
			}
		})
	}
}
