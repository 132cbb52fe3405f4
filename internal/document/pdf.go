package document

import (
	"image"
	"maps"
	"math"
	"slices"

	"github.com/fairlead/fairlead"
)

// glyph is one character where it stands on the page. Coordinates are points
// with the origin at the top left of the page as a person holds it, y down.
type glyph struct {
	r          rune
	x0, x1     float64 // from the pen position to the next one
	top, foot  float64 // ascent and descent of the font
	base       float64 // the baseline
	size       float64 // effective size of the font
	font       uint64
	run        int  // index of the text object the glyph belongs to
	hyphen     bool // PDFium takes it for a hyphen at the end of a line
	unreadable bool // the font says nothing about which letter it is
}

// textRun is one text object of the page and how it is painted.
type textRun struct {
	handle uint64
	size   float64
	mode   int
	fill   [4]uint32 // red, green, blue, alpha
	stroke [4]uint32
	font   uint64
	hidden string
	layer  bool // belongs to a layer that may be switched off
	blank  bool // the font draws nothing for it
}

const (
	pageObjectText    = 1
	pageObjectPath    = 2
	pageObjectImage   = 3
	pageObjectShading = 4
	pageObjectForm    = 5
)

// Errors of FPDF_GetLastError.
const (
	pdfErrorPassword = 4
	pdfErrorSecurity = 5
)

// read reads a PDF.
func (e *pdfEngine) read(data []byte, s childSettings) extract {
	if e == nil {
		return failed(fairlead.Corrupt, "the PDF engine was not prepared")
	}
	out := e.readDocument(data, s)
	if e.err != nil {
		out.retire = true
		if len(out.text) == 0 {
			out.problems = append(out.problems, fairlead.Problem{Code: fairlead.Corrupt, Detail: "the file broke the program that reads it"})
		}
	} else if e.mod.Memory().Size() > 64<<20 {
		// Guest memory never shrinks.
		out.retire = true
	}
	return out
}

func (e *pdfEngine) readDocument(data []byte, s childSettings) extract {
	p := e.malloc(len(data))
	if e.err != nil {
		return failed(fairlead.FileTooLarge, "reading needs more memory than allowed")
	}
	defer e.free(p)
	copy(e.bytes(p, uint32(len(data))), data)
	doc := e.call("FPDF_LoadMemDocument", uint64(p), uint64(len(data)), 0)
	if e.err != nil {
		return extract{}
	}
	if doc == 0 {
		switch e.call("FPDF_GetLastError") {
		case pdfErrorPassword:
			return failed(fairlead.Encrypted, "the file asks for a password")
		case pdfErrorSecurity:
			return failed(fairlead.Encrypted, "the file is protected in a way that cannot be opened")
		}
		return failed(fairlead.Corrupt, "the file is no PDF that can be opened")
	}
	defer e.call("FPDF_CloseDocument", doc)
	pages := int(int32(e.call("FPDF_GetPageCount", doc)))
	if pages > s.MaxPages && s.MaxPages > 0 {
		out := failed(fairlead.TooManyPages, "the file has more pages than can be a resume")
		out.pages = pages
		return out
	}
	if pages <= 0 {
		return failed(fairlead.Corrupt, "the file has no pages")
	}
	out := extract{pages: pages}
	var sheets []sheet
	for i := range pages {
		sheets = append(sheets, e.readPage(doc, i, &out))
		if e.err != nil {
			break
		}
	}
	out.text = joinSheets(sheets)
	for _, sh := range sheets {
		out.letters += sh.glyphs
		out.unreadable += sh.unreadable
	}
	if e.err == nil {
		e.scans(doc, sheets, s, &out)
	}
	return out
}

// scans says that pages are pictures, and paints them for a recogniser where
// one is installed.
func (e *pdfEngine) scans(doc uint64, sheets []sheet, s childSettings, out *extract) {
	var pages []int
	for i, sh := range sheets {
		seen := 0
		for _, l := range sh.lines {
			seen += len(l.text)
		}
		// A scan may carry a stamp or a page number as text.
		if sh.pictures > 0 && (seen == 0 || seen < 120 && sh.covered > 0.5) {
			pages = append(pages, i)
		}
	}
	if len(pages) == 0 || len(pages)*2 < len(sheets) {
		return
	}
	out.problems = append(out.problems, fairlead.Problem{Code: fairlead.Scanned, Page: pages[0] + 1, Detail: "pages are pictures without text"})
	if !s.Recognise {
		return
	}
	for _, i := range pages[:min(len(pages), maxPicturedPages)] {
		page := e.call("FPDF_LoadPage", doc, uint64(i))
		if page == 0 {
			continue
		}
		v := e.view(page)
		scale := math.Min(200.0/72, 2400/math.Max(v.width, v.height))
		w, h := int(v.width*scale), int(v.height*scale)
		if w > 0 && h > 0 {
			if dots := e.render(page, w, h); dots != nil {
				grey := image.NewGray(image.Rect(0, 0, w, h))
				for k := range grey.Pix {
					grey.Pix[k] = uint8((int(dots[4*k])*114 + int(dots[4*k+1])*587 + int(dots[4*k+2])*299) / 1000)
				}
				if p := encodePNG(grey); p != nil {
					out.pictures = append(out.pictures, p)
				}
			}
		}
		e.call("FPDF_ClosePage", page)
	}
}

func (e *pdfEngine) readPage(doc uint64, index int, out *extract) sheet {
	page := e.call("FPDF_LoadPage", doc, uint64(index))
	if page == 0 {
		return sheet{}
	}
	if e.flatten(page) {
		// The page has to be loaded again to show what was merged into it.
		e.call("FPDF_ClosePage", page)
		if page = e.call("FPDF_LoadPage", doc, uint64(index)); page == 0 {
			return sheet{}
		}
	}
	defer e.call("FPDF_ClosePage", page)
	v := e.view(page)
	text := e.call("FPDFText_LoadPage", page)
	if text == 0 {
		return sheet{}
	}
	defer e.call("FPDFText_ClosePage", text)
	n := int(int32(e.call("FPDFText_CountChars", text)))
	glyphs, runs := e.glyphs(text, n, v)
	scene, hidden := e.judge(page, v, glyphs, runs)
	sh := sheet{pictures: scene.pictures, covered: scene.covered, glyphs: len(glyphs), height: v.height}
	var seen []glyph
	unseen := map[string][]glyph{}
	for i, g := range glyphs {
		if hidden[i] == "" {
			if g.unreadable {
				sh.unreadable++
				if g.r >= 0xE000 && g.r < 0xF900 {
					g.r = ' ' // an icon
				}
			}
			seen = append(seen, g)
			continue
		}
		unseen[hidden[i]] = append(unseen[hidden[i]], g)
	}
	for _, reason := range slices.Sorted(maps.Keys(unseen)) {
		for _, l := range layOut(unseen[reason]) {
			out.hide(index+1, l.text, reason)
		}
	}
	sh.lines = layOut(seen)
	return sh
}

// flatten merges what annotations and filled form fields show into the page.
// Notes that open only when one clicks on them are not shown and stay out.
func (e *pdfEngine) flatten(page uint64) bool {
	const text, link, popup = 1, 2, 16
	shown := false
	n := int(int32(e.call("FPDFPage_GetAnnotCount", page)))
	for i := range min(n, 500) {
		a := e.call("FPDFPage_GetAnnot", page, uint64(i))
		if a == 0 {
			continue
		}
		switch e.call("FPDFAnnot_GetSubtype", a) {
		case text, link, popup:
		default:
			shown = true
		}
		e.call("FPDFPage_CloseAnnot", a)
	}
	return shown && e.call("FPDFPage_Flatten", page, 0) == 1
}

// view is how the page is held: its size and the way from PDF user space to it.
type view struct {
	left, bottom, right, top float64 // crop box in user space
	rotation                 int     // quarter turns clockwise
	width, height            float64
}

func (e *pdfEngine) view(page uint64) view {
	v := view{rotation: int(e.call("FPDFPage_GetRotation", page)) & 3}
	var box [4]float64
	ok := e.call("FPDF_GetPageBoundingBox", page, uint64(e.scratch))
	e.floats(box[:]) // left, top, right, bottom
	if ok == 0 || !finite(box[:]) {
		box = [4]float64{0, 792, 612, 0}
	}
	v.left, v.top, v.right, v.bottom = box[0], box[1], box[2], box[3]
	v.width, v.height = v.right-v.left, v.top-v.bottom
	if v.rotation&1 == 1 {
		v.width, v.height = v.height, v.width
	}
	return v
}

// at turns a point of user space into one of the page as it is held.
func (v view) at(x, y float64) (float64, float64) {
	switch v.rotation {
	case 1:
		return y - v.bottom, x - v.left
	case 2:
		return v.right - x, y - v.bottom
	case 3:
		return v.top - y, v.right - x
	}
	return x - v.left, v.top - y
}

func finite(v []float64) bool {
	for _, f := range v {
		if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) > 1e6 {
			return false
		}
	}
	return true
}

const maxGlyphs = 200_000 // a page; more than a thousand lines

// glyphs lists the characters of a page in the order they are painted.
func (e *pdfEngine) glyphs(text uint64, n int, v view) ([]glyph, []textRun) {
	n = min(n, maxGlyphs)
	glyphs := make([]glyph, 0, n)
	var runs []textRun
	byHandle := map[uint64]int{}
	scratch := uint64(e.scratch)
	var box, m [6]float64
	for i := range n {
		c := uint64(i)
		r := rune(e.call("FPDFText_GetUnicode", text, c))
		if r == '\r' || r == '\n' || (r == ' ' && int32(e.call("FPDFText_IsGenerated", text, c)) == 1) {
			continue
		}
		object := e.call("FPDFText_GetTextObject", text, c)
		if e.err != nil {
			break
		}
		if object == 0 {
			continue
		}
		run, known := byHandle[object]
		if !known {
			run = len(runs)
			byHandle[object] = run
			e.call("FPDFText_GetMatrix", text, c, scratch)
			e.floats(m[:6])
			runs = append(runs, e.textRun(object, m))
			if r != ' ' {
				e.call("FPDFText_GetCharBox", text, c, scratch, scratch+8, scratch+16, scratch+24)
				e.doubles(box[:4])
				runs[run].blank = box[0] == box[1] && box[2] == box[3]
			}
		}
		if e.call("FPDFText_GetLooseCharBox", text, c, scratch) == 0 {
			continue
		}
		e.floats(box[:4]) // left, top, right, bottom
		e.call("FPDFText_GetCharOrigin", text, c, scratch, scratch+8)
		e.doubles(box[4:6])
		if !finite(box[:]) {
			continue
		}
		glyphs = append(glyphs, place(r, run, box, runs[run], v))
	}
	return glyphs, runs
}

func place(r rune, run int, box [6]float64, t textRun, v view) glyph {
	ax, ay := v.at(box[0], box[1])
	bx, by := v.at(box[2], box[3])
	_, oy := v.at(box[4], box[5])
	hyphen := r == 2 || r == 0xFFFE
	if hyphen || r == 0xAD {
		r = '-' // pdfium's sign for a hyphen that ends a line; fonts that call theirs a soft one
	}
	return glyph{
		hyphen: hyphen,
		r:      r, run: run, size: t.size, font: t.font,
		x0: math.Min(ax, bx), x1: math.Max(ax, bx), top: math.Min(ay, by), foot: math.Max(ay, by), base: oy,
		unreadable: r == 0 || r == 0xFFFD || (r >= 0xE000 && r < 0xF900),
	}
}

func (e *pdfEngine) textRun(object uint64, m [6]float64) textRun {
	t := textRun{handle: object, font: e.call("FPDFTextObj_GetFont", object)}
	scratch := uint64(e.scratch)
	e.call("FPDFTextObj_GetFontSize", object, scratch)
	var size [1]float64
	e.floats(size[:])
	t.size = math.Abs(size[0]) * math.Sqrt(math.Abs(m[0]*m[3]-m[1]*m[2]))
	t.mode = int(int32(e.call("FPDFTextObj_GetTextRenderMode", object)))
	e.call("FPDFPageObj_GetFillColor", object, scratch, scratch+4, scratch+8, scratch+12)
	e.uints(t.fill[:])
	if t.mode == 1 || t.mode == 2 || t.mode == 5 || t.mode == 6 {
		e.call("FPDFPageObj_GetStrokeColor", object, scratch, scratch+4, scratch+8, scratch+12)
		e.uints(t.stroke[:])
	}
	switch {
	case t.mode == 3 || t.mode == 7:
		t.hidden = "invisible"
	case t.alpha() == 0 && t.mode != 2 && t.mode != 6:
		t.hidden = "transparent"
	case t.size < tinySize:
		t.hidden = "tiny"
	}
	t.layer = e.inLayer(object)
	return t
}

// tinySize is below what a person reads: print reads down to 4 points.
const tinySize = 2.5

// inLayer says whether a text object is marked as optional content.
func (e *pdfEngine) inLayer(object uint64) bool {
	n := int(int32(e.call("FPDFPageObj_CountMarks", object)))
	for i := range min(n, 8) {
		mark := e.call("FPDFPageObj_GetMark", object, uint64(i))
		if mark == 0 {
			continue
		}
		scratch := uint64(e.scratch)
		if e.call("FPDFPageObjMark_GetName", mark, scratch+8, 32, scratch) == 0 {
			continue
		}
		if b := e.bytes(e.scratch+8, 6); len(b) == 6 && string(b) == "O\x00C\x00\x00\x00" {
			return true
		}
	}
	return false
}
