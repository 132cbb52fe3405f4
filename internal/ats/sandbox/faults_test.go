package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

const score86 = `{"custom_fields":[{"name_key":"ai_match_score","value":86},{"name_key":"ai_reasoning","value":"Meets 4 of 5."}]}`

// attempt calls the API and returns the error of a cut connection.
func (a *account) attempt(ctx context.Context, method, path, body string) (int, error) {
	a.t.Helper()
	req := a.request(method, path, body).WithContext(ctx)
	// A connection of its own: a client may try again by itself on a used one.
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func (a *account) last() sandbox.Request {
	requests := a.g.Journal().Requests
	return requests[len(requests)-1]
}

func TestStatusFaults(t *testing.T) {
	a := open(t, sandbox.Config{})
	for _, retryAfter := range []string{"1", "3600", "-5", "Wed, 25 Nov 2026 11:00:00 GMT", "", "soon"} {
		a.control("/_sandbox/faults", map[string]any{"reset": true, "kind": "status", "status": 429, "retry_after": retryAfter, "method": "GET", "path": "/v3/jobs", "skip": 1, "count": 2})
		var got []int
		for range 4 {
			status, _, head := a.api("GET", "/v3/jobs", "")
			got = append(got, status)
			if status == 429 && head.Get("Retry-After") != retryAfter {
				t.Errorf("Retry-After = %q, want %q", head.Get("Retry-After"), retryAfter)
			}
			if head.Get("X-RateLimit-Remaining") == "" {
				t.Error("an answer without rate headers")
			}
		}
		if want := []int{200, 429, 429, 200}; !slices.Equal(got, want) {
			t.Errorf("Retry-After %q: statuses %v, want %v", retryAfter, got, want)
		}
	}
	a.control("/_sandbox/faults", map[string]any{"reset": true, "kind": "status", "status": 503, "path": "/v3/candidates"})
	if status, _, _ := a.api("GET", "/v3/jobs", ""); status != 200 {
		t.Errorf("a fault of another path: status %d", status)
	}
	if status, _, _ := a.api("GET", "/v3/candidates", ""); status != 503 || a.last().Fault != "status" || a.last().Author != client {
		t.Errorf("status %d, journal %+v", status, a.last())
	}
}

// TestPartialWrites: done and not told, told and not done, done in part.
func TestPartialWrites(t *testing.T) {
	a := open(t, sandbox.Config{})
	job := a.job("Clerk")
	for _, c := range []struct {
		fault            map[string]any
		status           int // 0 for a cut connection
		score, reasoning any
	}{
		{map[string]any{"kind": "reset"}, 0, nil, nil},
		{map[string]any{"kind": "status", "status": 500}, 500, nil, nil},
		{map[string]any{"kind": "reset_after_apply"}, 0, 86.0, "Meets 4 of 5."},
		{map[string]any{"kind": "fail_after_apply"}, 500, 86.0, "Meets 4 of 5."},
		{map[string]any{"kind": "fail_after_apply", "status": 504}, 504, 86.0, "Meets 4 of 5."},
		{map[string]any{"kind": "not_applied"}, 200, nil, nil},
		{map[string]any{"kind": "partial_fields"}, 200, 86.0, nil},
		{map[string]any{"kind": "garbage", "variant": "truncated"}, 200, 86.0, "Meets 4 of 5."},
	} {
		made := a.apply(job, "Bo Lee")
		c.fault["method"], c.fault["count"] = "PATCH", 1
		a.control("/_sandbox/faults", c.fault)
		status, err := a.attempt(context.Background(), "PATCH", "/v3/applications/"+id(made.Application), score86)
		if status != c.status || (err != nil) != (c.status == 0) {
			t.Errorf("%v: status %d, error %v", c.fault, status, err)
		}
		if got := a.last(); got.Status != c.status || got.Fault != c.fault["kind"] || got.Author != client {
			t.Errorf("%v: journal %+v", c.fault, got)
		}
		if score, reasoning := a.field(made.Application, "ai_match_score"), a.field(made.Application, "ai_reasoning"); score != c.score || reasoning != c.reasoning {
			t.Errorf("%v: %v, %v; want %v, %v", c.fault, score, reasoning, c.score, c.reasoning)
		}
	}
}

// TestTimeout: no answer until the client has had enough, and nothing done.
func TestTimeout(t *testing.T) {
	a := open(t, sandbox.Config{})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	a.control("/_sandbox/faults", map[string]any{"kind": "timeout", "method": "PATCH", "count": 1})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := a.attempt(ctx, "PATCH", "/v3/applications/"+id(made.Application), score86); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v", err)
	}
	a.control("/_sandbox/faults", map[string]any{"kind": "timeout", "delay": "1ms", "count": 1})
	if status, err := a.attempt(context.Background(), "GET", "/v3/jobs", ""); err == nil {
		t.Errorf("after its delay a timeout still answers: %d", status)
	}
	if got := a.field(made.Application, "ai_match_score"); got != nil {
		t.Errorf("score = %v", got)
	}
}

func TestLatency(t *testing.T) {
	a := open(t, sandbox.Config{Latency: 5 * time.Millisecond})
	began := time.Now()
	a.api("GET", "/v3/jobs", "")
	if took := time.Since(began); took < 5*time.Millisecond {
		t.Errorf("an answer took %v, at least 5 ms were asked for", took)
	}
	a.control("/_sandbox/faults", map[string]any{"kind": "latency", "delay": "20ms", "count": 1})
	began = time.Now()
	a.api("GET", "/v3/jobs", "")
	if took := time.Since(began); took < 25*time.Millisecond {
		t.Errorf("an answer took %v, at least 25 ms were asked for", took)
	}
}

func TestGarbage(t *testing.T) {
	a := open(t, sandbox.Config{})
	a.job("Clerk")
	for variant, valid := range map[string]bool{"html": false, "truncated": false, "empty": false, "nan": false, "deep": false, "wrong_charset": true, "": false} {
		a.control("/_sandbox/faults", map[string]any{"kind": "garbage", "variant": variant, "count": 1})
		status, body, _ := a.api("GET", "/v3/jobs", "")
		var v []any
		if err := json.Unmarshal(body, &v); status != 200 || (err == nil) != valid {
			t.Errorf("%s: status %d, %d bytes: %v", variant, status, len(body), err)
		}
	}
	a.control("/_sandbox/faults", map[string]any{"kind": "garbage", "variant": "huge", "count": 1})
	resp, err := http.DefaultClient.Do(a.request("GET", "/v3/jobs", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n < 100<<20 {
		t.Errorf("huge: %d bytes: %v", n, err)
	}
}

func TestOtherFaults(t *testing.T) {
	a := open(t, sandbox.Config{})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	a.control("/_sandbox/faults", map[string]any{"faults": []map[string]any{
		{"kind": "redacted_candidate", "count": 1}, {"kind": "no_rate_headers", "path": "/v3/sources", "count": 1}, {"kind": "file_stale", "count": 1},
	}})
	if c := a.list("/v3/candidates?ids=" + id(made.Candidate))[0]; len(c) != 2 || c["first_name"] != nil {
		t.Errorf("redacted = %v", c)
	}
	if _, _, head := a.api("GET", "/v3/sources", ""); head.Get("X-RateLimit-Limit") != "" {
		t.Errorf("headers = %v", head)
	}
	link := a.list("/v3/attachments?application_ids=" + id(made.Application))[0]["url"].(string)
	for _, want := range []int{403, 200} {
		resp, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("file: status %d, want %d", resp.StatusCode, want)
		}
	}
}

func TestFaultsEnd(t *testing.T) {
	clock := newClock()
	f := sandbox.NewFaults(clock.now)
	if err := f.Add(sandbox.Fault{Kind: sandbox.FaultReplace, For: "30s"}); err != nil {
		t.Fatal(err)
	}
	clock.advance(29 * time.Second)
	if n := len(f.Active()); n != 1 {
		t.Errorf("active = %d, want 1", n)
	}
	clock.advance(time.Second)
	if n := len(f.Active()); n != 0 {
		t.Errorf("active after its time = %d, want 0", n)
	}
	for _, bad := range []sandbox.Fault{
		{Kind: "nonsense"}, {Kind: sandbox.FaultStatus}, {Kind: sandbox.FaultStatus, Status: 99}, {Kind: sandbox.FaultReplace, Count: -1},
		{Kind: sandbox.FaultReplace, For: "soon"}, {Kind: sandbox.FaultLatency, Delay: "-1s"}, {Kind: sandbox.FaultGarbage, Variant: "nice"},
	} {
		if err := f.Add(bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

// TestEveryFaultIsTold: the page about the sandbox names every kind.
func TestEveryFaultIsTold(t *testing.T) {
	page := readDocs(t)
	for _, kind := range sandbox.FaultKinds() {
		if !strings.Contains(page, "`"+kind+"`") {
			t.Errorf("docs/sandbox.md does not tell of %s", kind)
		}
	}
}
