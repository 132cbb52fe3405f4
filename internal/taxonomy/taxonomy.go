package taxonomy

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/fairlead/fairlead"
)

//go:embed data
var embedded embed.FS

// engine names the matching rules that are code, not data. It is part of
// SHA256, so that a change of the rules is a change of the taxonomy's version.
const engine = "taxonomy/1"

// Taxonomy is the skills, titles and occupations known, and what finds them in
// text. It never changes after it was made and is safe for concurrent use.
type Taxonomy struct {
	skills  []entry // in the order of the tables
	byID    map[fairlead.SkillID]int32
	match   *matcher
	sum     string
	titles  func() *titleTable
	closure func() []relations
}

// entry is a skill with the names it is written by.
type entry struct {
	fairlead.Skill
	aliases []string
	groups  []string // O*NET major groups it belongs to: "15"; empty: any
	origin  string   // file and line
}

// Default is the taxonomy of the embedded tables. It parses them (a few tens
// of milliseconds): call it once and keep the result. An error is a fault in
// the tables that tests rule out.
func Default() (*Taxonomy, error) { return load(nil) }

// load makes a taxonomy of the embedded tables and those below extra, which
// may be nil.
func load(extra fs.FS) (*Taxonomy, error) {
	b := newBuilder()
	sum := sha256.New()
	_, _ = sum.Write([]byte(engine))
	err := eachFile(embedded, "data", func(name string, body []byte) error {
		_, _ = sum.Write([]byte("\x00" + name + "\x00"))
		_, _ = sum.Write(body)
		return b.readEmbedded(strings.TrimPrefix(name, "data/"), string(body))
	})
	if err != nil {
		return nil, err
	}
	if extra != nil {
		err := eachFile(extra, ".", func(name string, body []byte) error {
			if !isImported(name) {
				return nil
			}
			_, _ = sum.Write([]byte("\x00" + name + "\x00"))
			_, _ = sum.Write(body)
			return b.readImported(name, string(body))
		})
		if err != nil {
			return nil, err
		}
	}
	t, err := b.build()
	if err != nil {
		return nil, err
	}
	t.sum = hex.EncodeToString(sum.Sum(nil))
	return t, nil
}

// eachFile calls do with every file below dir in the order of the names.
func eachFile(f fs.FS, dir string, do func(name string, body []byte) error) error {
	return fs.WalkDir(f, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != dir && strings.HasPrefix(path.Base(name), ".") {
				return fs.SkipDir
			}
			return nil
		}
		body, err := fs.ReadFile(f, name)
		if err != nil {
			return err
		}
		return do(name, body)
	})
}

// SHA256 is over everything that matching depends on: the embedded tables, the
// imported ones and the version of the rules that are code. Lower-case hex.
func (t *Taxonomy) SHA256() string { return t.sum }

// Skill is the skill with the id; false when there is none.
func (t *Taxonomy) Skill(id fairlead.SkillID) (fairlead.Skill, bool) {
	i, ok := t.byID[id]
	if !ok {
		return fairlead.Skill{}, false
	}
	return t.skills[i].clone(), true
}

func (e *entry) clone() fairlead.Skill {
	s := e.Skill
	s.Broader, s.Implies, s.Similar = slices.Clone(s.Broader), slices.Clone(s.Implies), slices.Clone(s.Similar)
	return s
}

// Lookup is the skill a whole name or alias stands for, compared as names in
// text are (case, accents, plurals, hyphens), without asking for context: "R"
// is the language here. False when the name is none.
func (t *Taxonomy) Lookup(name string) (fairlead.Skill, bool) {
	i, ok := t.match.whole(name)
	if !ok {
		return fairlead.Skill{}, false
	}
	return t.skills[i].clone(), true
}

// Skills is every skill, in the order of the tables.
func (t *Taxonomy) Skills() iter.Seq[fairlead.Skill] {
	return func(yield func(fairlead.Skill) bool) {
		for i := range t.skills {
			if !yield(t.skills[i].clone()) {
				return
			}
		}
	}
}

// Len is how many skills there are.
func (t *Taxonomy) Len() int { return len(t.skills) }

// Aliases are the other names the tables give the skill; nil for an unknown id.
// Variants that follow from a rule (plural, hyphen, American spelling) are not
// listed.
func (t *Taxonomy) Aliases(id fairlead.SkillID) []string {
	if i, ok := t.byID[id]; ok {
		return slices.Clone(t.skills[i].aliases)
	}
	return nil
}

// Find lists the skills mentioned in text, in order, longest names first where
// they overlap, so that mentions never do. Offsets are bytes of text, which may
// be any bytes, invalid UTF-8 included; Text is text[At.Start:At.End]; Months is
// nil. Names that are also ordinary words (Go, Excel, lead) count only in the
// company that data/words/ambiguous.txt asks for, and what the text denies ("no
// experience with X") is left out.
func (t *Taxonomy) Find(text string) []fairlead.SkillMention {
	var out []fairlead.SkillMention
	t.match.find(text, func(m mention) {
		s := &t.skills[m.skill]
		out = append(out, fairlead.SkillMention{
			ID: s.ID, Name: s.Name, Kind: s.Kind,
			At: fairlead.Span{Start: m.start, End: m.end}, Text: text[m.start:m.end],
		})
	})
	return out
}

// builder gathers tables, then builds the taxonomy.
type builder struct {
	skills     []entry
	byID       map[fairlead.SkillID]int32
	rules      []ruleRow
	denials    []denial
	titles     *titleTable
	imported   int              // index of the first imported skill, -1 when none is
	names      map[string]int32 // while importing: skill by name in small letters
	collisions []collision
}

// collision is a name that two skills claim; the first keeps it.
type collision struct {
	Name          string
	First, Second fairlead.SkillID
	Where         string
}

func newBuilder() *builder {
	return &builder{byID: map[fairlead.SkillID]int32{}, titles: newTitleTable(), imported: -1}
}

func (b *builder) readEmbedded(name, body string) error {
	switch {
	case strings.HasPrefix(name, "skills/"):
		return b.readSkills(name, body)
	case name == "words/ambiguous.txt":
		return b.readRules(name, body)
	case name == "words/denials.txt":
		return b.readDenials(name, body)
	case strings.HasPrefix(name, "titles/"):
		return b.titles.read(name, body)
	}
	return damaged(name, 0, "is a table nobody reads")
}

func (b *builder) build() (*Taxonomy, error) {
	if err := b.checkRelations(); err != nil {
		return nil, err
	}
	t := &Taxonomy{skills: b.skills, byID: b.byID, match: b.buildMatcher()}
	titles := b.titles
	t.titles = sync.OnceValue(func() *titleTable { titles.index(); return titles })
	t.closure = sync.OnceValue(t.closeRelations)
	return t, nil
}
