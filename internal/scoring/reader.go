package scoring

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

// Limits that keep a rubric something a person reads.
const (
	maxCriteria     = 32
	maxNotes        = 60
	maxAlternatives = 12
	dutyFill        = 14 // skills named among duties fill the skill criteria up to this many
	maxDuties       = 10
	maxText         = 160 // runes of a criterion's text
)

// skillFinder finds skills in text, as taxonomy.Taxonomy does.
type skillFinder interface {
	Find(text string) []fairlead.SkillMention
}

// draft is a criterion before its weight is known.
type draft struct {
	fairlead.Criterion
	strength strength
	section  section
	named    int // lines that name it
	order    int
}

// reader reads one advertisement.
type reader struct {
	words    *lexicon
	degrees  []degreePattern
	skills   skillFinder
	drafts   []draft
	duties   []draft
	notes    []fairlead.RubricNote
	soft     []string
	seenNote map[string]bool
}

// read goes through the lines of an advertisement.
func (r *reader) read(lines []line) {
	sec := unknownSection
	for _, l := range lines {
		if s, rest, ok := r.words.section(l); ok {
			if s == titleSection {
				continue
			}
			sec = s
			if rest == "" {
				continue
			}
			l.text = rest
		} else if l.heading {
			sec = unknownSection
			if len(strings.Fields(l.text)) <= 10 {
				continue
			}
		}
		lower := asciiLower(l.text)
		if sec == boilerplateSection || r.words.boilerplate(lower) {
			r.refuse(l.text) // what must not be asked is told wherever it stands
			continue
		}
		text := r.refuse(l.text)
		if _, ok := r.words.pattern(lower); ok || sec == patternSection {
			if sec == patternSection || !complete.MatchString(lower) && len(r.skills.Find(text)) == 0 {
				r.note(fairlead.RubricNote{Text: l.text, Reason: "how, when or where the work is done; resumes are silent about it, so it is shown and not scored", Kind: fairlead.NotePattern})
				if sec == patternSection {
					continue
				}
			}
		}
		l.text = text
		for _, c := range r.words.clauses(l, sec) {
			r.clause(c)
		}
	}
	if len(r.soft) > 0 {
		r.note(fairlead.RubricNote{Text: strings.Join(r.soft, ", "), Reason: "anybody can write this of themselves; left to the interview", Kind: fairlead.NoteVague})
	}
}

// refuse blanks out what is not scored and notes it.
func (r *reader) refuse(text string) string {
	text, notes := r.words.refuse(text)
	for _, n := range notes {
		r.note(n)
	}
	return text
}

func (r *reader) note(n fairlead.RubricNote) {
	n.Text = shorten(n.Text, maxText)
	key := n.Reason + "\x00" + strings.ToLower(n.Text)
	if n.Text == "" || r.seenNote[key] || len(r.notes) >= maxNotes {
		return
	}
	r.seenNote[key] = true
	r.notes = append(r.notes, n)
}

// clause turns one clause into drafts.
func (r *reader) clause(c clause) {
	lower := asciiLower(c.text)
	asks := c.strength >= preferred || c.section == requiredSection || c.section == preferredSection
	study := span{-1, -1}
	years, hasYears := yearsIn(lower)
	if d, ok := degreeIn(r.degrees, c.text); ok && (asks || c.section == unknownSection) {
		st := max(c.strength, preferred)
		if d.level == fairlead.HighSchool && c.section == unknownSection {
			st = c.strength
		}
		r.add(draft{Criterion: fairlead.Criterion{
			Text: shorten(c.text, maxText), Kind: fairlead.CriterionEducation,
			Degree: d.level, Fields: d.fields, Equivalent: d.equivalent,
		}, strength: st, section: c.section})
		study = span{d.start, d.end}
		if d.equivalent && hasYears && years.start > d.start {
			hasYears = false // "degree or 4 years": the years stand for the degree
		}
	}
	if hasYears && !asks && (years.months == 0 || companyRE.MatchString(lower) || !strings.Contains(lower, "experience")) {
		hasYears = false // "we have 30 years of experience in …"
	}
	var kept []fairlead.SkillMention
	for _, m := range r.skills.Find(c.text) {
		switch {
		case m.At.Start < study.end && m.At.End > study.start:
		case strings.EqualFold(m.Text, "education") && (study.end > 0 || strings.Contains(lower, "experience")):
			// "any combination of education and experience" asks for no skill
		case m.Kind == fairlead.KindSoft:
			if !slices.Contains(r.soft, m.Name) && len(r.soft) < 20 && asks {
				r.soft = append(r.soft, m.Name)
			}
		case m.Kind == fairlead.KindLanguage && strings.EqualFold(m.Name, "English"):
			if asks {
				r.note(fairlead.RubricNote{Text: c.text, Reason: "the advertisement is in English, and so is a resume in answer to it; how well is left to the interview", Kind: fairlead.NoteVague})
			}
		default:
			kept = append(kept, m)
		}
	}
	groups := group(c.text, kept)
	if hasYears {
		groups = r.experience(c, years, groups)
	}
	for _, g := range groups {
		r.skill(c, g, 0, len(groups) == 1)
	}
}

// experience adds what a clause with years asks for and returns the groups of
// skills that are left.
func (r *reader) experience(c clause, years asked, groups []anyOf) []anyOf {
	field := -1
	for i, g := range groups {
		if g.at.start >= years.end && (field < 0 || g.at.start < groups[field].at.start) {
			field = i
		}
	}
	if field < 0 { // "Java: 5 years", "sales experience (3+ years)"
		for i, g := range groups {
			if g.at.end <= years.start && years.start-g.at.end <= 24 {
				field = i
			}
		}
	}
	if field >= 0 && years.months > 0 && groups[field].tool() && !farApart(c.text, years, groups[field]) {
		// Years of a tool. "5 years of Java, Spring and SQL" means each.
		last := field
		for last+1 < len(groups) && groups[last+1].chained && last-field < 3 && groups[last+1].tool() {
			last++
		}
		for i := field; i <= last; i++ {
			r.skill(c, groups[i], years.months, last == field && len(groups) == 1)
		}
		return slices.Delete(groups, field, last+1)
	}
	if field >= 0 && farApart(c.text, years, groups[field]) {
		field = -1
	}
	d := draft{Criterion: fairlead.Criterion{
		Text: shorten(c.text, maxText), Kind: fairlead.CriterionExperience, Months: years.months,
	}, strength: max(c.strength, preferred), section: c.section}
	if field >= 0 && !groups[field].tool() && groups[field].kind() != fairlead.CriterionLanguage && groups[field].kind() != fairlead.CriterionCertificate {
		d.Skills = groups[field].ids
		groups = slices.Delete(groups, field, field+1)
	}
	r.add(d)
	return groups
}

// farApart says that a skill is not what the years are of: "5 years as a sales
// manager, using Excel".
func farApart(text string, years asked, g anyOf) bool {
	if g.at.start < years.end {
		return false
	}
	between := asciiLower(text[years.end:g.at.start])
	return len(strings.Fields(between)) > 7 || strings.Contains(between, ", you") || strings.Contains(between, " as a") || strings.Contains(between, "including") || strings.Contains(between, "using") || strings.Contains(between, " such as")
}

// skill adds a criterion for a group of skills.
func (r *reader) skill(c clause, g anyOf, months int, alone bool) {
	text := strings.Join(g.names, " or ")
	switch {
	case alone:
		text = shorten(c.text, maxText)
	case months > 0:
		text = fmt.Sprintf("%s, %s", text, yearsAsked(months))
	}
	d := draft{Criterion: fairlead.Criterion{
		Text: text, Kind: g.kind(), Skills: g.ids, Months: months,
	}, strength: c.strength, section: c.section}
	if c.strength == named {
		if c.section == patternSection {
			return
		}
		d.Text = strings.Join(g.names, " or ")
		for i, id := range g.ids { // a duty is one skill each
			one := d
			one.Skills, one.Text = []fairlead.SkillID{id}, g.names[i]
			r.duties = merge(r.duties, one, true)
		}
		return
	}
	r.add(d)
}

func (r *reader) add(d draft) { r.drafts = merge(r.drafts, d, false) }

// merge adds a draft, or raises the one that asks for the same.
func merge(list []draft, d draft, duty bool) []draft {
	d.named, d.order = 1, len(list)
	for i := range list {
		have := &list[i]
		if have.Kind != d.Kind || !slices.Equal(have.Skills, d.Skills) || have.Degree != d.Degree {
			continue
		}
		switch {
		case duty, len(d.Skills) > 0 && d.Kind != fairlead.CriterionExperience:
			have.named++
			have.strength = max(have.strength, d.strength)
			if d.Months > have.Months {
				have.Months, have.Text = d.Months, d.Text
			}
			return list
		case d.Kind == fairlead.CriterionEducation && (d.strength == have.strength || slices.Equal(have.Fields, d.Fields)):
			have.named++
			have.strength = max(have.strength, d.strength)
			have.Equivalent = have.Equivalent || d.Equivalent
			if len(have.Fields) == 0 {
				have.Fields = d.Fields
			}
			return list
		case d.Kind == fairlead.CriterionExperience && (d.Months == have.Months || d.Months == 0 || have.Months == 0 && d.strength == have.strength):
			have.named++
			have.strength = max(have.strength, d.strength)
			if d.Months > have.Months {
				have.Months, have.Text = d.Months, d.Text
			}
			return list
		}
	}
	return append(list, d)
}

// criteria are the drafts in the advertisement's order, filled up with duties.
func (r *reader) criteria() []draft {
	out := slices.Clone(r.drafts)
	asked := map[fairlead.SkillID]bool{}
	skills := 0
	for _, d := range out {
		for _, id := range d.Skills {
			asked[id] = true
		}
		if d.Kind == fairlead.CriterionSkill {
			skills++
		}
	}
	duties := slices.Clone(r.duties)
	slices.SortStableFunc(duties, func(a, b draft) int {
		if a.named != b.named {
			return b.named - a.named
		}
		return a.order - b.order
	})
	added := 0
	for _, d := range duties {
		if skills >= dutyFill || added >= maxDuties {
			break
		}
		if asked[d.Skills[0]] {
			continue
		}
		asked[d.Skills[0]] = true
		out = append(out, d)
		skills++
		added++
	}
	if len(out) > maxCriteria-1 { // the title's criterion comes on top
		slices.SortStableFunc(out, func(a, b draft) int { return int(b.strength - a.strength) })
		out = out[:maxCriteria-1]
	}
	return out
}

// span is a place in a clause.
type span struct{ start, end int }

// anyOf is one or more skills any of which will do.
type anyOf struct {
	ids     []fairlead.SkillID
	names   []string
	kinds   []fairlead.SkillKind
	at      span
	chained bool // stands in a list with the group before
}

// tool says that all of it is tools and technologies, which people count years of.
func (g anyOf) tool() bool {
	for _, k := range g.kinds {
		if k != fairlead.KindTool && k != fairlead.KindTechnology {
			return false
		}
	}
	return true
}

func (g anyOf) kind() fairlead.CriterionKind {
	switch g.kinds[0] {
	case fairlead.KindLicence:
		return fairlead.CriterionCertificate
	case fairlead.KindLanguage:
		return fairlead.CriterionLanguage
	}
	return fairlead.CriterionSkill
}

// join is what stands between two skills of a clause.
type join int

const (
	apart join = iota
	comma
	and
	or
	oneOf // "such as", "like", "e.g.", "(": examples of what stands before
)

func joined(gap string) join {
	g := strings.TrimSpace(asciiLower(gap))
	switch strings.Trim(g, " ,()") {
	case "":
		switch {
		case strings.HasPrefix(g, "("):
			return oneOf
		case strings.HasPrefix(g, ")"):
			return apart
		}
		return comma
	case "or", "/", "or a", "and/or", "andor", "|", "or similar", "or equivalent", "vs", "or other", "or an":
		return or
	case "and", "&", "+", "as well as", "and the", "and a":
		return and
	}
	for _, w := range []string{"such as", "like", "e.g", "eg", "for example", "one of", "any of", "i.e"} {
		if strings.HasSuffix(strings.TrimRight(g, " .,:("), w) && len(g) < len(w)+30 && !strings.ContainsAny(g, ".;") || strings.HasPrefix(strings.TrimLeft(g, " (,"), "e.g") {
			return oneOf
		}
	}
	return apart
}

// group finds which skills of a clause are alternatives.
func group(text string, mentions []fairlead.SkillMention) []anyOf {
	var out []anyOf
	lower := asciiLower(text)
	examples := false // inside a list of examples
	for i, m := range mentions {
		j := apart
		if i > 0 {
			j = joined(text[mentions[i-1].At.End:m.At.Start])
		} else if before := strings.TrimRight(lower[:m.At.Start], " :("); endsWithAny(before, "one of", "any of", "either", "one or more of", "such as", "like", "at least one of", "one of the following") {
			examples = true
		}
		if j == apart {
			examples = examples && i == 0
		}
		if j == oneOf {
			examples = true
		}
		one := anyOf{ids: []fairlead.SkillID{m.ID}, names: []string{m.Name}, kinds: []fairlead.SkillKind{m.Kind}, at: span{m.At.Start, m.At.End}, chained: j != apart}
		last := len(out) - 1
		together := j == or || j == oneOf || examples && i > 0
		if together && last >= 0 && out[last].kind() == one.kind() {
			if j == or && !examples {
				// "A, B or C": the commas before are alternatives too.
				for last > 0 && out[last].chained && listComma(text[out[last-1].at.end:out[last].at.start]) && out[last-1].kind() == one.kind() {
					out[last-1] = mergeGroups(out[last-1], out[last])
					out = out[:last]
					last--
				}
			}
			out[last] = mergeGroups(out[last], one)
			continue
		}
		if i := slices.IndexFunc(out, func(g anyOf) bool { return g.kind() == one.kind() && slices.Contains(g.ids, m.ID) }); i >= 0 {
			continue
		}
		out = append(out, one)
	}
	return out
}

func listComma(gap string) bool { return strings.TrimSpace(gap) == "," }

func mergeGroups(a, b anyOf) anyOf {
	for i, id := range b.ids {
		if slices.Contains(a.ids, id) || len(a.ids) >= maxAlternatives {
			continue
		}
		a.ids = append(slices.Clip(a.ids), id)
		a.names = append(slices.Clip(a.names), b.names[i])
		a.kinds = append(slices.Clip(a.kinds), b.kinds[i])
	}
	a.at.end = b.at.end
	return a
}

func endsWithAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

// shorten cuts to n runes at a word, with an ellipsis.
func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)[:n-1]
	t := string(r)
	if i := strings.LastIndexByte(t, ' '); i > len(t)/2 {
		t = t[:i]
	}
	return strings.TrimRight(t, " ,;:") + "…"
}

// yearsAsked is "5 years" or "18 months".
func yearsAsked(months int) string {
	switch {
	case months == 12:
		return "1 year"
	case months%12 == 0:
		return fmt.Sprintf("%d years", months/12)
	case months == 1:
		return "1 month"
	}
	return fmt.Sprintf("%d months", months)
}
