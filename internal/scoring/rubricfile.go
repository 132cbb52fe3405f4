package scoring

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/fairlead/fairlead"
)

// Limits on a rubric file: far above what anybody edits by hand.
const (
	maxRubricFile     = 1 << 20 // bytes
	maxRubricCriteria = 200
	maxRubricText     = 2_000 // bytes of one text
	maxRubricList     = 200   // entries of one list
	maxProblems       = 8     // told at once
)

const rubricHeader = `Fairlead rubric: what the job asks for and how much each line counts.
Edit it and hand it back (fairlead rank --rubric FILE, or the console).

weight    a share of the whole. The shares below sum to 100; when yours sum to
          something else they are brought to 100 in proportion. 0: shown, not scored.
required  true or false. It is told in the reasoning ("meets 8 of 10
          requirements"); what counts for the score is the weight.
kind      skill, experience, education, certificate or language
skills    any one of them meets the line; ids or names of the taxonomy
years     least experience (or months: 18); with skills or titles, experience in them
titles    positions that count, and what is done under like titles
degree    high_school, vocational, associate, bachelor, master or doctorate,
          in any one of fields; "related field" among them counts near ones for
          more; equivalent: true lets years of work stand for it
notes     what the job's text says that is not scored, and why`

// EncodeRubric writes a rubric as YAML for people to read and edit, with
// comments that explain the weights. ParseRubric reads it back unchanged.
func EncodeRubric(r fairlead.Rubric) ([]byte, error) {
	doc := mapping()
	doc.HeadComment = rubricHeader
	add(doc, "title", scalar(r.Title))
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for i := range r.Criteria {
		list.Content = append(list.Content, criterionNode(&r.Criteria[i]))
	}
	add(doc, "criteria", list)
	if len(r.Notes) > 0 {
		notes := &yaml.Node{Kind: yaml.SequenceNode}
		for _, n := range r.Notes {
			m := mapping()
			if n.Kind != "" {
				add(m, "kind", scalar(string(n.Kind)))
			}
			add(m, "text", scalar(n.Text))
			add(m, "reason", scalar(n.Reason))
			notes.Content = append(notes.Content, m)
		}
		add(doc, "notes", notes)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("write rubric: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("write rubric: %w", err)
	}
	return b.Bytes(), nil
}

func criterionNode(c *fairlead.Criterion) *yaml.Node {
	m := mapping()
	add(m, "id", scalar(c.ID))
	add(m, "text", scalar(c.Text))
	add(m, "kind", scalar(string(c.Kind)))
	add(m, "required", plainScalar(strconv.FormatBool(c.Required)))
	add(m, "weight", plainScalar(fmt.Sprintf("%d.%02d", c.Weight/100, c.Weight%100)))
	if len(c.Skills) > 0 {
		ids := make([]string, len(c.Skills))
		for i, s := range c.Skills {
			ids[i] = string(s)
		}
		add(m, "skills", flow(ids))
	}
	switch {
	case c.Months == 0:
	case c.Months%12 == 0:
		add(m, "years", plainScalar(strconv.Itoa(c.Months/12)))
	default:
		add(m, "months", plainScalar(strconv.Itoa(c.Months)))
	}
	if len(c.Titles) > 0 {
		add(m, "titles", flow(c.Titles))
	}
	if c.Degree != fairlead.UnknownDegree {
		add(m, "degree", scalar(c.Degree.String()))
	}
	if len(c.Fields) > 0 {
		add(m, "fields", flow(c.Fields))
	}
	if c.Equivalent {
		add(m, "equivalent", plainScalar("true"))
	}
	if c.Why != "" {
		add(m, "why", scalar(c.Why))
	}
	return m
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func scalar(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(strings.ToValidUTF8(s, "\uFFFD"))
	if n.Style == yaml.LiteralStyle {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func plainScalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

func flow(list []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, s := range list {
		n.Content = append(n.Content, scalar(s))
	}
	return n
}

func add(m *yaml.Node, key string, value *yaml.Node) {
	m.Content = append(m.Content, plainScalar(key), value)
}

// rubricJSON is the form of `fairlead rubric --json`: weights are fractions of 1.
type rubricJSON struct {
	Title    string          `json:"title"`
	Criteria []criterionJSON `json:"criteria"`
	Notes    []noteJSON      `json:"notes"`
	SHA256   string          `json:"rubric_sha256"`
}

type criterionJSON struct {
	ID         string             `json:"id"`
	Text       string             `json:"text"`
	Kind       string             `json:"kind"`
	Required   bool               `json:"required"`
	Weight     json.Number        `json:"weight"`
	Skills     []fairlead.SkillID `json:"skills,omitempty"`
	Months     int                `json:"months,omitempty"`
	Titles     []string           `json:"titles,omitempty"`
	Degree     string             `json:"degree,omitempty"`
	Fields     []string           `json:"fields,omitempty"`
	Equivalent bool               `json:"equivalent,omitempty"`
	Why        string             `json:"why,omitempty"`
}

type noteJSON struct {
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Reason string `json:"reason"`
}

// EncodeRubricJSON writes a rubric as one line of JSON, the form of `fairlead
// rubric --json`: weights are fractions of 1 with four decimals. ParseRubric
// reads it back unchanged.
func EncodeRubricJSON(r fairlead.Rubric) ([]byte, error) {
	out := rubricJSON{Title: r.Title, Criteria: []criterionJSON{}, Notes: []noteJSON{}, SHA256: DigestRubric(r)}
	for _, c := range r.Criteria {
		out.Criteria = append(out.Criteria, criterionJSON{
			ID: c.ID, Text: c.Text, Kind: string(c.Kind), Required: c.Required,
			Weight: json.Number(fmt.Sprintf("%d.%04d", c.Weight/fairlead.WeightTotal, c.Weight%fairlead.WeightTotal)),
			Skills: c.Skills, Months: c.Months, Titles: c.Titles, Degree: c.Degree.String(), Fields: c.Fields,
			Equivalent: c.Equivalent, Why: c.Why,
		})
	}
	for _, n := range r.Notes {
		out.Notes = append(out.Notes, noteJSON{string(n.Kind), n.Text, n.Reason})
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write rubric: %w", err)
	}
	return b, nil
}

// ParseRubric reads a rubric that EncodeRubric or EncodeRubricJSON wrote and
// somebody may have edited. It checks the whole of it; the error is Invalid and
// names each fault with its line and what to do. Weights are brought to
// WeightTotal in proportion; missing ids are given. Whether the taxonomy knows
// the skills is Judge.Resolve's question.
func ParseRubric(data []byte) (fairlead.Rubric, error) {
	if len(data) > maxRubricFile {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.TooLarge, "The rubric file is larger than 1 MiB. Keep to what the job asks for.", nil)
	}
	if !utf8.Valid(data) {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.Invalid, "The rubric file is not UTF-8 text. Save it as UTF-8 and try again.", nil)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.Invalid, "The rubric file is empty. Write one with: fairlead rubric --job FILE", nil)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.Invalid, "The rubric file is neither YAML nor JSON ("+yamlReason(err)+"). Compare it with a fresh one: fairlead rubric --job FILE", err)
	}
	p := rubricParser{}
	r := p.rubric(&doc)
	if len(p.problems) > 0 {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.Invalid, "The rubric cannot be used: "+strings.Join(p.problems, "; ")+".", nil)
	}
	return r, nil
}

var yamlLineRE = regexp.MustCompile(`line \d+`)

// yamlReason is the place a parser stopped at; its words may quote the file.
func yamlReason(err error) string {
	if m := yamlLineRE.FindString(err.Error()); m != "" {
		return m
	}
	return "it cannot be parsed"
}

// rubricParser walks the nodes of a file and gathers what is wrong with it.
type rubricParser struct{ problems []string }

func (p *rubricParser) fault(n *yaml.Node, format string, args ...any) {
	switch {
	case len(p.problems) < maxProblems:
		p.problems = append(p.problems, fmt.Sprintf("line %d: ", n.Line)+fmt.Sprintf(format, args...))
	case len(p.problems) == maxProblems:
		p.problems = append(p.problems, "and more")
	}
}

// each calls do for every pair of a mapping; unknown keys are faults.
func (p *rubricParser) each(n *yaml.Node, what string, keys map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "%s must be a list of “name: value” lines", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		do, ok := keys[k.Value]
		switch {
		case !ok:
			names := make([]string, 0, len(keys))
			for name, do := range keys {
				if do != nil {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			p.fault(k, "%s has no %q; it can have %s", what, shorten(k.Value, 40), strings.Join(names, ", "))
		case seen[k.Value]:
			p.fault(k, "%q stands twice; keep one", k.Value)
		case do != nil:
			if v.Kind == yaml.AliasNode {
				p.fault(v, "references (*name) are not supported; write the value out")
				continue
			}
			do(v)
		}
		seen[k.Value] = true
	}
}

func (p *rubricParser) rubric(doc *yaml.Node) fairlead.Rubric {
	var r fairlead.Rubric
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		p.fault(doc, "the file holds no rubric; write one with: fairlead rubric --job FILE")
		return r
	}
	var weights []int64
	hasCriteria := false
	p.each(doc.Content[0], "a rubric", map[string]func(*yaml.Node){
		"title": func(n *yaml.Node) { r.Title = p.text(n, "title") },
		"criteria": func(n *yaml.Node) {
			hasCriteria = true
			if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
				p.fault(n, "criteria must be a list with at least one entry")
				return
			}
			if len(n.Content) > maxRubricCriteria {
				p.fault(n, "there are more than %d criteria; keep those that decide", maxRubricCriteria)
				return
			}
			ids := map[string]bool{}
			for _, c := range n.Content {
				crit, weight := p.criterion(c)
				if crit.ID == "" {
					crit.ID = fmt.Sprintf("c%d", len(r.Criteria)+1)
				}
				if ids[crit.ID] {
					p.fault(c, "the id %q stands twice; give each criterion its own", shorten(crit.ID, 40))
				}
				ids[crit.ID] = true
				r.Criteria = append(r.Criteria, crit)
				weights = append(weights, weight)
			}
			p.weights(n, r.Criteria, weights)
		},
		"notes": func(n *yaml.Node) { r.Notes = p.notes(n) },
		// What --json adds for programs and a reader does not need.
		"rubric_sha256": nil, "taxonomy_sha256": nil, "engine": nil, "file": nil,
	})
	if !hasCriteria && len(p.problems) == 0 {
		p.fault(doc.Content[0], "there are no criteria; write a rubric with: fairlead rubric --job FILE")
	}
	return r
}

// weights brings the shares to WeightTotal.
func (p *rubricParser) weights(n *yaml.Node, criteria []fairlead.Criterion, shares []int64) {
	var sum int64
	for _, w := range shares {
		sum += w
	}
	if sum == 0 {
		if len(p.problems) == 0 {
			p.fault(n, "no criterion has a weight above 0; give those that count a share, for example weight: 10")
		}
		return
	}
	parts := make([]int, len(shares))
	for i, w := range shares {
		parts[i] = int(w)
	}
	for i, w := range apportion(parts, fairlead.WeightTotal) {
		criteria[i].Weight = w
	}
}

func (p *rubricParser) criterion(n *yaml.Node) (fairlead.Criterion, int64) {
	var c fairlead.Criterion
	var weight int64
	weighed, required := false, false
	p.each(n, "a criterion", map[string]func(*yaml.Node){
		"id":       func(n *yaml.Node) { c.ID = p.text(n, "id") },
		"text":     func(n *yaml.Node) { c.Text = p.text(n, "text") },
		"kind":     func(n *yaml.Node) { c.Kind = p.kind(n) },
		"required": func(n *yaml.Node) { c.Required, required = p.flag(n, "required"), true },
		"weight":   func(n *yaml.Node) { weight, weighed = p.share(n), true },
		"skills": func(n *yaml.Node) {
			for _, s := range p.list(n, "skills") {
				c.Skills = append(c.Skills, fairlead.SkillID(s))
			}
		},
		"years":      func(n *yaml.Node) { c.Months = p.amount(n, "years", 12) },
		"months":     func(n *yaml.Node) { c.Months = p.amount(n, "months", 1) },
		"titles":     func(n *yaml.Node) { c.Titles = p.list(n, "titles") },
		"degree":     func(n *yaml.Node) { c.Degree = p.degree(n) },
		"fields":     func(n *yaml.Node) { c.Fields = p.list(n, "fields") },
		"equivalent": func(n *yaml.Node) { c.Equivalent = p.flag(n, "equivalent") },
		"why":        func(n *yaml.Node) { c.Why = p.text(n, "why") },
	})
	if n.Kind != yaml.MappingNode {
		return c, 0
	}
	if c.Text == "" {
		p.fault(n, "a criterion needs a text that says what is asked")
	}
	if !weighed {
		p.fault(n, "a criterion needs a weight, for example weight: 10")
	}
	if !required {
		p.fault(n, "a criterion needs required: true or required: false")
	}
	switch c.Kind {
	case "":
		if len(p.problems) == 0 {
			p.fault(n, "a criterion needs a kind: skill, experience, education, certificate or language")
		}
	case fairlead.CriterionExperience:
		if c.Months == 0 && len(c.Titles) == 0 && len(c.Skills) == 0 {
			p.fault(n, "experience needs years, titles or skills")
		}
	case fairlead.CriterionEducation:
		if c.Degree == fairlead.UnknownDegree {
			p.fault(n, "education needs a degree, for example degree: bachelor")
		}
	default:
		if len(c.Skills) == 0 {
			p.fault(n, "a %s criterion needs skills, for example skills: [python]", c.Kind)
		}
	}
	for i := range c.Fields {
		c.Fields[i] = strings.ToLower(c.Fields[i])
	}
	return c, weight
}

func (p *rubricParser) notes(n *yaml.Node) []fairlead.RubricNote {
	if n.Kind == yaml.ScalarNode && (n.Value == "" || n.Tag == "!!null") {
		return nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) > maxRubricList {
		p.fault(n, "notes must be a list of at most %d entries", maxRubricList)
		return nil
	}
	var out []fairlead.RubricNote
	for _, m := range n.Content {
		var note fairlead.RubricNote
		p.each(m, "a note", map[string]func(*yaml.Node){
			"kind":   func(n *yaml.Node) { note.Kind = fairlead.NoteKind(p.text(n, "kind")) },
			"text":   func(n *yaml.Node) { note.Text = p.text(n, "text") },
			"reason": func(n *yaml.Node) { note.Reason = p.text(n, "reason") },
		})
		out = append(out, note)
	}
	return out
}

func (p *rubricParser) text(n *yaml.Node, name string) string {
	if n.Kind != yaml.ScalarNode {
		p.fault(n, "%s must be a text", name)
		return ""
	}
	if n.Tag == "!!null" {
		return ""
	}
	if len(n.Value) > maxRubricText {
		p.fault(n, "%s is longer than %d characters; shorten it", name, maxRubricText)
		return ""
	}
	return n.Value
}

func (p *rubricParser) flag(n *yaml.Node, name string) bool {
	switch strings.ToLower(p.text(n, name)) {
	case "true", "yes":
		return true
	case "false", "no":
		return false
	}
	p.fault(n, "%s must be true or false", name)
	return false
}

func (p *rubricParser) kind(n *yaml.Node) fairlead.CriterionKind {
	k := fairlead.CriterionKind(p.text(n, "kind"))
	switch k {
	case fairlead.CriterionSkill, fairlead.CriterionExperience, fairlead.CriterionEducation, fairlead.CriterionCertificate, fairlead.CriterionLanguage:
		return k
	}
	p.fault(n, "kind must be skill, experience, education, certificate or language")
	return ""
}

func (p *rubricParser) degree(n *yaml.Node) fairlead.DegreeLevel {
	l := fairlead.ParseDegreeLevel(p.text(n, "degree"))
	if l == fairlead.UnknownDegree {
		p.fault(n, "degree must be high_school, vocational, associate, bachelor, master or doctorate")
	}
	return l
}

// list reads a list of texts; an entry may be an object with an id, as programs
// like to write skills.
func (p *rubricParser) list(n *yaml.Node, name string) []string {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" && n.Value != "" {
		return []string{p.text(n, name)}
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) > maxRubricList {
		p.fault(n, "%s must be a list of at most %d entries", name, maxRubricList)
		return nil
	}
	var out []string
	for _, e := range n.Content {
		s := ""
		if e.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(e.Content); i += 2 {
				if e.Content[i].Value == "id" {
					s = p.text(e.Content[i+1], name)
				}
			}
		} else {
			s = p.text(e, name)
		}
		if s = strings.TrimSpace(s); s == "" {
			p.fault(e, "%s has an empty entry; remove it", name)
			continue
		}
		out = append(out, s)
	}
	return out
}

var errNumber = errors.New("not a number")

// decimal reads a number as millionths, exactly.
func decimal(s string) (int64, error) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%"))
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" && frac == "" || len(whole) > 9 || len(frac) > 12 {
		return 0, errNumber
	}
	var n int64
	for _, c := range whole {
		if c < '0' || c > '9' {
			return 0, errNumber
		}
		n = n*10 + int64(c-'0')
	}
	for i := range max(6, len(frac)) {
		d := byte('0')
		if i < len(frac) {
			d = frac[i]
		}
		if d < '0' || d > '9' {
			return 0, errNumber
		}
		if i < 6 {
			n = n*10 + int64(d-'0')
		}
	}
	return n, nil
}

// share reads a weight.
func (p *rubricParser) share(n *yaml.Node) int64 {
	w, err := decimal(p.text(n, "weight"))
	if err != nil || w > 1e12 {
		p.fault(n, "weight must be a number from 0 to 1000000, for example 12.5")
		return 0
	}
	return w
}

// amount reads a length of time in months.
func (p *rubricParser) amount(n *yaml.Node, name string, months int64) int {
	v, err := decimal(p.text(n, name))
	if err != nil || v*months > 50*12*1e6 {
		p.fault(n, "%s must be a number up to 50 years, for example %s: 5", name, name)
		return 0
	}
	return int(v * months / 1e6)
}
