package scoring

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/llm"
)

// Asker is a language model; *llm.Client satisfies it. Ask's errors are
// documented there; any of them means that the rules go on without the model.
type Asker interface {
	Ask(context.Context, llm.Request) (llm.Reply, error)
	Model() string
}

// Rules for what a model may add.
const (
	samples      = 3  // answers to the same question
	agreeing     = 2  // of them must name a quote for it to count
	maxSpread    = 5  // points; above, the band is shown instead of the number
	modelDirect  = 70 // percent of the weight for a quote that shows it: what a mention outside any position is worth
	modelRelated = 35 // for one that shows something near
	minQuote     = 8  // bytes
	maxAsked     = 12 // criteria in one question
	maxSent      = 24_000
	canaryEvery  = 24 * time.Hour
	assistBudget = 4 * time.Minute // for all calls about one resume
)

// Assistant is a Judge that may ask a language model where the rules find
// nothing: it looks for evidence to criteria that are "not stated". The model
// sees the blinded text of one resume and the criteria, in a JSON field with a
// random name. It gives no points: a quote counts only when it stands verbatim
// in what it was shown and two of three answers name it; weights and arithmetic
// are the rules'. Whatever goes wrong, the rules' assessment stands.
//
// It is safe for concurrent use once made.
type Assistant struct {
	*Judge
	Asker Asker
	// Canary is the fingerprint a healthy model gives over the fixed resumes
	// (Fingerprint); "" accepts the first one seen and keeps it.
	Canary string
	Now    func() time.Time
	Random io.Reader // for the field's name; nil means crypto/rand

	mu      sync.Mutex
	checked time.Time
	stopped error
}

// Assess judges by the rules and then asks the model. The engine of an assessment that
// holds something of the model's names it: rules/1+model/ID.
func (a *Assistant) Assess(rubric fairlead.Rubric, doc fairlead.Document, asOf time.Time) (fairlead.Assessment, fairlead.Profile) {
	ctx, cancel := context.WithTimeout(context.Background(), assistBudget)
	defer cancel()
	got, p, _ := a.AssessContext(ctx, rubric, doc, asOf)
	return got, p
}

// AssessContext is Assess with a context, and with the reason why the model
// added nothing: an error of Ask, or Conflict when the canary stopped it. The
// assessment is right in either case.
func (a *Assistant) AssessContext(ctx context.Context, rubric fairlead.Rubric, doc fairlead.Document, asOf time.Time) (fairlead.Assessment, fairlead.Profile, error) {
	base, p := a.Judge.Assess(rubric, doc, asOf)
	if base.Score == nil {
		return base, p, nil
	}
	if err := a.healthy(ctx); err != nil {
		return base, p, err
	}
	_, b, _ := a.profiles(doc, base.AsOf)
	got, err := a.assist(ctx, base, b, doc.Text)
	return got, p, err
}

// open are the criteria a model is asked about.
func open(js []fairlead.Judgement) []int {
	var out []int
	for i := range js {
		k := js[i].Criterion.Kind
		if js[i].Verdict == fairlead.NotStated && js[i].Criterion.Weight > 0 && k != fairlead.CriterionExperience && k != fairlead.CriterionEducation && len(out) < maxAsked {
			out = append(out, i)
		}
	}
	return out
}

// assist asks three times and adds what two answers agree on.
func (a *Assistant) assist(ctx context.Context, base fairlead.Assessment, b *blinded, text string) (fairlead.Assessment, error) {
	asked := open(base.Judgements)
	if len(asked) == 0 {
		return base, nil
	}
	answers := make([]map[int]foundQuote, samples)
	for n := range samples {
		found, err := a.sample(ctx, "evidence", base.Judgements, asked, b)
		if err != nil {
			return base, err
		}
		answers[n] = found
	}
	scores := make([]int, samples)
	for n, found := range answers {
		js := slices.Clone(base.Judgements)
		for i, q := range found {
			js[i].Points = js[i].Criterion.Weight * q.percent / 100
		}
		scores[n] = scoreOf(js)
	}
	out := base
	out.Judgements = slices.Clone(base.Judgements)
	changed := false
	for _, i := range asked {
		q, ok := agreed(answers, i)
		if !ok {
			continue
		}
		at, ok := b.original(q.at)
		if !ok {
			continue
		}
		j := &out.Judgements[i]
		j.Points = j.Criterion.Weight * q.percent / 100
		j.Verdict = fairlead.Partial
		if q.percent >= metFrom {
			j.Verdict = fairlead.Met
		}
		j.Because = "found by the language model; read the quote"
		j.Evidence = []fairlead.Evidence{{Text: text[at.Start:at.End], At: at}}
		changed = true
	}
	slices.Sort(scores)
	spread := scores[samples-1] - scores[0]
	if !changed && spread <= maxSpread {
		return base, nil
	}
	out.Engine = Engine + "+model/" + a.Asker.Model()
	score := scoreOf(out.Judgements)
	out.Band = fairlead.BandOf(score)
	out.Score = &score
	if spread > maxSpread {
		out.Score = nil
		out.Reasoning = shorten(fmt.Sprintf("Band only: the model's answers differ by %d points. %s", spread, base.Reasoning), fairlead.MaxReasoning)
	}
	return out, nil
}

// agreed is the quote of a criterion that enough answers give, with the lowest
// worth among them.
func agreed(answers []map[int]foundQuote, criterion int) (foundQuote, bool) {
	var best foundQuote
	n := 0
	for _, a := range answers {
		q, ok := a[criterion]
		if !ok {
			continue
		}
		if n == 0 || q.percent < best.percent {
			best = q
		}
		n++
	}
	return best, n >= agreeing
}

// foundQuote is a quote that stands in the blinded text.
type foundQuote struct {
	at      fairlead.Span
	percent int
}

//go:embed words/evidence-prompt.txt
var evidencePrompt string

// sample asks once and keeps the quotes that stand.
func (a *Assistant) sample(ctx context.Context, purpose string, js []fairlead.Judgement, asked []int, b *blinded) (map[int]foundQuote, error) {
	field, err := a.fieldName()
	if err != nil {
		return nil, err
	}
	sent := b.text
	if len(sent) > maxSent {
		sent = sent[:cutAt(sent, maxSent)]
	}
	type item struct {
		ID   string `json:"id"`
		Asks string `json:"asks"`
	}
	items := make([]item, len(asked))
	for k, i := range asked {
		items[k] = item{js[i].Criterion.ID, js[i].Criterion.Text}
	}
	user, err := json.Marshal(map[string]any{"criteria": items, field: sent})
	if err != nil {
		return nil, fairlead.Fail(fairlead.Internal, "The question to the language model could not be written.", err)
	}
	reply, err := a.Asker.Ask(ctx, llm.Request{Purpose: purpose, System: strings.ReplaceAll(evidencePrompt, "{{FIELD}}", field), User: string(user), MaxTokens: 1500})
	if err != nil {
		return nil, fmt.Errorf("ask for evidence: %w", err)
	}
	return readQuotes(reply.Text, js, asked, sent)
}

// fieldName is a name no resume can have guessed.
func (a *Assistant) fieldName() (string, error) {
	var raw [8]byte
	source := a.Random
	if source == nil {
		source = rand.Reader
	}
	if _, err := io.ReadFull(source, raw[:]); err != nil {
		return "", fairlead.Fail(fairlead.Internal, "The machine gives no random bytes.", err)
	}
	return "resume_" + hex.EncodeToString(raw[:]), nil
}

// readQuotes reads an answer and drops every quote that does not stand verbatim
// in what was sent, touches a cut, or is for a criterion nobody asked about.
func readQuotes(answer string, js []fairlead.Judgement, asked []int, sent string) (map[int]foundQuote, error) {
	var in struct {
		Evidence []struct {
			Criterion string `json:"criterion"`
			Quote     string `json:"quote"`
			Strength  string `json:"strength"`
		} `json:"evidence"`
	}
	if err := json.Unmarshal([]byte(unfenced(answer)), &in); err != nil {
		return nil, fairlead.Fail(fairlead.Unavailable, "The language model's answer is not in the form it must have. The rules go on without it.", nil)
	}
	out := map[int]foundQuote{}
	for _, e := range in.Evidence {
		k := slices.IndexFunc(asked, func(i int) bool { return js[i].Criterion.ID == e.Criterion })
		if k < 0 || len(e.Quote) < minQuote || len(e.Quote) > maxQuote || strings.Contains(e.Quote, cutMark) {
			continue
		}
		at := strings.Index(sent, e.Quote)
		if at < 0 {
			continue
		}
		q := foundQuote{fairlead.Span{Start: at, End: at + len(e.Quote)}, modelRelated}
		if e.Strength == "direct" {
			q.percent = modelDirect
		}
		if have, ok := out[asked[k]]; !ok || q.percent > have.percent {
			out[asked[k]] = q
		}
	}
	return out, nil
}

// unfenced drops the fence many models put around JSON.
func unfenced(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "```"); ok {
		rest = strings.TrimPrefix(rest, "json")
		s = strings.TrimSuffix(strings.TrimSpace(rest), "```")
	}
	return s
}
