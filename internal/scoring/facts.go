package scoring

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/profile"
)

// place is where in a resume something stands; how much it proves depends on it.
type place int

// Places.
const (
	elsewhere place = iota
	atWork          // in a position, or under the experience heading
	project
	certified
	summarised
	listed
	studied
	asInterest
)

// What a mention proves, in percent, by where it stands and, at work, by how
// long ago the position ended. docs/scoring.md has the same table.
const (
	provedRecently = 100 // at work, now or up to 3 years ago
	provedSome     = 90  // up to 8 years ago, or undated
	provedLongAgo  = 80
	provedProject  = 85
	provedCert     = 85
	provedSummary  = 75
	provedListed   = 70
	provedStudy    = 70
	provedElse     = 70
	provedInterest = 50

	recentMonths = 3 * 12
	someMonths   = 8 * 12
)

func (p place) words() string {
	switch p {
	case atWork:
		return "used at work"
	case project:
		return "in a project"
	case certified:
		return "among the certificates"
	case summarised:
		return "in the summary"
	case listed:
		return "listed"
	case studied:
		return "in the studies"
	case asInterest:
		return "among the interests"
	}
	return "mentioned"
}

// mention is a skill in the text with what it proves.
type mention struct {
	id     fairlead.SkillID
	name   string
	at     fairlead.Span
	place  place
	proves int // percent
}

// interval is months counted from year 0, end exclusive.
type interval struct{ start, end int }

// held is a position with its months.
type held struct {
	fairlead.Position
	title *titleReading
	span  interval // empty when undated
	ago   int      // months since it ended; 0 while current; -1 undated
}

// facts is all that scoring knows of a resume: made from the blinded text and
// the as-of date, from nothing else.
type facts struct {
	text      string
	asOf      time.Time
	profile   fairlead.Profile
	positions []held
	mentions  []mention // in order of the text
	bySkill   map[fairlead.SkillID][]int
	total     int // months in dated positions, overlaps once; -1 when none is dated
	claims    []claim
	headline  *titleReading
}

// claim is a length of experience somebody states: "over 10 years of experience".
type claim struct {
	months int
	at     fairlead.Span
	end    int // of what it is about: the line's end, or 90 bytes on
}

// newFacts reads the blinded text.
func newFacts(b *blinded, p fairlead.Profile, asOf time.Time, t *titles) *facts {
	f := &facts{text: b.text, asOf: asOf, profile: p, total: -1, bySkill: make(map[fairlead.SkillID][]int, len(p.Skills))}
	now := asOf.Year()*12 + int(asOf.Month()) - 1
	var all []interval
	for _, pos := range p.Positions {
		at, ok := quotable(b.text, pos.At)
		if !ok {
			at, ok = quotable(b.text, pos.Body)
		}
		if !ok {
			continue // nothing of it is left to show
		}
		h := held{Position: pos, ago: -1}
		h.At = at
		if pos.Title != "" {
			h.title = t.read(pos.Title)
		}
		if iv, ok := monthsOf(pos, now); ok {
			h.span = iv
			h.ago = max(0, now+1-iv.end)
			if pos.Current {
				h.ago = 0
			}
			all = append(all, iv)
		}
		f.positions = append(f.positions, h)
	}
	if len(all) > 0 {
		f.total = union(all)
	}
	if _, ok := quotable(b.text, p.Headline.At); ok && p.Headline.Value != "" {
		f.headline = t.read(p.Headline.Value)
	}
	sections := profile.Sections(b.text)
	f.mentions = make([]mention, 0, len(p.Skills))
	for _, s := range p.Skills {
		m := mention{id: s.ID, name: s.Name, at: s.At}
		m.place, m.proves = f.prove(s.At, sections)
		f.bySkill[s.ID] = append(f.bySkill[s.ID], len(f.mentions))
		f.mentions = append(f.mentions, m)
	}
	f.claims = claims(b.text)
	return f
}

// prove says where a mention stands and what that proves.
func (f *facts) prove(at fairlead.Span, sections []profile.Section) (place, int) {
	for i := range f.positions {
		p := &f.positions[i]
		if at.Start < p.Body.Start || at.End > p.Body.End {
			continue
		}
		switch {
		case p.ago < 0:
			return atWork, provedSome
		case p.ago <= recentMonths:
			return atWork, provedRecently
		case p.ago <= someMonths:
			return atWork, provedSome
		}
		return atWork, provedLongAgo
	}
	i, found := slices.BinarySearchFunc(sections, at.Start, func(s profile.Section, at int) int { return cmp.Compare(s.Heading.Start, at) })
	if !found {
		i--
	}
	if i < 0 {
		return elsewhere, provedElse
	}
	switch sections[i].Kind {
	case profile.Experience:
		return atWork, provedSome
	case profile.Projects, profile.Volunteering:
		return project, provedProject
	case profile.Certifications:
		return certified, provedCert
	case profile.Summary, profile.Header:
		return summarised, provedSummary
	case profile.Skills:
		return listed, provedListed
	case profile.Educations:
		return studied, provedStudy
	case profile.Interests:
		return asInterest, provedInterest
	}
	return elsewhere, provedElse
}

// monthsOf is a position's months; false when its start is unknown, or its end
// is and it is not current. A year without a month counts from January to
// December.
func monthsOf(p fairlead.Position, now int) (interval, bool) {
	if p.Start.IsZero() || p.End.IsZero() && !p.Current {
		return interval{}, false
	}
	iv := interval{start: p.Start.Year*12 + max(p.Start.Month-1, 0), end: now + 1}
	if !p.Current || !p.End.IsZero() {
		month := p.End.Month
		if month == 0 {
			month = 12
		}
		iv.end = min(iv.end, p.End.Year*12+month)
	}
	return iv, iv.end > iv.start
}

// union counts months, overlaps once. It reorders ivs.
func union(ivs []interval) int {
	slices.SortFunc(ivs, func(a, b interval) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	n, end := 0, -1<<31
	for _, iv := range ivs {
		if iv.end <= end {
			continue
		}
		n += iv.end - max(iv.start, end)
		end = iv.end
	}
	return n
}

// monthsWhere is how many months the dated positions that pass lasted.
func (f *facts) monthsWhere(pass func(*held) bool) int {
	var ivs []interval
	for i := range f.positions {
		p := &f.positions[i]
		if p.span.end > p.span.start && pass(p) {
			ivs = append(ivs, p.span)
		}
	}
	return union(ivs)
}

// claimRE is "8 years of … experience", "10+ years' experience", "over 12 years in".
var claimRE = regexp.MustCompile(`(?:^|[^\pL\pN.$/-])(\d{1,2})\s*(?:\+|plus)?\s*years?['’]?\s+(?:of\s+)?(?:[\pL&/-]+\s+){0,6}(?:experience|in\b)`)

// claims are lengths of experience the text states, longest first, three at most.
func claims(text string) []claim {
	var out []claim
	// Cheap first: the expression runs only around the word.
	for from := 0; len(out) < 8; {
		i := indexYears(text, from)
		if i < 0 {
			break
		}
		from = i + 4
		start := max(0, i-12)
		for start < i && text[start] >= 0x80 && text[start] < 0xC0 {
			start++
		}
		end := min(len(text), i+90)
		if nl := strings.IndexByte(text[i:end], '\n'); nl >= 0 {
			end = i + nl
		}
		lower := asciiLower(text[start:end])
		m := claimRE.FindStringSubmatchIndex(lower)
		if m == nil || m[2] > i-start {
			continue
		}
		n, err := strconv.Atoi(lower[m[2]:m[3]])
		if err != nil || n < 1 || n > 50 {
			continue
		}
		out = append(out, claim{n * 12, fairlead.Span{Start: start + m[2], End: start + m[1]}, end})
	}
	slices.SortStableFunc(out, func(a, b claim) int { return cmp.Compare(b.months, a.months) })
	return out[:min(3, len(out))]
}

// indexYears finds "year" or "Year" from an offset on.
func indexYears(s string, from int) int {
	for i := from; i+4 <= len(s); {
		j := strings.Index(s[i:], "ear")
		if j < 0 {
			return -1
		}
		if k := i + j - 1; k >= from && s[k]|0x20 == 'y' {
			return k
		}
		i += j + 3
	}
	return -1
}
