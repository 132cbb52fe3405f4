package document

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
)

// docxStyle is what a style says about whether text is seen; zero means that
// it says nothing. See ECMA-376 part 1, 17.3.2 and 17.7.
type docxStyle struct {
	basedOn string
	look    docxLook
}

// docxLook holds run and paragraph properties; set tells which are given.
type docxLook struct {
	vanish, vanishSet bool
	size              float64
	colour            rgb
	colourSet         bool // also true for "auto"
	background        rgb
	transparent       bool
}

// over lays properties given nearer to the text over those given further away.
func (l docxLook) over(base docxLook) docxLook {
	out := base
	if l.vanishSet {
		out.vanish, out.vanishSet = l.vanish, true
	}
	if l.size > 0 {
		out.size = l.size
	}
	if l.colourSet {
		out.colour, out.colourSet = l.colour, true
	}
	if l.background.ok {
		out.background = l.background
	}
	out.transparent = out.transparent || l.transparent
	return out
}

func (l docxLook) reason() string {
	if l.vanish {
		return "vanish"
	}
	if l.transparent {
		return "transparent"
	}
	return looks{size: l.size, colour: l.colour, background: l.background}.hiddenBy()
}

type docxReader struct {
	w      *writer
	styles map[string]docxStyle
	page   docxLook
}

func readDOCX(data []byte) extract {
	a, err := openArchive(data)
	if err != nil {
		return archiveFailure(err)
	}
	raw, err := a.read("word/document.xml")
	if err == nil && raw == nil {
		for name := range a.files {
			if strings.EqualFold(name, "word/document.xml") || strings.EqualFold(name, "word/document2.xml") {
				raw, err = a.read(name)
			}
		}
	}
	if err != nil && len(raw) == 0 {
		return archiveFailure(err)
	}
	if raw == nil {
		return failed(fairlead.Corrupt, "the package holds no document")
	}
	root, err := parseXML(raw)
	if errors.Is(err, errXMLLimit) {
		return failed(fairlead.FileTooLarge, "the document is nested or split beyond what is allowed")
	}
	d := &docxReader{w: newWriter(), styles: map[string]docxStyle{}}
	if err := d.readStyles(a); err != nil {
		return archiveFailure(err)
	}
	if c := root.find("background"); c != nil {
		d.page.background = hexColour(c.attr("color"))
	}
	parts := slices.Sorted(func(yield func(string) bool) {
		for name := range a.files {
			if !yield(name) {
				return
			}
		}
	})
	said := map[string]bool{}
	each := func(prefix string, read func(*node)) error {
		for _, name := range parts {
			if !strings.HasPrefix(name, "word/"+prefix) || !strings.HasSuffix(name, ".xml") {
				continue
			}
			part, err := a.read(name)
			if errors.Is(err, errZipLimit) {
				return err
			}
			if tree, err := parseXML(part); err == nil || tree != nil {
				if s := strings.TrimSpace(tree.content()); s != "" && !said[s] {
					said[s] = true
					read(tree)
				}
			}
		}
		return nil
	}
	body := func(n *node) { d.block(n, d.page, "") }
	comment := func(n *node) { d.block(n, d.page, "comment") }
	for _, step := range []struct {
		prefix string
		read   func(*node)
	}{{"header", body}, {"", nil}, {"footnotes", body}, {"endnotes", body}, {"footer", body}, {"comments", comment}} {
		if step.read == nil {
			if b := root.find("body"); b != nil {
				d.block(b, d.page, "")
			}
			continue
		}
		if err := each(step.prefix, step.read); err != nil {
			return archiveFailure(err)
		}
	}
	out := d.w.done()
	if err != nil && out.text == "" {
		return failed(fairlead.Corrupt, "the document is damaged")
	}
	return out
}

func (d *docxReader) readStyles(a *archive) error {
	raw, err := a.read("word/styles.xml")
	if errors.Is(err, errZipLimit) {
		return err
	}
	root, err := parseXML(raw)
	if errors.Is(err, errXMLLimit) {
		return errZipLimit
	}
	if def := root.find("rPrDefault"); def != nil {
		d.page = docxProperties(def.child("rPr")).over(d.page)
	}
	root.all("style", func(n *node) {
		s := docxStyle{look: docxProperties(n.child("rPr")).over(docxProperties(n.child("pPr")))}
		if b := n.child("basedOn"); b != nil {
			s.basedOn = b.attr("val")
		}
		d.styles[n.attr("styleId")] = s
	})
	return nil
}

func (d *docxReader) style(id string) docxLook {
	var chain []docxLook
	for range 12 {
		s, ok := d.styles[id]
		if !ok {
			break
		}
		chain = append(chain, s.look)
		id = s.basedOn
	}
	var out docxLook
	for _, l := range slices.Backward(chain) {
		out = l.over(out)
	}
	return out
}

func on(n *node) bool {
	switch n.attr("val") {
	case "0", "false", "off":
		return false
	}
	return true
}

// docxProperties reads rPr, pPr or tcPr.
func docxProperties(n *node) docxLook {
	var l docxLook
	if n == nil {
		return l
	}
	for _, k := range n.kids {
		switch k.name {
		case "vanish", "webHidden", "specVanish":
			l.vanish, l.vanishSet = on(k), true
		case "sz":
			if v, err := strconv.ParseFloat(k.attr("val"), 64); err == nil {
				l.size = v / 2
			}
		case "color":
			l.colourSet, l.colour = true, hexColour(k.attr("val"))
			if t := k.attr("themeColor"); t == "background1" || t == "light1" {
				l.colour = rgb{255, 255, 255, true}
			}
		case "shd":
			l.background = hexColour(k.attr("fill"))
			if k.attr("val") == "solid" && hexColour(k.attr("color")).ok {
				l.background = hexColour(k.attr("color"))
			}
			if t := k.attr("themeFill"); t != "" && !l.background.ok && t != "background1" {
				l.background = rgb{64, 64, 64, true}
			}
		case "highlight":
			l.background = namedColour(strings.ToLower(k.attr("val")))
		case "textFill":
			if k.find("noFill") != nil {
				l.transparent = true
			}
			if alpha := k.find("alpha"); alpha != nil {
				v, err := strconv.ParseFloat(alpha.attr("val"), 64)
				l.transparent = err == nil && v > 92_000 // thousandths of a percent of transparency
			}
		}
	}
	return l
}

// block reads paragraphs and tables. why says that everything in it is hidden.
func (d *docxReader) block(n *node, look docxLook, why string) {
	for _, k := range n.kids {
		switch k.name {
		case "p":
			d.paragraph(k, look, why)
		case "tbl":
			d.table(k, look, why)
		case "sectPr", "tblPr", "tcPr", "Fallback":
		case "del", "moveFrom":
			d.block(k, look, "deleted")
		case "":
		default:
			d.block(k, look, why)
		}
	}
}

func (d *docxReader) table(n *node, look docxLook, why string) {
	if c := n.child("tblPr").child("shd"); c != nil {
		if back := hexColour(c.attr("fill")); back.ok {
			look.background = back
		}
	}
	rows := 0
	n.all("tr", func(*node) { rows++ })
	for _, tr := range n.kids {
		if tr.name != "tr" {
			if tr.name == "sdt" || tr.name == "sdtContent" {
				d.table(tr, look, why)
			}
			continue
		}
		var cells []*node
		for _, k := range tr.kids {
			switch k.name {
			case "tc":
				cells = append(cells, k)
			case "sdt":
				k.all("tc", func(c *node) { cells = append(cells, c) })
			}
		}
		short := true
		for _, c := range cells {
			short = short && paragraphsWithText(c) <= 1 && c.child("tbl") == nil
		}
		for i, c := range cells {
			l := docxProperties(c.child("tcPr")).over(look)
			if short && i > 0 {
				// One line of a table: its cells stand beside each other.
				d.w.joinLine()
			}
			d.block(c, l, why)
		}
		d.w.line()
	}
}

func paragraphsWithText(n *node) int {
	found := 0
	for _, k := range n.kids {
		if k.name == "p" && strings.TrimSpace(k.content()) != "" {
			found++
		}
	}
	return found
}

func (d *docxReader) paragraph(n *node, look docxLook, why string) {
	pPr := n.child("pPr")
	look = docxProperties(pPr).over(look)
	if s := pPr.child("pStyle"); s != nil {
		look = d.style(s.attr("val")).over(look)
		look = docxProperties(pPr).over(look)
	}
	if num := pPr.child("numPr"); num != nil && strings.TrimSpace(n.content()) != "" {
		if id := num.child("numId"); id == nil || id.attr("val") != "0" {
			d.w.put("• ", d.why(look, why))
		}
	}
	var boxes []*node
	d.inline(n, look, why, &boxes)
	d.w.line()
	for _, b := range boxes {
		hidden := why
		if hidden == "" && offPage(b) {
			hidden = "off_page"
		}
		b.all("txbxContent", func(c *node) { d.block(c, d.page, hidden) })
	}
}

func (d *docxReader) why(l docxLook, why string) string {
	if why != "" {
		return why
	}
	return l.reason()
}

func (d *docxReader) inline(n *node, look docxLook, why string, boxes *[]*node) {
	for _, k := range n.kids {
		switch k.name {
		case "r":
			l := look
			if rPr := k.child("rPr"); rPr != nil {
				if s := rPr.child("rStyle"); s != nil {
					l = d.style(s.attr("val")).over(l)
				}
				l = docxProperties(rPr).over(l)
			}
			d.run(k, l, why, boxes)
		case "del", "moveFrom":
			d.inline(k, look, "deleted", boxes)
		case "pPr", "Fallback", "":
		default:
			d.inline(k, look, why, boxes)
		}
	}
}

func (d *docxReader) run(n *node, look docxLook, why string, boxes *[]*node) {
	reason := d.why(look, why)
	for _, k := range n.kids {
		switch k.name {
		case "t":
			d.w.put(k.content(), reason)
		case "delText":
			d.w.put(k.content(), "deleted")
		case "tab", "ptab":
			d.w.put("  ", reason)
		case "br", "cr":
			d.w.put("\n", reason)
		case "noBreakHyphen":
			d.w.put("-", reason)
		case "sym":
			d.w.put("•", reason)
		case "drawing", "pict", "object":
			*boxes = append(*boxes, k)
		case "AlternateContent":
			if c := k.child("Choice"); c != nil {
				*boxes = append(*boxes, c)
			} else if c := k.child("Fallback"); c != nil {
				*boxes = append(*boxes, c)
			}
		}
	}
}

// offPage says whether a drawing is anchored where no page is. Offsets are in
// English Metric Units, 914,400 an inch; VML gives points in a style.
func offPage(n *node) bool {
	const inch = 914_400
	out := false
	n.all("posOffset", func(o *node) {
		if v, err := strconv.ParseFloat(strings.TrimSpace(o.content()), 64); err == nil && (v < -3*inch || v > 22*inch) {
			out = true
		}
	})
	n.all("shape", func(s *node) {
		for _, rule := range strings.Split(s.attr("style"), ";") {
			name, value, _ := strings.Cut(rule, ":")
			switch strings.TrimSpace(name) {
			case "margin-left", "margin-top", "left", "top":
				if v := cssLength(value); v < -216 || v > 1584 {
					out = true
				}
			case "visibility":
				out = out || strings.TrimSpace(value) == "hidden"
			}
		}
	})
	return out
}

// joinLine takes back the end of the line, so that the next text stands beside
// what was there.
func (w *writer) joinLine() {
	if t := bytes.TrimRight(w.text, "\n"); len(t) < len(w.text) && len(t) > 0 {
		w.text = append(t, "  "...)
	}
}

func archiveFailure(err error) extract {
	switch {
	case errors.Is(err, errZipLimit):
		return failed(fairlead.FileTooLarge, "the package unpacks to more than is allowed")
	case errors.Is(err, errZipEncrypted):
		return failed(fairlead.Encrypted, "the file asks for a password")
	}
	return failed(fairlead.Corrupt, "the package is damaged")
}
