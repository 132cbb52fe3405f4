package document

import (
	"strings"

	"golang.org/x/net/html"
)

// TextOfHTML returns the visible text of an HTML document or fragment, with a
// line for each block and "- " before each item of a list. It is for job
// descriptions as well as for resumes.
func TextOfHTML(s string) string {
	z := html.NewTokenizer(strings.NewReader(s))
	var b strings.Builder
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(b.String())
		case html.TextToken:
			b.Write(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "li":
				b.WriteString("\n- ")
			case "br", "p", "div", "h1", "h2", "h3", "h4", "tr", "ul", "ol":
				b.WriteByte('\n')
			}
		}
	}
}
