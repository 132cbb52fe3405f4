package document

import (
	"errors"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
)

// readODT reads an OpenDocument text (OASIS OpenDocument 1.3, part 3).
func readODT(data []byte) extract {
	a, err := openArchive(data)
	if err != nil {
		return archiveFailure(err)
	}
	if manifest, err := a.read("META-INF/manifest.xml"); err == nil && strings.Contains(string(manifest), "encryption-data") {
		return failed(fairlead.Encrypted, "the file asks for a password")
	}
	raw, err := a.read("content.xml")
	if err != nil && len(raw) == 0 {
		return archiveFailure(err)
	}
	root, err := parseXML(raw)
	if errors.Is(err, errXMLLimit) {
		return failed(fairlead.FileTooLarge, "the document is nested or split beyond what is allowed")
	}
	o := &odtReader{w: newWriter(), styles: map[string]odtStyle{}}
	styles, serr := a.read("styles.xml")
	if errors.Is(serr, errZipLimit) {
		return archiveFailure(serr)
	}
	master, _ := parseXML(styles)
	o.readStyles(master)
	o.readStyles(root)
	said := map[string]bool{}
	edges := func(name string) {
		master.all(name, func(n *node) {
			if s := strings.TrimSpace(n.content()); s != "" && !said[s] {
				said[s] = true
				o.block(n, looks{}, "")
			}
		})
	}
	edges("header")
	if body := root.find("text"); body != nil {
		o.block(body, looks{}, "")
	}
	edges("footer")
	out := o.w.done()
	if err != nil && out.text == "" {
		return failed(fairlead.Corrupt, "the document is damaged")
	}
	return out
}

type odtStyle struct {
	parent string
	look   looks
}

type odtReader struct {
	w      *writer
	styles map[string]odtStyle
}

func (o *odtReader) readStyles(root *node) {
	root.all("style", func(n *node) {
		s := odtStyle{parent: n.attr("parent-style-name")}
		for _, k := range n.kids {
			switch k.name {
			case "text-properties":
				if k.attr("display") == "none" {
					s.look.reason = "vanish"
				}
				s.look.colour = hexColour(k.attr("color"))
				s.look.size = cssLength(k.attr("font-size"))
				if c := hexColour(k.attr("background-color")); c.ok {
					s.look.background = c
				}
			case "paragraph-properties", "table-cell-properties", "graphic-properties":
				if c := hexColour(k.attr("background-color")); c.ok {
					s.look.background = c
				}
			}
		}
		if name := n.attr("name"); name != "" {
			o.styles[name] = s
		}
	})
}

func (o *odtReader) look(name string, base looks) looks {
	var chain []looks
	for range 12 {
		s, ok := o.styles[name]
		if !ok {
			break
		}
		chain = append(chain, s.look)
		name = s.parent
	}
	for i := len(chain) - 1; i >= 0; i-- {
		l := chain[i]
		if l.reason != "" {
			base.reason = l.reason
		}
		if l.size > 0 {
			base.size = l.size
		}
		if l.colour.ok {
			base.colour = l.colour
		}
		if l.background.ok {
			base.background = l.background
		}
	}
	return base
}

func (o *odtReader) block(n *node, look looks, why string) {
	for _, k := range n.kids {
		l := look
		if s := k.attr("style-name"); s != "" {
			l = o.look(s, look)
		}
		switch k.name {
		case "p", "h":
			o.paragraph(k, l, why)
		case "list-item":
			before := len(o.w.text)
			o.w.put("• ", why)
			o.block(k, l, why)
			if len(o.w.text) == before+len("• ") {
				o.w.line()
			}
		case "table-row":
			cells := 0
			short := true
			for _, c := range k.kids {
				if c.name == "table-cell" {
					short = short && paragraphsWithText(c) <= 1
				}
			}
			for _, c := range k.kids {
				if c.name != "table-cell" {
					continue
				}
				if cells++; short && cells > 1 {
					o.w.joinLine()
				}
				o.block(&node{kids: c.kids}, o.look(c.attr("style-name"), l), why)
			}
			o.w.line()
		case "tracked-changes":
			o.block(k, l, "deleted")
		case "annotation":
			o.block(k, l, "comment")
		case "title", "desc", "creator", "date", "sequence-decls", "forms", "variable-decls", "":
		default:
			o.block(k, l, why)
		}
	}
}

func (o *odtReader) paragraph(n *node, look looks, why string) {
	var boxes, notes []*node
	o.inline(n, look, why, &boxes, &notes)
	o.w.line()
	for _, b := range boxes {
		hidden := why
		if hidden == "" && (cssLength(b.attr("x")) < -216 || cssLength(b.attr("y")) < -216) {
			hidden = "off_page"
		}
		o.block(b, looks{}, hidden)
	}
	for _, c := range notes {
		o.block(c, looks{}, "comment")
	}
}

func (o *odtReader) inline(n *node, look looks, why string, boxes, notes *[]*node) {
	reason := why
	if reason == "" {
		reason = look.hiddenBy()
	}
	for _, k := range n.kids {
		switch k.name {
		case "":
			o.w.put(strings.NewReplacer("\n", " ", "\t", " ").Replace(k.text), reason)
		case "tab":
			o.w.put("  ", reason)
		case "s":
			c, err := strconv.Atoi(k.attr("c"))
			if err != nil {
				c = 1
			}
			o.w.put(strings.Repeat(" ", min(max(c, 1), 40)), reason)
		case "line-break":
			o.w.put("\n", reason)
		case "hidden-text", "hidden-paragraph":
			o.w.put(k.content()+k.attr("string-value"), "vanish")
		case "annotation":
			*notes = append(*notes, k)
		case "frame", "custom-shape", "g":
			*boxes = append(*boxes, k)
		case "title", "desc", "bookmark", "annotation-end":
		case "note":
			o.inline(k.child("note-citation").orEmpty(), look, why, boxes, notes)
			*boxes = append(*boxes, k.child("note-body").orEmpty())
		default:
			l := look
			if s := k.attr("style-name"); s != "" {
				l = o.look(s, look)
			}
			o.inline(k, l, why, boxes, notes)
		}
	}
}

func (n *node) orEmpty() *node {
	if n == nil {
		return &node{}
	}
	return n
}
