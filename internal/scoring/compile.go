package scoring

import (
	"slices"
	"sync"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

// compiled is a rubric ready to judge many resumes.
type compiled struct {
	fairlead.Rubric
	sha    string
	tax    knowledge
	titles [][]*titleReading // per criterion
	roots  [][]string        // per experience criterion: the word that tells each field

	mu   sync.RWMutex
	hits map[fairlead.SkillID][]hit // what a resume's skill speaks for, worked out once
}

// hit says that having a skill speaks for a criterion.
type hit struct {
	criterion int
	want      fairlead.SkillID
	relation  taxonomy.Relation
}

// maxCompiled is how many rubrics a Judge keeps ready.
const maxCompiled = 64

// compile returns the rubric ready to judge, from memory when it was seen before.
func (j *Judge) compile(r fairlead.Rubric) *compiled {
	sha := DigestRubric(r)
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, c := range j.compiled {
		if c.sha == sha {
			copy(j.compiled[1:i+1], j.compiled[:i])
			j.compiled[0] = c
			return c
		}
	}
	c := &compiled{Rubric: r, sha: sha, tax: j.tax, titles: make([][]*titleReading, len(r.Criteria)), roots: make([][]string, len(r.Criteria)), hits: map[fairlead.SkillID][]hit{}}
	c.Criteria = slices.Clone(r.Criteria)
	for i := range c.Criteria {
		c.Criteria[i].Skills, _ = resolveSkills(j.tax, c.Criteria[i].Skills)
		if c.Criteria[i].Kind == fairlead.CriterionExperience {
			for _, id := range c.Criteria[i].Skills {
				if w := fieldRoot(j.tax, id); w != "" {
					c.roots[i] = append(c.roots[i], w)
				}
			}
		}
		for _, t := range c.Criteria[i].Titles {
			c.titles[i] = append(c.titles[i], j.titles.read(t))
		}
	}
	j.compiled = slices.Insert(j.compiled, 0, c)
	if len(j.compiled) > maxCompiled {
		j.compiled = j.compiled[:maxCompiled]
	}
	return c
}

// fieldRoot is the first telling word of a field's name: a software engineer
// worked in software development, a critical-care nurse in critical care.
func fieldRoot(tax knowledge, id fairlead.SkillID) string {
	s, ok := tax.Skill(id)
	if !ok {
		return ""
	}
	for _, w := range titleWords(s.Name) {
		if wordWeight(w) == tellingWord {
			return w
		}
	}
	return ""
}

// wanting is which criteria a skill speaks for, and how.
func (c *compiled) wanting(have fairlead.SkillID) []hit {
	c.mu.RLock()
	h, ok := c.hits[have]
	c.mu.RUnlock()
	if ok {
		return h
	}
	for i := range c.Criteria {
		var best hit
		for _, want := range c.Criteria[i].Skills {
			r := c.tax.Relate(have, want)
			if relationPercent(r) > relationPercent(best.relation) {
				best = hit{i, want, r}
			}
		}
		if best.relation != taxonomy.None {
			h = append(h, best)
		}
	}
	c.mu.Lock()
	c.hits[have] = h
	c.mu.Unlock()
	return h
}

// firstWanting is the first criterion a skill itself meets, -1 when none.
func (c *compiled) firstWanting(have fairlead.SkillID) int {
	for _, h := range c.wanting(have) {
		if h.relation == taxonomy.Same {
			return h.criterion
		}
	}
	return -1
}

// relationPercent is what having one skill is worth where another is asked.
func relationPercent(r taxonomy.Relation) int {
	switch r {
	case taxonomy.Same:
		return 100
	case taxonomy.Narrower:
		return 90
	case taxonomy.Implied:
		return 80
	case taxonomy.Similar:
		return 50
	}
	return 0
}
