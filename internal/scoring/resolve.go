package scoring

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead/fairlead"
)

// Resolve checks a rubric that people edited against the taxonomy: skills
// written by name get their ids. The error is Invalid and names the skills that
// the taxonomy does not know.
func (j *Judge) Resolve(r fairlead.Rubric) (fairlead.Rubric, error) {
	r.Criteria = slices.Clone(r.Criteria)
	var unknown []string
	for i := range r.Criteria {
		c := &r.Criteria[i]
		var bad []string
		c.Skills, bad = resolveSkills(j.tax, c.Skills)
		for _, name := range bad {
			unknown = append(unknown, fmt.Sprintf("%q in %s", shorten(name, 40), shorten(c.ID, 20)))
		}
	}
	if len(unknown) > 0 {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.Invalid, "The taxonomy does not know "+strings.Join(unknown[:min(len(unknown), 8)], ", ")+". Look for the skill's name with: echo NAME | fairlead skills", nil)
	}
	return r, nil
}

// resolveSkills turns names into ids; ids stay. What is neither is returned.
func resolveSkills(tax knowledge, list []fairlead.SkillID) (ids []fairlead.SkillID, unknown []string) {
	for _, s := range list {
		id := s
		if _, ok := tax.Skill(s); !ok {
			known, ok := tax.Lookup(string(s))
			if !ok {
				unknown = append(unknown, string(s))
				continue
			}
			id = known.ID
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, unknown
}
