package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

// TestRealJournal: the judge reads what the simulator really writes. A client
// behaves, and then does each thing it must not; the service's side of the story
// is told by hand. (Test files may import what they judge by; the judge may not.)
func TestRealJournal(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusOK)
	}))
	defer receiver.Close()
	g := sandbox.NewGreenhouse(sandbox.Config{Scopes: append(sandbox.LeastScopes(), "harvest:applications:reject")})
	server := httptest.NewServer(g)
	defer server.Close()
	defer g.Close()
	g.Register(t.Context(), receiver.URL, "s", "new_candidate_application")
	job, err := g.AddJob(sandbox.Job{Title: "Clerk"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := g.Apply(sandbox.Applicant{Name: "Bo Lee", Job: job, Filename: "cv.txt", Resume: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	bearer := mint(t, server.URL)
	call := func(method, path, body string) {
		t.Helper()
		req, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	path := fmt.Sprintf("/v3/applications/%d", made.Application)
	write := func(score int) {
		t.Helper()
		call(http.MethodPatch, path, fmt.Sprintf(`{"custom_fields":[{"name_key":"ai_match_score","value":%d}]}`, score))
	}
	write(86)
	for g.Journal().Deliveries[1].State == "pending" { // the receiver answers at once
		if t.Context().Err() != nil {
			t.Fatal("the webhook was not delivered")
		}
		runtime.Gosched()
	}

	// The service's side: one event, one assessment, one writeback.
	w := &world{connection: object{"type": "connection", "id": "c1", "kind": "greenhouse", "fields": []object{{"output": "match_score", "key": "ai_match_score"}}}}
	for i, d := range g.Journal().Deliveries {
		e := w.event(i, 0, d.Action, "ignored")
		e["delivery_key"], e["body_sha256"] = "greenhouse:"+d.EventID, d.BodySHA256
	}
	app := fmt.Sprint(made.Application)
	w.assessments = append(w.assessments, object{"type": "assessment", "id": "a1", "connection": "c1", "application": app, "candidate": fmt.Sprint(made.Candidate),
		"entry": w.entry("assessment.finished", object{"assessment": "a1"})})
	w.writebacks = append(w.writebacks, object{"type": "writeback", "id": "w1", "assessment": "a1", "connection": "c1", "application": app, "state": "written",
		"intended": object{"match_score": []string{"86"}}, "finished_entry": w.entry("writeback.finished", object{"writeback": "w1", "assessment": "a1", "state": "written"})})
	args := w.write(t)
	judged := func() (int, string) {
		t.Helper()
		raw, err := json.Marshal(g.Journal())
		if err != nil {
			t.Fatal(err)
		}
		args[1] = filepath.Join(t.TempDir(), "journal.json")
		if err := os.WriteFile(args[1], raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return judgeFiles(t, args)
	}
	if status, out := judged(); status != 0 {
		t.Fatalf("a client that behaves: status %d:\n%s", status, out)
	}
	if err := g.Recruit(sandbox.Deed{Action: "set_field", Application: made.Application, Key: "ai_match_score", Value: 40}); err != nil {
		t.Fatal(err)
	}
	if status, out := judged(); status != 0 {
		t.Fatalf("a human's edit is judged: status %d:\n%s", status, out)
	}
	write(12)
	call(http.MethodPatch, path, `{"custom_fields":[{"name_key":"notice_period","value":"none"}]}`)
	call(http.MethodPost, path+"/reject", `{"rejection_reason_id":45000001001}`)
	status, out := judged()
	for _, want := range []string{
		"I2 violated: application " + app + ": field ai_match_score was changed to 12",
		"I3 violated: application " + app + ": we replaced what recruiter had left in ai_match_score",
		"I3 violated: application " + app + ": we changed notice_period",
		"I3 violated: application " + app + ": we changed .status",
		"I7 violated: POST " + path + "/reject decides about a person",
		"I7 violated: foreign_key", "I7 violated: decision",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("status %d, not reported: %s\n%s", status, want, out)
		}
	}
}

func mint(t *testing.T, base string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, base+"/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("fairlead-sandbox-4", "sandbox-secret")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Token
}
