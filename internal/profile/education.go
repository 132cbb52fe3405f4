package profile

import (
	"slices"
	"strings"

	"github.com/fairlead/fairlead"
)

// education reads degrees and courses of study.
func (b *builder) education() []fairlead.Education {
	var out []fairlead.Education
	for _, s := range b.parts {
		switch s.Kind {
		case Educations:
			out = append(out, b.educationIn(s.from, s.to, true)...)
		case References, Interests, Languages, Publications:
		default:
			out = append(out, b.educationIn(s.from, s.to, false)...)
		}
	}
	return dedupeEducation(out)
}

// dedupeEducation drops what is told twice, keeping the fuller telling.
func dedupeEducation(in []fairlead.Education) []fairlead.Education {
	var out []fairlead.Education
	for _, e := range in {
		same := -1
		for i, h := range out {
			if strings.EqualFold(h.Name, e.Name) && (h.Institution == "" || e.Institution == "" || strings.EqualFold(h.Institution, e.Institution)) && (h.Year == 0 || e.Year == 0 || h.Year == e.Year) {
				same = i
				break
			}
		}
		if same < 0 {
			out = append(out, e)
			continue
		}
		if h := out[same]; h.Institution == "" && e.Institution != "" || h.Year == 0 && e.Year != 0 {
			out[same] = e
		}
	}
	return out
}

// course is an entry of an education section while it is being read.
type course struct {
	fairlead.Education
	line        int
	institution fairlead.Span
}

func (b *builder) educationIn(from, to int, section bool) []fairlead.Education {
	var out []course
	type school struct {
		line int
		at   fairlead.Span
		used bool
	}
	var schools []school
	for i := from; i < to; i++ {
		l := b.lines[i]
		if section {
			if at, ok := b.institutionIn(l.tok, l.end); ok {
				schools = append(schools, school{line: i, at: at})
			}
		}
		for k := l.tok; k < l.end; k++ {
			d, ok := b.degreeAt(k)
			if !ok && section {
				d, ok = b.courseAt(k, l)
			}
			if !ok || b.degreeTalk(d) {
				continue
			}
			if !section && !b.educationLine(l, d) {
				continue
			}
			c := course{line: i}
			c.Level = d.level
			end, field := b.degreeEnd(d, l.end)
			c.At = b.span(d.tok, end)
			c.Name = squeeze(b.cut(c.At))
			if field.end > field.tok {
				c.FieldAt = b.span(field.tok, field.end)
				c.Field = squeeze(b.cut(c.FieldAt))
			}
			if !section {
				if at, ok := b.institutionIn(end, l.end); ok {
					c.institution = at
				}
				b.yearNear(&c, l, end)
			}
			out = append(out, c)
			k = end - 1
		}
	}
	if section {
		// Each course takes the school nearest to it; whether schools stand
		// before or behind their degrees is told by which comes first.
		schoolFirst := len(schools) > 0 && len(out) > 0 && schools[0].at.Start < out[0].At.Start
		for n := range out {
			c := &out[n]
			best, cost := -1, 1<<30
			for k := range schools {
				s := &schools[k]
				d := 0
				if s.at.Start < c.At.Start {
					d = 2 * (c.line - s.line)
					if !schoolFirst {
						d += 9
					}
					if n > 0 && out[n-1].At.Start > s.at.Start && !schoolFirst {
						continue
					}
				} else {
					d = 2 * (s.line - c.line)
					if schoolFirst && s.line > c.line {
						d += 9
					}
					if n+1 < len(out) && out[n+1].At.Start < s.at.Start && out[n+1].line <= s.line {
						continue
					}
				}
				if s.used {
					d += 3
				}
				if d < cost {
					best, cost = k, d
				}
			}
			if best >= 0 && cost <= 17 {
				c.institution = schools[best].at
				schools[best].used = true
			}
			lo, hi := c.line, c.line
			if c.institution.Len() > 0 && best >= 0 {
				lo, hi = min(lo, schools[best].line), max(hi, schools[best].line)
			}
			prev, next := from, to
			if n > 0 {
				prev = out[n-1].line + 1
				if out[n-1].line == c.line {
					prev = c.line
				}
			}
			if n+1 < len(out) {
				next = out[n+1].line
				if schoolFirst && next > c.line+1 {
					next = max(c.line+1, next-1)
				}
			}
			b.yearIn(c, max(prev, lo-1), min(max(next, c.line+1), hi+3), n, out)
		}
		var lines []int // that hold a school somebody claimed
		for _, s := range schools {
			if s.used {
				lines = append(lines, s.line)
			}
		}
		// Schools nobody claimed are courses without a named degree.
		for _, s := range schools {
			if s.used || len(out) > 0 && b.within(s.at, out2spans(out)) || slices.Contains(lines, s.line) {
				continue
			}
			c := course{line: s.line, institution: s.at}
			c.At = s.at
			if len(out) == 0 || b.lines[s.line].dates < len(b.dates) && len(b.lineDates(b.lines[s.line])) > 0 {
				b.yearIn(&c, s.line, min(s.line+2, to), 0, nil)
				if strings.Contains(strings.ToLower(b.cut(s.at)), "high school") {
					c.Level = fairlead.HighSchool
				}
				out = append(out, c)
			}
		}
	}
	res := make([]fairlead.Education, 0, len(out))
	for _, c := range out {
		if c.institution.Len() > 0 {
			c.InstitutionAt = c.institution
			c.Institution = squeeze(b.cut(c.institution))
		}
		res = append(res, c.Education)
	}
	return res
}

func out2spans(cs []course) []fairlead.Span {
	var s []fairlead.Span
	for _, c := range cs {
		s = append(s, c.At, c.institution)
	}
	return s
}

func (b *builder) within(s fairlead.Span, in []fairlead.Span) bool {
	for _, o := range in {
		if s.Start < o.End && s.End > o.Start {
			return true
		}
	}
	return false
}

// educationLine says whether a degree named outside an education section is a
// statement of one, not talk about one.
func (b *builder) educationLine(l line, d degree) bool {
	end := min(l.end, d.end+16)
	for k := max(l.tok, d.tok-6); k < end; k++ {
		switch b.low(k) {
		case "required", "preferred", "students", "candidates", "equivalent", "office", "taught", "teach":
			return false
		}
		if b.toks[k].class&isInstitution != 0 && b.toks[k].upper {
			return true
		}
	}
	if l.end-l.tok <= 14 {
		return d.end-d.tok > 1 || d.tok-l.tok <= 1 || d.level == fairlead.Doctorate || d.end-d.tok == 1 && len(b.str(d.tok)) >= 3
	}
	switch b.low(d.end) {
	case "of", "in", "degree", "from":
		return true
	}
	return false
}

// degreeEnd extends a degree over its kind and field: "of Science in Computer
// Science", "Accounting", "degree in Law"; field are the tokens of the subject.
func (b *page) degreeEnd(d degree, lineEnd int) (end int, field seg) {
	k := d.end
	end = d.end
	limit := min(lineEnd, d.end+16)
	for k < limit {
		// "of Science", "(Honours)", "degree"
		switch w := b.low(k); w {
		case "of", "'", "’", "s":
			k++
			continue
		case "degree", "degrees", "honours", "honors", "hons":
			k++
			end = k
			continue
		case "(":
			// (MBA), (Hons), (Computer Science)
			close := k + 1
			for close < limit && b.str(close) != ")" && !b.inDate(close) {
				close++
			}
			if close < limit && b.str(close) == ")" && close-k < 7 && !b.hasNumber(k, close) {
				if field.end == 0 && close-k > 2 {
					field = seg{k + 1, close}
				}
				k = close + 1
				end = k
				continue
			}
		}
		break
	}
	start := k
	inField := false
	for k < limit {
		t := b.toks[k]
		if b.inDate(k) || b.startsDate(k) || t.kind == number {
			break
		}
		if t.spaces > 1 && (k != d.end || t.newline || !b.subject(k)) && b.toks[k-1].kind == word {
			break
		}
		w := b.low(k)
		if t.kind == mark {
			m := b.str(k)
			if m == "(" && k > d.end {
				// Master of Business Administration (MBA), … Nursing (Hons)
				close := k + 1
				for close < limit && b.str(close) != ")" && !b.inDateRange(close) {
					close++
				}
				if close < limit && b.str(close) == ")" && close-k <= 5 && !b.hasNumber(k, close) {
					if field.end == 0 && start < k {
						field = b.fieldOf(start, k, inField)
					}
					k = close + 1
					end = k
					continue
				}
				break
			}
			if m == "&" || m == "/" || m == "." && touches(b.toks, k) && k+1 < limit && touches(b.toks, k+1) || (m == "-" && touches(b.toks, k)) {
				k++
				continue
			}
			if (m == "," || m == ":" || m == "-" || m == "–") && k+1 < limit && b.toks[k+1].upper && !inField && !b.institutionAhead(k+1, limit) && !b.placeAhead(k+1, limit) {
				if k == d.end || m == ":" || b.subject(k+1) {
					k++
					start = k
					inField = m != ":"
					continue
				}
			}
			break
		}
		if t.class&isInstitution != 0 && t.upper && w != "arts" || w == "from" || w == "at" || w == "with" || w == "university" {
			break
		}
		if w == "in" || w == "en" || w == "im" {
			if inField {
				break
			}
			// "in 2007", "in Boston"
			if k+1 >= limit || b.toks[k+1].kind != word || b.startsDate(k+1) || b.institutionAhead(k+1, min(limit, k+4)) {
				break
			}
			k++
			start, inField = k, true
			continue
		}
		if w == "major" || w == "majoring" || w == "specialization" || w == "concentration" || w == "emphasis" || w == "minor" {
			k++
			if b.str(k) == ":" || b.low(k) == "in" {
				k++
			}
			start = k
			continue
		}
		if !t.upper && t.class&(isParticle|isHead|isMod) == 0 && w != "and" && w != "&" && !b.subject(k) {
			break
		}
		if b.institutionAhead(k, min(limit, k+5)) && !b.subject(k) {
			break
		}
		k++
		end = k
	}
	for end > d.end && b.toks[end-1].kind == word && (b.toks[end-1].class&isFunction != 0 || b.low(end-1) == "of") {
		end--
	}
	if start < end && field.end == 0 {
		field = b.fieldOf(start, end, inField)
	}
	return max(end, d.end), field
}

// fieldOf is the subject within the words of a degree: of "Science in Law"
// what stands behind "in", of "Science" nothing.
func (b *page) fieldOf(start, end int, inField bool) seg {
	if !inField {
		for start < end && genericFaculty(b.low(start)) {
			start++
		}
		for start < end && (b.toks[start].kind == mark || b.low(start) == "degree") {
			start++
		}
	}
	if start >= end {
		return seg{}
	}
	return seg{start, end}
}

func genericFaculty(s string) bool {
	switch s {
	case "science", "arts", "art", "sciences", "of", "applied", "degree", "technology", "philosophy", "and", "&", "'s":
		return true
	}
	return false
}

func (b *page) hasNumber(from, to int) bool {
	for k := from; k < to; k++ {
		if b.toks[k].kind == number {
			return true
		}
	}
	return false
}

// startsDate says whether a date begins at token k.
func (b *page) startsDate(k int) bool {
	lo, hi := 0, len(b.dates)
	for lo < hi {
		m := (lo + hi) / 2
		if b.dates[m].tok < k {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo < len(b.dates) && b.dates[lo].tok == k
}

// institutionAhead says whether a run of capitals from k leads to an
// institution's word.
func (b *page) institutionAhead(k, limit int) bool {
	for n := 0; k < limit && n < 6; k, n = k+1, n+1 {
		t := b.toks[k]
		if t.kind != word || !t.upper && t.class&isParticle == 0 && b.low(k) != "of" {
			return false
		}
		if t.class&isInstitution != 0 {
			return true
		}
		if w := b.low(k); w == "in" || w == "and" {
			return false
		}
	}
	return false
}

func (b *page) placeAhead(k, limit int) bool {
	end, ok := b.placeEnd(k, limit)
	return ok && end > k
}

// subject says whether token k is a word of fields of study.
func (b *page) subject(k int) bool {
	switch b.low(k) {
	case "engineering", "science", "sciences", "economics", "education", "psychology", "management", "accounting", "finance", "arts", "english", "mathematics", "math", "biology", "chemistry", "physics", "history", "nursing", "business", "computer", "electrical", "mechanical", "civil", "law", "laws", "marketing", "communication", "communications", "journalism", "information", "technology", "commerce", "administration", "music", "philosophy", "sociology", "political", "public", "health", "medicine", "pharmacy", "architecture", "design", "applied", "elementary", "special", "physical", "criminal", "justice", "social", "work", "liberal", "fine", "electronics", "software", "kinesiology", "exercise", "informatik", "informatique", "gestion", "wirtschaft", "data", "human", "resources", "international", "environmental", "industrial", "hospitality", "culinary", "graphic", "general", "studies", "theatre", "theater", "art", "surgery", "dental", "statistics", "biotechnology", "telecommunication", "telecommunications", "major":
		return true
	}
	return false
}

// institutionIn finds the name of a school in tokens [tok, end).
func (b *page) institutionIn(tok, end int) (fairlead.Span, bool) {
	for k := tok; k < end; k++ {
		t := b.toks[k]
		if t.class&isInstitution == 0 || !t.upper || b.inDate(k) {
			continue
		}
		if (b.low(k) == "school" || b.low(k) == "college") && k+1 < end && (b.low(k+1) == "diploma" || b.low(k+1) == "degree" || b.low(k+1) == "graduate" || b.low(k+1) == "certificate") {
			continue
		}
		from := k
		for from > tok {
			p := b.toks[from-1]
			w := b.low(from - 1)
			if p.kind == word && (p.upper && p.class&isMonth == 0 || w == "of" || w == "the" || w == "and" || w == "for" || p.class&isParticle != 0 && w != "in") && b.toks[from].spaces <= 1 && !b.inDateRange(from-1) {
				if _, ok := b.degreeAt(from - 1); ok {
					break
				}
				from--
				continue
			}
			if p.kind == mark && (w == "." || w == "&" || w == "'" || w == "’" || w == "-") && b.toks[from].spaces <= 1 && from-2 >= tok && b.toks[from-2].kind == word && b.toks[from-2].upper && (w != "-" || touches(b.toks, from) && touches(b.toks, from-1)) && (w != "." || b.toks[from-2].end-b.toks[from-2].start <= 2) {
				from--
				continue
			}
			break
		}
		for from < k && (b.toks[from].kind == mark || b.toks[from].class&isFunction != 0 && !strings.EqualFold(b.str(from), "the") || b.low(from) == "of") {
			from++
		}
		to := k + 1
		for to < end {
			p := b.toks[to]
			w := b.low(to)
			if b.inDateRange(to) || p.spaces > 1 {
				break
			}
			if p.kind == word && (p.upper && p.class&isMonth == 0 || (w == "of" || w == "the" || w == "and" || w == "at" || w == "for" || p.class&isParticle != 0 && w != "in") && to+1 < end && b.toks[to+1].kind == word && (b.toks[to+1].upper || b.toks[to+1].class&isFunction != 0)) {
				if _, ok := b.degreeAt(to); ok {
					break
				}
				to++
				continue
			}
			if p.kind == mark && (w == "&" || w == "'" || w == "’" || w == "-" && touches(b.toks, to)) && to+1 < end && b.toks[to+1].upper {
				to++
				continue
			}
			break
		}
		if to-from > 14 {
			continue
		}
		if to-from == 1 && b.toks[k].end-b.toks[k].start > 5 && (b.low(k) == "university" || b.low(k) == "college" || b.low(k) == "school" || b.low(k) == "institute" || b.low(k) == "academy") {
			continue // the bare word names none
		}
		return b.span(from, to), true
	}
	return fairlead.Span{}, false
}

func (b *page) inDateRange(k int) bool { return b.inDate(k) || b.startsDate(k) }

// yearNear takes the year a sentence gives a degree.
func (b *builder) yearNear(c *course, l line, k int) {
	for _, d := range b.lineDates(l) {
		if d.tok >= k && d.tok-k < 20 {
			if y, ok := b.completed(d); ok {
				c.Year, c.YearAt = y, d.at
			}
			return
		}
	}
}

// yearIn takes the year of completion from lines [from, to): the last year of
// the first date on the degree's line, else of the nearest.
func (b *builder) yearIn(c *course, from, to, n int, all []course) {
	order := []int{c.line}
	for d := 1; d < 4; d++ {
		order = append(order, c.line+d, c.line-d)
	}
	for _, i := range order {
		if i < from || i >= to || i < 0 || i >= len(b.lines) {
			continue
		}
		best := -1
		ds := b.lineDates(b.lines[i])
		for k, d := range ds {
			// Two courses in one line: the date behind this one and before
			// the next.
			if n+1 < len(all) && all[n+1].line == i && d.at.Start > all[n+1].At.Start {
				continue
			}
			if n > 0 && all[n-1].line == i && d.at.Start < c.At.Start && c.line == i {
				continue
			}
			if _, ok := b.completed(d); ok && (best < 0 || d.at.Start > c.At.Start && ds[best].at.Start < c.At.Start) {
				best = k
			}
		}
		if best >= 0 {
			c.Year, _ = b.completed(ds[best])
			c.YearAt = ds[best].at
			return
		}
	}
}

// completed is the year a date says something was finished in.
func (b *builder) completed(d date) (int, bool) {
	switch {
	case d.current:
		return 0, false
	case d.end.Year > 0:
		return d.end.Year, d.end.Year <= b.asOf.Year+8
	}
	return d.start.Year, d.start.Year > 0 && d.start.Year <= b.asOf.Year+8
}
