package scoring

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
)

const numberWord = `one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty`

var (
	// "5+ years", "3-5 yrs", "at least three (3) years", "2 to 4 years",
	// "18 months". Group 1: the least number; 2: unit.
	yearsRE = regexp.MustCompile(`(?:^|[^\pL\pN.$])(\d{1,2}(?:\.5)?|` + numberWord + `)\s*(?:\(\s*(?:\d{1,2}|` + numberWord + `)\s*\)\s*)?(?:\+|plus|or more)?\s*(?:(?:-|–|—|to|or)\s*(?:\d{1,2}|` + numberWord + `)\s*\+?\s*)?(?:full\s|calendar\s)?(years?|yrs?|months?|mos)\b\.?['’]?`)
	// "years of experience" whose number was lost on the way.
	bareYearsRE = regexp.MustCompile(`(?:^|[^\pL\pN])years?['’]?\s+(?:of\s+)?(?:[\pL-]+\s+){0,6}experience`)
	notWorkRE   = regexp.MustCompile(`^\W*(of age|old|contract|warranty|program\b|college|university|degree|ago|anniversary|in business|in a row|post)`)
	companyRE   = regexp.MustCompile(`\b(we|our|us|company|founded|history|anniversary|in business|established|leader for|decades?)\b`)
)

// asked is a length of experience in an advertisement.
type asked struct {
	months     int // 0: years are asked for and the number is lost
	start, end int // in the clause
}

// yearsIn finds how long an experience a clause asks for. The least number of a
// range counts: who has it meets the line.
func yearsIn(lower string) (asked, bool) {
	for _, m := range yearsRE.FindAllStringSubmatchIndex(lower, 8) {
		n, ok := number(lower[m[2]:m[3]])
		if !ok || notWorkRE.MatchString(lower[m[1]:]) {
			continue
		}
		if lower[m[4]] == 'y' {
			n *= 12
		}
		if n <= 0 || n > 40*12 {
			continue
		}
		return asked{n, m[2], m[1]}, true
	}
	if m := bareYearsRE.FindStringIndex(lower); m != nil {
		end := m[0] + strings.Index(lower[m[0]:], "year") + len("years")
		return asked{0, m[0], min(end, len(lower))}, true
	}
	return asked{}, false
}

// number reads "5", "2.5" and "five", times one (months are counted by the
// caller); halves are rounded down.
func number(s string) (int, bool) {
	s, _, _ = strings.Cut(s, ".")
	if n, err := strconv.Atoi(s); err == nil {
		return n, true
	}
	n, ok := numberWords()[s]
	return n, ok
}

func numberWords() map[string]int {
	return map[string]int{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20}
}

// degreePattern pairs words with the level they name. Abbreviations that are
// words or units too count only in capitals or before "degree" or "in".
type degreePattern struct {
	level fairlead.DegreeLevel
	lower *regexp.Regexp
	exact *regexp.Regexp // over the text as written
}

func degreePatterns() []degreePattern {
	return []degreePattern{
		{fairlead.HighSchool, regexp.MustCompile(`\b(high[- ]school (diploma|degree|graduate|education|or)|hs diploma|secondary (school|education)|ged|school leaving)\b`), regexp.MustCompile(`\bGED\b`)},
		{fairlead.Vocational, regexp.MustCompile(`\b(vocational|culinary school|trade school|technical (diploma|school)|apprenticeship|post[- ]?secondary (certificate|diploma))\b`), nil},
		{fairlead.Associate, regexp.MustCompile(`\b(associate'?s?'? (degree|of|in|or (bachelor|ba\b|bs\b))|associates degree|(two|2)[- ]year degree|a\.[as]\.)`), regexp.MustCompile(`\bA\.?[AS]\.? (degree|in)\b|\bAAS\b`)},
		{fairlead.Bachelor, regexp.MustCompile(`\b(bachelor'?s?'?|undergraduate degree|baccalaureate|(four|4)[- ]year (college |university )?degree|bsc|b\.?tech|b\.?eng|bba|bsn|ba/bs|bs/ba|babs|bsba|(university|college) degree|(ba|bs) (degree|in)|(ba|bs) or (equivalent|higher))\b|\bb\.(a|s|sc)\.`), regexp.MustCompile(`\b(B\.?A\.?|B\.?S\.?|BSc|BE)(/|\b)`)},
		{fairlead.Master, regexp.MustCompile(`\b(masters|master'?s'? (degree|of|in|or|preferred|required|is|level)|graduate degree|advanced degree|postgraduate degree|mba|mph|mha|msw|msc|m\.?tech|m\.ed|master of)\b|\bm\.(a|s|sc)\.`), regexp.MustCompile(`\b(M\.?A\.?|M\.?S\.?|MSc|MBA|MPH|MHA|MSW|MEd|LLM)(/| in | degree| or |,|$)|Master's`)},
		{fairlead.Doctorate, regexp.MustCompile(`\b(ph\.?d|doctorate|doctoral|juris doctor|pharm\.?d|dvm)\b|\bj\.d\.`), regexp.MustCompile(`\b(PhD|MD|JD|EdD|DNP)\b`)},
	}
}

var (
	anyDegreeRE  = regexp.MustCompile(`\b(degree|diploma)\b`)
	equivalentRE = regexp.MustCompile(`equivalent|(or|and/or|andor) (at least )?(\d|` + numberWord + `|years|relevant experience|work experience|practical experience|comparable)|combination of education|suitable combination|in lieu`)
	studyRE      = regexp.MustCompile(`\b(?:in|of)\s+(?:an?\s+|the\s+)?([\pL][^.;()]*)`)
	studyEndRE   = regexp.MustCompile(`\s*\b(or equivalent|or a related|or related|or other|or similar|or comparable|and related|in a related|or another|is |are |preferred|required|with |plus |and \d|and at least|from |at an? |who |we |combined|desired|degree|through|education|or higher|or at least|or \d|\d|years|field$|fields$|discipline)`)
)

// degree is what a clause asks of education.
type degree struct {
	level      fairlead.DegreeLevel
	fields     []string
	equivalent bool
	start, end int // degree and its fields, in the clause
}

// degreeIn finds the lowest level a clause names ("associate or bachelor's
// degree" is met by an associate) and the fields of study.
func degreeIn(patterns []degreePattern, text string) (degree, bool) {
	lower := asciiLower(text)
	d := degree{start: len(text)}
	for _, p := range patterns {
		at := p.lower.FindStringIndex(lower)
		if at == nil && p.exact != nil {
			at = p.exact.FindStringIndex(text)
		}
		if at == nil {
			continue
		}
		if d.level == fairlead.UnknownDegree {
			d.level = p.level
		}
		d.start, d.end = min(d.start, at[0]), max(d.end, at[1])
	}
	if d.level == fairlead.UnknownDegree {
		return d, false
	}
	d.equivalent = equivalentRE.MatchString(lower)
	rest := lower[d.end:]
	if m := anyDegreeRE.FindStringIndex(rest); m != nil && m[0] < 24 {
		d.end += m[1]
		rest = lower[d.end:]
	}
	if m := studyRE.FindStringSubmatchIndex(rest); m != nil && m[0] <= 40 && d.level != fairlead.HighSchool {
		fields := rest[m[2]:m[3]]
		related := relatedRE.MatchString(fields)
		if end := studyEndRE.FindStringIndex(fields); end != nil {
			fields = fields[:end[0]]
		}
		d.fields = fieldsOf(fields)
		if related && len(d.fields) > 0 {
			d.fields = append(d.fields, relatedField)
		}
		d.end += m[2] + len(fields)
	}
	return d, true
}

// relatedField among a criterion's fields lets near ones count for more.
const relatedField = "related field"

var (
	relatedRE    = regexp.MustCompile(`related|similar|relevant|equivalent (field|discipline|degree)|comparable`)
	fieldSplitRE = regexp.MustCompile(`\s*(?:,|/|&|\bor\b|\band\b|\bandor\b)\s*`)
	fieldTrimRE  = regexp.MustCompile(`^(an?|the|any|in|relevant|related|either|appropriate|similar)\s+(related\s+)?|\s*(field|fields|major|majors|discipline|disciplines|degree|degrees|studies|preferred|required|related)$`)
)

// fieldsOf splits "finance, accounting or economics".
func fieldsOf(s string) []string {
	var out []string
	for _, f := range fieldSplitRE.Split(s, 12) {
		f = strings.Trim(f, " .:-'\"")
		for {
			t := strings.TrimSpace(fieldTrimRE.ReplaceAllString(f, ""))
			if t == f {
				break
			}
			f = t
		}
		words := len(strings.Fields(f))
		if words == 0 || words > 4 || len(f) < 2 || len(f) > 48 {
			continue
		}
		switch f {
		case "an", "related", "relevant", "experience", "field", "other", "similar":
			continue
		}
		if len(out) < 8 {
			out = append(out, f)
		}
	}
	return out
}
