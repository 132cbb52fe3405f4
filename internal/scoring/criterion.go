package scoring

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

// From this percentage of its weight on a criterion counts as met.
const metFrom = 70

// finding is what a resume says to one criterion: a percentage of its weight.
type finding struct {
	percent int
	verdict fairlead.Verdict
	because string
	at      []fairlead.Span // best first
	months  int             // experience it rests on
	skill   string          // the skill that decided, as the taxonomy names it
	how     taxonomy.Relation
}

// support is a mention that speaks for a criterion.
type support struct {
	m        *mention
	relation taxonomy.Relation
	want     fairlead.SkillID
	percent  int
}

// judge gives every criterion its verdict.
func (c *compiled) judge(f *facts) []fairlead.Judgement {
	supports := make([][]support, len(c.Criteria))
	for i := range f.mentions {
		m := &f.mentions[i]
		for _, h := range c.wanting(m.id) {
			proves := m.proves
			if k := c.Criteria[h.criterion].Kind; k == fairlead.CriterionCertificate || k == fairlead.CriterionLanguage {
				proves = c.provesAnywhere(f, m, k, h.criterion)
			}
			supports[h.criterion] = append(supports[h.criterion], support{m, h.relation, h.want, proves * relationPercent(h.relation) / 100})
		}
	}
	out := make([]fairlead.Judgement, len(c.Criteria))
	for i := range c.Criteria {
		crit := &c.Criteria[i]
		var found finding
		switch crit.Kind {
		case fairlead.CriterionExperience:
			found = c.experience(f, i, supports[i])
		case fairlead.CriterionEducation:
			found = education(f, crit)
		default:
			found = c.skill(f, crit, supports[i])
		}
		out[i] = fairlead.Judgement{
			Criterion: *crit, Verdict: found.verdict, Points: crit.Weight * found.percent / 100,
			Because: found.because, Evidence: evidence(f.text, found.at),
		}
	}
	return out
}

var (
	pendingRE = regexp.MustCompile(`\b(in progress|expected|pursuing|candidate|studying|willing to obtain|working towards?|not yet|expired|lapsed)\b`)
	basicRE   = regexp.MustCompile(`\b(basic|beginner|elementary|limited|novice|a1|a2|rudimentary|some)\b`)
	fluentRE  = regexp.MustCompile(`\b(fluen\w*|native|bilingual|proficien\w*|professional|business|advanced|c1|c2|excellent)\b`)
)

// provesAnywhere is what a certificate or language is worth: they need no
// position to stand in, but one that is pending, or basic where fluent is
// asked, is worth half.
func (c *compiled) provesAnywhere(f *facts, m *mention, kind fairlead.CriterionKind, criterion int) int {
	if m.place == asInterest {
		return provedInterest
	}
	q := quote(f.text, m.at)
	near := asciiLower(f.text[max(q.Start, m.at.Start-40):min(q.End, m.at.End+40)])
	switch {
	case kind == fairlead.CriterionCertificate && pendingRE.MatchString(near):
		return 50
	case kind == fairlead.CriterionLanguage && basicRE.MatchString(near) && fluentRE.MatchString(asciiLower(c.Criteria[criterion].Text)):
		return 50
	}
	return 100
}

// skill judges skill, certificate and language criteria. The best mention
// decides; more of the same change nothing.
func (c *compiled) skill(f *facts, crit *fairlead.Criterion, s []support) finding {
	if len(s) == 0 {
		return finding{verdict: fairlead.NotStated, because: "the resume does not say"}
	}
	slices.SortStableFunc(s, func(a, b support) int { return cmp.Compare(b.percent, a.percent) })
	best := s[0]
	out := finding{percent: best.percent, skill: best.m.name, how: best.relation}
	for _, x := range s {
		out.at = append(out.at, x.m.at)
	}
	out.because = c.shows(best, crit)
	if crit.Months > 0 {
		years(f, crit, s, &out)
	}
	switch {
	case out.percent >= metFrom && (crit.Months == 0 || out.months >= crit.Months) && best.relation != taxonomy.Similar:
		out.verdict = fairlead.Met
	default:
		out.verdict = fairlead.Partial
	}
	return out
}

// shows says what a mention shows: "used at work", "React implies JavaScript,
// listed".
func (c *compiled) shows(s support, crit *fairlead.Criterion) string {
	where := s.m.place.words()
	switch {
	case crit.Kind != fairlead.CriterionSkill && s.relation == taxonomy.Same && s.percent < 100:
		where = "stated, not complete"
	case crit.Kind != fairlead.CriterionSkill:
		where = "stated"
	case s.m.place == atWork && s.m.proves == provedLongAgo:
		where = "used at work, more than 8 years ago"
	}
	want, _ := c.tax.Skill(s.want)
	switch s.relation {
	case taxonomy.Implied:
		return s.m.name + " implies " + want.Name + ", " + where
	case taxonomy.Narrower:
		return s.m.name + " is a kind of " + want.Name + ", " + where
	case taxonomy.Similar:
		return s.m.name + " is like " + want.Name + ", " + where
	}
	return where
}

// years scales a skill by how long it was used: 40 % for having it, 60 % for
// the years. Where no dated position names it, half of all dated experience
// counts, and the reader is told.
func years(f *facts, crit *fairlead.Criterion, s []support, out *finding) {
	used := f.monthsWhere(func(p *held) bool {
		return slices.ContainsFunc(s, func(x support) bool {
			return x.relation != taxonomy.Similar && x.m.at.Start >= p.Body.Start && x.m.at.End <= p.Body.End
		})
	})
	counted, because := used, fmt.Sprintf("%s, %s asked", yearsOf(used), yearsAsked(crit.Months))
	if half := f.total / 2; f.total > 0 && half > used {
		counted = half
		because = fmt.Sprintf("%s; %s of work in all, %s of it asked", out.because, yearsOf(f.total), yearsAsked(crit.Months))
	} else if used == 0 {
		because = fmt.Sprintf("%s; years not stated, %s asked", out.because, yearsAsked(crit.Months))
	}
	out.months = used
	out.because = because
	out.percent = out.percent * (40 + 60*min(counted, crit.Months)/crit.Months) / 100
}

// yearsOf is a length as people say it: "4 months", "5 years", "5.5 years".
func yearsOf(months int) string {
	switch {
	case months < 12:
		if months == 1 {
			return "1 month"
		}
		return fmt.Sprintf("%d months", months)
	case months%12 >= 6 && months < 120:
		return fmt.Sprintf("%d.5 years", months/12)
	case months/12 == 1:
		return "1 year"
	}
	return fmt.Sprintf("%d years", months/12)
}

// What a position is worth for experience by when it ended, in percent.
const (
	heldNow     = 100 // now or up to 3 years ago
	heldSome    = 85  // up to 8 years ago, or undated
	heldLongAgo = 65
	heldNever   = 60 // the title people give themselves, with no position behind it

	fullTenure = 24 // months in the field from which tenure is full where no years are asked
)

// experience judges years in a field, and whether the job itself was done
// before.
func (c *compiled) experience(f *facts, i int, s []support) finding {
	crit := &c.Criteria[i]
	var titled []int // closeness of each position
	names := func(p *held) bool {
		if p.title != nil && slices.ContainsFunc(p.title.words, func(w string) bool {
			return slices.ContainsFunc(c.roots[i], func(r string) bool { return sameRoot(w, r) })
		}) {
			return true
		}
		return slices.ContainsFunc(s, func(x support) bool {
			return x.percent >= 50 && x.m.at.Start >= p.Body.Start && x.m.at.End <= p.Body.End
		})
	}
	counts, inside := make([]bool, len(f.positions)), make([]bool, len(f.positions))
	anything := len(c.titles[i]) == 0 && len(crit.Skills) == 0
	for k := range f.positions {
		p := &f.positions[k]
		near := 0
		for _, t := range c.titles[i] {
			if p.title != nil {
				near = max(near, closeness(t, p.title))
			}
		}
		titled = append(titled, near)
		inside[k] = names(p)
		counts[k] = anything || near >= inField || inside[k]
	}
	if crit.Months > 0 {
		return c.yearsWorked(f, i, s, titled, counts)
	}
	return c.heldBefore(f, i, s, titled, counts, inside)
}

// otherWork is the most, in percent, that work outside the field counts for.
const otherWork = 20

// yearsWorked judges "5 years of experience in …": months in the field in full,
// other dated months a fifth; a length the text claims at 70 % where no more is
// dated.
func (c *compiled) yearsWorked(f *facts, i int, s []support, titled []int, counts []bool) finding {
	crit := &c.Criteria[i]
	in := f.monthsCounting(counts)
	other := max(0, f.total-in)
	out := finding{months: in, percent: min(100, 100*in/crit.Months+otherWork*min(other, crit.Months)/crit.Months)}
	out.because = fmt.Sprintf("%s in the field, %s asked", yearsOf(in), yearsAsked(crit.Months))
	if len(crit.Titles) == 0 && len(crit.Skills) == 0 {
		out.because = fmt.Sprintf("%s of work, %s asked", yearsOf(in), yearsAsked(crit.Months))
	}
	order := make([]int, 0, len(counts))
	for k, ok := range counts {
		if ok {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(titled[b], titled[a]) })
	for _, k := range order {
		out.at = append(out.at, f.positions[k].At)
	}
	if best, ok := c.claimed(f, i, s, in); ok {
		if p := metFrom * min(best.months, crit.Months) / crit.Months; p > out.percent {
			out.percent = p
			out.because = fmt.Sprintf("states %s; %s dated in the field, %s asked", yearsAsked(best.months), yearsOf(in), yearsAsked(crit.Months))
			out.at = append([]fairlead.Span{best.at}, out.at...)
			out.months = max(in, best.months)
		}
	}
	switch {
	case in >= crit.Months || out.months >= crit.Months && out.percent >= metFrom:
		out.verdict = fairlead.Met
	case out.percent > 0:
		out.verdict = fairlead.Partial
		if in == 0 && out.months == 0 {
			out.because = fmt.Sprintf("%s of other work, %s in the field asked", yearsOf(f.total), yearsAsked(crit.Months))
		}
	case f.total > 0 || len(f.claims) > 0:
		out.verdict = fairlead.NotMet
	default:
		out.verdict, out.because = fairlead.NotStated, "no dated position"
	}
	if out.verdict == fairlead.Partial && len(out.at) == 0 || out.verdict == fairlead.NotMet {
		for k := range f.positions { // what was held instead
			out.at = append(out.at, f.positions[k].At)
		}
	}
	return out
}

// claimed is the longest experience the text states in the criterion's field:
// the claim names it, or the criterion asks for none; where the field is the
// job's own work, some of that must be dated.
func (c *compiled) claimed(f *facts, i int, s []support, in int) (claim, bool) {
	crit := &c.Criteria[i]
	for _, k := range f.claims {
		switch {
		case len(crit.Skills) == 0:
			if len(crit.Titles) == 0 || in > 0 {
				return k, true
			}
		case slices.ContainsFunc(s, func(x support) bool {
			return x.percent >= 50 && x.m.at.Start >= k.at.Start && x.m.at.End <= k.end
		}):
			return k, true
		}
	}
	return claim{}, false
}

// monthsCounting is the months of the positions that count, overlaps once.
func (f *facts) monthsCounting(counts []bool) int {
	var ivs []interval
	for k, ok := range counts {
		if iv := f.positions[k].span; ok && iv.end > iv.start {
			ivs = append(ivs, iv)
		}
	}
	return union(ivs)
}

// heldBefore judges whether this work was done before: the closest position,
// by how long ago and how long.
func (c *compiled) heldBefore(f *facts, i int, s []support, titled []int, counts, inside []bool) finding {
	out := finding{verdict: fairlead.NotStated, because: "no position like it"}
	in := f.monthsCounting(counts)
	bestAt := -1
	for k := range f.positions {
		near := titled[k]
		switch {
		case near > outsideField && near < sameTitle && len(c.Criteria[i].Skills) > 0 && !inside[k]:
			near = outsideField
		case inside[k]:
			near = max(near, workedInField)
		}
		tenure := 100
		if f.positions[k].ago >= 0 {
			tenure = 60 + 40*min(in, fullTenure)/fullTenure
		}
		if p := near * heldPercent(f.positions[k].ago) * tenure / 10_000; p > out.percent {
			out.percent, bestAt = p, k
		}
	}
	if bestAt >= 0 {
		p := &f.positions[bestAt]
		out.months = in
		out.at = []fairlead.Span{p.At}
		out.because = likeness(max(titled[bestAt], 0), counts[bestAt])
		if in > 0 {
			out.because += ", " + yearsOf(in)
		}
		for k := range f.positions {
			if k != bestAt && counts[k] {
				out.at = append(out.at, f.positions[k].At)
			}
		}
	}
	if f.headline != nil {
		for _, t := range c.titles[i] {
			if p := closeness(t, f.headline) * heldNever / 100; p > out.percent {
				out.percent, out.because = p, "gives this as their title; no such position found"
				out.at = append([]fairlead.Span{f.profile.Headline.At}, out.at...)
			}
		}
	}
	if len(s) > 0 && out.percent < 40 { // the field is named, no position in it
		slices.SortStableFunc(s, func(a, b support) int { return cmp.Compare(b.percent, a.percent) })
		if p := s[0].percent / 2; p > out.percent {
			out.percent, out.because = p, "the field is named, no position in it"
			out.at = append([]fairlead.Span{s[0].m.at}, out.at...)
		}
	}
	switch {
	case out.percent >= metFrom:
		out.verdict = fairlead.Met
	case out.percent > 0:
		out.verdict = fairlead.Partial
	case len(f.positions) > 0:
		out.verdict, out.because = fairlead.NotMet, "other work so far"
		for k := range f.positions {
			out.at = append(out.at, f.positions[k].At)
		}
	}
	return out
}

func heldPercent(ago int) int {
	switch {
	case ago < 0:
		return heldSome
	case ago <= recentMonths:
		return heldNow
	case ago <= someMonths:
		return heldSome
	}
	return heldLongAgo
}

func likeness(near int, counts bool) string {
	switch {
	case near >= sameTitle:
		return "held this position"
	case near >= sameOccupation:
		return "held a position of the same occupation"
	case near >= inField:
		return "held a related position"
	case counts:
		return "worked in the field"
	}
	return "held a distantly related position"
}

// What a degree is worth, in percent.
const (
	degreeOtherField   = 60 // high enough, in another field
	degreeNearField    = 75 // the same where a related field will do
	degreeUnknownField = 80 // high enough, field not stated
	degreeOneBelow     = 40
	degreeByWork       = 75 // years of work stand for it, where the job says so
	monthsPerLevel     = 48 // work that stands for one level of degree
)

// education judges the degree.
func education(f *facts, crit *fairlead.Criterion) finding {
	out := finding{verdict: fairlead.NotStated, because: "no degree stated"}
	for i := range f.profile.Education {
		e := &f.profile.Education[i]
		if _, ok := quotable(f.text, e.At); !ok {
			continue // nothing of it is left to show
		}
		percent, because := degreeWorth(e, crit)
		if percent > out.percent || len(out.at) == 0 {
			at := e.At
			if k := strings.Index(f.text[at.Start:at.End], e.Name); k >= 0 && e.Name != "" {
				at = fairlead.Span{Start: at.Start + k, End: at.Start + k + len(e.Name)}
			}
			out.percent, out.because, out.at = percent, because, []fairlead.Span{at}
			out.verdict = fairlead.NotMet
			if percent > 0 {
				out.verdict = fairlead.Partial
			}
		}
	}
	if crit.Equivalent && out.percent < degreeByWork {
		highest := fairlead.HighSchool
		for _, e := range f.profile.Education {
			highest = max(highest, e.Level)
		}
		need := monthsPerLevel * max(1, bachelorSteps(crit.Degree)-bachelorSteps(highest))
		if p := degreeByWork * min(f.total, need) / need; f.total > 0 && p > out.percent {
			out.percent, out.verdict = p, fairlead.Partial
			out.because = fmt.Sprintf("%s of work in place of the degree", yearsOf(f.total))
			for k := range f.positions {
				out.at = append(out.at, f.positions[k].At)
			}
		}
	}
	if out.percent >= metFrom {
		out.verdict = fairlead.Met
	}
	return out
}

// bachelorSteps counts levels in steps of about four years of study.
func bachelorSteps(l fairlead.DegreeLevel) int {
	switch l {
	case fairlead.Doctorate:
		return 3
	case fairlead.Master:
		return 2
	case fairlead.Bachelor:
		return 1
	}
	return 0
}

// degreeWorth compares one degree with what is asked.
func degreeWorth(e *fairlead.Education, crit *fairlead.Criterion) (int, string) {
	switch {
	case e.Level == fairlead.UnknownDegree:
		return 0, "education stated, level unclear"
	case e.Level < crit.Degree-1:
		return 0, levelWords(e.Level) + " stated, " + levelWords(crit.Degree) + " asked"
	case e.Level < crit.Degree:
		return degreeOneBelow, levelWords(e.Level) + " stated, " + levelWords(crit.Degree) + " asked"
	case len(crit.Fields) == 0:
		return 100, levelWords(e.Level)
	}
	field := strings.ToLower(e.Field)
	if field == "" {
		field = strings.ToLower(e.Name)
	}
	related := false
	for _, want := range crit.Fields {
		if want == relatedField {
			related = true
			continue
		}
		if sameField(field, want) {
			return 100, levelWords(e.Level) + " in the field"
		}
	}
	switch {
	case e.Field == "":
		return degreeUnknownField, levelWords(e.Level) + ", field not stated"
	case related:
		return degreeNearField, levelWords(e.Level) + " in another field"
	}
	return degreeOtherField, levelWords(e.Level) + " in another field"
}

// sameField says whether all words of the wanted field stand in the stated one,
// compared by their first six letters: account(ing), econom(ics).
func sameField(have, want string) bool {
	haveWords := strings.Fields(plain(have))
	words := strings.Fields(plain(want))
	for _, w := range words {
		if len(w) < 3 {
			continue
		}
		stem := w[:min(6, len(w))]
		if !slices.ContainsFunc(haveWords, func(h string) bool { return strings.HasPrefix(h, stem) }) {
			return false
		}
	}
	return len(words) > 0
}

func levelWords(l fairlead.DegreeLevel) string {
	switch l {
	case fairlead.HighSchool:
		return "high school"
	case fairlead.Vocational:
		return "vocational training"
	case fairlead.Associate:
		return "associate degree"
	case fairlead.Bachelor:
		return "bachelor's degree"
	case fairlead.Master:
		return "master's degree"
	case fairlead.Doctorate:
		return "doctorate"
	}
	return "degree"
}

// evidence makes quotes of spans in the blinded text, each line once.
func evidence(text string, at []fairlead.Span) []fairlead.Evidence {
	var out []fairlead.Evidence
	for _, s := range at {
		if len(out) == maxEvidence {
			break
		}
		s, ok := quotable(text, s)
		if !ok {
			continue
		}
		q := quote(text, s)
		if q.Len() == 0 || slices.ContainsFunc(out, func(e fairlead.Evidence) bool { return e.At.Start < q.End && q.Start < e.At.End }) {
			continue
		}
		out = append(out, fairlead.Evidence{Text: text[q.Start:q.End], At: q})
	}
	return out
}
