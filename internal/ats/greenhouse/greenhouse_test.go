package greenhouse

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

func TestNewChecksSettings(t *testing.T) {
	credentials := fairlead.Credentials{"client_id": "id-1", "client_secret": "s"}
	for name, settings := range map[string]map[string]string{
		"http": {"base_url": "http://harvest.greenhouse.io"}, "user": {"base_url": "https://u:p@h"}, "query": {"auth_url": "https://h?x"}, "no address": {"base_url": "::"},
		"no host": {"base_url": "https://"}, "file": {"base_url": "file:///etc"}, "user name": {"acting_user": "ana"}, "unknown": {"bas_url": "https://h"},
		"private": {"allow_private": "yes"}, "patch": {"custom_fields_patch": "both"},
	} {
		if _, err := New(fairlead.Connection{Settings: settings, Credentials: credentials}, ats.Env{}); fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []fairlead.Credentials{nil, {"client_id": "x"}, {"client_secret": "x"}} {
		if _, err := New(fairlead.Connection{Credentials: c}, ats.Env{}); fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("%v: %v", c, err)
		}
	}
	g, err := New(fairlead.Connection{Credentials: credentials, Settings: map[string]string{"base_url": "https://h/gh/v3/", "auth_url": "https://h/auth/token"}}, ats.Env{})
	if err != nil || g.set.api.String() != "https://h/gh" || g.tokens.url != "https://h/auth/token" {
		t.Errorf("%v %v", g, err)
	}
}

// TestOutOfReach: what would decide about a person cannot leave, and neither can
// anything that is not ours (promise I7).
func TestOutOfReach(t *testing.T) {
	var sent atomic.Int64
	g := stub(t, func(w http.ResponseWriter, _ *http.Request) { sent.Add(1); _, _ = io.WriteString(w, "{}") })
	ctx := ats.WithPermit(t.Context(), ats.Permit{Fields: fairlead.FieldMap{{Key: "ours"}}})
	ours := map[string]any{"custom_fields": []any{map[string]any{"name_key": "ours", "value": 1}}}
	for _, c := range []struct {
		method, path string
		body         any
	}{
		{"POST", "/v3/applications/1/move", map[string]any{"from_stage_id": 1}}, {"POST", "/v3/applications/1/reject", map[string]any{"rejection_reason_id": 1}},
		{"POST", "/v3/applications/1/unreject", map[string]any{}}, {"POST", "/v3/applications/1/hire", map[string]any{}}, {"POST", "/v3/applications/1/convert_to_candidate", map[string]any{}},
		{"DELETE", "/v3/applications/1", nil}, {"DELETE", "/v3/candidates/1", nil}, {"POST", "/v3/candidates/1/merge", map[string]any{}}, {"PATCH", "/v3/candidates/1/anonymize", map[string]any{}},
		{"PATCH", "/v3/candidates/1", ours}, {"POST", "/v3/applications", ours}, {"POST", "/v3/attachments", map[string]any{}}, {"DELETE", "/v3/attachments/1", nil},
		{"PATCH", "/v3/rejection_details/1", ours}, {"PATCH", "/v3/jobs/1", ours}, {"DELETE", "/v3/notes/1", nil}, {"DELETE", "/v3/candidate_tags/1", nil},
		{"GET", "/v3/eeoc", nil}, {"GET", "/v3/demographic_answers", nil}, {"GET", "/v3/users", nil},
		{"PATCH", "/v3/applications/1", map[string]any{"recruiter_id": 1}}, {"PATCH", "/v3/applications/1", map[string]any{"custom_fields": []any{}}},
		{"PATCH", "/v3/applications/1", map[string]any{"custom_fields": []any{map[string]any{"name_key": "theirs", "value": 1}}}},
		{"PATCH", "/v3/applications/1", map[string]any{"custom_fields": []any{map[string]any{"custom_field_id": 4, "value": 1}}}},
		{"PATCH", "/v3/applications/1", map[string]any{"custom_fields": []any{map[string]any{"name_key": "ours", "value": 1, "delete_value": "true"}}}},
		{"PATCH", "/v3/applications/1", map[string]any{"custom_fields": map[string]any{"ours": 1}}},
		{"POST", "/v3/notes", map[string]any{"candidate_id": 1, "body": ats.ComposeNote(nil, "1", ""), "visibility": "public", "note_type": "NOTE"}},
		{"POST", "/v3/notes", map[string]any{"candidate_id": 1, "body": "Rejected.", "visibility": "private", "note_type": "NOTE"}},
		{"POST", "/v3/notes", map[string]any{"candidate_id": 1, "body": ats.ComposeNote(nil, "1", ""), "visibility": "private", "note_type": "EMAIL", "subject": "x"}},
		{"POST", "/v3/candidate_tags", map[string]any{"name": "Do not hire"}},
	} {
		if _, err := g.call(ctx, c.method, g.address(c.path, nil), c.body); fairlead.CodeOf(err) != fairlead.Forbidden {
			t.Errorf("%s %s %v: %v", c.method, c.path, c.body, err)
		}
	}
	if sent.Load() != 0 || g.Refused() != 30 {
		t.Errorf("%d left, %d refused", sent.Load(), g.Refused())
	}
	if _, err := g.call(ctx, "PATCH", g.address("/v3/applications/1", nil), ours); err != nil {
		t.Errorf("our own write: %v", err)
	}
}

// stub is a connector to a handler; tokens are given out beside it.
func stub(t *testing.T, handler http.HandlerFunc) *Connector {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			_, _ = io.WriteString(w, `{"access_token":"token","expires_in":3600}`)
			return
		}
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	g, err := New(fairlead.Connection{
		Settings:    map[string]string{"base_url": server.URL, "auth_url": server.URL, "allow_private": "true"},
		Credentials: fairlead.Credentials{"client_id": "id-1", "client_secret": "client-secret"},
	}, ats.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestListFollowsOnlyItsOwnHost(t *testing.T) {
	for name, link := range map[string]string{
		"host": "https://evil.example/v3/jobs?cursor=a", "other path": "/v3/eeoc?cursor=a", "no cursor": "/v3/jobs?page=2", "scheme": "ftp://x/v3/jobs?cursor=a", "user": "http://u@%s/v3/jobs?cursor=a", "none": "::",
	} {
		g := stub(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "<"+link+`>; rel="next"`)
			_, _ = io.WriteString(w, "[]")
		})
		if _, err := g.list(t.Context(), "/v3/jobs", nil); fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	pages := 0
	g := stub(t, func(w http.ResponseWriter, r *http.Request) {
		if pages++; r.URL.Query().Has("cursor") && len(r.URL.Query()) != 1 {
			t.Errorf("a cursor in company: %s", r.URL.RawQuery)
		}
		if pages < 3 {
			w.Header().Set("Link", `</v3/jobs?cursor=a`+strconv.Itoa(pages)+`>; rel="next"`)
		}
		_, _ = io.WriteString(w, `[{"id":`+strconv.Itoa(pages)+`}]`)
	})
	if rows, err := g.list(t.Context(), "/v3/jobs", nil); err != nil || len(rows) != 3 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	endless := stub(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", `</v3/jobs?cursor=a>; rel="next"`)
		_, _ = io.WriteString(w, `[{"id":1}]`)
	})
	if _, err := endless.list(t.Context(), "/v3/jobs", nil); fairlead.CodeOf(err) != fairlead.Invalid {
		t.Errorf("a list without end: %v", err)
	}
}

// Error bodies may repeat what was sent, and the token endpoint repeats the
// client id.
func TestErrorsKeepQuiet(t *testing.T) {
	g := stub(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"message":"Unprocessable","errors":["Maya Ito keeps books",{"custom_fields":"Maya Ito"},{"a@b":"x"}]}`)
	})
	ctx := ats.WithPermit(t.Context(), ats.Permit{Fields: fairlead.FieldMap{{Key: "ours"}}})
	_, err := g.patchFields(ctx, ats.Target{Application: "1", Fields: fairlead.FieldMap{{Key: "ours"}}}, []element{{"ours", json.RawMessage(`"Maya Ito"`)}}, nil)
	if fairlead.CodeOf(err) != fairlead.Invalid || strings.Contains(err.Error(), "Maya") || strings.Contains(err.Error(), "a@b") || !strings.Contains(err.Error(), "custom_fields") {
		t.Errorf("%v", err)
	}
	for _, answer := range []string{`{"message":"client_id=id-1 does not contain a valid client ID suffix"}`, `{"error":"invalid_client"}`, ``, `<html>id-1 client-secret</html>`} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, answer)
		}))
		defer server.Close()
		g, _ := New(fairlead.Connection{Settings: map[string]string{"auth_url": server.URL, "allow_private": "true"}, Credentials: fairlead.Credentials{"client_id": "id-1", "client_secret": "client-secret"}}, ats.Env{})
		_, err := g.tokens.get(t.Context(), "")
		if fairlead.CodeOf(err) != fairlead.Unauthenticated || strings.Contains(err.Error(), "id-1") || strings.Contains(err.Error(), "client-secret") {
			t.Errorf("%v", err)
		}
	}
}

// fakeTokens is a token endpoint that counts, for tests with a fake clock.
type fakeTokens struct {
	mu      sync.Mutex
	minted  int
	answer  func(n int) (int, string)
	pending time.Duration
}

func (f *fakeTokens) RoundTrip(*http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.minted++
	status, body := f.answer(f.minted)
	f.mu.Unlock()
	time.Sleep(f.pending)
	return &http.Response{StatusCode: status, Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func tokenConnector(t *testing.T, f *fakeTokens) *tokens {
	t.Helper()
	g, err := New(fairlead.Connection{Credentials: fairlead.Credentials{"client_id": "id-1", "client_secret": "s"}}, ats.Env{Transport: f})
	if err != nil {
		t.Fatal(err)
	}
	return g.tokens
}

func TestTokens(t *testing.T) {
	numbered := func(expiry func(time.Time) string) func(int) (int, string) {
		return func(n int) (int, string) {
			return 200, `{"token_type":"Bearer","access_token":"t` + strconv.Itoa(n) + `",` + expiry(time.Now()) + `}`
		}
	}
	for name, expiry := range map[string]func(time.Time) string{
		"in": func(time.Time) string { return `"expires_in":3600` }, "in as text": func(time.Time) string { return `"expires_in":"3600"` },
		"at": func(now time.Time) string {
			return `"expires_at":"` + now.Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z") + `"`
		},
		"neither": func(time.Time) string { return `"x":1` },
		"both": func(now time.Time) string {
			return `"expires_in":1,"expires_at":"` + now.Add(time.Hour).UTC().Format(time.RFC3339) + `"`
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeTokens{answer: numbered(expiry), pending: time.Second}
			k := tokenConnector(t, f)
			get := func(stale, want string) {
				t.Helper()
				if got, err := k.get(t.Context(), stale); err != nil || got != want {
					t.Errorf("%s: %q, want %q, %v", name, got, want, err)
				}
			}
			var wait sync.WaitGroup
			for range 50 { // all at once: one is minted
				wait.Go(func() { get("", "t1") })
			}
			wait.Wait()
			time.Sleep(58 * time.Minute)
			get("", "t1")
			time.Sleep(61 * time.Second) // less than a minute is left
			get("", "t2")
			for range 50 { // all were refused the same token: one is minted
				wait.Go(func() { get("t2", "t3") })
			}
			wait.Wait()
			get("t2", "t3") // a late one that still holds the old
			if f.minted != 3 {
				t.Errorf("%s: minted %d", name, f.minted)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		f := &fakeTokens{answer: func(int) (int, string) { return 401, `{"error":"invalid_client"}` }}
		k := tokenConnector(t, f)
		for range 100 {
			if _, err := k.get(t.Context(), ""); fairlead.CodeOf(err) != fairlead.Unauthenticated {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if f.minted > 5 {
			t.Errorf("wrong credentials were tried %d times in 100 s", f.minted)
		}
	})
	synctest.Test(t, func(t *testing.T) { // who gives up does not take the others with them
		f := &fakeTokens{answer: numbered(func(time.Time) string { return `"expires_in":3600` }), pending: time.Second}
		k := tokenConnector(t, f)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { _, err := k.get(ctx, ""); done <- err }()
		synctest.Wait()
		go func() { _, err := k.get(t.Context(), ""); done <- err }()
		synctest.Wait()
		cancel()
		if err := <-done; fairlead.CodeOf(err) != fairlead.Unavailable {
			t.Errorf("cancelled: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("the other: %v", err)
		}
	})
}

func TestGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var calls [][]string
		g := &gather{load: func(_ context.Context, ids []string) (map[string][]row, error) {
			mu.Lock() // full batches run side by side
			calls = append(calls, ids)
			mu.Unlock()
			time.Sleep(50 * time.Millisecond)
			out := map[string][]row{}
			for _, id := range ids {
				if id != "404" {
					out[id] = []row{row(id)}
				}
			}
			return out, nil
		}}
		var wait sync.WaitGroup
		ask := func(id string) {
			wait.Go(func() {
				rows, err := g.get(t.Context(), id)
				if err != nil || id != "404" && string(rows[0]) != id || id == "404" && rows != nil {
					t.Errorf("%s: %q %v", id, rows, err)
				}
			})
		}
		for i := range 120 {
			ask(strconv.Itoa(1000 + i%60)) // everybody twice
		}
		ask("404")
		wait.Wait()
		if len(calls) < 2 || len(calls) > 3 {
			t.Errorf("%d calls for 61 ids", len(calls))
		}
		for _, c := range calls {
			if len(c) > gatherMax {
				t.Errorf("%d ids in a call", len(c))
			}
		}
		// Fresh: a call that is under way takes nobody in.
		calls = nil
		ask("1")
		time.Sleep(gatherWindow + 10*time.Millisecond)
		ask("1")
		wait.Wait()
		if len(calls) != 2 {
			t.Errorf("%d calls: the second read was answered by one that began before it", len(calls))
		}
	})
	synctest.Test(t, func(t *testing.T) { // the call ends when nobody waits
		ended := false
		g := &gather{load: func(ctx context.Context, _ []string) (map[string][]row, error) {
			<-ctx.Done()
			ended = true
			return nil, ctx.Err()
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.get(ctx, "1"); fairlead.CodeOf(err) != fairlead.Unavailable {
			t.Error(err)
		}
		synctest.Wait()
		if !ended {
			t.Error("a call nobody waits for goes on")
		}
	})
}
