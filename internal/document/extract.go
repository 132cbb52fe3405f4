package document

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

// extract is what a parser found, before the characters are cleaned and the
// gate has looked at it.
type extract struct {
	media    string
	pages    int
	text     string
	problems []fairlead.Problem
	hidden   []fairlead.HiddenText
	pictures [][]byte
	retire   bool
}

func failed(code fairlead.ProblemCode, detail string) extract {
	return extract{problems: []fairlead.Problem{{Code: code, Detail: detail}}}
}

// hide keeps text that a person does not see apart.
func (x *extract) hide(page int, text, reason string) {
	text = strings.TrimSpace(text)
	if text == "" || len(x.hidden) >= maxHiddenRuns {
		return
	}
	if n := len(x.hidden); n > 0 && x.hidden[n-1].Page == page && x.hidden[n-1].Reason == reason {
		x.hidden[n-1].Text += " " + text
		return
	}
	x.hidden = append(x.hidden, fairlead.HiddenText{Page: page, Text: text, Reason: reason})
}

// finish cleans the text, flags what a person should know and decides whether
// the document may be judged.
func finish(x extract) answer {
	a := answer{Media: x.media, Pages: x.pages, Problems: x.problems, Pictures: x.pictures, Retire: x.retire}
	text := strings.ToValidUTF8(x.text, "\uFFFD")
	if len(text) > maxText {
		text = text[:maxText]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
	}
	a.Text = text
	a.Hidden = x.hidden
	if len(x.hidden) > 0 {
		a.Problems = append(a.Problems, fairlead.Problem{Code: fairlead.HiddenTextFound, Page: x.hidden[0].Page, Detail: fmt.Sprintf("%d pieces of text that a person does not see", len(x.hidden))})
	}
	unread := false
	for _, p := range a.Problems {
		unread = unread || p.Code.Unreadable()
	}
	if !unread && strings.TrimSpace(text) == "" {
		a.Problems = append(a.Problems, fairlead.Problem{Code: fairlead.EmptyText, Detail: "the file holds no text"})
	}
	return a
}
