package llm_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/llm"
	"github.com/fairlead/fairlead/internal/llm/llmtest"
)

const model = "tester-2026-01-15"

type fixture struct {
	server *llmtest.Server
	client *llm.Client
	calls  []llm.Call
	now    time.Time
}

func newFixture(t *testing.T, api llm.API, script func(int, llmtest.Question) llmtest.Step) *fixture {
	t.Helper()
	f := &fixture{server: llmtest.New(script), now: time.Date(2026, 11, 25, 22, 0, 0, 0, time.UTC)}
	t.Cleanup(f.server.Close)
	endpoint := f.server.URL
	if api == llm.OpenAI {
		endpoint += "/v1"
	}
	c, err := llm.New(llm.Config{
		API: api, Endpoint: endpoint, Key: "sk-secret-of-the-test", Model: model, CallsPerDay: 5, TokensPerDay: 100_000,
		Timeout: 200 * time.Millisecond, Now: func() time.Time { return f.now }, Record: func(c llm.Call) { f.calls = append(f.calls, c) },
	})
	if err != nil {
		t.Fatal(err)
	}
	f.client = c
	return f
}

func TestAsk(t *testing.T) {
	for _, api := range []llm.API{llm.OpenAI, llm.Anthropic} {
		t.Run(string(api), func(t *testing.T) {
			f := newFixture(t, api, func(int, llmtest.Question) llmtest.Step { return llmtest.Step{Text: `{"a":1}`} })
			got, err := f.client.Ask(context.Background(), llm.Request{Purpose: "evidence", System: "judge", User: "data"})
			if err != nil || got.Text != `{"a":1}` || got.InputTokens == 0 {
				t.Fatalf("got %+v, %v", got, err)
			}
			q := f.server.Questions()[0]
			if q.Key != "sk-secret-of-the-test" || q.Model != model || q.System != "judge" || q.User != "data" || q.Temperature == nil || *q.Temperature != 0 {
				t.Errorf("the server was asked %+v", q)
			}
			if len(f.calls) != 1 || f.calls[0].Outcome != "ok" || f.calls[0].Answered != model || f.calls[0].RequestSHA256 == "" || f.calls[0].ReplySHA256 == "" {
				t.Errorf("recorded %+v", f.calls)
			}
		})
	}
}

// TestAskFails: each way a server fails has a code, an entry, and no secret in
// what is told.
func TestAskFails(t *testing.T) {
	for _, c := range []struct {
		name    string
		step    llmtest.Step
		code    fairlead.Code
		outcome string
		wait    time.Duration
	}{
		{"429", llmtest.Step{Status: 429, RetryAfter: "7"}, fairlead.RateLimited, "rate_limited", 7 * time.Second},
		{"429 for a year", llmtest.Step{Status: 429, RetryAfter: "31536000"}, fairlead.RateLimited, "rate_limited", time.Hour},
		{"529", llmtest.Step{Status: 529}, fairlead.RateLimited, "rate_limited", 0},
		{"500", llmtest.Step{Status: 500}, fairlead.Unavailable, "unavailable", 0},
		{"timeout", llmtest.Step{Hang: true}, fairlead.Unavailable, "unavailable", 0},
		{"wrong key", llmtest.Step{Status: 401}, fairlead.Forbidden, "rejected", 0},
		{"bad request", llmtest.Step{Status: 400}, fairlead.Invalid, "rejected", 0},
		{"redirect", llmtest.Step{Status: 302}, fairlead.Invalid, "rejected", 0},
		{"refusal", llmtest.Step{Refuse: true}, fairlead.NeedsHuman, "refused", 0},
		{"cut short", llmtest.Step{Text: `{"a":`, Cut: true}, fairlead.Unavailable, "broken", 0},
		{"no JSON", llmtest.Step{Raw: "<html>busy</html>"}, fairlead.Unavailable, "broken", 0},
		{"nothing", llmtest.Step{Raw: `{"model":"` + model + `"}`}, fairlead.Unavailable, "broken", 0},
		{"endless", llmtest.Step{Raw: strings.Repeat("x", 1<<20+1)}, fairlead.Unavailable, "unavailable", 0},
		{"another model", llmtest.Step{Text: "{}", Model: "tester-2026-06-01"}, fairlead.Conflict, "model_changed", 0},
	} {
		for _, api := range []llm.API{llm.OpenAI, llm.Anthropic} {
			t.Run(c.name+" "+string(api), func(t *testing.T) {
				f := newFixture(t, api, func(int, llmtest.Question) llmtest.Step { return c.step })
				_, err := f.client.Ask(context.Background(), llm.Request{Purpose: "evidence", System: "s", User: "resume text of somebody"})
				if fairlead.CodeOf(err) != c.code || fairlead.RetryAfterOf(err) != c.wait {
					t.Errorf("got %s after %v, want %s after %v", fairlead.CodeOf(err), fairlead.RetryAfterOf(err), c.code, c.wait)
				}
				if len(f.calls) != 1 || f.calls[0].Outcome != c.outcome {
					t.Errorf("recorded %+v, want %s", f.calls, c.outcome)
				}
				if s := err.Error(); strings.Contains(s, "secret") || strings.Contains(s, "resume text") || strings.Contains(s, "127.0.0.1/") {
					t.Errorf("the error tells too much: %s", s)
				}
			})
		}
	}
}

// TestBudget: a day's budget ends, says until when, and begins again at
// midnight UTC.
func TestBudget(t *testing.T) {
	f := newFixture(t, llm.OpenAI, func(int, llmtest.Question) llmtest.Step { return llmtest.Step{} })
	for range 5 {
		if _, err := f.client.Ask(context.Background(), llm.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := f.client.Ask(context.Background(), llm.Request{})
	if fairlead.CodeOf(err) != fairlead.RateLimited || fairlead.RetryAfterOf(err) != 2*time.Hour {
		t.Errorf("got %v after %v, want to wait the two hours to midnight", err, fairlead.RetryAfterOf(err))
	}
	if n := len(f.server.Questions()); n != 5 || f.calls[5].Outcome != "over_budget" {
		t.Errorf("%d questions were sent, want 5; recorded %+v", n, f.calls[5])
	}
	f.now = f.now.Add(2 * time.Hour)
	if _, err := f.client.Ask(context.Background(), llm.Request{}); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := llm.Config{API: llm.OpenAI, Endpoint: "https://api.example.com/v1", Model: "m", CallsPerDay: 1, TokensPerDay: 1, Now: time.Now, Record: func(llm.Call) {}}
	if _, err := llm.New(good); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*llm.Config){
		"api":       func(c *llm.Config) { c.API = "other" },
		"endpoint":  func(c *llm.Config) { c.Endpoint = "api.example.com" },
		"plain":     func(c *llm.Config) { c.Endpoint = "http://api.example.com" },
		"key in it": func(c *llm.Config) { c.Endpoint = "https://u:p@api.example.com" },
		"model":     func(c *llm.Config) { c.Model = "" },
		"budget":    func(c *llm.Config) { c.CallsPerDay = 0 },
		"tokens":    func(c *llm.Config) { c.TokensPerDay = 0 },
	} {
		c := good
		edit(&c)
		if _, err := llm.New(c); fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("%s: got %v, want Invalid", name, err)
		}
	}
	local := good
	local.Endpoint = "http://127.0.0.1:11434/v1"
	if _, err := llm.New(local); err != nil {
		t.Errorf("a local server: %v", err)
	}
}
