package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"
)

func fuzzAccount(f *testing.F) (*Greenhouse, string) {
	f.Helper()
	g := NewGreenhouse(Config{RateLimit: 1 << 40, BaseURL: "https://gh.example"})
	f.Cleanup(g.Close)
	job, err := g.AddJob(Job{Title: "Clerk"})
	if err != nil {
		f.Fatal(err)
	}
	for range 3 {
		if _, err := g.Apply(Applicant{Name: "Bo Lee", Job: job}); err != nil {
			f.Fatal(err)
		}
	}
	g.mu.Lock()
	g.live["t"] = token{client: "fuzz-1", scopes: g.c.Scopes, expires: g.c.Now().Add(24 * time.Hour)}
	g.mu.Unlock()
	return g, "t"
}

// FuzzQuery: any query of a list is answered with rows or refused with 422, and
// the next link that an answer gives works.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		"per_page=1", "per_page=501", "ids=1,2,3", "ids=", "status=active", "updated_at=gte%7C2026-11-01T00:00:00Z",
		"created_at=gt|2026-11-01|lte|2026-12-01", "fields=id,status", "cursor=eyJyIjoiYXBwbGljYXRpb25zIn0", "a;b=%zz", "updated_at[gte]=x",
	} {
		f.Add(s)
	}
	g, bearer := fuzzAccount(f)
	f.Fuzz(func(t *testing.T, raw string) {
		get := func(raw string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, "/v3/applications", nil)
			r.URL = &url.URL{Path: "/v3/applications", RawQuery: raw}
			r.Header.Set("Authorization", "Bearer "+bearer)
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			return w
		}
		w := get(raw)
		var v any
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		if w.Code != http.StatusOK && w.Code != http.StatusUnprocessableEntity {
			t.Fatalf("%q: status %d", raw, w.Code)
		}
		if link := w.Header().Get("Link"); link != "" {
			u, err := url.Parse(link[1 : len(link)-len(`>; rel="next"`)])
			if err != nil {
				t.Fatalf("%q: next link: %v", raw, err)
			}
			if next := get(u.RawQuery); next.Code != http.StatusOK {
				t.Fatalf("%q: its next page: status %d: %s", raw, next.Code, next.Body)
			}
		}
	})
}

// FuzzCursor: a cursor is ours and survives a round trip, or is refused.
func FuzzCursor(f *testing.F) {
	f.Add(cursor{Resource: "applications", Query: "per_page=2", After: 7}.String())
	f.Add("")
	f.Add("e30")
	f.Add("eyJyIjoiam9icyIsInEiOiIiLCJhIjoxfQ==")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseCursor("applications", s)
		if err != nil {
			return
		}
		again, err := parseCursor("applications", c.String())
		if err != nil || again != c || c.After <= 0 {
			t.Fatalf("%q: %+v, again %+v: %v", s, c, again, err)
		}
	})
}

// FuzzCustomFields: any body of a PATCH is applied or refused, and what is
// applied to the score is a number.
func FuzzCustomFields(f *testing.F) {
	for _, s := range []string{
		`{"custom_fields":[{"name_key":"ai_match_score","value":86}]}`, `{"custom_fields":[{"name_key":"ai_match_score","value":1e400}]}`,
		`{"custom_fields":[{"custom_field_id":33000001003,"value":null}]}`, `{"custom_fields":{}}`, `[`, `{"custom_fields":[[[[]]]]}`,
		`{"custom_fields":[{"name_key":"expected_salary","value":{"amount":1,"currency_code":"EUR"}}]}`,
	} {
		f.Add([]byte(s))
	}
	g, bearer := fuzzAccount(f)
	app := slices.Max(g.state.tables["applications"].order)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPatch, "/v3/applications/"+id64(app), nil)
		r.Body = http.NoBody
		if len(body) > 0 {
			r.Body = readCloser(body)
		}
		r.Header.Set("Authorization", "Bearer "+bearer)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if !slices.Contains([]int{200, 400, 422}, w.Code) || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%q: status %d: %s", body, w.Code, w.Body)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		switch v := g.state.get("applications", app).custom["ai_match_score"].(type) {
		case nil, json.Number:
		default:
			t.Fatalf("%q: the score is %T", body, v)
		}
	})
}

func id64(n int64) string { return strconv.FormatInt(n, 10) }

func readCloser(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }
