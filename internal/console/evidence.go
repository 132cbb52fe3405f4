package console

import (
	"slices"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

// piece is a run of the resume's text that is either evidence for something or
// not.
type piece struct {
	Text    string
	Anchors []string // quotes that begin here, places to jump to
	Refs    []ref    // quotes that end here, links back to their criteria
	Marked  bool
	Class   string // of the best verdict it stands for
}

// ref leads from a quote back to its criterion.
type ref struct {
	N    int // of the criterion, counted from 1
	Text string
}

type quote struct {
	at        fairlead.Span
	criterion int
	anchor    string
	verdict   fairlead.Verdict
}

// highlight cuts text into pieces so that every quote of the judgements can be
// marked, overlapping ones too. placed holds the anchors of quotes that stand
// in the text word for word where they say they do; others are not marked, for
// a mark at a wrong place would be a false proof (promise I6).
func highlight(text string, judgements []fairlead.Judgement, anchor func(criterion, quote int) string) (pieces []piece, placed map[string]bool) {
	placed = map[string]bool{}
	var quotes []quote
	cuts := []int{0, len(text)}
	for i, j := range judgements {
		for k, e := range j.Evidence {
			if !stands(text, e) {
				continue
			}
			q := quote{e.At, i, anchor(i, k), j.Verdict}
			quotes = append(quotes, q)
			placed[q.anchor] = true
			cuts = append(cuts, e.At.Start, e.At.End)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	slices.SortStableFunc(quotes, func(x, y quote) int { return x.at.Start - y.at.Start })
	first := 0 // quotes before it have ended
	for i := 0; i+1 < len(cuts); i++ {
		start, end := cuts[i], cuts[i+1]
		p := piece{Text: visible(text[start:end])}
		for first < len(quotes) && quotes[first].at.End <= start {
			first++
		}
		for _, q := range quotes[first:] {
			if q.at.Start >= end {
				break
			}
			if q.at.End <= start {
				continue
			}
			p.Marked = true
			if p.Class == "" || q.verdict == fairlead.Met {
				p.Class = verdictOf(q.verdict).Class
			}
			if q.at.Start == start {
				p.Anchors = append(p.Anchors, q.anchor)
			}
			if q.at.End == end {
				p.Refs = append(p.Refs, ref{q.criterion + 1, clean(judgements[q.criterion].Criterion.Text)})
			}
		}
		p.Refs = slices.CompactFunc(p.Refs, func(x, y ref) bool { return x.N == y.N })
		pieces = append(pieces, p)
	}
	return pieces, placed
}

// stands says whether a quote is in the text, word for word, at its place.
func stands(text string, e fairlead.Evidence) bool {
	s := e.At
	return s.Start >= 0 && s.Start < s.End && s.End <= len(text) && text[s.Start:s.End] == e.Text &&
		utf8.RuneStart(text[s.Start]) && (s.End == len(text) || utf8.RuneStart(text[s.End]))
}
