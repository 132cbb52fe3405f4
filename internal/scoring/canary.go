package scoring

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead/fairlead"
)

//go:embed words/canary
var canaryFiles embed.FS

// canaryCriteria are asked of every canary resume. The rules do not judge them:
// only whether the model answers as it did.
func canaryCriteria() []fairlead.Judgement {
	ask := func(id, text string) fairlead.Judgement {
		return fairlead.Judgement{Criterion: fairlead.Criterion{ID: id, Text: text, Kind: fairlead.CriterionSkill, Weight: 2500}, Verdict: fairlead.NotStated}
	}
	return []fairlead.Judgement{
		ask("c1", "Has led a team of people"),
		ask("c2", "Has worked with customers face to face"),
		ask("c3", "Has kept records of money"),
		ask("c4", "Has piloted aircraft"),
	}
}

// Fingerprint asks the model about the fixed resumes and says what it found as
// a digest: the same as long as the model answers the same. Keep it as Canary
// when a model is first used and whenever somebody confirms a new one.
func (a *Assistant) Fingerprint(ctx context.Context) (string, error) {
	names, err := canaryFiles.ReadDir("words/canary")
	if err != nil {
		return "", fmt.Errorf("read canary: %w", err)
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "fairlead canary 1\n%s\n", a.Asker.Model())
	for _, n := range names {
		text, err := canaryFiles.ReadFile("words/canary/" + n.Name())
		if err != nil {
			return "", fmt.Errorf("read canary: %w", err)
		}
		b := blind(string(text), nil)
		js := canaryCriteria()
		asked := open(js)
		answers := make([]map[int]foundQuote, samples)
		for k := range samples {
			if answers[k], err = a.sample(ctx, "canary", js, asked, &b); err != nil {
				return "", err
			}
		}
		var found []string
		for _, i := range asked {
			if q, ok := agreed(answers, i); ok {
				found = append(found, fmt.Sprintf("%s %d", js[i].Criterion.ID, q.percent))
			}
		}
		slices.Sort(found)
		_, _ = fmt.Fprintf(h, "%s: %s\n", n.Name(), strings.Join(found, ", "))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// healthy runs the canary once a day. A model that answers otherwise than it did
// is not used again until somebody makes a new Assistant with the fingerprint
// they confirmed. When the canary cannot be run, the model is not used now and is
// tried again with the next resume.
func (a *Assistant) healthy(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped != nil {
		return a.stopped
	}
	now := a.Now()
	if !a.checked.IsZero() && now.Sub(a.checked) < canaryEvery {
		return nil
	}
	got, err := a.Fingerprint(ctx)
	if fairlead.CodeOf(err) == fairlead.Conflict {
		a.stopped = err
	}
	if err != nil {
		return err
	}
	if a.Canary == "" {
		a.Canary = got
	}
	if got != a.Canary {
		a.stopped = fairlead.Fail(fairlead.Conflict, "The language model answers differently about the fixed resumes than when it was accepted. It is not used until somebody confirms it; the rules go on without it.", nil)
		return a.stopped
	}
	a.checked = now
	return nil
}

// Stopped is why the model is not used any more, nil while it is.
func (a *Assistant) Stopped() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stopped
}
