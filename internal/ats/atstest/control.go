package atstest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

// Control is the control surface of a simulated ATS (docs/sandbox.md), which is
// the same for every vendor. Its methods fail the test when the simulator
// refuses.
type Control struct{ Address string }

// Applied says what an application became.
type Applied struct {
	Application int64 `json:"application_id"`
	Candidate   int64 `json:"candidate_id"`
	Job         int64 `json:"job_id"`
}

// Remote is the application as a connector names it.
func (a Applied) Remote() fairlead.RemoteID { return remote(a.Application) }

// RemoteCandidate is the candidate as a connector names them.
func (a Applied) RemoteCandidate() fairlead.RemoteID { return remote(a.Candidate) }

func remote(id int64) fairlead.RemoteID { return fairlead.RemoteID(strconv.FormatInt(id, 10)) }

// View is an application as the simulator shows it to people.
type View struct {
	Candidate int64          `json:"candidate_id"`
	Status    string         `json:"status"`
	Fields    map[string]any `json:"fields"`
	Tags      []string       `json:"tags"`
	Notes     []struct {
		ID         int64  `json:"id"`
		Body       string `json:"body"`
		Visibility string `json:"visibility"`
	} `json:"notes"`
}

// Journal is what the simulator remembers.
type Journal struct {
	Clients   []string `json:"clients"`
	OurFields []string `json:"our_fields"`
	Requests  []struct {
		Author string `json:"author"`
		Method string `json:"method"`
		Path   string `json:"path"`
		Query  string `json:"query"`
		Status int    `json:"status"`
	} `json:"requests"`
	History []struct {
		Object string          `json:"object"`
		ID     int64           `json:"id"`
		Field  string          `json:"field"`
		Author string          `json:"author"`
		Old    json.RawMessage `json:"old"`
		New    json.RawMessage `json:"new"`
	} `json:"history"`
	Violations []struct {
		Kind   string `json:"kind"`
		Method string `json:"method"`
		Path   string `json:"path"`
		Detail string `json:"detail"`
	} `json:"violations"`
	OverLimit int `json:"over_limit"`
}

// Job opens a job.
func (c Control) Job(t testing.TB, title, description string) int64 {
	t.Helper()
	var out struct {
		ID int64 `json:"job_id"`
	}
	c.post(t, "/_sandbox/jobs", map[string]any{"title": title, "description": description}, &out)
	return out.ID
}

// Apply lets somebody apply to a job, with more details as the control surface
// takes them; a resume of a few lines is attached unless more says otherwise.
func (c Control) Apply(t testing.TB, job int64, name string, more map[string]any) Applied {
	t.Helper()
	body := map[string]any{"name": name, "job": strconv.FormatInt(job, 10), "email": "p@example.net", "filename": "resume.txt", "resume": []byte(resumeText)}
	for k, v := range more {
		body[k] = v
	}
	var out Applied
	c.post(t, "/_sandbox/applications", body, &out)
	return out
}

const resumeText = "Seven years of bookkeeping in SAP and Microsoft Excel. CPA since 2016.\n"

// View shows an application.
func (c Control) View(t testing.TB, a Applied) View {
	t.Helper()
	var v View
	c.do(t, http.MethodGet, "/_sandbox/applications/"+strconv.FormatInt(a.Application, 10), nil, &v)
	return v
}

// Human does what a person does in the ATS.
func (c Control) Human(t testing.TB, action string, with map[string]any) {
	t.Helper()
	body := map[string]any{"action": action}
	for k, v := range with {
		body[k] = v
	}
	c.post(t, "/_sandbox/recruiter", body, nil)
}

// Fault sets a fault.
func (c Control) Fault(t testing.TB, kind string, with map[string]any) {
	t.Helper()
	body := map[string]any{"kind": kind}
	for k, v := range with {
		body[k] = v
	}
	c.post(t, "/_sandbox/faults", body, nil)
}

// Heal ends all faults.
func (c Control) Heal(t testing.TB) {
	t.Helper()
	c.do(t, http.MethodDelete, "/_sandbox/faults", nil, nil)
}

// Journal reads the journal.
func (c Control) Journal(t testing.TB) Journal {
	t.Helper()
	var j Journal
	c.do(t, http.MethodGet, "/_sandbox/journal", nil, &j)
	return j
}

// Webhooks has everything delivered to url.
func (c Control) Webhooks(t testing.TB, url, secret string, actions []string) {
	t.Helper()
	c.post(t, "/_sandbox/webhooks", map[string]any{"url": url, "secret": secret, "actions": actions}, nil)
}

func (c Control) post(t testing.TB, path string, body, into any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	c.do(t, http.MethodPost, path, b, into)
}

func (c Control) do(t testing.TB, method, path string, body []byte, into any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.Address+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // read whole
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode > 299 {
		t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, answer, err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
}
