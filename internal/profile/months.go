package profile

import (
	"cmp"
	"slices"

	"github.com/fairlead/fairlead"
)

// union counts the months at least one of the intervals covers. It sorts runs.
func union(runs []interval) int {
	slices.SortFunc(runs, func(a, b interval) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	total, end := 0, -1
	for _, r := range runs {
		from := max(r.from, end+1)
		if r.to >= from {
			total += r.to - from + 1
		}
		end = max(end, r.to)
	}
	return total
}

// monthsOfSkills sets Months on every mention: how long the dated positions
// that mention the skill lasted together.
func monthsOfSkills(skills []fairlead.SkillMention, positions []fairlead.Position, asOf fairlead.YearMonth) {
	if len(skills) == 0 || len(positions) == 0 {
		return
	}
	type dated struct {
		body fairlead.Span
		run  interval
	}
	var bodies []dated
	for _, p := range positions {
		if v, ok := months(p.Start, p.End, p.Current, asOf); ok {
			bodies = append(bodies, dated{p.Body, v})
		}
	}
	if len(bodies) == 0 {
		return
	}
	runs := make(map[fairlead.SkillID][]interval)
	for _, s := range skills {
		for _, b := range bodies {
			if s.At.Start >= b.body.Start && s.At.End <= b.body.End {
				runs[s.ID] = append(runs[s.ID], b.run)
			}
		}
	}
	totals := make(map[fairlead.SkillID]*int, len(runs))
	for id, r := range runs {
		n := union(r)
		totals[id] = &n
	}
	for i := range skills {
		skills[i].Months = totals[skills[i].ID]
	}
}
