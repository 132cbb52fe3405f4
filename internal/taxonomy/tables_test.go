package taxonomy

import (
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
)

// TestTables is the lint of the embedded tables; that ids are unique and
// relations resolve is refused when they are read.
func TestTables(t *testing.T) {
	b := newBuilder()
	if err := eachFile(embedded, "data", func(name string, body []byte) error {
		return b.readEmbedded(strings.TrimPrefix(name, "data/"), string(body))
	}); err != nil {
		t.Fatal(err)
	}
	tax, err := b.build()
	if err != nil {
		t.Fatal(err)
	}
	if tax.Len() < 2500 {
		t.Errorf("%d skills, want 2,500", tax.Len())
	}
	kinds, groups := map[fairlead.SkillKind]int{}, map[string]int{}
	aliases, related := 0, 0
	for i := range b.skills {
		e := &b.skills[i]
		kinds[e.Kind]++
		aliases += len(e.aliases)
		if len(e.Broader)+len(e.Implies)+len(e.Similar) > 0 {
			related++
		}
		for _, g := range e.groups {
			groups[g]++
		}
		for _, c := range string(e.ID) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				t.Errorf("%s: the id %q is no slug", e.origin, e.ID)
			}
		}
	}
	t.Logf("%d skills, %d aliases, %d with relations, kinds %v, groups %v", tax.Len(), aliases, related, kinds, groups)
	for _, k := range []fairlead.SkillKind{fairlead.KindTool, fairlead.KindTechnology, fairlead.KindMethod, fairlead.KindDomain, fairlead.KindLicence, fairlead.KindLanguage, fairlead.KindSoft} {
		if kinds[k] < 20 {
			t.Errorf("%d skills of kind %s", kinds[k], k)
		}
	}
	for _, g := range []string{"11", "13", "15", "17", "19", "21", "23", "25", "27", "29", "31", "33", "35", "37", "39", "41", "43", "45", "47", "49", "51", "53", "55"} {
		if groups[g] < 5 {
			t.Errorf("%d skills of O*NET major group %s", groups[g], g)
		}
	}
	t.Logf("%d names are claimed twice", len(b.collisions))
	for _, c := range b.collisions[:min(len(b.collisions), 400)] {
		if c.First != c.Second {
			t.Logf("%s: %q of %s belongs to %s", c.Where, c.Name, c.Second, c.First)
		}
	}
}

func TestOccupations(t *testing.T) {
	tt := Must(t).titles()
	if len(tt.occs) != 1016 {
		t.Errorf("%d occupations, want the 1,016 of O*NET-SOC 2019", len(tt.occs))
	}
	named := map[int32]int{}
	for _, n := range tt.names {
		named[n.occ]++
	}
	usual := 0
	for o := range tt.occs {
		if named[int32(o)] > 1 {
			usual++
		}
	}
	if usual < 850 {
		t.Errorf("%d occupations have usual titles, want 850", usual)
	}
}

func TestRelate(t *testing.T) {
	tax := Must(t)
	for _, c := range []struct {
		have, want fairlead.SkillID
		relation   Relation
	}{
		{"react", "react", Same},
		{"react", "javascript", Implied},
		{"next-js", "javascript", Implied},
		{"javascript", "react", None},
		{"postgresql", "relational-databases", Narrower},
		{"postgresql", "sql", Implied},
		{"react", "vue-js", Similar},
		{"vue-js", "react", Similar},
		{"python", "programming-languages", Narrower},
		{"java", "cooking", None},
		{"no-such-skill", "java", None},
	} {
		if got := tax.Relate(c.have, c.want); got != c.relation {
			t.Errorf("having %s for %s is %s, want %s", c.have, c.want, got, c.relation)
		}
	}
}

func TestSameTablesSameSum(t *testing.T) {
	a, b := Must(t), Must(t)
	if a.SHA256() != b.SHA256() || len(a.SHA256()) != 64 {
		t.Errorf("sums %s and %s", a.SHA256(), b.SHA256())
	}
}

func TestDamagedTables(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"Java | JS", "skills/x.txt:1 has a skill before"},
		{"[kind=tool\n", "skills/x.txt:1 has a heading without"},
		{"[kind=nonsense]\n", "unknown kind nonsense"},
		{"[kind=tool]\nA | b | >x | y", "skills/x.txt:2 has more than three"},
		{"[kind=tool]\nA | b | ?x", "unknown relation"},
		{"[kind=tool]\nA\nA", "skills/x.txt:3 has the id a a second time"},
	} {
		err := newBuilder().readSkills("skills/x.txt", c.body)
		if fairlead.CodeOf(err) != fairlead.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.body, err, c.want)
		}
	}
}
