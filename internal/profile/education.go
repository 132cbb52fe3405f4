package profile

import (
	"slices"
	"strings"

	"github.com/fairlead/fairlead"
)

// degree is a degree named in the text.
type degree struct {
	level    fairlead.DegreeLevel
	tok, end int // the degree's own words
}

// degreeAt reads a degree beginning at token k.
func (b *page) degreeAt(k int) (degree, bool) {
	t := b.toks[k]
	if t.kind != word || k > 0 && touches(b.toks, k) && b.toks[k-1].kind == word {
		return degree{}, false
	}
	if k > 0 && touches(b.toks, k) {
		if m := b.str(k - 1); m == "." || m == "@" || m == "/" && !b.degreeBefore(k) || m == "_" || m == "-" && b.toks[k-1].spaces == 0 {
			return degree{}, false
		}
	}
	low := b.low(k)
	next := func(n int) string { return b.low(k + n) }
	is := func(level fairlead.DegreeLevel, n int) (degree, bool) {
		return degree{level, k, min(k+n, len(b.toks))}, true
	}
	switch low {
	case "bachelor", "bachelors", "bachelor's", "bachelor’s", "baccalaureate", "bachelorette", "batchelor", "bachlor":
		return is(fairlead.Bachelor, 1)
	case "licenciatura", "grado", "licenciado", "licenciada", "laurea":
		if t.upper {
			return is(fairlead.Bachelor, 1)
		}
	case "master", "masters", "master's", "master’s":
		if !t.upper && low == "master" {
			return degree{}, false
		}
		switch next(1) {
		case "of", "in", "degree", "s", "degrees", "thesis", "spécialisé", "recherche", "universitario", "en", ":", ",", "(", "'", "’", "program":
			if next(1) == "of" && (next(2) == "ceremonies" || next(2) == "ceremony" || next(2) == "the") {
				return degree{}, false
			}
			return is(fairlead.Master, 1)
		}
		if low != "master" {
			return is(fairlead.Master, 1)
		}
		if k+1 >= len(b.toks) || b.toks[k+1].newline || b.toks[k+1].kind == number {
			return is(fairlead.Master, 1)
		}
	case "maestría", "máster", "magister", "maîtrise", "mestrado":
		return is(fairlead.Master, 1)
	case "doctor", "doctorate", "doctoral", "doctorat", "doctorado", "promotion":
		if low == "doctorate" || low == "doctorat" || low == "doctorado" {
			return is(fairlead.Doctorate, 1)
		}
		if low == "doctor" && next(1) == "of" && t.upper || low == "doctoral" && (next(1) == "degree" || next(1) == "candidate") {
			return is(fairlead.Doctorate, 2)
		}
	case "juris":
		if next(1) == "doctor" || next(1) == "doctorate" {
			return is(fairlead.Doctorate, 2)
		}
	case "associate", "associates", "associate's", "associate’s":
		switch next(1) {
		case "of":
			if w := next(2); w == "arts" || w == "science" || w == "sciences" || w == "applied" || w == "education" || w == "business" || w == "general" || w == "nursing" || w == "specialized" || w == "occupational" || w == "engineering" || w == "technology" {
				return is(fairlead.Associate, 1)
			}
		case "degree", "degrees":
			return is(fairlead.Associate, 2)
		case "in":
			if t.upper && k+2 < len(b.toks) && b.toks[k+2].upper {
				return is(fairlead.Associate, 1)
			}
		case "'", "’":
			if next(2) == "s" {
				return is(fairlead.Associate, 3)
			}
		}
		if low == "associate's" || low == "associate’s" {
			return is(fairlead.Associate, 1)
		}
	case "diploma", "diplôme", "diplom", "diplomado", "pgdm", "pgdca", "pgdba", "pgd":
		if low == "diplom" {
			return is(fairlead.Master, 1)
		}
		if t.upper || next(1) == "in" {
			if strings.HasPrefix(low, "pgd") {
				return is(fairlead.Master, 1)
			}
			return is(fairlead.Vocational, 1)
		}
	case "ausbildung", "bts", "dut", "hnd", "hnc", "nvq", "btec", "iti":
		if t.upper {
			return is(fairlead.Vocational, 1)
		}
	case "high", "higher", "senior":
		if next(1) == "school" && (next(2) == "diploma" || next(2) == "degree" || next(2) == "graduate" || next(2) == "certificate") {
			return is(fairlead.HighSchool, 3)
		}
		if next(1) == "secondary" && (next(2) == "certificate" || next(2) == "school" || next(2) == "education") {
			return is(fairlead.HighSchool, 3)
		}
	case "secondary":
		if next(1) == "school" && next(2) == "certificate" || next(1) == "education" && t.upper {
			return is(fairlead.HighSchool, 2)
		}
	case "ged", "hsc", "ssc", "sslc", "matriculation", "abitur", "baccalauréat", "kcse", "cbse", "icse", "bachillerato", "intermediate":
		if low == "intermediate" {
			break
		}
		if t.caps || low == "abitur" || low == "baccalauréat" || low == "bachillerato" || low == "matriculation" {
			return is(fairlead.HighSchool, 1)
		}
	case "licence":
		if next(1) == "en" || next(1) == "pro" || next(1) == "professionnelle" {
			return is(fairlead.Bachelor, 1)
		}
	case "mba", "phd", "bsc", "msc", "btech", "mtech", "bca", "mca", "bba", "mphil", "llb", "llm", "bcom", "mcom", "pharmd", "edd", "psyd", "mbbs", "bsn", "msn", "bfa", "mfa", "mph", "msw", "bpharm", "mpharm", "dphil", "aas", "bds", "dds", "dvm", "bpt", "bhm", "bbm", "dba", "beng", "meng", "mpa", "mlis", "jd", "bed", "med", "barch", "march", "ba", "bs", "be", "ma", "ms", "md", "aa", "as", "bms", "bas", "mres", "pgce", "dnp", "emba", "ab", "do", "sb", "sm":
		if l, ok := shortDegree(b.str(k)); ok && b.degreeContext(k, k+1) {
			return is(l, 1)
		}
	}
	// B.S., B. Sc., Ph.D, M.B.A., B.Tech
	if t.upper && t.end-t.start <= 5 && next(1) == "." && k+2 < len(b.toks) && b.toks[k+1].spaces == 0 {
		var letters strings.Builder
		letters.WriteString(b.str(k))
		i := k + 1
		for i+1 < len(b.toks) && b.str(i) == "." && b.toks[i].spaces == 0 && b.toks[i+1].kind == word && b.toks[i+1].spaces <= 1 && !b.toks[i+1].newline && b.toks[i+1].end-b.toks[i+1].start <= 5 && letters.Len() < 9 {
			if b.toks[i+1].spaces == 1 {
				// "B. Tech", not "B.S. Nursing"
				if _, ok := dottedDegree(letters.String() + b.str(i+1)); !ok {
					break
				}
			}
			letters.WriteString(b.str(i + 1))
			i += 2
		}
		if l, ok := dottedDegree(letters.String()); ok {
			if i < len(b.toks) && b.str(i) == "." && b.toks[i].spaces == 0 {
				i++
			}
			return degree{l, k, i}, true
		}
	}
	return degree{}, false
}

// degreeBefore says whether another degree ends just before "/": BE/BTech.
func (b *page) degreeBefore(k int) bool {
	if k < 2 {
		return false
	}
	_, ok := shortDegree(b.str(k - 2))
	return ok
}

// courseAt reads what only an education section makes a course of study:
// "Certificate in Law", "Post Graduate in Commerce", "Degree in Law Science",
// "Major: Biology", "Associates, Applied Science". Its level is not known, or
// that of the degree it stands for.
func (b *page) courseAt(k int, l line) (degree, bool) {
	t := b.toks[k]
	if t.kind != word || !t.upper && k > l.tok {
		return degree{}, false
	}
	next := b.low(k + 1)
	switch b.low(k) {
	case "certificate", "certification", "coursework", "course", "courses":
		if (next == "in" || next == "of" || next == "on" || next == "for") && k+2 < l.end && (b.toks[k+2].upper || b.low(k+2) == "the") {
			return degree{fairlead.UnknownDegree, k, k + 1}, true
		}
	case "degree", "degrees":
		if next == "in" && k+2 < l.end && b.toks[k+2].upper {
			return degree{fairlead.UnknownDegree, k, k + 1}, true
		}
	case "major", "majors", "majoring", "specialization", "specialisation":
		if (next == ":" || next == "in") && k == l.tok {
			return degree{fairlead.UnknownDegree, k, k + 2}, k+2 < l.end
		}
	case "associates":
		if next == "," || next == ":" {
			return degree{fairlead.Associate, k, k + 1}, true
		}
	case "post", "postgraduate":
		i := k + 1
		if b.low(k) == "post" {
			if b.str(i) == "-" {
				i++
			}
			if b.low(i) != "graduate" && b.low(i) != "graduation" {
				return degree{}, false
			}
			i++
		}
		switch b.low(i) {
		case "in", "diploma", "degree", "program", "programme", "certificate":
			return degree{fairlead.Master, k, i}, b.low(i) != "certificate"
		}
	case "graduate", "graduation":
		if next == "in" || next == "degree" || next == "certificate" {
			return degree{fairlead.UnknownDegree, k, k + 1}, true
		}
	case "gnvq":
		return degree{fairlead.Vocational, k, k + 1}, true
	}
	return degree{}, false
}

// degreeTalk says whether a degree is only talked about: a master's thesis, a
// PhD student, an MBA program's staff.
func (b *page) degreeTalk(d degree) bool {
	switch b.low(d.end) {
	case "thesis", "theses", "student", "students", "candidates", "program", "programs", "programme", "project", "projects", "research", "theses'", "dissertation", "level", "scholarship", "supervisor", "road", "committee", "courses", "board", "applicants", "admissions":
		return true
	}
	return false
}

// shortDegree is the level of a degree written without dots; the case must be
// right, since "as", "be", "do" and "med" are words.
func shortDegree(s string) (fairlead.DegreeLevel, bool) {
	switch s {
	case "MBA", "MSc", "MSC", "Msc", "MTech", "Mtech", "MCA", "MPhil", "LLM", "MCom", "Mcom", "MSN", "MFA", "MPH", "MSW", "MPharm", "MEng", "MPA", "MLIS", "MEd", "Med", "MArch", "MA", "MS", "MRes", "EMBA", "SM", "PGCE":
		return fairlead.Master, s != "Med"
	case "PhD", "PHD", "Phd", "PharmD", "EdD", "PsyD", "MBBS", "DPhil", "DDS", "DVM", "DBA", "JD", "MD", "DNP", "DO":
		if s == "MBBS" {
			return fairlead.Bachelor, true
		}
		return fairlead.Doctorate, s != "DBA"
	case "BSc", "BSC", "Bsc", "BTech", "Btech", "btech", "BTECH", "BCA", "BBA", "LLB", "BCom", "Bcom", "BSN", "BFA", "BPharm", "BDS", "BPT", "BHM", "BBM", "BEng", "BEd", "BArch", "BA", "BS", "BE", "BMS", "BAS", "SB", "AB":
		return fairlead.Bachelor, true
	case "AAS", "AA", "AS":
		return fairlead.Associate, true
	}
	return 0, false
}

func dottedDegree(s string) (fairlead.DegreeLevel, bool) {
	switch strings.ToLower(s) {
	case "ba", "bs", "bsc", "be", "btech", "bcom", "bca", "bba", "bed", "bfa", "bsn", "bpharm", "barch", "llb", "ab", "sb", "beng", "bds", "bvsc", "bpe", "bsed", "bse", "bsba":
		return fairlead.Bachelor, true
	case "ma", "ms", "msc", "me", "mtech", "mcom", "mca", "mba", "med", "mfa", "msn", "mpharm", "mph", "llm", "mphil", "msw", "mpa", "march", "meng", "sm", "mped", "mdiv":
		return fairlead.Master, true
	case "phd", "edd", "psyd", "md", "jd", "dphil", "pharmd", "dds", "dvm", "dba", "dnp", "scd":
		return fairlead.Doctorate, true
	case "aa", "as", "aas", "aos":
		return fairlead.Associate, true
	}
	return 0, false
}

// degreeContext says whether the short degree at [k, end) is one and no state,
// firm or product: "Boston, MA", "MS Office", "BS" in other talk.
func (b *page) degreeContext(k, end int) bool {
	s := b.str(k)
	if len(s) > 2 {
		return true
	}
	prev, next := "", ""
	if k > 0 && !b.toks[k].newline {
		prev = b.str(k - 1)
	}
	if end < len(b.toks) && !b.toks[end].newline {
		next = b.low(end)
	}
	if prev == "," && (s == "MA" || s == "MS" || s == "MD" || s == "AS") {
		return next == "in" || next == "degree"
	}
	switch next {
	case "office", "word", "excel", "access", "outlook", "project", "powerpoint", "sql", "windows", "visio", "dynamics", "sharepoint", "exchange", "teams", "dos", "visual", "-", "publisher", "paint", "server", "suite", "applications", "products", "access.", "power", "onenote", "azure", "team", "tfs", "iis":
		return false
	}
	switch s {
	case "BE", "DO", "AS", "SB", "SM", "AB", "AA", "MD", "MA", "MS":
		return next == "in" || next == "," || next == ":" || next == "degree" || next == "" || next == "–" || next == "(" || next == "from" || b.inEducationWords(end)
	}
	return true
}

// inEducationWords says whether the words behind token k are a field of study.
func (b *page) inEducationWords(k int) bool {
	n := 0
	for ; k < len(b.toks) && n < 6 && !b.toks[k].newline; k++ {
		if b.toks[k].class&isInstitution != 0 {
			return true
		}
		switch b.low(k) {
		case "engineering", "science", "sciences", "economics", "education", "psychology", "management", "accounting", "finance", "arts", "english", "mathematics", "biology", "chemistry", "physics", "history", "nursing", "business", "computer", "electrical", "mechanical":
			return true
		}
		n++
	}
	return false
}

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
		if t.spaces > 1 && !(k == d.end && !t.newline && b.subject(k)) && b.toks[k-1].kind == word {
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
