package sandbox_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

func readDocs(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestMultipartApplication: as curl -F sends it.
func TestMultipartApplication(t *testing.T) {
	a := open(t, sandbox.Config{})
	job := a.job("Clerk")
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for k, v := range map[string]string{"name": "Zoë van Dyk", "job": id(job), "email": "zoe@mail.example", "source": "LinkedIn", "note": "Met at a fair."} {
		if err := form.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("resume", "../../etc/cv.docx")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.Write([]byte("PK bytes"))
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, a.url+"/_sandbox/applications", &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	status, body, _ := a.do(req)
	var made sandbox.Made
	if err := json.Unmarshal(body, &made); err != nil || status != 201 {
		t.Fatalf("status %d: %s", status, body)
	}
	c := a.list("/v3/candidates?ids=" + id(made.Candidate))[0]
	if c["first_name"] != "Zoë" || c["last_name"] != "van Dyk" {
		t.Errorf("candidate = %v", c)
	}
	if f := a.list("/v3/attachments?ids=" + id(made.Attachment))[0]; f["filename"] != "cv.docx" || f["type"] != "resume" {
		t.Errorf("attachment = %v", f)
	}
	if s := a.list("/v3/applications?ids=" + id(made.Application))[0]["source_id"]; s != 40000000017.0 {
		t.Errorf("source = %v", s)
	}
	req, err = http.NewRequest(http.MethodGet, a.url+"/_sandbox/applications/"+id(made.Application), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ = a.do(req)
	for _, want := range []string{`"name":"Zoë van Dyk"`, `"job":"Clerk"`, `"notice_period":"1 month"`, `"body":"Met at a fair."`, `"stage":"Application Review"`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the application's view has no %s: %s", want, body)
		}
	}
}

// TestJobOnTheWay: an application with a description opens the job it is for.
func TestJobOnTheWay(t *testing.T) {
	a := open(t, sandbox.Config{})
	first := a.control("/_sandbox/applications", map[string]any{"name": "A B", "job": `Head of "Sales"`, "description": "<p>Sell.</p>"})
	again := a.control("/_sandbox/applications", map[string]any{"name": "C D", "job": `head of "sales"`, "description": "<p>Other.</p>"})
	byID := a.control("/_sandbox/applications", map[string]any{"name": "E F", "job": first["job_id"]})
	if first["job_id"] != again["job_id"] || first["job_id"] != byID["job_id"] || first["job_id"] == nil {
		t.Errorf("jobs = %v, %v, %v", first, again, byID)
	}
	if post := a.list("/v3/job_posts"); len(post) != 1 || post[0]["content"] != "<p>Sell.</p>" {
		t.Errorf("posts = %v", post)
	}
}

func TestControlRefusals(t *testing.T) {
	a := open(t, sandbox.Config{})
	a.job("Clerk")
	for _, c := range []struct {
		path, body string
		status     int
		says       string
	}{
		{"/_sandbox/applications", `{"name":"A","job":"Nothing"}`, 400, "exact name of a job"},
		{"/_sandbox/applications", `{"name":" ","job":"Clerk"}`, 400, "needs a name"},
		{"/_sandbox/applications", `{"name":"A","job":"Clerk","resume":"%"}`, 400, "base64"},
		{"/_sandbox/applications", `{"name":"A","job":"Clerk","nonsense":1}`, 400, "unknown field"},
		{"/_sandbox/applications", `{"candidate":5,"job":"Clerk"}`, 400, "no such candidate"},
		{"/_sandbox/jobs", `{"title":""}`, 400, "needs a title"},
		{"/_sandbox/jobs", `{"title":"A","status":"gone"}`, 400, "open, draft or closed"},
		{"/_sandbox/faults", `{"kind":"nonsense"}`, 400, "there are: status"},
		{"/_sandbox/recruiter", `{"action":"dance"}`, 422, "no such action"},
		{"/_sandbox/recruiter", `{"action":"move","application":5}`, 422, "does not exist"},
		{"/_sandbox/recruiter", `{"action":"merge","candidate":5,"into":5}`, 422, "does not exist"},
		{"/_sandbox/webhooks", `{"url":"ftp://x.example"}`, 400, "url must be"},
		{"/_sandbox/webhooks", `{`, 400, "decode"},
	} {
		req, err := http.NewRequest(http.MethodPost, a.url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if status, body, _ := a.do(req); status != c.status || !strings.Contains(string(body), c.says) {
			t.Errorf("%s %s: status %d, want %d with %q: %s", c.path, c.body, status, c.status, c.says, body)
		}
	}
}

// TestRecruiter: every deed the page tells of can be done, and is nobody's
// violation.
func TestRecruiter(t *testing.T) {
	a := open(t, sandbox.Config{RateLimit: 1000})
	job := a.job("Clerk")
	told := regexp.MustCompile("(?m)^\\| ((?:`[a-z_]+`(?:, )?)+) \\|").FindAllStringSubmatch(readDocs(t)[strings.Index(readDocs(t), "POST /_sandbox/recruiter"):], -1)
	var actions []string
	for _, row := range told {
		for _, name := range strings.Split(row[1], ", ") {
			actions = append(actions, strings.Trim(name, "`"))
		}
	}
	if len(actions) < 16 {
		t.Fatalf("docs/sandbox.md tells of %v", actions)
	}
	for _, action := range actions {
		made, other := a.apply(job, "Bo Lee"), a.apply(job, "Al Kay")
		deed := map[string]any{"action": action, "application": made.Application, "candidate": made.Candidate, "job": job, "into": other.Candidate,
			"key": "phone_screen", "value": "Passed", "text": "Words", "filename": "new.pdf", "resume": "eA==", "status": "open", "name": "Clerk", "active": true}
		if action == "unreject" {
			a.control("/_sandbox/recruiter", map[string]any{"action": "reject", "application": made.Application})
		}
		if out := a.control("/_sandbox/recruiter", deed); out["ok"] != true {
			t.Errorf("%s: %v", action, out)
		}
	}
	journal := a.g.Journal()
	if len(journal.Violations) != 0 {
		t.Errorf("violations = %v", journal.Violations)
	}
	for _, c := range journal.History {
		if c.Author == client {
			t.Errorf("a human's deed counts as ours: %+v", c)
		}
	}
}

// TestDefinitionsUnderOurFeet: renamed, retyped, archived.
func TestDefinitionsUnderOurFeet(t *testing.T) {
	a := open(t, sandbox.Config{})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	write := `{"custom_fields":[{"name_key":"ai_match_score","value":86}]}`
	a.control("/_sandbox/recruiter", map[string]any{"action": "edit_definition", "key": "ai_match_score", "name": "Match"})
	if status, _ := a.patch(made.Application, write); status != 200 { // the key is immutable
		t.Errorf("renamed: status %d", status)
	}
	a.control("/_sandbox/recruiter", map[string]any{"action": "edit_definition", "key": "ai_match_score", "type": "short_text"})
	if status, _ := a.patch(made.Application, write); status != 422 {
		t.Errorf("retyped: status %d", status)
	}
	a.control("/_sandbox/recruiter", map[string]any{"action": "edit_definition", "key": "ai_match_score", "active": false})
	if status, _ := a.patch(made.Application, write); status != 422 {
		t.Errorf("archived: status %d", status)
	}
}

// TestJournalShape: the names docs/sandbox.md and the checker rely on.
func TestJournalShape(t *testing.T) {
	a := open(t, sandbox.Config{})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	a.patch(made.Application, score86)
	req, err := http.NewRequest(http.MethodGet, a.url+"/_sandbox/journal", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := a.do(req)
	var journal struct {
		Vendor   string
		Clients  []string
		Requests []struct {
			Author, Method, Path string
			Status               int
			Changes              []map[string]any
		}
	}
	if err := json.Unmarshal(body, &journal); err != nil {
		t.Fatal(err)
	}
	last := journal.Requests[len(journal.Requests)-1]
	if journal.Vendor != "greenhouse" || journal.Clients[0] != client || last.Method != http.MethodPatch || last.Status != 200 || last.Author != client || len(last.Changes) != 2 {
		t.Errorf("journal = %s", body)
	}
	if c := last.Changes[0]; c["field"] != "ai_match_score" || c["old"] != nil || c["new"] != 86.0 || c["author"] != client || c["object"] != "application" {
		t.Errorf("change = %v", c)
	}
	if strings.Contains(string(body), "sandbox-secret") || strings.Contains(string(body), a.token) {
		t.Error("the journal holds a credential")
	}
}

// TestPage: what people see is words, not markup, whatever a name says.
func TestPage(t *testing.T) {
	a := open(t, sandbox.Config{})
	empty, err := http.NewRequest(http.MethodGet, a.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, body, _ := a.do(empty); status != 200 || !strings.Contains(string(body), "There are no jobs yet") {
		t.Errorf("status %d: %s", status, body)
	}
	a.apply(a.job("R&D <b>Clerk</b>"), "<script>alert(1)</script> Lee")
	status, body, head := a.do(empty)
	if status != 200 || strings.Contains(string(body), "<script>") || !strings.Contains(string(body), `<html lang="en">`) || !strings.Contains(string(body), `<th scope="row">`) {
		t.Errorf("page: %s", body)
	}
	if !strings.Contains(head.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("headers = %v", head)
	}
	other, err := http.NewRequest(http.MethodGet, a.url+"/nowhere", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := a.do(other); status != 404 {
		t.Errorf("status %d", status)
	}
}
