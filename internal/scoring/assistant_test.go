package scoring

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/llm"
	"github.com/fairlead/fairlead/internal/llm/llmtest"
)

const testModel = "tester-2026-01-15"

// said is an answer with evidence, as the prompt asks for it.
func said(evidence ...[3]string) llmtest.Step {
	type one struct {
		Criterion string `json:"criterion"`
		Quote     string `json:"quote"`
		Strength  string `json:"strength"`
	}
	list := []one{}
	for _, e := range evidence {
		list = append(list, one{e[0], e[1], e[2]})
	}
	b, _ := json.Marshal(map[string]any{"evidence": list})
	return llmtest.Step{Text: string(b)}
}

// modelRubric asks for one thing the rules see and two that they cannot.
func modelRubric() fairlead.Rubric {
	return fairlead.Rubric{Title: "Software Engineer", Criteria: []fairlead.Criterion{
		{ID: "c1", Text: "Docker", Kind: fairlead.CriterionSkill, Required: true, Weight: 5000, Skills: []fairlead.SkillID{"docker"}},
		{ID: "c2", Text: "Has trained others", Kind: fairlead.CriterionSkill, Required: true, Weight: 4000, Skills: []fairlead.SkillID{"sommelier"}},
		{ID: "c3", Text: "Has moved a system", Kind: fairlead.CriterionSkill, Weight: 1000, Skills: []fairlead.SkillID{"falconry"}},
	}}
}

type assistantFixture struct {
	*Assistant
	server *llmtest.Server
	calls  []llm.Call
	now    time.Time
}

// newAssistant scripts evidence answers; canary questions get silence unless
// canary says otherwise.
func newAssistant(t *testing.T, canary, evidence func(n int) llmtest.Step) *assistantFixture {
	t.Helper()
	f := &assistantFixture{now: testDate}
	patience := 30 * time.Second
	if strings.HasSuffix(t.Name(), "/timeout") {
		patience = 300 * time.Millisecond
	}
	asked, checked := 0, 0
	f.server = llmtest.New(func(_ int, q llmtest.Question) llmtest.Step {
		if strings.Contains(q.User, "Has piloted aircraft") {
			checked++
			if canary != nil {
				return canary(checked - 1)
			}
			return said()
		}
		asked++
		return evidence(asked - 1)
	})
	t.Cleanup(f.server.Close)
	c, err := llm.New(llm.Config{
		API: llm.OpenAI, Endpoint: f.server.URL + "/v1", Model: testModel, CallsPerDay: 1000, TokensPerDay: 10_000_000, Timeout: patience,
		Now: func() time.Time { return f.now }, Record: func(c llm.Call) { f.calls = append(f.calls, c) },
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Assistant = &Assistant{Judge: newTestJudge(t), Asker: c, Now: func() time.Time { return f.now }}
	return f
}

const (
	taught = "mentored two junior colleagues"
	moved  = "Moved the team from virtual machines to Docker and Kubernetes"
)

func modelResume(t *testing.T) fairlead.Document {
	t.Helper()
	return readable(somebody.fill(readFile(t, "resumes", "engineer.txt")))
}

// TestAssistantAddsQuotes: what two of three answers quote verbatim counts, at a
// fixed share of the weight; the rules' own findings stay.
func TestAssistantAddsQuotes(t *testing.T) {
	f := newAssistant(t, nil, func(n int) llmtest.Step {
		if n == 2 {
			return said([3]string{"c2", taught, "direct"}, [3]string{"c3", moved, "related"})
		}
		return said([3]string{"c2", taught, "direct"}, [3]string{"c3", moved, "direct"}, [3]string{"c1", "Docker", "direct"}, [3]string{"c9", moved, "direct"})
	})
	doc := modelResume(t)
	rules, _ := f.Judge.Assess(modelRubric(), doc, testDate)
	got, _, err := f.AssessContext(context.Background(), modelRubric(), doc, testDate)
	if err != nil {
		t.Fatal(err)
	}
	checkAssessment(t, got, doc.Text)
	js := got.Judgements
	if js[0].Points != rules.Judgements[0].Points || js[1].Points != 2800 || js[1].Verdict != fairlead.Met || js[2].Points != 350 || js[2].Verdict != fairlead.Partial {
		t.Errorf("got %+v", js)
	}
	if d := *got.Score - *rules.Score; d != 31 && d != 32 { // 28 + 3.5
		t.Errorf("score %d after %d", *got.Score, *rules.Score)
	}
	if got.Engine != "rules/1+model/"+testModel || js[1].Evidence[0].Text != taught {
		t.Errorf("engine %s, evidence %+v", got.Engine, js[1].Evidence)
	}
	for _, c := range f.calls {
		if c.Outcome != "ok" || c.RequestSHA256 == "" {
			t.Errorf("recorded %+v", c)
		}
	}
}

// TestAssistantSeesOnlyTheBlindedText of one person, in a field whose name
// changes with every question.
func TestAssistantSeesOnlyTheBlindedText(t *testing.T) {
	f := newAssistant(t, nil, func(int) llmtest.Step { return said() })
	f.Assess(modelRubric(), modelResume(t), testDate)
	fields := map[string]bool{}
	evidence := 0
	for _, q := range f.server.Questions() {
		for _, secret := range []string{somebody.name, "Keller", somebody.email, somebody.phone, somebody.street, "she/her", somebody.year} {
			if strings.Contains(q.User+q.System, secret) {
				t.Errorf("the model sees %q", secret)
			}
		}
		var in map[string]any
		if err := json.Unmarshal([]byte(q.User), &in); err != nil {
			t.Fatal(err)
		}
		for k := range in {
			if strings.HasPrefix(k, "resume_") {
				fields[k] = true
				if !strings.Contains(q.System, k) {
					t.Error("the prompt does not name the field")
				}
			}
		}
		if strings.Contains(q.User, "Has trained others") {
			evidence++
		}
	}
	if evidence != samples || len(fields) != len(f.server.Questions()) {
		t.Errorf("%d questions about the resume, %d field names in %d questions", evidence, len(fields), len(f.server.Questions()))
	}
}

// TestAssistantDiscards: invented, cut, short and unasked quotes, and what only
// one answer says, change nothing.
func TestAssistantDiscards(t *testing.T) {
	for name, step := range map[string]func(int) llmtest.Step{
		"invented":       func(int) llmtest.Step { return said([3]string{"c2", "trained fifty colleagues in Go", "direct"}) },
		"corrected":      func(int) llmtest.Step { return said([3]string{"c2", strings.ToUpper(taught), "direct"}) },
		"the name":       func(int) llmtest.Step { return said([3]string{"c2", "Anna Keller mentored two junior", "direct"}) },
		"a cut":          func(int) llmtest.Step { return said([3]string{"c2", "█ mentored two junior colleagues", "direct"}) },
		"too short":      func(int) llmtest.Step { return said([3]string{"c2", "two", "direct"}) },
		"met already":    func(int) llmtest.Step { return said([3]string{"c1", moved, "direct"}) },
		"one of three":   func(n int) llmtest.Step { return one(n == 1, said([3]string{"c3", moved, "related"}), said()) },
		"score in place": func(int) llmtest.Step { return llmtest.Step{Text: `{"score":100,"evidence":[]}`} },
		"broken JSON":    func(int) llmtest.Step { return llmtest.Step{Text: `{"evidence":[{"criterion":"c2",`} },
		"prose":          func(int) llmtest.Step { return llmtest.Step{Text: "This is a wonderful applicant."} },
		"429":            func(int) llmtest.Step { return llmtest.Step{Status: 429, RetryAfter: "60"} },
		"timeout":        func(int) llmtest.Step { return llmtest.Step{Hang: true} },
		"refusal":        func(int) llmtest.Step { return llmtest.Step{Refuse: true} },
		"fails the third": func(n int) llmtest.Step {
			return one(n == 2, llmtest.Step{Status: 500}, said([3]string{"c2", taught, "direct"}))
		},
		"changed model id": func(int) llmtest.Step { return llmtest.Step{Model: "tester-2026-09-09"} },
	} {
		t.Run(name, func(t *testing.T) {
			f := newAssistant(t, nil, step)
			doc := modelResume(t)
			want, _ := f.Judge.Assess(modelRubric(), doc, testDate)
			got, _ := f.Assess(modelRubric(), doc, testDate)
			if stable(got) != stable(want) {
				t.Errorf("got %s\nwant %s", stable(got), stable(want))
			}
		})
	}
}

func one(cond bool, a, b llmtest.Step) llmtest.Step {
	if cond {
		return a
	}
	return b
}

// TestAssistantSpread: answers that differ by more than five points give a band,
// no number.
func TestAssistantSpread(t *testing.T) {
	f := newAssistant(t, nil, func(n int) llmtest.Step {
		return one(n == 0, said(), said([3]string{"c2", taught, "direct"}))
	})
	got, _ := f.Assess(modelRubric(), modelResume(t), testDate)
	if got.Score != nil || got.Band == "" || !strings.HasPrefix(got.Reasoning, "Band only: the model's answers differ by 28 points.") || len([]rune(got.Reasoning)) > fairlead.MaxReasoning {
		t.Errorf("got %v %q %q", got.Score, got.Band, got.Reasoning)
	}
}

// TestCanary: a model that begins to answer otherwise is not used again; one
// that cannot be reached is tried again.
func TestCanary(t *testing.T) {
	const till = "counted the till at closing"
	drifted := false
	f := newAssistant(t, func(int) llmtest.Step {
		return one(drifted, said([3]string{"c3", till, "related"}), said([3]string{"c3", till, "direct"}))
	}, func(int) llmtest.Step { return said([3]string{"c2", taught, "direct"}) })
	doc := modelResume(t)
	assess := func() string {
		a, _ := f.Assess(modelRubric(), doc, testDate)
		return a.Engine
	}
	withModel := Engine + "+model/" + testModel
	if got := assess(); got != withModel || f.Canary == "" {
		t.Fatalf("engine %s, canary %q", got, f.Canary)
	}
	before := len(f.server.Questions())
	drifted = true
	if got := assess(); got != withModel || len(f.server.Questions()) != before+samples {
		t.Errorf("within a day the canary is not asked again; engine %s", got)
	}
	f.now = f.now.Add(25 * time.Hour)
	if got := assess(); got != Engine || fairlead.CodeOf(f.Stopped()) != fairlead.Conflict {
		t.Errorf("after the drift: engine %s, stopped %v", got, f.Stopped())
	}
	before = len(f.server.Questions())
	drifted = false
	if got := assess(); got != Engine || len(f.server.Questions()) != before {
		t.Errorf("a stopped model is asked again; engine %s", got)
	}

	down := true
	g := newAssistant(t, func(int) llmtest.Step { return one(down, llmtest.Step{Status: 503}, said()) }, func(int) llmtest.Step { return said([3]string{"c2", taught, "direct"}) })
	if a, _ := g.Assess(modelRubric(), doc, testDate); a.Engine != Engine || g.Stopped() != nil {
		t.Errorf("a canary that cannot be asked: engine %s, stopped %v", a.Engine, g.Stopped())
	}
	down = false
	if a, _ := g.Assess(modelRubric(), doc, testDate); a.Engine != withModel {
		t.Errorf("after it came back: engine %s", a.Engine)
	}
}

// TestDraft: a model may draft a rubric; what it quotes must stand in the
// advertisement, what it names the taxonomy must know, and weights are ours.
func TestDraft(t *testing.T) {
	ad := "We run a small bakery in town and look for somebody to join us. You have run a web shop with Docker before, and you know JavaScript from daily work. Young people only."
	f := newAssistant(t, nil, func(int) llmtest.Step {
		return llmtest.Step{Text: `{"criteria":[
			{"quote":"run a web shop with Docker","kind":"skill","required":true,"skills":["Docker","Underwater basket flinging"],"weight":9000},
			{"quote":"you know JavaScript from daily work","kind":"skill","required":false,"skills":["js"]},
			{"quote":"must know Kubernetes","kind":"skill","required":true,"skills":["Kubernetes"]},
			{"quote":"Young people only","kind":"skill","required":true,"skills":["Python"]}]}`}
	})
	got, err := f.Draft(context.Background(), fairlead.Job{Title: "Web Developer", Description: ad})
	if err != nil {
		t.Fatal(err)
	}
	checkRubric(t, got)
	var skills []fairlead.SkillID
	for _, c := range got.Criteria {
		if c.Kind == fairlead.CriterionSkill {
			skills = append(skills, c.Skills...)
		}
	}
	if !slices.Equal(skills, []fairlead.SkillID{"docker", "javascript"}) {
		t.Errorf("criteria for %v, want docker and javascript only", skills)
	}
	if len(got.Notes) == 0 || got.Notes[0].Kind != fairlead.NoteUnlawful {
		t.Errorf("notes %+v, want the age to be refused", got.Notes)
	}
}
