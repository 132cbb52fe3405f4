package taxonomy

import "github.com/fairlead/fairlead"

// Relation says how having one skill speaks for another.
type Relation int

// Relations, strongest first.
const (
	None     Relation = iota // says nothing
	Same                     // is it
	Implied                  // having it shows the other: React shows JavaScript
	Narrower                 // is a kind of the other: PostgreSQL for SQL databases
	Similar                  // does the same work: React for Vue
)

// String is the relation's word.
func (r Relation) String() string {
	return [...]string{"none", "same", "implied", "narrower", "similar"}[r]
}

// relations are what a skill speaks for, directly and through others.
type relations map[int32]Relation

// Relate says how having one skill speaks for wanting another. Implies and
// broader are followed through any number of steps (a framework shows its
// language, which is a programming language); similar is one step, either way.
// The strongest reading wins; unknown ids give None.
func (t *Taxonomy) Relate(have, want fairlead.SkillID) Relation {
	h, ok := t.byID[have]
	w, ok2 := t.byID[want]
	switch {
	case !ok || !ok2:
		return None
	case h == w:
		return Same
	}
	return t.closure()[h][w]
}

// closeRelations works the relations of every skill out.
func (t *Taxonomy) closeRelations() []relations {
	out := make([]relations, len(t.skills))
	put := func(h, w int32, r Relation) {
		if h == w {
			return
		}
		if out[h] == nil {
			out[h] = relations{}
		}
		if have := out[h][w]; have == None || r < have {
			out[h][w] = r
		}
	}
	var queue []int32
	for h := range t.skills {
		seen := map[int32]bool{int32(h): true}
		// First what is implied through implications alone, then what any of
		// those and the skill itself are kinds of.
		queue = append(queue[:0], int32(h))
		for k := 0; k < len(queue); k++ {
			for _, id := range t.skills[queue[k]].Implies {
				if w := t.byID[id]; !seen[w] {
					seen[w] = true
					put(int32(h), w, Implied)
					queue = append(queue, w)
				}
			}
		}
		for k := 0; k < len(queue); k++ {
			for _, id := range t.skills[queue[k]].Broader {
				if w := t.byID[id]; !seen[w] {
					seen[w] = true
					put(int32(h), w, Narrower)
					queue = append(queue, w)
				}
			}
		}
		for _, id := range t.skills[h].Similar {
			put(int32(h), t.byID[id], Similar)
			put(t.byID[id], int32(h), Similar)
		}
	}
	return out
}
