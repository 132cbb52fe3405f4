package profile

import (
	"github.com/fairlead/fairlead"
)

// prose finds titles told in sentences ("working as a Software Engineer in")
// and by labels ("Designation: Software Engineer") in lines [from, to).
func (b *builder) prose(from, to int) []fairlead.Position {
	var out []fairlead.Position
	for i := from; i < to; i++ {
		l := b.lines[i]
		if p, ok := b.labelledTitle(l); ok {
			out = append(out, p)
			continue
		}
		for k := l.tok; k+2 < l.end; k++ {
			if b.low(k) != "as" || !b.worksBefore(k, l.tok) {
				continue
			}
			s := seg{tok: k + 1}
			for s.tok < l.end && (b.low(s.tok) == "a" || b.low(s.tok) == "an" || b.low(s.tok) == "the" || b.str(s.tok) == `"` || b.str(s.tok) == "“") {
				s.tok++
			}
			s.end = b.titleEnd(s.tok, l.end)
			if s.end <= s.tok || b.titleScore(seg{s.tok, s.end}) < 2 {
				continue
			}
			p := fairlead.Position{TitleAt: b.span(s.tok, s.end)}
			p.Title = squeeze(b.cut(p.TitleAt))
			p.At = p.TitleAt
			p.Body = l.at
			b.sentenceRest(&p, s.end, l)
			out = append(out, p)
			k = s.end - 1
		}
	}
	return out
}

// worksBefore says whether a verb of holding a job stands just before token k.
func (b *builder) worksBefore(k, from int) bool {
	for i := k - 1; i >= from && i >= k-4; i-- {
		switch b.low(i) {
		case "work", "worked", "working", "works", "served", "serving", "employed", "associated", "joined", "position", "positioned", "experience", "job", "role", "appointed", "hired", "promoted", "career", "started", "designated", "acted", "acting", "engaged", "practice", "internship", "intern", "deputed", "placed", "selected", "recruited", "volunteered":
			return true
		}
		if b.str(i) == "." || b.str(i) == "," {
			return false
		}
	}
	return false
}

// titleEnd is where a title told in a sentence ends: at the first word behind
// its last head noun that is no part of it.
func (b *builder) titleEnd(tok, end int) int {
	last := tok
	for k := tok; k < end && k < tok+8; k++ {
		t := b.toks[k]
		if t.kind == mark {
			m := b.str(k)
			if m == "/" || m == "-" || m == "&" || m == "." && touches(b.toks, k) && k+1 < end && touches(b.toks, k+1) {
				continue
			}
			break
		}
		if t.kind == number || b.inDate(k) {
			break
		}
		if t.class&isHead != 0 || plural(b, k) {
			last = k + 1
			continue
		}
		if w := b.low(k); t.class&(isFunction|isVerb) != 0 && w != "of" && w != "and" || t.class&isPronoun != 0 {
			break
		}
	}
	return last
}

// sentenceRest reads employer and dates behind a title told in a sentence.
func (b *builder) sentenceRest(p *fairlead.Position, k int, l line) {
	stop := min(l.end, k+40)
	for i := k; i < stop; i++ {
		if b.str(i) == "." && i+1 < l.end && b.toks[i+1].upper && b.toks[i+1].spaces > 0 && !abbreviated(b.low(i-1)) {
			stop = i
			break
		}
	}
	for _, d := range b.lineDates(l) {
		if d.tok >= k && d.tok < stop && d.ranged {
			p.Start, p.End, p.Current, p.DatesAt = d.start, d.end, d.current, d.at
			stop = d.tok
			break
		}
	}
	if p.DatesAt.Len() == 0 {
		for _, d := range b.lineDates(l) {
			if d.tok >= k && d.tok < stop {
				p.Start, p.DatesAt = d.start, d.at
				stop = d.tok
				break
			}
		}
	}
	for i := k; i < stop && i < k+3; i++ {
		switch b.low(i) {
		case "in", "at", "with", "for":
			s := seg{i + 1, i + 1}
			for s.end < stop && s.end < i+9 {
				t := b.toks[s.end]
				if t.kind == word && (t.upper || t.class&isCompany != 0) || t.kind == mark && (b.str(s.end) == "&" || b.str(s.end) == "-" || b.str(s.end) == ".") && s.end > s.tok || b.low(s.end) == "of" || b.low(s.end) == "and" && s.end > s.tok && s.end+1 < stop && b.toks[s.end+1].upper {
					s.end++
					continue
				}
				break
			}
			s = b.trimSeg(s)
			if s.end > s.tok && b.firmScore(s) >= 1 && !b.employment(s) {
				p.EmployerAt = b.span(s.tok, s.end)
				p.Employer = squeeze(b.cut(p.EmployerAt))
			}
			return
		}
	}
}

// labelledTitle reads "Designation: Software Engineer", "Role – Team Lead".
func (b *builder) labelledTitle(l line) (fairlead.Position, bool) {
	k := l.tok
	switch b.low(k) {
	case "job", "current", "work", "official", "present", "previous", "last":
		k++
	}
	if k >= l.end {
		return fairlead.Position{}, false
	}
	switch b.low(k) {
	case "designation", "role", "position", "title", "roles", "post":
	default:
		return fairlead.Position{}, false
	}
	k++
	if k >= l.end || b.toks[k].kind != mark || b.str(k) != ":" && !isDash(b.str(k)) {
		return fairlead.Position{}, false
	}
	for k < l.end && b.toks[k].kind == mark {
		k++
	}
	segs := b.headerSegments(k, l.end)
	if len(segs) == 0 {
		return fairlead.Position{}, false
	}
	s := b.trimSeg(segs[0])
	if s.end <= s.tok || b.titleScore(s) < 3 {
		return fairlead.Position{}, false
	}
	p := fairlead.Position{TitleAt: b.span(s.tok, s.end), At: l.at, Body: l.at}
	p.Title = squeeze(b.cut(p.TitleAt))
	return p, true
}
