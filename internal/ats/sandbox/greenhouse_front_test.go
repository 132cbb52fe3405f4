package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func TestTokenErrors(t *testing.T) {
	a := open(t, sandbox.Config{})
	grant := func(v string) url.Values { return url.Values{"grant_type": {v}} }
	for _, c := range []struct {
		name, id, secret string
		form             url.Values
		status           int
		says             string
	}{
		{"no credential", "", "", grant("client_credentials"), 401, `"message":"Unauthorized"`},
		{"id without a suffix echoes the id", "nonsense", "x", grant("client_credentials"), 400, "client_id=nonsense does not contain a valid client ID suffix"},
		{"unknown id", "other-9", "x", grant("client_credentials"), 401, `"error":"invalid_client"`},
		{"wrong secret", "fairlead-sandbox-4", "x", grant("client_credentials"), 401, `"error":"invalid_client"`},
		{"no grant", "fairlead-sandbox-4", "sandbox-secret", url.Values{}, 400, "must include `grant_type`"},
		{"unknown grant", "fairlead-sandbox-4", "sandbox-secret", grant("password"), 400, "authorization_code, refresh_token, client_credentials"},
		{"unknown acting user", "fairlead-sandbox-4", "sandbox-secret", url.Values{"grant_type": {"client_credentials"}, "sub": {"5"}}, 400, "sub is not a user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body, _ := a.tokenRequest(c.id, c.secret, c.form)
			if status != c.status || !strings.Contains(string(body), c.says) {
				t.Errorf("status %d, want %d with %q: %s", status, c.status, c.says, body)
			}
		})
	}
}

func TestTokenAnswer(t *testing.T) {
	clock := newClock()
	a := open(t, sandbox.Config{Now: clock.now})
	read := func() map[string]any {
		_, body, _ := a.tokenRequest("fairlead-sandbox-4", "sandbox-secret", url.Values{"grant_type": {"client_credentials"}})
		var out map[string]any
		if err := json.Unmarshal(body, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	out := read()
	if out["token_type"] != "Bearer" || out["expires_in"] != 3600.0 || out["expires_at"] != "2026-11-23T11:00:00Z" {
		t.Errorf("token answer = %v", out)
	}
	if parts := strings.Split(out["access_token"].(string), "."); len(parts) != 3 {
		t.Errorf("the token does not look like a JWT: %v", out["access_token"])
	}
	a.control("/_sandbox/faults", map[string]any{"kind": "only_expires_at", "count": 1})
	if out = read(); out["expires_in"] != nil || out["expires_at"] == nil {
		t.Errorf("only_expires_at: %v", out)
	}
	a.control("/_sandbox/faults", map[string]any{"kind": "only_expires_in", "count": 1})
	if out = read(); out["expires_in"] == nil || out["expires_at"] != nil {
		t.Errorf("only_expires_in: %v", out)
	}
	if status, _, _ := a.api("GET", "/v3/jobs", ""); status != 200 {
		t.Errorf("an older token is refused: %d", status)
	}
	a.control("/_sandbox/faults", map[string]any{"kind": "new_token_revokes", "count": 1})
	read()
	if status, _, _ := a.api("GET", "/v3/jobs", ""); status != 401 {
		t.Errorf("new_token_revokes left the old token alive: %d", status)
	}
	a.token = a.mint("")
	clock.advance(time.Hour)
	if status, _, _ := a.api("GET", "/v3/jobs", ""); status != 401 {
		t.Errorf("an expired token is accepted: %d", status)
	}
	a.token = a.mint("")
	a.control("/_sandbox/faults", map[string]any{"kind": "revoke_tokens"})
	if status, _, _ := a.api("GET", "/v3/jobs", ""); status != 401 {
		t.Errorf("a revoked token is accepted: %d", status)
	}
}

// TestOrderOfRefusals: unknown path before token, token before scope, scope
// before the request itself.
func TestOrderOfRefusals(t *testing.T) {
	a := open(t, sandbox.Config{})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	good := a.token
	for _, c := range []struct {
		method, path, token string
		status              int
		says                string
	}{
		{"GET", "/v3/nothing", "", 404, `"message":"Resource not found"`},
		{"GET", "/v3/applications/" + id(made.Application), good, 404, "Resource not found"},
		{"GET", "/v3/candidates/" + id(made.Candidate), good, 404, "Resource not found"},
		{"PUT", "/v3/applications/" + id(made.Application), good, 404, "Resource not found"},
		{"DELETE", "/v3/notes/1", good, 404, "Resource not found"},
		{"PATCH", "/v3/applications/x", good, 404, "Resource not found"},
		{"GET", "/v3/applications", "wrong", 401, "Token could not be decoded. Please ensure your token is from a trusted source."},
		{"GET", "/v3/applications?bad=1", "wrong", 401, "Unauthorized"},
		{"GET", "/v3/user_roles?bad=1", good, 403, `"message":"Forbidden"`},
		{"GET", "/v3/eeoc", good, 403, "Forbidden"},
		{"PATCH", "/v3/candidates/" + id(made.Candidate), good, 403, "Forbidden"},
		{"GET", "/v3/applications?bad=1", good, 422, `"message":"Unprocessable Content"`},
	} {
		a.token = c.token
		status, body, head := a.api(c.method, c.path, "")
		if status != c.status || !strings.Contains(string(body), c.says) {
			t.Errorf("%s %s: status %d, want %d with %q: %s", c.method, c.path, status, c.status, c.says, body)
		}
		for _, h := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
			if head.Get(h) == "" {
				t.Errorf("%s %s: no %s", c.method, c.path, h)
			}
		}
	}
}

// TestActingUser: reads need a site admin.
func TestActingUser(t *testing.T) {
	a := open(t, sandbox.Config{})
	a.token = a.mint("4280001")
	users := a.list("/v3/users")
	if len(users) != 2 { // the service account hides
		t.Fatalf("users = %v", users)
	}
	if all := a.list("/v3/users?show_service_accounts=true"); len(all) != 3 {
		t.Errorf("users with service accounts = %d, want 3", len(all))
	}
	a.token = a.mint("4280002")
	if status, _, _ := a.api("GET", "/v3/users", ""); status != 403 {
		t.Errorf("a user who is no site admin may read: %d", status)
	}
}

func TestRateWindow(t *testing.T) {
	clock := newClock()
	a := open(t, sandbox.Config{Now: clock.now, RateLimit: 3})
	clock.advance(10 * time.Second)
	for i := range 3 {
		status, _, head := a.api("GET", "/v3/jobs", "")
		if status != 200 || head.Get("X-RateLimit-Limit") != "3" || head.Get("X-RateLimit-Remaining") != strconv.Itoa(2-i) {
			t.Errorf("request %d: status %d, headers %v", i, status, head)
		}
		if want := strconv.FormatInt(time.Date(2026, 11, 23, 10, 0, 30, 0, time.UTC).Unix(), 10); head.Get("X-RateLimit-Reset") != want {
			t.Errorf("reset = %s, want %s", head.Get("X-RateLimit-Reset"), want)
		}
	}
	status, _, head := a.api("GET", "/v3/jobs", "")
	if status != 429 || head.Get("Retry-After") != "20" || head.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("over the limit: status %d, headers %v", status, head)
	}
	clock.advance(20 * time.Second)
	if status, _, _ := a.api("GET", "/v3/jobs", ""); status != 200 {
		t.Errorf("the next window: status %d", status)
	}
	if n := a.g.Journal().OverLimit; n != 1 {
		t.Errorf("over_limit = %d, want 1", n)
	}
}

func TestTokenRateLimit(t *testing.T) {
	clock := newClock()
	a := open(t, sandbox.Config{Now: clock.now, TokenRateLimit: 2})
	a.mint("")
	status, _, head := a.tokenRequest("fairlead-sandbox-4", "sandbox-secret", url.Values{"grant_type": {"client_credentials"}})
	if status != 429 || head.Get("Retry-After") != "60" {
		t.Errorf("third token in a minute: status %d, Retry-After %q", status, head.Get("Retry-After"))
	}
	clock.advance(time.Minute)
	a.mint("")
}

func TestPages(t *testing.T) {
	a := open(t, sandbox.Config{})
	job := a.job("Clerk")
	for i := range 5 {
		a.apply(job, fmt.Sprintf("Person %d", i))
	}
	var ids []int64
	next := "/v3/applications?per_page=2&job_ids=" + id(job)
	for pages := 1; next != ""; pages++ {
		status, body, head := a.api("GET", next, "")
		if status != 200 || pages > 3 {
			t.Fatalf("page %d: status %d", pages, status)
		}
		var rows []struct {
			ID int64 `json:"id"`
		}
		if err := json.Unmarshal(body, &rows); err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		link := head.Get("Link")
		if link == "" {
			break
		}
		target, rel, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">; ")
		if rel != `rel="next"` || !strings.HasPrefix(target, a.url+"/v3/applications?cursor=") {
			t.Fatalf("Link = %q", link)
		}
		if u, err := url.Parse(target); err != nil || len(u.Query()) != 1 {
			t.Fatalf("the next link has more than a cursor: %q", target)
		}
		if status, body, _ := a.api("GET", target+"&per_page=2", ""); status != 422 || !strings.Contains(string(body), "When passing a cursor, do not include other query params.") {
			t.Errorf("cursor with another parameter: status %d: %s", status, body)
		}
		if status, _, _ := a.api("GET", strings.Replace(target, "applications", "jobs", 1), ""); status != 422 {
			t.Errorf("a cursor of another resource: status %d", status)
		}
		next = target
	}
	if len(ids) != 5 || !slices.IsSortedFunc(ids, func(x, y int64) int { return int(y - x) }) {
		t.Errorf("ids = %v, want five, descending", ids)
	}
	if status, body, head := a.api("GET", "/v3/applications?ids=1", ""); status != 200 || string(body) != "[]\n" || head.Get("Link") != "" {
		t.Errorf("a missing record: status %d: %s", status, body)
	}
}

func TestQueryRefusals(t *testing.T) {
	a := open(t, sandbox.Config{})
	a.apply(a.job("Clerk"), "Bo Lee")
	fifty := strings.Repeat("1,", 49) + "1"
	for query, says := range map[string]string{
		"applications?per_page=600":                         "`600` number is greater than: 500",
		"applications?per_page=0":                           "number is less than: 1",
		"applications?per_page=x":                           "is not a number",
		"applications?ids=" + fifty + ",1":                  "size cannot be greater than 50",
		"applications?candidate_ids=" + fifty + ",1":        "size cannot be greater than 50",
		"applications?ids=x":                                "is not a number",
		"applications?ids=1&ids=2":                          "more than once",
		"applications?status=in_process":                    "active, rejected, hired, converted",
		"applications?job_id=1":                             "is not a supported parameter",
		"candidates?job_ids=1":                              "is not a supported parameter",
		"applications?updated_at=2026-11-01T00:00:00Z":      "must look like",
		"applications?updated_at=eq%7C2026-11-01T00:00:00Z": "must look like",
		"applications?updated_at=gte%7Cyesterday":           "must look like",
		"applications?updated_at[gte]=2026-11-01T00:00:00Z": "is not a supported parameter",
		"applications?created_at=gte%7C2026-11-01T00:00:00Z&updated_at=gte%7C2026-11-01": "Do not combine",
		"applications?fields=id,nonsense":                                                "`nonsense` is not a property",
		"applications?prospect=yes":                                                      "is not true or false",
		"attachments?type=cv":                                                            "is not one of",
		"applications?cursor=nonsense":                                                   "cursor",
		"applications?cursor=":                                                           "cursor",
		"custom_fields?field_type=applications":                                          "is not one of",
		"applications?a;b=%zz":                                                           "malformed",
	} {
		status, body, _ := a.api("GET", "/v3/"+query, "")
		var out struct {
			Message string            `json:"message"`
			Errors  []json.RawMessage `json:"errors"`
		}
		if err := json.Unmarshal(body, &out); err != nil {
			t.Errorf("%s: %v: %s", query, err, body)
		}
		if status != 422 || out.Message != "Unprocessable Content" || len(out.Errors) != 1 || !strings.Contains(string(out.Errors[0]), says) {
			t.Errorf("%s: status %d, want 422 with %q: %s", query, status, says, body)
		}
	}
	if status, body, _ := a.api("GET", "/v3/applications?ids="+fifty, ""); status != 200 {
		t.Errorf("fifty ids: status %d: %s", status, body)
	}
	if status, _, _ := a.api("GET", "/v3/applications", "{}"); status != 422 {
		t.Errorf("a GET with a body: status %d", status)
	}
}

func TestFilters(t *testing.T) {
	clock := newClock()
	a := open(t, sandbox.Config{Now: clock.now, RateLimit: 1000})
	job := a.job("Clerk")
	first := a.apply(job, "First Person")
	clock.advance(time.Hour)
	second := a.apply(job, "Second Person")
	if err := a.g.Recruit(sandbox.Deed{Action: "reject", Application: second.Application}); err != nil {
		t.Fatal(err)
	}
	a.token = a.mint("")
	app := a.list("/v3/applications?ids=" + id(first.Application))[0]
	stage, definition := int64(app["stage_id"].(float64)), int64(app["job_interview_stage_id"].(float64))
	if stage == definition {
		t.Fatal("the two stage ids are the same")
	}
	for query, want := range map[string]int{
		"applications?status=active":                                                     1,
		"applications?status=rejected":                                                   1,
		"applications?stage_ids=" + id(stage):                                            1,
		"applications?stage_ids=" + id(definition):                                       0, // silently none, as measured
		"applications?job_interview_stage_ids=" + id(definition):                         2,
		"applications?candidate_ids=" + id(first.Candidate) + "," + id(second.Candidate): 2,
		"applications?candidate_ids=" + id(first.Candidate) + "&job_ids=" + id(job):      1,
		"applications?created_at=gt%7C2026-11-23T10:00:00Z":                              1,
		"applications?created_at=gte%7C2026-11-23T10:00:00Z":                             2,
		"applications?created_at=gte|2026-11-23T10:00:00Z|lt|2026-11-23T11:00:00Z":       1,
		"applications?updated_at=lte%7C2026-11-23T10:30:00.000Z":                         1,
		"applications?last_activity_at=gt%7C2026-11-23T10:30:00%2B00:00":                 1,
		"applications?prospect=true":                                                     0,
		"applications?job_post_ids=1":                                                    0,
		"application_stages?application_ids=" + id(first.Application) + "&current=true":  1,
		"job_interview_stages?job_ids=" + id(job) + "&active=true":                       4,
		"job_posts?job_ids=" + id(job) + "&live=true&internal=false":                     1,
		"jobs?status=open":  1,
		"jobs?status=draft": 0,
		"custom_fields?field_type=application&active=true":                                9,
		"custom_fields?field_type=application":                                            10,
		"custom_fields?name_key=ai_match_score":                                           1,
		"custom_field_options?custom_field_key=phone_screen":                              3,
		"candidates?email=SOMEONE@mail.example":                                           2,
		"candidates?tag=Ruby":                                                             0,
		"notes?application_ids=" + id(first.Application) + "&visibility=publicly_visible": 1,
		"attachments?candidate_ids=" + id(first.Candidate) + "&type=resume":               1,
		"attachments?candidate_ids=" + id(first.Candidate) + "&type=cover_letter":         0,
		"sources?ids=40000000016":                                                         1,
	} {
		if got := len(a.list("/v3/" + query)); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	row := a.list("/v3/applications?fields=id,status&ids=" + id(first.Application))[0]
	if len(row) != 2 || row["status"] != "in_process" {
		t.Errorf("projection = %v", row)
	}
	a.control("/_sandbox/faults", map[string]any{"kind": "brackets", "count": 1})
	if got := len(a.list("/v3/applications?updated_at[gte]=2026-11-23T10:30:00Z")); got != 1 {
		t.Errorf("brackets when allowed: %d rows, want 1", got)
	}
}

func TestHiddenFromTheActingUser(t *testing.T) {
	for sees, want := range map[bool]int{false: 0, true: 1} {
		a := open(t, sandbox.Config{SeesPrivate: sees})
		job := a.job("Clerk")
		secret, err := a.g.AddJob(sandbox.Job{Title: "Chief", Confidential: true})
		if err != nil {
			t.Fatal(err)
		}
		private, err := a.g.Apply(sandbox.Applicant{Name: "Secret Person", Job: job, Private: true})
		if err != nil {
			t.Fatal(err)
		}
		hidden := a.apply(secret, "Bo Lee")
		for _, query := range []string{"candidates?ids=" + id(private.Candidate), "applications?ids=" + id(private.Application), "applications?ids=" + id(hidden.Application), "jobs?ids=" + id(secret), "attachments?application_ids=" + id(hidden.Application) + "&type=resume"} {
			if got := len(a.list("/v3/" + query)); got != want {
				t.Errorf("sees private %v: %s: %d rows, want %d", sees, query, got, want)
			}
		}
	}
}

func TestFileLinks(t *testing.T) {
	clock := newClock()
	a := open(t, sandbox.Config{Now: clock.now})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	link := a.list("/v3/attachments?application_ids=" + id(made.Application))[0]["url"].(string)
	get := func(link, authorization string) (int, string) {
		req, err := http.NewRequest(http.MethodGet, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		status, body, _ := a.do(req)
		return status, string(body)
	}
	if status, body := get(link, ""); status != 200 || body != "Go since 2015" {
		t.Errorf("plain: status %d: %s", status, body)
	}
	if status, body := get(link, "Bearer "+a.token); status != 400 || !strings.Contains(body, "Only one auth mechanism allowed") {
		t.Errorf("with a token: status %d: %s", status, body)
	}
	if status, body := get(strings.Replace(link, "/files/", "/files/9", 1), ""); status != 403 || !strings.Contains(body, "SignatureDoesNotMatch") {
		t.Errorf("tampered: status %d: %s", status, body)
	}
	for _, path := range []string{"/files/", "/files/x", "/files/1-2", "/files/1-2-%2F..%2F"} {
		if status, _ := get(a.url+path, ""); status != 403 {
			t.Errorf("%s: status %d, want 403", path, status)
		}
	}
	clock.advance(7*24*time.Hour - time.Second)
	if status, _ := get(link, ""); status != 200 {
		t.Errorf("just before seven days: status %d", status)
	}
	clock.advance(time.Second)
	if status, body := get(link, ""); status != 403 || !strings.Contains(body, "Request has expired") {
		t.Errorf("after seven days: status %d: %s", status, body)
	}
	a.token = a.mint("")
	fresh := a.list("/v3/attachments?application_ids=" + id(made.Application))[0]["url"].(string)
	if status, _ := get(fresh, ""); status != 200 {
		t.Errorf("a fresh link: status %d", status)
	}
}
