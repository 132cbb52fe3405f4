package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

// account is a simulated Greenhouse on a real listener with a client that has a
// token.
type account struct {
	t     *testing.T
	g     *sandbox.Greenhouse
	url   string
	token string
}

func open(t *testing.T, c sandbox.Config) *account {
	t.Helper()
	g := sandbox.NewGreenhouse(c)
	server := httptest.NewServer(g)
	t.Cleanup(func() { g.Close(); server.Close() })
	a := &account{t: t, g: g, url: server.URL}
	a.token = a.mint("")
	return a
}

func (a *account) mint(sub string) string {
	a.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	if sub != "" {
		form.Set("sub", sub)
	}
	status, body, _ := a.tokenRequest("fairlead-sandbox-4", "sandbox-secret", form)
	if status != http.StatusOK {
		a.t.Fatalf("token: status %d: %s", status, body)
	}
	var out struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &out); err != nil {
		a.t.Fatal(err)
	}
	return out.AccessToken
}

func (a *account) tokenRequest(id, secret string, form url.Values) (int, []byte, http.Header) {
	a.t.Helper()
	req, err := http.NewRequest(http.MethodPost, a.url+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if id != "" {
		req.SetBasicAuth(id, secret)
	}
	return a.do(req)
}

func (a *account) do(req *http.Request) (int, []byte, http.Header) {
	a.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp.StatusCode, body, resp.Header
}

// api calls the simulated vendor with the token.
func (a *account) api(method, path, body string) (int, []byte, http.Header) {
	a.t.Helper()
	req := a.request(method, path, body)
	return a.do(req)
}

func (a *account) request(method, path, body string) *http.Request {
	a.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	target := path
	if !strings.HasPrefix(path, "http") {
		target = a.url + path
	}
	req, err := http.NewRequest(method, target, reader)
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	return req
}

// list reads one page.
func (a *account) list(path string) []map[string]any {
	a.t.Helper()
	status, body, _ := a.api(http.MethodGet, path, "")
	if status != http.StatusOK {
		a.t.Fatalf("GET %s: status %d: %s", path, status, body)
	}
	var rows []map[string]any
	if err := json.Unmarshal(body, &rows); err != nil {
		a.t.Fatalf("GET %s: %v: %s", path, err, body)
	}
	return rows
}

// control posts to the control surface.
func (a *account) control(path string, body any) map[string]any {
	a.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, a.url+path, bytes.NewReader(raw))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	status, answer, _ := a.do(req)
	var out map[string]any
	if err := json.Unmarshal(answer, &out); err != nil || status > 299 {
		a.t.Fatalf("POST %s: status %d: %s", path, status, answer)
	}
	return out
}

func (a *account) job(title string) int64 {
	a.t.Helper()
	id, err := a.g.AddJob(sandbox.Job{Title: title, Description: "<p>Five years of <b>Go</b> & SQL.</p>"})
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

func (a *account) apply(job int64, name string) sandbox.Made {
	a.t.Helper()
	made, err := a.g.Apply(sandbox.Applicant{Name: name, Email: "someone@mail.example", Job: job, Filename: "cv.txt", Resume: []byte("Go since 2015")})
	if err != nil {
		a.t.Fatal(err)
	}
	return made
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

// TestMainJob: an application arrives, its resume is read, a score is written
// and read back, and the journal tells it all.
func TestMainJob(t *testing.T) {
	a := open(t, sandbox.Config{})
	job := a.job("Backend Engineer")
	out := a.control("/_sandbox/applications", map[string]any{
		"name": "Maya Ito", "job": "Backend Engineer", "email": "maya@mail.example", "filename": "maya.txt",
		"resume": base64.StdEncoding.EncodeToString([]byte("Maya Ito\nGo since 2015")),
	})
	app := int64(out["application_id"].(float64))
	rows := a.list("/v3/applications?ids=" + id(app))
	if len(rows) != 1 || rows[0]["status"] != "in_process" || int64(rows[0]["job_id"].(float64)) != job {
		t.Fatalf("application = %v", rows)
	}
	files := a.list("/v3/attachments?application_ids=" + id(app) + "&type=resume")
	if len(files) != 1 {
		t.Fatalf("attachments = %v", files)
	}
	resp, err := http.Get(files[0]["url"].(string))
	if err != nil {
		t.Fatal(err)
	}
	content, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || string(content) != "Maya Ito\nGo since 2015" {
		t.Fatalf("resume: status %d: %q", resp.StatusCode, content)
	}
	status, body, _ := a.api(http.MethodPatch, "/v3/applications/"+id(app), `{"custom_fields":[{"name_key":"ai_match_score","value":86},{"name_key":"ai_reasoning","value":"Meets 4 of 5."}]}`)
	if status != http.StatusOK {
		t.Fatalf("PATCH: status %d: %s", status, body)
	}
	fields := a.list("/v3/applications?ids=" + id(app))[0]["custom_fields"].(map[string]any)
	if got := fields["ai_match_score"].(map[string]any)["value"]; got != 86.0 {
		t.Errorf("score = %v, want 86", got)
	}
	if got := fields["notice_period"].(map[string]any)["value"]; got != "1 month" {
		t.Errorf("a foreign field changed: %v", got)
	}
	journal := a.g.Journal()
	ours := 0
	for _, c := range journal.History {
		if c.Author == "fairlead-sandbox-4" {
			ours++
		}
	}
	if ours != 2 || len(journal.Violations) != 0 {
		t.Errorf("our changes = %d, want 2; violations = %v", ours, journal.Violations)
	}
	resp, err = http.Get(a.url + "/")
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(page), "Maya Ito") || !strings.Contains(string(page), `<td class="score">86</td>`) {
		t.Errorf("the page does not show the application and its score: %s", page)
	}
}
