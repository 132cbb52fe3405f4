package scoring

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits on a job description. Real ones have a few thousand characters; what
// lies beyond is cut, so that no advertisement can make reading slow.
const (
	maxDescription = 100_000 // bytes
	maxLines       = 2_000
	maxLine        = 2_000 // bytes
)

// line is one line of a job description as a reader sees it.
type line struct {
	text    string
	bullet  bool
	heading bool // set in a heading's markup, or alone in bold
}

// readLines turns HTML or plain text into lines. Markup decides in HTML what
// blank space and bullets decide in text.
func readLines(description string) []line {
	if len(description) > maxDescription {
		description = description[:maxDescription]
	}
	description = strings.ToValidUTF8(description, " ")
	if !looksLikeHTML(description) {
		return textLines(html.UnescapeString(description))
	}
	return htmlLines(description)
}

// looksLikeHTML asks for a known tag: "<" alone stands in plain text too, and
// Greenhouse delivers HTML whose tags are themselves escaped.
func looksLikeHTML(s string) bool {
	for rest := s; ; {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			return strings.Contains(s, "&lt;p") || strings.Contains(s, "&lt;div") || strings.Contains(s, "&lt;ul") || strings.Contains(s, "&lt;h")
		}
		rest = rest[i+1:]
		name := strings.TrimPrefix(rest, "/")
		end := 0
		for end < len(name) && end < 12 && (name[end]|0x20 >= 'a' && name[end]|0x20 <= 'z' || name[end] >= '0' && name[end] <= '9') {
			end++
		}
		if end > 0 && atom.Lookup([]byte(strings.ToLower(name[:end]))) != 0 {
			return true
		}
	}
}

func textLines(s string) []line {
	var out []line
	for _, raw := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\f' }) {
		out = appendLine(out, raw, false, false)
	}
	return out
}

// htmlLines walks the tokens (never a tree: depth costs nothing). Text in bold
// that has a line to itself is a heading, as most advertisements set theirs.
func htmlLines(s string) []line {
	if !strings.Contains(s, "<") {
		s = html.UnescapeString(s) // escaped once by the ATS
	}
	var (
		out     []line
		text    strings.Builder
		bold    int // bytes of text that are bold
		depth   int // open bold elements
		bullet  bool
		heading bool
		skip    int // open elements whose text nobody sees
	)
	flush := func() {
		t := text.String()
		allBold := bold > 0 && bold >= len(strings.TrimSpace(t))
		out = appendLine(out, t, bullet, heading || allBold && !bullet)
		text.Reset()
		bold, bullet = 0, false
	}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			flush()
			return out
		}
		switch kind {
		case html.TextToken:
			if skip > 0 {
				continue
			}
			t := string(z.Text())
			text.WriteString(strings.Map(func(r rune) rune {
				if r == '\n' || r == '\r' {
					return ' '
				}
				return r
			}, t))
			if depth > 0 {
				bold += len(strings.TrimSpace(t))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, _ := z.TagName()
			open := kind == html.StartTagToken
			switch a := atom.Lookup(name); a {
			case atom.Script, atom.Style, atom.Template, atom.Noscript:
				skip = step(skip, open, kind)
			case atom.B, atom.Strong:
				depth = step(depth, open, kind)
			case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				flush()
				heading = open
			case atom.Li:
				flush()
				bullet = open
			case atom.P, atom.Div, atom.Br, atom.Ul, atom.Ol, atom.Tr, atom.Table, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Dt, atom.Dd, atom.Hr, atom.Blockquote, atom.Td, atom.Th:
				if a == atom.P && bullet && strings.TrimSpace(text.String()) == "" {
					continue // <li><p>: the bullet goes on
				}
				flush()
			default:
			}
		default:
		}
	}
}

// step counts open elements; an end tag too many never makes it negative.
func step(n int, open bool, kind html.TokenType) int {
	switch {
	case open:
		return n + 1
	case kind == html.EndTagToken && n > 0:
		return n - 1
	}
	return n
}

// appendLine cleans a line and splits it at inline bullets ("… • … • …").
func appendLine(out []line, raw string, bullet, heading bool) []line {
	for i, part := range strings.FieldsFunc(raw, isBullet) {
		if len(out) >= maxLines {
			return out
		}
		b := bullet || i > 0 || startsWithBullet(raw)
		t := squeeze(part)
		for _, mark := range []string{"- ", "* ", "– ", "— ", "+ ", "o ", "> "} {
			if cut, ok := strings.CutPrefix(t, mark); ok {
				t, b = strings.TrimSpace(cut), true
				break
			}
		}
		t = strings.Trim(t, "*_# ") // Markdown's marks
		if strings.HasPrefix(strings.TrimSpace(part), "#") || isStarred(part) {
			heading = true
		}
		if t == "" {
			continue
		}
		for len(t) > maxLine {
			cut := cutAt(t, maxLine)
			out = append(out, line{text: t[:cut], bullet: b})
			t = strings.TrimSpace(t[cut:])
		}
		out = append(out, line{text: t, bullet: b, heading: heading && !b})
	}
	return out
}

// isStarred is Markdown's bold over the whole line.
func isStarred(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) > 4 && strings.HasPrefix(s, "**") && (strings.HasSuffix(s, "**") || strings.HasSuffix(s, "**:")) && strings.Count(s, "**") == 2
}

func isBullet(r rune) bool {
	switch r {
	case '•', '●', '▪', '◦', '■', '□', '‣', '⁃', '∙', '○', '➢', '✓', '✔', '➤', '\uf0b7', '\uf0a7', '·':
		return true
	}
	return false
}

func startsWithBullet(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(s))
	return isBullet(r)
}

// squeeze makes every run of white space one blank and drops what no reader sees.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
		default:
			if blank {
				b.WriteByte(' ')
				blank = false
			}
			switch r { // typographic forms of what people also type plainly
			case '’', '‘', '´':
				r = '\''
			case '“', '”':
				r = '"'
			case '‑', '‐':
				r = '-'
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cutAt is the last blank before n bytes, or the last whole rune.
func cutAt(s string, n int) int {
	if len(s) <= n {
		return len(s)
	}
	if i := strings.LastIndexByte(s[:n], ' '); i > n/2 {
		return i
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}
