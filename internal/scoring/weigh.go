package scoring

import (
	"fmt"
	"slices"

	"github.com/fairlead/fairlead"
)

// Parts that a criterion weighs before all are brought to WeightTotal. A
// required one weighs about two and a half times a preferred one, a skill only
// named among the duties half of that.
const (
	partsRequired  = 10
	partsPreferred = 4
	partsNamed     = 3
	partsYears     = 14 // years of experience, required
	partsYearsPref = 6
	partsRepeated  = 2 // a required or preferred skill that several lines name

	// The job's own title takes this share of the whole, in percent, and more
	// the less the text asks for: up to titleMost.
	titleLeast    = 35
	titlePerThin  = 3
	titleMost     = 59
	titleFullText = 8 // criteria from which a text counts as full
)

// parts is what a draft weighs and why.
func (d *draft) parts(common map[fairlead.SkillID]bool) (int, string) {
	n, why := partsNamed, "named among the duties"
	switch {
	case d.Kind == fairlead.CriterionExperience && d.strength == required:
		n, why = partsYears, "required experience"
	case d.Kind == fairlead.CriterionExperience:
		n, why = partsYearsPref, "preferred experience"
	case d.strength == required:
		n, why = partsRequired, "required"
	case d.strength == preferred:
		n, why = partsPreferred, "preferred"
	}
	if d.Kind == fairlead.CriterionSkill && d.Months == 0 && common[d.Skills[0]] {
		return n / 2, why + "; half, because resumes of every kind name it"
	}
	if d.named > 1 {
		why = fmt.Sprintf("%s, named in %d lines", why, d.named)
		if d.strength > named {
			n += partsRepeated
		}
	}
	return n, why
}

// weigh turns drafts, the title and the fields it names into a rubric's criteria.
func weigh(title string, fields []fairlead.SkillID, drafts []draft, common map[fairlead.SkillID]bool) []fairlead.Criterion {
	var out []fairlead.Criterion
	parts := make([]int, 0, len(drafts)+1)
	sum, full := 0, 0
	for i := range drafts {
		d := &drafts[i]
		n, why := d.parts(common)
		sum += n
		if d.strength == required {
			full += 2
		} else {
			full++
		}
		parts = append(parts, n)
		c := d.Criterion
		c.Required, c.Why = d.strength == required, why
		out = append(out, c)
	}
	full /= 2
	if title != "" {
		share := min(titleMost, titleLeast+titlePerThin*max(0, titleFullText-full))
		n, why := 1, "the title is all the text says"
		if sum > 0 {
			// share of the whole = n / (n + sum)
			n = max(1, sum*share/(100-share))
			why = fmt.Sprintf("the job's own title: %d %% of the whole, more when the text asks for little", share)
		}
		parts = append([]int{n}, parts...)
		out = slices.Insert(out, 0, fairlead.Criterion{
			Text: "Has worked as " + title + " or in a like position", Kind: fairlead.CriterionExperience,
			Required: true, Titles: []string{title}, Skills: fields, Why: why,
		})
	}
	for i, w := range apportion(parts, fairlead.WeightTotal) {
		out[i].Weight = w
		out[i].ID = fmt.Sprintf("c%d", i+1)
	}
	return out
}

// apportion divides total in proportion to parts, in whole numbers that sum to
// it exactly: the remainders' largest get one more, earlier ones first. Parts
// of zero stay zero; all zero gives all zero.
func apportion(parts []int, total int) []int {
	out := make([]int, len(parts))
	sum := 0
	for _, p := range parts {
		sum += p
	}
	if sum == 0 {
		return out
	}
	type rest struct{ i, r int }
	rests := make([]rest, 0, len(parts))
	left := total
	for i, p := range parts {
		out[i] = p * total / sum
		left -= out[i]
		if p > 0 {
			rests = append(rests, rest{i, p * total % sum})
		}
	}
	slices.SortStableFunc(rests, func(a, b rest) int { return b.r - a.r })
	for k := 0; k < left; k++ {
		out[rests[k%len(rests)].i]++
	}
	return out
}
