package fairlead

import "time"

// Verdict is what an assessment says of one criterion.
type Verdict string

// Verdicts. NotStated means that the resume is silent, which is not the same as
// NotMet.
const (
	Met       Verdict = "met"
	Partial   Verdict = "partial"
	NotMet    Verdict = "not_met"
	NotStated Verdict = "not_stated"
)

// Band is a score in a word.
type Band string

// Bands, best first.
const (
	Strong   Band = "strong"
	Good     Band = "good"
	Possible Band = "possible"
	Weak     Band = "weak"
)

// BandOf gives the band of a score from 0 to 100.
func BandOf(score int) Band {
	switch {
	case score >= 80:
		return Strong
	case score >= 60:
		return Good
	case score >= 40:
		return Possible
	}
	return Weak
}

// Evidence is a verbatim quote and its place in the document's text.
type Evidence struct {
	Text string
	At   Span
}

// Judgement is the verdict on one criterion.
type Judgement struct {
	Criterion Criterion
	Verdict   Verdict
	Points    int // basis points earned, 0 to Criterion.Weight
	Evidence  []Evidence
	Because   string // a few words for people: "6 years, 5 asked"
}

// MaxReasoning is the most characters (runes) a reasoning may have.
const MaxReasoning = 200

// Assessment is a score, its verdicts and where they came from. Score is nil
// when the resume could not be read: then Reasoning says so, nothing is judged
// (promise I13) and Band is empty. Score is nil and Band is set when a language
// model was asked and its answers differ too much for a number.
type Assessment struct {
	ID          AssessmentID // shown to people as the audit id
	Application ApplicationID
	Score       *int // 0–100
	Band        Band // "" when nothing was judged
	Reasoning   string
	Judgements  []Judgement
	Skills      []Skill // of the resume, normalised, those the job asks for first
	Flags       []ProblemCode
	// What the score follows from: equal values give an equal score anywhere
	// (promise I12). Digests are SHA-256 in lower-case hex.
	InputSHA256    string // over exactly what scoring saw
	RubricSHA256   string
	TaxonomySHA256 string
	AsOf           time.Time // a date, UTC midnight
	Engine         string    // for example rules/1
	CreatedAt      time.Time
}
