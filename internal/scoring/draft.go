package scoring

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/llm"
)

//go:embed words/draft-prompt.txt
var draftPrompt string

// Draft lets the model read an advertisement, for somebody to look over and
// accept. What it lists counts only where its quote stands verbatim in the
// advertisement and is none that must not be asked, and where the taxonomy knows
// the skill; degrees, years, notes and all weights are the rules'. Errors are
// Rubric's and Ask's.
func (a *Assistant) Draft(ctx context.Context, job fairlead.Job) (fairlead.Rubric, error) {
	lines := readLines(job.Description)
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.text)
		text.WriteByte('\n')
	}
	ad := text.String()
	if strings.TrimSpace(ad) == "" {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.NeedsHuman, noDescription, nil)
	}
	if len(ad) > maxSent {
		ad = ad[:cutAt(ad, maxSent)]
	}
	field, err := a.fieldName()
	if err != nil {
		return fairlead.Rubric{}, err
	}
	user, err := json.Marshal(map[string]string{"title": job.Title, field: ad})
	if err != nil {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.Internal, "The question to the language model could not be written.", err)
	}
	reply, err := a.Asker.Ask(ctx, llm.Request{Purpose: "rubric", System: strings.ReplaceAll(draftPrompt, "{{FIELD}}", field), User: string(user), MaxTokens: 3000})
	if err != nil {
		return fairlead.Rubric{}, fmt.Errorf("ask for a rubric: %w", err)
	}
	var in struct {
		Criteria []struct {
			Quote    string   `json:"quote"`
			Required bool     `json:"required"`
			Skills   []string `json:"skills"`
		} `json:"criteria"`
	}
	if err := json.Unmarshal([]byte(unfenced(reply.Text)), &in); err != nil {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.Unavailable, "The language model's answer is not in the form it must have. Use the rubric the rules read.", nil)
	}
	return a.rubricOf(job, lines, func(r *reader) {
		rules := r.drafts
		r.drafts, r.duties = nil, nil
		for _, d := range rules { // the rules read degrees and years better
			if d.Kind == fairlead.CriterionEducation || d.Kind == fairlead.CriterionExperience {
				r.drafts = append(r.drafts, d)
			}
		}
		for _, c := range in.Criteria {
			if len(r.drafts) >= maxCriteria || len(c.Quote) < minQuote || len(c.Quote) > maxQuote || !strings.Contains(ad, c.Quote) {
				continue
			}
			if clean, _ := r.words.refuse(c.Quote); clean != c.Quote {
				continue
			}
			ids := make([]fairlead.SkillID, 0, len(c.Skills))
			for _, s := range c.Skills {
				ids = append(ids, fairlead.SkillID(s))
			}
			if ids, _ = resolveSkills(a.tax, ids); len(ids) == 0 {
				continue
			}
			d := draft{Criterion: fairlead.Criterion{Text: c.Quote, Kind: kindOf(a.tax, ids[0]), Skills: ids[:min(len(ids), maxAlternatives)]}, strength: preferred}
			if c.Required {
				d.strength = required
			}
			r.add(d)
		}
	})
}

// kindOf is the kind of criterion a skill makes.
func kindOf(tax knowledge, id fairlead.SkillID) fairlead.CriterionKind {
	s, _ := tax.Skill(id)
	switch s.Kind {
	case fairlead.KindLicence:
		return fairlead.CriterionCertificate
	case fairlead.KindLanguage:
		return fairlead.CriterionLanguage
	}
	return fairlead.CriterionSkill
}
