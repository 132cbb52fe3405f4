// Package profile reads a resume's text into a Profile: who somebody is, what
// they did, when and where, what they learned, and the place in the text each
// statement stands at. It hides how people write resumes: layouts, headings,
// dates in every fashion, and the marks a careless export leaves. It also says
// which parts of a text tell who the person is (Identity), so that scoring can
// be blind to them.
//
// Everything here is a pure function of its arguments: no clock, no I/O, no
// state. Unknown stays unknown: what is not clearly said is left out.
package profile

import (
	"strings"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

// Taxonomy is what this package asks of internal/taxonomy. Implementations are
// safe for concurrent use and deterministic; none of the methods fails.
type Taxonomy interface {
	// Find lists the skills named in text in order, with byte offsets into it.
	Find(text string) []fairlead.SkillMention
	// LooksLikeTitle says whether s reads like a job title.
	LooksLikeTitle(s string) bool
	// Title gives the occupations a job title most likely means, best first.
	Title(title string, top int) taxonomy.TitleMatch
}

// Build reads a document's text into a Profile. asOf ends positions held "to
// the present" and nothing is counted beyond its month; pass the application's
// date. The result is the same for the same arguments. Every At is a range of
// whole runes of doc.Text, and unless noted on a field the text there is the
// value as written. A text that cannot be read gives an empty profile.
func Build(t Taxonomy, doc fairlead.Document, asOf time.Time) fairlead.Profile {
	if doc.Text == "" {
		return fairlead.Profile{}
	}
	b := builder{page: newPage(doc.Text, t), asOf: fairlead.YearMonth{Year: asOf.Year(), Month: int(asOf.Month())}}
	b.parts = b.sections()
	return b.build()
}

// builder carries one text through the steps.
type builder struct {
	*page
	asOf  fairlead.YearMonth
	parts []part
	// product holds where words of products of several words begin: the server
	// of "SQL Server" serves no tables.
	product map[int]bool
}

func (b *builder) build() fairlead.Profile {
	var p fairlead.Profile
	if b.tax != nil {
		p.Skills = b.tax.Find(b.text)
		b.product = products(b.page, p.Skills)
	}
	c := b.contact()
	p.Name, p.Emails, p.Phones, p.Links, p.Location = c.name, c.emails, c.phones, c.links, c.location
	p.Headline = c.headline
	p.Skills = b.withoutIdentity(p.Skills, c)
	p.Positions = b.positions(c)
	p.Education = b.education()
	p.Certifications = b.certifications()
	p.Languages = b.languages()
	p.ExperienceMonths = experience(p.Positions, b.asOf)
	monthsOfSkills(p.Skills, p.Positions, b.asOf)
	return p
}

// products lists the words of tools and technologies named by several words.
func products(p *page, skills []fairlead.SkillMention) map[int]bool {
	out := map[int]bool{}
	i := 0
	for _, s := range skills {
		if s.Kind != fairlead.KindTool && s.Kind != fairlead.KindTechnology || !strings.Contains(s.Text, " ") {
			continue
		}
		for i < len(p.toks) && p.toks[i].start < s.At.Start {
			i++
		}
		for k := i; k < len(p.toks) && p.toks[k].end <= s.At.End; k++ {
			out[p.toks[k].start] = true
		}
	}
	return out
}

// experience is how many months the dated positions cover, nil when none is.
func experience(positions []fairlead.Position, asOf fairlead.YearMonth) *int {
	var runs []interval
	for _, p := range positions {
		if v, ok := months(p.Start, p.End, p.Current, asOf); ok {
			runs = append(runs, v)
		}
	}
	if len(runs) == 0 {
		return nil
	}
	n := union(runs)
	return &n
}

// withoutIdentity drops the skills that are only part of a name, an address on
// the web or an e-mail: Ruby Chen does not know Ruby by name.
func (b *builder) withoutIdentity(skills []fairlead.SkillMention, c card) []fairlead.SkillMention {
	kept := skills[:0:0]
	for _, s := range skills {
		at := []fairlead.Located{{At: s.At}}
		if overlaps(c.name.At, at) || overlaps(s.At, c.emails) || overlaps(s.At, c.links) {
			continue
		}
		kept = append(kept, s)
	}
	return kept
}
