package document

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
	"golang.org/x/text/unicode/norm"
)

// extract is what a parser found, before the characters are cleaned and the
// gate has looked at it.
type extract struct {
	media      string
	pages      int
	text       string
	problems   []fairlead.Problem
	hidden     []fairlead.HiddenText
	pictures   [][]byte
	retire     bool
	letters    int // glyphs of which the font tells the letter
	unreadable int // glyphs of which it does not
}

func failed(code fairlead.ProblemCode, detail string) extract {
	return extract{problems: []fairlead.Problem{{Code: code, Detail: detail}}}
}

// hide keeps text that a person does not see apart.
func (x *extract) hide(page int, text, reason string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if n := len(x.hidden); n > 0 && x.hidden[n-1].Page == page && x.hidden[n-1].Reason == reason {
		if len(x.hidden[n-1].Text) < maxHiddenText {
			x.hidden[n-1].Text += " " + text
		}
		return
	}
	if len(x.hidden) < maxHiddenRuns {
		x.hidden = append(x.hidden, fairlead.HiddenText{Page: page, Text: text, Reason: reason})
	}
}

// finish cleans the text, flags what a person should know and decides whether
// the document may be judged.
func finish(x extract) answer {
	a := answer{Media: x.media, Pages: x.pages, Problems: x.problems, Pictures: x.pictures, Retire: x.retire}
	text := cleanText(&x, cut(strings.ToValidUTF8(x.text, "\uFFFD"), maxText))
	a.Hidden = boundHidden(x.hidden)
	unread := slices.ContainsFunc(a.Problems, func(p fairlead.Problem) bool { return p.Code.Unreadable() })
	if !unread {
		if p, bad := gate(text, x); bad {
			a.Problems = append(a.Problems, p)
		}
	}
	a.Text = text
	a.Problems = append(a.Problems, flags(text, a.Hidden)...)
	return a
}

// flags tells a person what else is odd about a document. They change no score.
func flags(text string, hidden []fairlead.HiddenText) []fairlead.Problem {
	var out []fairlead.Problem
	pages := map[int]map[string]int{}
	for _, h := range hidden {
		if pages[h.Page] == nil {
			pages[h.Page] = map[string]int{}
		}
		pages[h.Page][h.Reason]++
	}
	numbers := make([]int, 0, len(pages))
	for n := range pages {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		var why []string
		for reason, count := range pages[n] {
			pieces := "piece"
			if count > 1 {
				pieces = "pieces"
			}
			why = append(why, fmt.Sprintf("%d %s of text not seen: %s", count, pieces, strings.ReplaceAll(reason, "_", " ")))
		}
		slices.Sort(why)
		out = append(out, fairlead.Problem{Code: fairlead.HiddenTextFound, Page: n, Detail: strings.Join(why, "; ")})
	}
	if _, ok := instructions(text); ok {
		out = append(out, fairlead.Problem{Code: fairlead.InjectedInstructions, Detail: "the text speaks to a program that judges it"})
	}
	for _, h := range hidden {
		if _, ok := instructions(h.Text); ok {
			out = append(out, fairlead.Problem{Code: fairlead.InjectedInstructions, Page: h.Page, Detail: "text that is not seen speaks to a program that judges it"})
			break
		}
	}
	return out
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func boundHidden(h []fairlead.HiddenText) []fairlead.HiddenText {
	left := maxHiddenText
	for i := range h {
		h[i].Text = cut(strings.ToValidUTF8(h[i].Text, "\uFFFD"), left)
		left -= len(h[i].Text)
	}
	return h
}

// cleanText takes out characters that a person does not see and writes
// ligatures and full-width forms as letters. What carried a message goes to the
// hidden text: tag characters spell one, a run of zero-width characters may.
func cleanText(x *extract, s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var tags strings.Builder
	zero, bidi, unknown := 0, 0, 0
	prev := rune('\n')
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case r >= 0xE0000 && r <= 0xE007F:
			if r >= 0xE0020 && r < 0xE007F {
				tags.WriteRune(r - 0xE0000)
			}
			continue
		case r == 0x200D || r == 0x200C:
			// Emoji and several scripts join with these; between Latin letters
			// they serve nobody.
			if i+1 < len(runes) && joins(prev) && joins(runes[i+1]) {
				b.WriteRune(r)
			} else {
				zero++
			}
			continue
		case r == 0xFE0F || r >= 0xFE00 && r < 0xFE0F:
			continue
		case r == 0x200B || r == 0x2060 || r == 0xFEFF || r == 0x180E || r >= 0x2061 && r <= 0x2064 || r >= 0xE0100 && r <= 0xE01EF:
			zero++
			continue
		case r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
			if r == 0x202D || r == 0x202E {
				bidi++
			}
			continue
		case r == 0x200E || r == 0x200F || r == 0x061C || r == 0xAD:
			continue
		case r == '\r':
			if i+1 < len(runes) && runes[i+1] == '\n' {
				continue
			}
			r = '\n'
		case r == '\f' || r == '\v' || r == 0x85 || r == 0x2028 || r == 0x2029:
			r = '\n'
		case r == '\t' || r == '\n':
		case r == 0xA0 || r >= 0x2000 && r <= 0x200A || r == 0x202F || r == 0x205F || r == 0x3000:
			r = ' '
		case r < 0x20 || r == 0x7F || r >= 0x80 && r < 0xA0:
			continue
		case r >= 0xFB00 && r <= 0xFB06 || r >= 0xFF01 && r <= 0xFF5E || r >= 0x1D400 && r <= 0x1D7FF || r >= 0x2460 && r <= 0x2473:
			// Ligatures, full-width and mathematical letters.
			b.WriteString(norm.NFKC.String(string(r)))
			prev = r
			continue
		case r >= 0xE000 && r < 0xF900:
			r = ' ' // an icon
			unknown++
		}
		b.WriteRune(r)
		prev = r
	}
	if x.letters == 0 {
		x.letters, x.unreadable = len(runes), unknown
	}
	if tags.Len() > 0 {
		x.hide(0, tags.String(), "tag_characters")
	}
	if zero > 8 || zero > 0 && zero*200 > len(runes) {
		x.hide(0, fmt.Sprintf("%d zero-width characters", zero), "zero_width")
	}
	if bidi > 0 {
		x.hide(0, fmt.Sprintf("%d characters that turn the direction of text", bidi), "bidi_control")
	}
	return tidyLines(norm.NFC.String(b.String()))
}

func joins(r rune) bool {
	return r > 0x2190 || unicode.In(r, unicode.Arabic, unicode.Devanagari, unicode.Bengali, unicode.Tamil, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Telugu, unicode.Kannada, unicode.Gujarati)
}
