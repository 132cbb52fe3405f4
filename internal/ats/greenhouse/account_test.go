package greenhouse_test

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
	"github.com/fairlead/fairlead/internal/ats/greenhouse"
	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

// account is a simulated account with one application, and a connector to it.
type account struct {
	*sandbox.Greenhouse
	c     *greenhouse.Connector
	made  sandbox.Made
	log   *strings.Builder
	where string
}

func newAccount(t *testing.T, c sandbox.Config, settings map[string]string) *account {
	t.Helper()
	c.ClientID, c.ClientSecret, c.RateLimit = clientID, clientSecret, 10_000
	a := &account{Greenhouse: sandbox.NewGreenhouse(c), log: &strings.Builder{}}
	server := httptest.NewServer(a.Greenhouse)
	t.Cleanup(a.Close)
	t.Cleanup(server.CloseClientConnections)
	job, err := a.AddJob(sandbox.Job{Title: "Accountant", Description: "<p>Books.</p>"})
	if err != nil {
		t.Fatal(err)
	}
	a.where = server.URL
	if a.made, err = a.Apply(sandbox.Applicant{Name: "Maya Ito", Job: job, Filename: "r.txt", Resume: []byte("r")}); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"base_url": server.URL, "auth_url": server.URL, "allow_private": "true"}
	for k, v := range settings {
		all[k] = v
	}
	a.c, err = greenhouse.New(fairlead.Connection{
		ID: "gh", Settings: all, Credentials: fairlead.Credentials{"client_id": clientID, "client_secret": clientSecret, "webhook_secret": "s"},
	}, ats.Env{Logger: slog.New(slog.NewTextHandler(a.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *account) target(t *testing.T) ats.Target {
	t.Helper()
	d, err := a.c.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ats.Target{Application: id(a.made.Application), Candidate: id(a.made.Candidate), Fields: d.Fields, Assessment: "assessment-1"}
}

func id(n int64) fairlead.RemoteID { return fairlead.RemoteID(strconv.FormatInt(n, 10)) }

func assessed() fairlead.Values {
	return fairlead.Values{fairlead.OutScore: {"82"}, fairlead.OutReasoning: {"Keeps books."}, fairlead.OutSkills: {"SAP"}, fairlead.OutAuditID: {"assessment-1"}}
}

// A definition that changes under us ends one try with a sentence, and the try
// after it was put right succeeds.
func TestDefinitionsChange(t *testing.T) {
	no, yes := false, true
	for name, deeds := range map[string][2]sandbox.Deed{
		"archived": {{Action: "edit_definition", Key: "ai_match_score", Active: &no}, {Action: "edit_definition", Key: "ai_match_score", Active: &yes}},
		"retyped":  {{Action: "edit_definition", Key: "ai_match_score", Type: "date"}, {Action: "edit_definition", Key: "ai_match_score", Type: "number"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, sandbox.Config{}, nil)
			target := a.target(t)
			if err := a.c.Write(t.Context(), target, assessed()); err != nil {
				t.Fatal(err)
			}
			if err := a.Recruit(deeds[0]); err != nil {
				t.Fatal(err)
			}
			err := a.c.Write(t.Context(), target, fairlead.Values{fairlead.OutScore: {"9"}})
			if fairlead.CodeOf(err) != fairlead.Invalid {
				t.Errorf("%v", err)
			}
			if err := a.Recruit(deeds[1]); err != nil {
				t.Fatal(err)
			}
			if err := a.c.Write(t.Context(), target, fairlead.Values{fairlead.OutScore: {"9"}}); err != nil {
				t.Errorf("put right: %v", err)
			}
		})
	}
	t.Run("renamed", func(t *testing.T) { // the key stays
		a := newAccount(t, sandbox.Config{}, nil)
		target := a.target(t)
		if err := a.Recruit(sandbox.Deed{Action: "edit_definition", Key: "ai_match_score", Name: "Score of the machine"}); err != nil {
			t.Fatal(err)
		}
		if err := a.c.Write(t.Context(), target, assessed()); err != nil {
			t.Errorf("%v", err)
		}
		if now := a.target(t); len(now.Fields) != 4 {
			t.Errorf("%+v", now.Fields)
		}
	})
}

func TestScopes(t *testing.T) {
	without := func(resource string) []string {
		return slices.DeleteFunc(sandbox.LeastScopes(), func(s string) bool { return strings.Contains(s, ":"+resource+":") })
	}
	a := newAccount(t, sandbox.Config{Scopes: without("attachments")}, nil)
	d, err := a.c.Describe(t.Context())
	if err != nil || !slices.Equal(d.Missing, []string{"harvest:attachments:list"}) {
		t.Errorf("%v %v", d.Missing, err)
	}
	if !slices.ContainsFunc(d.Remarks, func(s string) bool {
		return strings.Contains(s, "Manage Scopes") && strings.Contains(s, "harvest:attachments:list")
	}) {
		t.Errorf("%q", d.Remarks)
	}
	if _, err := a.c.Fetch(t.Context(), id(a.made.Application)); fairlead.CodeOf(err) != fairlead.Forbidden || !strings.Contains(fairlead.MessageOf(err), "harvest:attachments:list") {
		t.Errorf("%v", err)
	}
	// Sources are for show.
	a = newAccount(t, sandbox.Config{Scopes: without("sources")}, nil)
	if s, err := a.c.Fetch(t.Context(), id(a.made.Application)); err != nil || s.Application.Source != "" {
		t.Errorf("%+v %v", s.Application, err)
	}
	// Tags decorate; the note is what counts.
	a = newAccount(t, sandbox.Config{WithoutApplicationFields: true, Scopes: slices.DeleteFunc(sandbox.LeastScopes(), func(s string) bool { return strings.Contains(s, "candidate_tags") })}, nil)
	target := a.target(t)
	if err := a.c.Write(t.Context(), target, assessed()); err != nil {
		t.Fatal(err)
	}
	if now, err := a.c.Read(t.Context(), target); err != nil || !now.Values.Equal(assessed()) {
		t.Errorf("%v %v", now.Values, err)
	}
	if strings.Contains(a.log.String(), "Keeps books") || strings.Contains(a.log.String(), clientSecret) {
		t.Error("the log gives values away")
	}
}

// A key told that the account replaces never lets a value vanish, not even for a
// moment, whichever kind the account is.
func TestReplaceSetting(t *testing.T) {
	for _, replaces := range []bool{false, true} {
		a := newAccount(t, sandbox.Config{Replace: replaces}, map[string]string{"custom_fields_patch": "replace"})
		target := a.target(t)
		for _, v := range []fairlead.Values{assessed(), {fairlead.OutScore: {"9"}}} {
			if err := a.c.Write(t.Context(), target, v); err != nil {
				t.Fatal(err)
			}
		}
		want := assessed()
		want[fairlead.OutScore] = fairlead.Value{"9"}
		if now, err := a.c.Read(t.Context(), target); err != nil || !now.Values.Equal(want) {
			t.Errorf("%v %v", now.Values, err)
		}
		j := a.Journal()
		for _, c := range j.History {
			if c.Author == clientID && !slices.Contains(j.OurFields, c.Field) && !strings.HasPrefix(c.Field, ".") {
				t.Errorf("replaces %v: %+v", replaces, c)
			}
			if c.Author == clientID && string(c.New) == "null" {
				t.Errorf("replaces %v: a value of ours vanished: %+v", replaces, c)
			}
		}
	}
}

// The first write of all to an account that replaces is applied, but its answer
// is lost: what it erased comes back all the same.
func TestReplacedBehindALostAnswer(t *testing.T) {
	for _, fault := range []string{sandbox.FaultResetAfterApply, sandbox.FaultFailAfterApply} {
		a := newAccount(t, sandbox.Config{Replace: true}, nil)
		target := a.target(t)
		was, err := a.c.Read(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.SetFault(sandbox.Fault{Kind: fault, Method: "PATCH", Count: 1}); err != nil {
			t.Fatal(err)
		}
		if err := a.c.Write(t.Context(), target, assessed()); fairlead.CodeOf(err) != fairlead.Unavailable {
			t.Errorf("%s: %v", fault, err)
		}
		now, err := a.c.Read(t.Context(), target)
		if err != nil || now.Foreign != was.Foreign || !now.Values.Equal(assessed()) {
			t.Errorf("%s: %v, foreign unchanged: %v, %v", fault, now.Values, now.Foreign == was.Foreign, err)
		}
	}
}

// An application without foreign values teaches the connector at no risk: from
// then on nobody's value is gone even for a moment.
func TestLearnsWithNothingAtStake(t *testing.T) {
	for _, replaces := range []bool{false, true} {
		a := newAccount(t, sandbox.Config{Replace: replaces}, nil)
		target := a.target(t)
		app, err := a.c.Read(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range foreignKeys(t, a) {
			if err := a.Recruit(sandbox.Deed{Action: "set_field", Application: a.made.Application, Key: key, Value: nil}); err != nil {
				t.Fatal(err)
			}
		}
		if now, err := a.c.Read(t.Context(), target); err != nil || now.Foreign == app.Foreign {
			t.Fatalf("nothing was cleared, so this test shows nothing: %v", err)
		}
		if err := a.c.Write(t.Context(), target, assessed()); err != nil {
			t.Fatal(err)
		}
		if now, err := a.c.Read(t.Context(), target); err != nil || !now.Values.Equal(assessed()) {
			t.Errorf("replaces %v: %v %v", replaces, now.Values, err)
		}
		second, err := a.Apply(sandbox.Applicant{Name: "Bo Lee", Job: a.made.Job})
		if err != nil {
			t.Fatal(err)
		}
		target.Application, target.Candidate = id(second.Application), id(second.Candidate)
		was, err := a.c.Read(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.c.Write(t.Context(), target, assessed()); err != nil {
			t.Fatal(err)
		}
		if now, err := a.c.Read(t.Context(), target); err != nil || !now.Values.Equal(assessed()) || now.Foreign != was.Foreign {
			t.Errorf("replaces %v: %v %v", replaces, now.Values, err)
		}
		j := a.Journal()
		patches := 0
		for _, r := range j.Requests {
			if r.Method == http.MethodPatch && strings.HasSuffix(r.Path, string(target.Application)) {
				patches++
			}
		}
		if patches != 1 {
			t.Errorf("replaces %v: %d writes for the second, so the first taught nothing", replaces, patches)
		}
		for _, c := range j.History {
			if c.Author == clientID && !slices.Contains(j.OurFields, c.Field) && !strings.HasPrefix(c.Field, ".") {
				t.Errorf("replaces %v: %+v", replaces, c)
			}
		}
		if !replaces && len(j.Violations) > 0 {
			t.Errorf("%+v", j.Violations)
		}
	}
}

// foreignKeys are the keys the first application holds that are not ours.
func foreignKeys(t *testing.T, a *account) []string {
	t.Helper()
	var view struct {
		Fields map[string]any `json:"fields"`
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_sandbox/applications/"+strconv.FormatInt(a.made.Application, 10), nil))
	if err := json.Unmarshal(w.Body.Bytes(), &view); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(maps.Keys(view.Fields))
}

func TestConfidentialJob(t *testing.T) {
	a := newAccount(t, sandbox.Config{}, nil)
	job, err := a.AddJob(sandbox.Job{Title: "Secret", Description: "x", Confidential: true})
	if err != nil {
		t.Fatal(err)
	}
	made, err := a.Apply(sandbox.Applicant{Name: "Bo Lee", Job: job})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.c.Fetch(t.Context(), id(made.Application))
	if code := fairlead.CodeOf(err); code != fairlead.Forbidden && code != fairlead.NotFound {
		t.Errorf("%v", err)
	}
}
