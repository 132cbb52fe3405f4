package profile

import (
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
