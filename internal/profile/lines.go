package profile

import (
	"strings"

	"github.com/fairlead/fairlead"
)

// page is a text taken apart: what every reader of this package works on.
type page struct {
	text  string
	toks  []token
	dates []date
	lines []line
	tax   Taxonomy // nil for what needs no names
}

// line is one logical line: what stands on a line of its own for a reader, also
// where an export glued a whole resume into one. Blank lines are not lines.
type line struct {
	at       fairlead.Span // without bullet, heading marks and outer white space
	tok, end int           // tokens [tok, end)
	bullet   bool
	gap      bool // a blank line stands before it
	dates    int  // index of the first date in or behind it
}

func newPage(text string, tax Taxonomy) *page {
	p := &page{text: text, toks: tokenize(text), tax: tax}
	p.dates = findDates(text, p.toks)
	p.lines = p.cutLines()
	return p
}

// flatLine is how many bytes without a line break make us look for the breaks
// an export dropped.
const flatLine = 400

// cutLines splits the tokens into logical lines. Dates are never cut.
func (b *page) cutLines() []line {
	out := make([]line, 0, len(b.text)/40+4)
	d := 0
	for i := 0; i < len(b.toks); {
		// The physical line [i, j).
		j := i + 1
		for j < len(b.toks) {
			if b.toks[j].newline && !b.inDate(j) {
				break
			}
			j++
		}
		gap := i > 0 && strings.Count(b.text[b.toks[i-1].end:b.toks[i].start], "\n") > 1
		flat := b.toks[j-1].end-b.toks[i].start > flatLine
		for from := i; from < j; {
			to := j
			if flat {
				to = from + 1
				for to < j && !b.breaks(from, to) {
					to++
				}
			}
			l := line{tok: from, end: to, gap: gap && from == i}
			for l.tok < l.end && b.toks[l.tok].kind == mark && b.opens(l.tok) {
				l.bullet = l.bullet || isBullet(b.str(l.tok)) || isDash(b.str(l.tok))
				l.tok++
			}
			if l.end-l.tok > 1 && b.str(l.tok) == "o" && b.toks[l.tok+1].spaces > 0 && b.toks[l.tok+1].upper {
				l.tok++
				l.bullet = true
			}
			if l.tok < l.end {
				l.at = fairlead.Span{Start: b.toks[l.tok].start, End: b.toks[l.end-1].end}
				for d < len(b.dates) && b.dates[d].tok < l.tok {
					d++
				}
				l.dates = d
				out = append(out, l)
			}
			from = to
		}
		i = j
	}
	return out
}

// opens says whether the mark at i is an ornament in front of a line.
func (b *page) opens(i int) bool {
	s := b.str(i)
	switch s {
	case "#", "=", "_", ">", "|", "+", "¨", "§", `"`, "“":
		return true
	}
	return isBullet(s) || isDash(s)
}

// breaks says whether a line of a glued text ends before token i. Lines are
// parted by two blanks or a bullet.
func (b *page) breaks(from, i int) bool {
	t := b.toks[i]
	if b.inDate(i) {
		return false
	}
	if t.newline {
		return true
	}
	if t.kind == mark && t.spaces > 0 && isBullet(b.str(i)) && b.str(i) != "*" {
		return true
	}
	if t.spaces < 2 {
		return false
	}
	// "2006  Present: Director" keeps its parts, and so do cells of one row
	// that are nothing but a date.
	if t.kind == mark && !isBullet(b.str(i)) {
		return false
	}
	// A label and what it names stay together: "NAME   :   Jane Doe".
	if i > from && b.str(i-1) == ":" && i-from <= 6 {
		return false
	}
	// A long line that goes on in lower case was only wrapped.
	if t.kind == word && !t.upper && i-from > 6 {
		return false
	}
	return true
}

func (b *page) inDate(i int) bool {
	// Dates are few; a binary search keeps this cheap on long texts.
	lo, hi := 0, len(b.dates)
	for lo < hi {
		m := (lo + hi) / 2
		if b.dates[m].next <= i {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo < len(b.dates) && b.dates[lo].tok < i
}

// str is token i as written, "" beyond the ends.
func (b *page) str(i int) string {
	if i < 0 || i >= len(b.toks) {
		return ""
	}
	return b.text[b.toks[i].start:b.toks[i].end]
}

// low is the token in lower case.
func (b *page) low(i int) string {
	if i < 0 || i >= len(b.toks) {
		return ""
	}
	return b.toks[i].low
}

func (b *page) span(tok, end int) fairlead.Span {
	return fairlead.Span{Start: b.toks[tok].start, End: b.toks[end-1].end}
}

func (b *page) cut(s fairlead.Span) string { return b.text[s.Start:s.End] }

// lineDates are the dates of a line.
func (b *page) lineDates(l line) []date {
	to := l.dates
	for to < len(b.dates) && b.dates[to].tok < l.end {
		to++
	}
	return b.dates[l.dates:to]
}

// located is the span as a value with its white space made single.
func (b *page) located(s fairlead.Span) fairlead.Located {
	return fairlead.Located{Value: squeeze(b.cut(s)), At: s}
}

// squeeze makes runs of white space one blank.
func squeeze(s string) string {
	if !strings.ContainsAny(s, "\n\t\r\f\u00a0") && !strings.Contains(s, "  ") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}
