package document

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// TextOfHTML returns the visible text of an HTML document or fragment, with a
// line for each block and "- " before each item of a list. It is for job
// descriptions as well as for resumes.
func TextOfHTML(s string) string { return readHTML(s).text }

func readHTML(s string) extract {
	if len(s) > 8*maxText {
		s = s[:8*maxText]
	}
	// The parser refuses nesting beyond 512 elements.
	root, err := html.Parse(strings.NewReader(s))
	if err != nil {
		return readTokens(s)
	}
	h := &htmlReader{w: newWriter(), rules: map[string]map[string]string{}}
	h.collectRules(root)
	h.walk(root, looks{}, false, 0)
	out := h.w.done()
	out.text = tidyLines(out.text)
	return out
}

// readTokens reads what the tree builder refuses. Without a tree nobody knows
// what is hidden, so it reads only text outside scripts and styles.
func readTokens(s string) extract {
	z := html.NewTokenizer(strings.NewReader(s))
	z.SetMaxBuf(1 << 20)
	w := newWriter()
	skip := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			out := w.done()
			out.text = tidyLines(out.text)
			return out
		case html.TextToken:
			if skip == "" {
				w.put(string(z.Text()), "")
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			switch n := string(name); n {
			case "script", "style", "title", "template":
				skip = n
			case "br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4":
				w.line()
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == skip {
				skip = ""
			}
		}
	}
}

type htmlReader struct {
	w     *writer
	rules map[string]map[string]string // of simple selectors: tag, .class, #id
}

// collectRules reads the style sheets of the document, simple selectors only.
func (h *htmlReader) collectRules(root *html.Node) {
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.DataAtom != atom.Style || n.FirstChild == nil {
			continue
		}
		sheet := n.FirstChild.Data
		for range 5000 {
			head, rest, ok := strings.Cut(sheet, "{")
			if !ok {
				break
			}
			body, tail, _ := strings.Cut(rest, "}")
			sheet = tail
			if i := strings.LastIndex(head, "*/"); i >= 0 {
				head = head[i+2:]
			}
			if strings.Contains(head, "@") {
				continue
			}
			declared := declarations(body)
			for _, selector := range strings.Split(head, ",") {
				selector = strings.ToLower(strings.TrimSpace(selector))
				if selector == "" || strings.ContainsAny(selector, " >+~:[*") {
					continue
				}
				if h.rules[selector] == nil {
					h.rules[selector] = map[string]string{}
				}
				for k, v := range declared {
					h.rules[selector][k] = v
				}
			}
		}
	}
}

func declarations(s string) map[string]string {
	out := map[string]string{}
	for _, d := range strings.Split(s, ";") {
		name, value, ok := strings.Cut(d, ":")
		if ok && len(out) < 100 {
			value, _, _ = strings.Cut(value, "!")
			out[strings.ToLower(strings.TrimSpace(name))] = strings.ToLower(strings.TrimSpace(value))
		}
	}
	return out
}

// styleOf merges what the sheets and the element itself say.
func (h *htmlReader) styleOf(n *html.Node) map[string]string {
	out := map[string]string{}
	add := func(selector string) {
		for k, v := range h.rules[selector] {
			out[k] = v
		}
	}
	if len(h.rules) > 0 {
		add(n.Data)
		for _, c := range strings.Fields(strings.ToLower(attribute(n, "class"))) {
			add("." + c)
			add(n.Data + "." + c)
		}
		if id := strings.ToLower(attribute(n, "id")); id != "" {
			add("#" + id)
			add(n.Data + "#" + id)
		}
	}
	if s := attribute(n, "style"); s != "" {
		for k, v := range declarations(s) {
			out[k] = v
		}
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// apply lays an element's style over what it inherits.
func apply(l looks, n *html.Node, style map[string]string) looks {
	switch {
	case has(n, "hidden") || style["display"] == "none":
		l.reason = "display_none"
	case style["visibility"] == "hidden" || style["visibility"] == "collapse":
		l.reason = "visibility_hidden"
	}
	if v, ok := style["opacity"]; ok {
		if f, err := strconv.ParseFloat(strings.TrimSuffix(v, "%"), 64); err == nil && f < 0.08 {
			l.reason = "transparent"
		}
	}
	if v, ok := style["font-size"]; ok {
		switch size := cssLength(v); {
		case strings.HasPrefix(v, "0") && size == 0:
			l.size = 0.01
		case strings.HasSuffix(v, "em") || strings.HasSuffix(v, "%"):
			f, err := strconv.ParseFloat(strings.TrimRight(v, "rem%"), 64)
			if err == nil && strings.HasSuffix(v, "%") {
				f /= 100
			}
			if err == nil && f < 0.15 {
				l.size = 0.01
			}
		case size > 0:
			l.size = size
		}
	}
	if c := cssColour(style["color"]); c.ok {
		l.colour = c
	}
	if v := attribute(n, "color"); v != "" {
		l.colour = cssColour(v)
	}
	for _, name := range []string{"background-color", "background"} {
		for _, part := range strings.Fields(style[name]) {
			if c := cssColour(part); c.ok {
				l.background = c
				break
			}
			if strings.Contains(part, "url(") || strings.Contains(part, "gradient(") {
				l.background = rgb{128, 128, 128, true} // a picture: nobody knows
			}
		}
	}
	if v := attribute(n, "bgcolor"); v != "" {
		l.background = cssColour(v)
	}
	if style["color"] == "transparent" {
		l.reason = "transparent"
	}
	away := func(v string) bool { n := cssLength(v); return n < -400 || n > 4000 }
	if p := style["position"]; (p == "absolute" || p == "fixed" || p == "relative") && (away(style["left"]) || away(style["top"]) || away(style["right"])) {
		l.reason = "off_page"
	}
	if away(style["text-indent"]) || away(style["margin-left"]) || away(style["margin-top"]) {
		l.reason = "off_page"
	}
	if strings.Contains(style["overflow"], "hidden") {
		for _, name := range []string{"height", "width", "max-height", "max-width"} {
			if v, ok := style[name]; ok && (v == "0" || strings.HasPrefix(v, "0p") || v == "1px") {
				l.reason = "clipped"
			}
		}
	}
	if v := style["clip"]; strings.HasPrefix(v, "rect(0") || strings.HasPrefix(v, "rect(1px") {
		l.reason = "clipped"
	}
	if strings.HasPrefix(style["clip-path"], "inset(50%") || strings.HasPrefix(style["clip-path"], "inset(100%") {
		l.reason = "clipped"
	}
	return l
}

func (h *htmlReader) walk(n *html.Node, l looks, pre bool, depth int) {
	if depth > 600 {
		return
	}
	switch n.Type {
	case html.TextNode:
		s := n.Data
		if !pre {
			s = collapse(s)
			if n := len(h.w.text); l.hiddenBy() == "" && (n == 0 || h.w.text[n-1] == '\n' || h.w.text[n-1] == ' ') {
				s = strings.TrimLeft(s, " ")
			}
		}
		h.w.put(s, l.hiddenBy())
		return
	case html.CommentNode:
		return
	case html.ElementNode:
	default:
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			h.walk(c, l, pre, depth+1)
		}
		return
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Template, atom.Noscript, atom.Title, atom.Svg, atom.Math, atom.Object, atom.Iframe, atom.Select, atom.Audio, atom.Video, atom.Canvas:
		return
	case atom.Br:
		h.w.put("\n", "")
		return
	case atom.Input:
		if t := attribute(n, "type"); t == "" || t == "text" {
			h.w.put(attribute(n, "value"), l.hiddenBy())
		}
		return
	}
	l = apply(l, n, h.styleOf(n))
	block := isBlock(n.DataAtom)
	if block {
		h.w.line()
	}
	switch n.DataAtom {
	case atom.Li:
		h.w.put("- ", l.hiddenBy())
	case atom.Td, atom.Th:
		if n := len(h.w.text); n > 0 && h.w.text[n-1] != '\n' {
			h.w.put("  ", l.hiddenBy())
		}
	case atom.Pre:
		pre = true
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		h.walk(c, l, pre, depth+1)
	}
	if block {
		h.w.line()
	}
	switch n.DataAtom {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Table, atom.Section:
		if len(h.w.text) > 0 {
			h.w.put("\n", "")
		}
	}
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Ul, atom.Ol, atom.Li, atom.Table, atom.Tr, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Aside, atom.Nav, atom.Blockquote, atom.Pre, atom.Dl, atom.Dt, atom.Dd,
		atom.Address, atom.Figure, atom.Figcaption, atom.Hr, atom.Form, atom.Fieldset, atom.Body, atom.Details, atom.Summary, atom.Caption:
		return true
	}
	return false
}

// collapse makes one space of white space, as a browser does.
func collapse(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' {
			space = true
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	if space {
		b.WriteByte(' ')
	}
	return b.String()
}

// tidyLines trims lines and leaves no more than one empty line in a row.
func tidyLines(s string) string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		l = strings.TrimRight(l, " \t\r")
		if l == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, l)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// cssLength reads a length in points; 0 for what it does not know.
func cssLength(s string) float64 {
	s = strings.ToLower(strings.TrimSpace(s))
	for unit, points := range map[string]float64{"px": 0.75, "pt": 1, "in": 72, "cm": 28.35, "mm": 2.835, "pc": 12, "em": 12} {
		if v, ok := strings.CutSuffix(s, unit); ok {
			if f, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil {
				return f * points
			}
			return 0
		}
	}
	return 0
}

func cssColour(s string) rgb {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.HasPrefix(s, "#") {
		return hexColour(s)
	}
	if inner, ok := strings.CutPrefix(s, "rgb"); ok {
		inner = strings.Trim(strings.TrimPrefix(inner, "a"), "() ")
		parts := strings.FieldsFunc(inner, func(r rune) bool { return r == ',' || r == ' ' || r == '/' })
		if len(parts) >= 3 {
			var v [3]uint8
			for i := range v {
				f, err := strconv.ParseFloat(strings.TrimSuffix(parts[i], "%"), 64)
				if err != nil {
					return rgb{}
				}
				if strings.HasSuffix(parts[i], "%") {
					f *= 2.55
				}
				v[i] = uint8(min(max(f, 0), 255))
			}
			return rgb{v[0], v[1], v[2], true}
		}
	}
	return namedColour(s)
}

// namedColour knows the colours that hide text or carry it.
func namedColour(s string) rgb {
	switch s {
	case "white", "snow", "ivory", "floralwhite", "ghostwhite", "whitesmoke", "mintcream", "azure":
		return rgb{255, 255, 255, true}
	case "black":
		return rgb{0, 0, 0, true}
	case "red":
		return rgb{255, 0, 0, true}
	case "green", "darkgreen":
		return rgb{0, 128, 0, true}
	case "blue":
		return rgb{0, 0, 255, true}
	case "navy", "darkblue":
		return rgb{0, 0, 128, true}
	case "yellow":
		return rgb{255, 255, 0, true}
	case "cyan":
		return rgb{0, 255, 255, true}
	case "magenta":
		return rgb{255, 0, 255, true}
	case "gray", "grey", "darkgray", "darkgrey":
		return rgb{128, 128, 128, true}
	case "lightgray", "lightgrey":
		return rgb{211, 211, 211, true}
	}
	return rgb{}
}
