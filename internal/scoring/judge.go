// Package scoring judges: it reads a rubric out of a job, and assesses a resume
// against it, criterion by criterion, with quotes. It hides how advertisements
// are written, what a mention proves, and how points are counted; the formula
// is told in docs/scoring.md so that a person can recompute any score by hand.
//
// What it guarantees: an assessment follows from the resume's text with
// everything cut that tells who somebody is, the as-of date, the rubric, the
// taxonomy and the engine's version, and from nothing else (promises I11, I12).
// Points are whole numbers. Evidence never lowers a score and repeating it never
// raises one (I14). A document that cannot be read gets no score (I13). A
// Judge does no I/O and reads no clock; only an Assistant, which somebody has to
// configure, asks a language model.
package scoring

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/profile"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

// Engine names the rules and their version. A change that can change a score
// changes it.
const Engine = "rules/1"

// knowledge is what judging asks of the taxonomy; *taxonomy.Taxonomy satisfies
// it. It is safe for concurrent use, deterministic, and never fails.
type knowledge interface {
	Find(text string) []fairlead.SkillMention
	Skill(fairlead.SkillID) (fairlead.Skill, bool)
	Lookup(name string) (fairlead.Skill, bool)
	Relate(have, want fairlead.SkillID) taxonomy.Relation
	Title(title string, top int) taxonomy.TitleMatch
	LooksLikeTitle(s string) bool
	SHA256() string
}

// Judge reads rubrics and assesses documents. It is safe for concurrent use;
// what it remembers between calls makes it faster and changes no result.
type Judge struct {
	tax     knowledge
	words   *lexicon
	degrees []degreePattern
	titles  *titles

	mu       sync.Mutex
	compiled []*compiled // most recently used first
}

// New makes a Judge that knows the skills and titles of t.
func New(t *taxonomy.Taxonomy) *Judge { return newJudge(t) }

func newJudge(t knowledge) *Judge {
	return &Judge{tax: t, words: newLexicon(), degrees: degreePatterns(), titles: newTitles(t)}
}

// Remedies for a job that says too little to judge by.
const (
	noDescription = "The job has no description. Add one in the ATS (Job → Job posts); Fairlead then assesses its applications by itself."
	noCriteria    = "The job's description names no skill, experience or degree that a resume could show. Add its requirements in the ATS (Job → Job posts); Fairlead then assesses its applications by itself."
)

// Rubric reads what a job asks for out of its title and description (HTML or
// text). The error is NeedsHuman with the remedy as its message when they say
// too little.
func (j *Judge) Rubric(job fairlead.Job) (fairlead.Rubric, error) {
	return j.rubricOf(job, readLines(job.Description), nil)
}

// rubricOf reads lines and lets revise, if any, change what was read before it
// is weighed.
func (j *Judge) rubricOf(job fairlead.Job, lines []line, revise func(*reader)) (fairlead.Rubric, error) {
	words := 0
	for _, l := range lines {
		words += len(strings.Fields(l.text))
	}
	title := shorten(squeeze(job.Title), maxText)
	if words == 0 {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.NeedsHuman, noDescription, nil)
	}
	if title == "" {
		title, lines = j.titleOf(lines)
	}
	r := reader{words: j.words, degrees: j.degrees, skills: j.tax, seenNote: map[string]bool{}}
	r.read(lines)
	if revise != nil {
		revise(&r)
	}
	drafts := r.criteria()
	reading := j.titles.read(title)
	known := title != "" && (len(reading.codes) > 0 || len(reading.words) > 0)
	if len(drafts) == 0 && (!known || words < 15) {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.NeedsHuman, noCriteria, nil)
	}
	rubric := fairlead.Rubric{Title: title, Notes: r.notes}
	for i := range drafts {
		d := &drafts[i]
		if d.Kind == fairlead.CriterionExperience && len(d.Skills) == 0 && title != "" {
			d.Titles = []string{title} // years "of experience" are years in the job's own field
		}
	}
	if known {
		rubric.Criteria = weigh(title, j.fieldsOf(title), drafts, j.words.common)
	} else {
		rubric.Criteria = weigh("", nil, drafts, j.words.common)
	}
	return rubric, nil
}

// fieldsOf is the fields a title names: "VP, Healthcare Services" is about
// healthcare. Positions in them count a little even under other titles.
func (j *Judge) fieldsOf(title string) []fairlead.SkillID {
	var out []fairlead.SkillID
	for _, m := range j.tax.Find(title) {
		if m.Kind != fairlead.KindSoft && m.Kind != fairlead.KindLanguage && m.Kind != fairlead.KindLicence && !j.words.common[m.ID] && !slices.Contains(out, m.ID) {
			out = append(out, m.ID)
		}
	}
	return out
}

// titleOf finds the job's title in an advertisement that comes without one: in
// a "Job title:" line, or as one of the first lines.
func (j *Judge) titleOf(lines []line) (string, []line) {
	for i, l := range lines[:min(len(lines), 15)] {
		if sec, rest, ok := j.words.section(l); ok && sec == titleSection && rest != "" {
			return shorten(rest, maxText), slices.Delete(slices.Clone(lines), i, i+1)
		}
	}
	for i, l := range lines[:min(len(lines), 3)] {
		if !l.bullet && len(l.text) <= 90 && j.tax.LooksLikeTitle(l.text) {
			return l.text, slices.Delete(slices.Clone(lines), i, i+1)
		}
	}
	return "", lines
}

// Assess judges a document against a rubric as of a date, and returns the
// assessment and the resume's profile with offsets into the document's text.
// For a document that cannot be read the score is nil and the reasoning says
// why. Everything is set but ID, Application and CreatedAt.
func (j *Judge) Assess(rubric fairlead.Rubric, doc fairlead.Document, asOf time.Time) (fairlead.Assessment, fairlead.Profile) {
	asOf = time.Date(asOf.UTC().Year(), asOf.UTC().Month(), asOf.UTC().Day(), 0, 0, 0, 0, time.UTC)
	a := fairlead.Assessment{TaxonomySHA256: j.tax.SHA256(), AsOf: asOf, Engine: Engine}
	for _, p := range doc.Problems {
		if !p.Code.Unreadable() && !slices.Contains(a.Flags, p.Code) {
			a.Flags = append(a.Flags, p.Code)
		}
	}
	c := j.compile(rubric)
	a.RubricSHA256 = c.sha
	if !doc.Readable || strings.TrimSpace(doc.Text) == "" {
		why := doc.Sentence()
		if why == "" {
			why = fairlead.Document{Problems: []fairlead.Problem{{Code: fairlead.EmptyText}}}.Sentence()
		}
		none := blinded{}
		a.InputSHA256 = none.digest(asOf)
		a.Reasoning = "Needs a human: resume could not be read (" + why + ")."
		return a, fairlead.Profile{}
	}
	shown, b, seen := j.profiles(doc, asOf)
	a.InputSHA256 = b.digest(asOf)
	f := newFacts(b, seen, asOf, j.titles)
	a.Judgements = c.judge(f)
	score := scoreOf(a.Judgements)
	a.Score, a.Band = &score, fairlead.BandOf(score)
	a.Reasoning = reasoning(c, f, a.Judgements)
	a.Skills = j.skills(c, f)
	for i := range a.Judgements {
		a.Judgements[i].Evidence = restore(b, doc.Text, a.Judgements[i].Evidence)
	}
	return a, shown
}

// scoreOf is the points of all criteria, rounded to a score from 0 to 100.
func scoreOf(js []fairlead.Judgement) int {
	points := 0
	for i := range js {
		points += js[i].Points
	}
	return (points + fairlead.WeightTotal/200) / (fairlead.WeightTotal / 100)
}

// profiles reads the document twice: once for who the person is, to cut it out,
// once the cut text for what they can do. Only the second is scored. shown is
// both, with offsets into the document's text.
func (j *Judge) profiles(doc fairlead.Document, asOf time.Time) (shown fairlead.Profile, b *blinded, seen fairlead.Profile) {
	who := profile.Build(onlyTitles{j.tax}, doc, asOf)
	cut := blind(doc.Text, append(profile.Identity(doc.Text, who), everywhere(doc.Text, who.Name.Value)...))
	blindDoc := doc
	blindDoc.Text = cut.text
	seen = profile.Build(remembering{j.tax, j.titles}, blindDoc, asOf)
	return unblind(&cut, doc.Text, who, seen), &cut, seen
}

// everywhere finds a name of two words or more wherever it stands as written.
func everywhere(text, name string) []fairlead.Span {
	if len(strings.Fields(name)) < 2 {
		return nil
	}
	var out []fairlead.Span
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return out
		}
		out = append(out, fairlead.Span{Start: from + i, End: from + i + len(name)})
		from += i + len(name)
	}
}

// onlyTitles is the taxonomy without its skills and occupations, for the reading that only asks
// who somebody is.
type onlyTitles struct{ knowledge }

// Find finds nothing.
func (onlyTitles) Find(string) []fairlead.SkillMention { return nil }

// Title reads nothing: occupations are read from the blinded text.
func (onlyTitles) Title(string, int) taxonomy.TitleMatch { return taxonomy.TitleMatch{} }

// remembering is the taxonomy with the titles read before kept ready.
type remembering struct {
	knowledge
	titles *titles
}

// Title is the taxonomy's, from memory where it can be.
func (r remembering) Title(title string, top int) taxonomy.TitleMatch {
	if top < 0 || top > readTop {
		return r.knowledge.Title(title, top)
	}
	m := r.titles.read(title).match
	m.Occupations = m.Occupations[:min(top, len(m.Occupations))]
	return m
}

// unblind is the profile people see: identity and history from the whole text,
// skills and occupations from the blinded one, at their places in the whole.
func unblind(b *blinded, text string, who, seen fairlead.Profile) fairlead.Profile {
	out := who
	out.Skills = make([]fairlead.SkillMention, 0, len(seen.Skills))
	for _, s := range seen.Skills {
		at, ok := b.original(s.At)
		if !ok {
			continue
		}
		s.At, s.Text = at, text[at.Start:at.End]
		out.Skills = append(out.Skills, s)
	}
	out.Positions = slices.Clone(who.Positions)
	for i := range out.Positions {
		p := &out.Positions[i]
		for _, q := range seen.Positions {
			if q.Title == p.Title && q.Start == p.Start {
				p.Occupation = q.Occupation
				break
			}
		}
	}
	return out
}

// restore gives quotes their places in the document's text.
func restore(b *blinded, text string, quotes []fairlead.Evidence) []fairlead.Evidence {
	out := quotes[:0]
	for _, e := range quotes {
		at, ok := b.original(e.At)
		if !ok || at.Len() == 0 {
			continue
		}
		out = append(out, fairlead.Evidence{Text: text[at.Start:at.End], At: at})
	}
	return out
}

// skills lists the resume's skills once each: those the job asks for first, in
// the rubric's order, then the others by how long they were used, then in the
// text's order. Soft skills come last: anybody can write them.
func (j *Judge) skills(c *compiled, f *facts) []fairlead.Skill {
	type found struct {
		id     fairlead.SkillID
		rank   int
		months int
	}
	order := make([]found, 0, len(f.bySkill))
	for i, m := range f.mentions {
		if f.bySkill[m.id][0] != i {
			continue
		}
		x := found{id: m.id, rank: len(c.Criteria) + 1}
		if s := f.profile.Skills[i]; s.Kind == fairlead.KindSoft {
			x.rank++
		}
		if k := c.firstWanting(m.id); k >= 0 {
			x.rank = k
		}
		for _, k := range f.bySkill[m.id] {
			if months := f.profile.Skills[k].Months; months != nil {
				x.months = max(x.months, *months)
			}
		}
		order = append(order, x)
	}
	slices.SortStableFunc(order, func(a, b found) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return b.months - a.months
	})
	out := make([]fairlead.Skill, 0, len(order))
	for _, x := range order {
		if s, ok := j.tax.Skill(x.id); ok {
			out = append(out, s)
		}
	}
	return out
}
