package scoring

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

// reasoning says in at most MaxReasoning characters what decided: what carries
// most points, the experience, how many of the required criteria are met, and
// what costs most. It uses the names of skills and the rubric's words, never the
// resume's, so nothing of the person can be in it.
func reasoning(c *compiled, f *facts, js []fairlead.Judgement) string {
	clauses := []string{strengths(c, f, js), experienceClause(c, js), requiredCount(js), gap(c, js), weaker(js)}
	out := ""
	for _, s := range clauses {
		if s == "" {
			continue
		}
		next := s
		if out != "" {
			next = out + "; " + s
		}
		if utf8.RuneCountInString(next) > fairlead.MaxReasoning {
			continue
		}
		out = next
	}
	if out == "" {
		out = "nothing the job asks for is stated"
	}
	return upperFirst(shorten(out, fairlead.MaxReasoning))
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + s[n:]
}

// strengths names the skills that carry most points: "strong Python and AWS".
func strengths(c *compiled, f *facts, js []fairlead.Judgement) string {
	order := byPoints(js, func(j *fairlead.Judgement) bool {
		return len(j.Criterion.Skills) > 0 && j.Criterion.Kind != fairlead.CriterionExperience && j.Verdict == fairlead.Met
	})
	var strong, listedOnly []string
	for _, i := range order {
		name := c.decidingSkill(f, i)
		if name == "" || slices.Contains(strong, name) || slices.Contains(listedOnly, name) {
			continue
		}
		j := &js[i]
		switch {
		case j.Criterion.Weight > 0 && j.Points*100 >= j.Criterion.Weight*85 && len(strong) < 3:
			strong = append(strong, name)
		case len(listedOnly) < 2:
			listedOnly = append(listedOnly, name)
		}
	}
	switch {
	case len(strong) > 0:
		return "strong " + listWords(strong)
	case len(listedOnly) > 0:
		return "names " + listWords(listedOnly)
	}
	return ""
}

// decidingSkill is the name of the skill that met a criterion.
func (c *compiled) decidingSkill(f *facts, criterion int) string {
	best, name := 0, ""
	for i := range f.mentions {
		m := &f.mentions[i]
		for _, h := range c.wanting(m.id) {
			if h.criterion != criterion {
				continue
			}
			if p := m.proves * relationPercent(h.relation); p > best {
				best, name = p, m.name
				if s, ok := c.tax.Skill(h.want); ok && h.relation != taxonomy.Similar {
					name = s.Name
				}
			}
		}
	}
	return name
}

// byPoints orders the judgements that pass by points, most first.
func byPoints(js []fairlead.Judgement, pass func(*fairlead.Judgement) bool) []int {
	var out []int
	for i := range js {
		if pass(&js[i]) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return js[b].Points - js[a].Points })
	return out
}

// experienceClause tells the weightiest experience criterion.
func experienceClause(c *compiled, js []fairlead.Judgement) string {
	best := -1
	for i := range js {
		k := &js[i]
		if k.Criterion.Kind != fairlead.CriterionExperience {
			continue
		}
		if best < 0 || k.Criterion.Months > 0 && js[best].Criterion.Months == 0 || k.Points > js[best].Points && (k.Criterion.Months > 0) == (js[best].Criterion.Months > 0) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	j := &js[best]
	if j.Verdict == fairlead.NotStated {
		return ""
	}
	if j.Criterion.Months == 0 {
		if title := shortTitle(c.Title); title != "" && j.Verdict != fairlead.NotMet {
			return j.Because + " (" + title + ")"
		}
		return j.Because
	}
	if s := c.fieldName(best); s != "" {
		return strings.Replace(j.Because, "in the field", "in "+s, 1)
	}
	return j.Because
}

// fieldName is the name of the field an experience criterion asks for.
func (c *compiled) fieldName(i int) string {
	if ids := c.Criteria[i].Skills; len(ids) > 0 {
		if s, ok := c.tax.Skill(ids[0]); ok {
			return s.Name
		}
	}
	return ""
}

func shortTitle(s string) string { return shorten(s, 40) }

// requiredCount is "meets 8 of 10 requirements".
func requiredCount(js []fairlead.Judgement) string {
	met, all := 0, 0
	for i := range js {
		if js[i].Criterion.Required && js[i].Criterion.Weight > 0 {
			all++
			if js[i].Verdict == fairlead.Met {
				met++
			}
		}
	}
	if all == 0 {
		return ""
	}
	return fmt.Sprintf("meets %d of %d requirements", met, all)
}

// gap names the required criteria that cost most: "no degree stated; AWS and
// Kubernetes not shown".
func gap(c *compiled, js []fairlead.Judgement) string {
	var missing []string
	degree := ""
	order := make([]int, 0, len(js))
	for i := range js {
		if js[i].Criterion.Required && (js[i].Verdict == fairlead.NotStated || js[i].Verdict == fairlead.NotMet) && js[i].Criterion.Weight > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return js[b].Criterion.Weight - js[a].Criterion.Weight })
	for _, i := range order {
		k := &js[i]
		switch k.Criterion.Kind {
		case fairlead.CriterionEducation:
			if degree == "" {
				degree = k.Because
			}
		case fairlead.CriterionExperience:
		default:
			if s := c.fieldName(i); s != "" && len(missing) < 2 && !slices.Contains(missing, s) {
				missing = append(missing, s)
			}
		}
	}
	var parts []string
	if len(missing) > 0 {
		parts = append(parts, listWords(missing)+" not stated")
	}
	if degree != "" {
		parts = append(parts, degree)
	}
	return strings.Join(parts, "; ")
}

// weaker says where a related skill stands in for the one asked.
func weaker(js []fairlead.Judgement) string {
	for i := range js {
		if js[i].Verdict == fairlead.Partial && strings.Contains(js[i].Because, " implies ") {
			s, _, _ := strings.Cut(js[i].Because, ",")
			return s
		}
	}
	return ""
}

// listWords is "A", "A and B", "A, B and C".
func listWords(s []string) string {
	switch len(s) {
	case 0:
		return ""
	case 1:
		return s[0]
	}
	return strings.Join(s[:len(s)-1], ", ") + " and " + s[len(s)-1]
}
