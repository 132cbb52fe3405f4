package scoring

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

// cutMark stands for everything that was cut: one mark, whatever its length and
// however many pieces stood there, so that what scoring sees is the same for
// any name, address or year. It is no letter, digit or punctuation.
const cutMark = "█"

// blinded is a resume's text as scoring sees it, and the way back.
type blinded struct {
	text string
	// kept are the pieces of the original that stand in text, in order.
	kept []piece
}

// piece says that n bytes at text[at:] are the original's [from:from+n].
type piece struct{ at, from, n int }

// blind cuts spans out of text. Spans with nothing but white space and
// punctuation between them are one cut: a name of one word and a name of four,
// an address on one line and on three leave the same.
func blind(text string, spans []fairlead.Span) blinded {
	spans = slices.Clone(spans)
	spans = slices.DeleteFunc(spans, func(s fairlead.Span) bool {
		return s.Start < 0 || s.End > len(text) || s.Start >= s.End
	})
	slices.SortFunc(spans, func(a, b fairlead.Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	if len(spans) == 0 {
		return blinded{text: text, kept: []piece{{0, 0, len(text)}}}
	}
	var b strings.Builder
	b.Grow(len(text))
	out := blinded{kept: make([]piece, 0, len(spans)+1)}
	keep := func(from, to int) {
		if from < to {
			out.kept = append(out.kept, piece{b.Len(), from, to - from})
			b.WriteString(text[from:to])
		}
	}
	pos := 0
	for i := 0; i < len(spans); {
		start, end := wholeRunes(text, spans[i])
		for i++; i < len(spans); i++ {
			s, e := wholeRunes(text, spans[i])
			if s > end && !onlyMarks(text[end:s]) {
				break
			}
			end = max(end, e)
		}
		keep(pos, max(pos, start))
		b.WriteString(cutMark)
		pos = end
	}
	keep(pos, len(text))
	out.text = b.String()
	return out
}

// wholeRunes widens a span to whole runes.
func wholeRunes(text string, s fairlead.Span) (int, int) {
	for s.Start > 0 && !utf8.RuneStart(text[s.Start]) {
		s.Start--
	}
	for s.End < len(text) && !utf8.RuneStart(text[s.End]) {
		s.End++
	}
	return s.Start, s.End
}

// onlyMarks says that what stands between two cuts says nothing: white space,
// punctuation, and the labels of a contact block.
func onlyMarks(s string) bool {
	if len(s) > 80 {
		return false
	}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !contactLabel(strings.ToLower(w)) {
			return false
		}
	}
	return true
}

func contactLabel(w string) bool {
	switch w {
	case "e", "mail", "email", "phone", "tel", "telephone", "mobile", "cell", "fax", "address", "home", "linkedin", "github", "website", "web", "url", "portfolio", "contact", "pronouns", "name", "location", "city", "m", "t", "p", "a", "h", "c":
		return true
	}
	return false
}

// original is where a span of the blinded text stands in the original; false
// when it touches a cut.
func (b *blinded) original(s fairlead.Span) (fairlead.Span, bool) {
	i, found := slices.BinarySearchFunc(b.kept, s.Start, func(p piece, at int) int { return cmp.Compare(p.at, at) })
	if !found {
		i--
	}
	if i < 0 {
		return fairlead.Span{}, false
	}
	p := b.kept[i]
	if s.End > p.at+p.n || s.Start < p.at {
		return fairlead.Span{}, false
	}
	return fairlead.Span{Start: p.from + s.Start - p.at, End: p.from + s.End - p.at}, true
}

// digest is the SHA-256 over exactly what scoring saw: the blinded text and the
// date by which "current" is reckoned.
func (b *blinded) digest(asOf time.Time) string {
	h := sha256.New()
	_, _ = h.Write([]byte("fairlead input 1\nas of " + asOf.UTC().Format(time.DateOnly) + "\n"))
	_, _ = h.Write([]byte(b.text))
	return hex.EncodeToString(h.Sum(nil))
}

// Quotes.
const (
	maxQuote    = 160 // bytes, cut at a word
	maxEvidence = 3   // quotes a criterion
)

// quotable is the first part of a span that holds a letter or digit and no cut;
// false when all of it was cut.
func quotable(text string, s fairlead.Span) (fairlead.Span, bool) {
	s.Start, s.End = max(0, s.Start), min(s.End, len(text))
	for s.Start < s.End {
		part := text[s.Start:s.End]
		rest := len(part)
		if i := strings.Index(part, cutMark); i >= 0 {
			part, rest = part[:i], i+len(cutMark)
		}
		if i := strings.IndexFunc(part, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }); i >= 0 {
			return fairlead.Span{Start: s.Start + i, End: s.Start + len(part)}, true
		}
		s.Start += rest
	}
	return fairlead.Span{}, false
}

// quote is a readable piece of the blinded text around at: its line, cut at
// marks and sentence ends when the line is long. It always holds at's start.
func quote(text string, at fairlead.Span) fairlead.Span {
	start, end := at.Start, min(at.End, len(text))
	if i := strings.IndexAny(text[start:end], "\n\r"); i >= 0 {
		end = start + i
	}
	if i := strings.Index(text[start:end], cutMark); i >= 0 {
		end = start + i
	}
	lineStart, lineEnd := start, end
	for lineStart > 0 && text[lineStart-1] != '\n' && text[lineStart-1] != '\r' && start-lineStart < 4*maxQuote {
		if strings.HasSuffix(text[:lineStart], cutMark) {
			break
		}
		lineStart--
	}
	for lineEnd < len(text) && text[lineEnd] != '\n' && text[lineEnd] != '\r' && lineEnd-end < 4*maxQuote {
		if strings.HasPrefix(text[lineEnd:], cutMark) {
			break
		}
		lineEnd++
	}
	if lineEnd-lineStart > maxQuote {
		lineStart, lineEnd = window(text, lineStart, lineEnd, start, end)
	}
	q := fairlead.Span{Start: lineStart, End: lineEnd}
	q.Start, q.End = wholeRunes(text, q)
	for q.Start < start {
		r, n := utf8.DecodeRuneInString(text[q.Start:])
		if !unicode.IsSpace(r) && !isBullet(r) && r != '-' && r != '*' && r != ',' && r != ';' && r != ':' && r != '.' && r != '|' && r != '\u200b' {
			break
		}
		q.Start += n
	}
	for q.End > end {
		r, n := utf8.DecodeLastRuneInString(text[:q.End])
		if !unicode.IsSpace(r) && r != ',' && r != ';' && r != ':' && r != '|' && r != '\u200b' {
			break
		}
		q.End -= n
	}
	return q
}

// window picks at most maxQuote bytes of a long line around [start:end):
// preferably the sentence, else whole words on both sides.
func window(text string, lineStart, lineEnd, start, end int) (int, int) {
	if end-start >= maxQuote {
		return start, start + cutAt(text[start:end], maxQuote)
	}
	from, to := lineStart, lineEnd
	if i := strings.LastIndex(text[lineStart:start], ". "); i >= 0 {
		from = lineStart + i + 2
	}
	if i := strings.Index(text[end:lineEnd], ". "); i >= 0 {
		to = end + i + 1
	}
	if to-from <= maxQuote {
		return from, to
	}
	spare := (maxQuote - (end - start)) / 2
	left := max(from, start-spare)
	right := min(to, end+spare)
	if left > from {
		if i := strings.IndexByte(text[left:start], ' '); i >= 0 {
			left += i + 1
		} else {
			left = start
		}
	}
	if right < to {
		if i := strings.LastIndexByte(text[end:right], ' '); i >= 0 {
			right = end + i
		} else {
			right = end
		}
	}
	return left, right
}
