package taxonomy

import (
	"fmt"
	"strings"

	"github.com/fairlead/fairlead"
)

// damaged is the error for a table that cannot be read. line counts from 1; 0
// means the whole file.
func damaged(file string, line int, what string) error {
	where := file
	if line > 0 {
		where = fmt.Sprintf("%s:%d", file, line)
	}
	return fairlead.Fail(fairlead.Invalid, "Taxonomy table "+where+" "+what+". Import it again, or put the file right.", nil)
}

// lines calls do with every line of body that is not empty or a comment,
// trimmed, with its number from 1.
func lines(body string, do func(n int, line string) error) error {
	for n := 1; body != ""; n++ {
		var line string
		line, body, _ = strings.Cut(body, "\n")
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := do(n, line); err != nil {
			return err
		}
	}
	return nil
}

var kinds = map[string]fairlead.SkillKind{
	"tool": fairlead.KindTool, "technology": fairlead.KindTechnology, "method": fairlead.KindMethod, "domain": fairlead.KindDomain,
	"licence": fairlead.KindLicence, "language": fairlead.KindLanguage, "soft": fairlead.KindSoft,
}

// readSkills reads a file of data/skills; data/skills/README.txt tells the
// format.
func (b *builder) readSkills(file, body string) error {
	if strings.HasSuffix(file, "README.txt") {
		return nil
	}
	var kind fairlead.SkillKind
	var broader []fairlead.SkillID
	var groups []string
	return lines(body, func(n int, line string) error {
		if head, ok := strings.CutPrefix(line, "["); ok {
			head, ok = strings.CutSuffix(head, "]")
			if !ok {
				return damaged(file, n, "has a heading without its closing bracket")
			}
			kind, broader, groups = "", nil, nil
			for field := range strings.FieldsSeq(head) {
				key, value, _ := strings.Cut(field, "=")
				switch key {
				case "kind":
					if kind, ok = kinds[value]; !ok {
						return damaged(file, n, "names the unknown kind "+value)
					}
				case "broader":
					for id := range strings.SplitSeq(value, ",") {
						broader = append(broader, fairlead.SkillID(id))
					}
				case "group":
					groups = strings.Split(value, ",")
				default:
					return damaged(file, n, "has the unknown heading field "+key)
				}
			}
			return nil
		}
		if kind == "" {
			return damaged(file, n, "has a skill before the first heading with a kind")
		}
		e := entry{groups: groups, origin: fmt.Sprintf("%s:%d", file, n)}
		e.Kind = kind
		parts := strings.Split(line, "|")
		if len(parts) > 3 {
			return damaged(file, n, "has more than three columns")
		}
		e.Name = strings.TrimSpace(parts[0])
		if name, id, ok := strings.Cut(e.Name, "{"); ok {
			e.Name, e.ID = strings.TrimSpace(name), fairlead.SkillID(strings.TrimSuffix(strings.TrimSpace(id), "}"))
		} else {
			e.ID = slug(e.Name)
		}
		if e.Name == "" || e.ID == "" {
			return damaged(file, n, "has a skill without a name")
		}
		if len(parts) > 1 {
			for a := range strings.SplitSeq(parts[1], ";") {
				if a = strings.TrimSpace(a); a != "" {
					e.aliases = append(e.aliases, a)
				}
			}
		}
		ownBroader := false
		if len(parts) > 2 {
			for r := range strings.FieldsSeq(parts[2]) {
				id := fairlead.SkillID(r[1:])
				switch r[0] {
				case '>':
					ownBroader = true
					e.Broader = append(e.Broader, id)
				case '+':
					e.Implies = append(e.Implies, id)
				case '~':
					e.Similar = append(e.Similar, id)
				default:
					return damaged(file, n, "has the unknown relation "+r)
				}
			}
		}
		if !ownBroader {
			for _, id := range broader {
				if id != e.ID {
					e.Broader = append(e.Broader, id)
				}
			}
		}
		if i, twice := b.byID[e.ID]; twice {
			return damaged(file, n, fmt.Sprintf("has the id %s a second time, after %s", e.ID, b.skills[i].origin))
		}
		b.add(e)
		return nil
	})
}

func (b *builder) add(e entry) {
	b.byID[e.ID] = int32(len(b.skills))
	b.skills = append(b.skills, e)
}

// slug is the id made of a name: c-sharp, dot-net, research-and-development.
func slug(name string) fairlead.SkillID {
	var out strings.Builder
	gap := false
	put := func(s string) {
		if gap && out.Len() > 0 {
			out.WriteByte('-')
		}
		gap = false
		out.WriteString(s)
	}
	for i, r := range name {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			put(string(r))
		case r >= 'A' && r <= 'Z':
			put(string(r | 0x20))
		case r == '+':
			gap = true
			put("plus")
		case r == '#':
			gap = true
			put("sharp")
		case r == '&':
			gap = true
			put("and")
			gap = true
		case r == '.' && i+1 < len(name) && (i == 0 || name[i-1] == ' '):
			put("dot-")
		case r == '\'':
		default:
			var buf [4]byte
			if f, ok := foldRune(r, &buf); r >= 0x80 && ok {
				put(string(f))
			} else {
				gap = true
			}
		}
	}
	return fairlead.SkillID(out.String())
}

// checkRelations refuses relations to skills that are not there.
func (b *builder) checkRelations() error {
	for i := range b.skills {
		e := &b.skills[i]
		for _, list := range [][]fairlead.SkillID{e.Broader, e.Implies, e.Similar} {
			for _, id := range list {
				if _, ok := b.byID[id]; !ok || id == e.ID {
					return fairlead.Fail(fairlead.Invalid, fmt.Sprintf("Taxonomy table %s: %s is related to %s, which is not there. Put the table right.", e.origin, e.ID, id), nil)
				}
			}
		}
	}
	return nil
}
