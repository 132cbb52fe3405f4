package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

const client = "fairlead-sandbox-4"

// everything is a credential with every scope a test needs.
func everything() []string {
	return append(sandbox.LeastScopes(), "harvest:candidates:update", "harvest:attachments:create", "harvest:attachments:destroy",
		"harvest:applications:move", "harvest:applications:reject", "harvest:applications:unreject", "harvest:applications:hire",
		"harvest:applications:convert_to_candidate", "harvest:applications:destroy", "harvest:applications:create",
		"harvest:candidates:create", "harvest:candidates:merge", "harvest:candidates:anonymize", "harvest:candidates:destroy",
		"harvest:rejection_reasons:list", "harvest:offers:list", "harvest:openings:list", "harvest:rejection_details:list")
}

// field is a custom field's value as a read shows it.
func (a *account) field(app int64, key string) any {
	a.t.Helper()
	fields := a.list("/v3/applications?ids=" + id(app))[0]["custom_fields"].(map[string]any)
	f, ok := fields[key].(map[string]any)
	if !ok {
		a.t.Fatalf("application %d has no field %s: %v", app, key, fields)
	}
	return f["value"]
}

func (a *account) patch(app int64, body string) (int, string) {
	a.t.Helper()
	status, answer, _ := a.api(http.MethodPatch, "/v3/applications/"+id(app), body)
	return status, string(answer)
}

func TestCustomFieldTypes(t *testing.T) {
	a := open(t, sandbox.Config{RateLimit: 1000})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	option := id(int64(a.list("/v3/custom_field_options?custom_field_key=phone_screen")[0]["id"].(float64))) // the newest: "Call again"
	for _, c := range []struct {
		item string
		want any // the value read back; nil with says for a refusal
		says string
	}{
		{`{"name_key":"ai_match_score","value":86}`, 86.0, ""},
		{`{"name_key":"ai_match_score","value":86.0}`, 86.0, ""},
		{`{"name_key":"ai_match_score","value":"86"}`, nil, "must be a number"},
		{`{"name_key":"ai_match_score","value":true}`, nil, "must be a number"},
		{`{"name_key":"ai_reasoning","value":"` + strings.Repeat("é", 255) + `"}`, strings.Repeat("é", 255), ""},
		{`{"name_key":"ai_reasoning","value":"` + strings.Repeat("é", 256) + `"}`, nil, "longer than 255"},
		{`{"name_key":"ai_reasoning","value":5}`, nil, "must be a string"},
		{`{"name_key":"phone_screen","value":"Passed"}`, "Passed", ""},
		{`{"name_key":"phone_screen","value":` + option + `}`, "Call again", ""},
		{`{"name_key":"phone_screen","value":"passed"}`, nil, "no such option"},
		{`{"name_key":"phone_screen","value":1}`, nil, "no such option"},
		{`{"name_key":"start_date","value":"2026-12-01"}`, "2026-12-01", ""},
		{`{"name_key":"start_date","value":"01/12/2026"}`, nil, "must be a date"},
		{`{"name_key":"needs_visa","value":false}`, false, ""},
		{`{"name_key":"needs_visa","value":"no"}`, nil, "true or false"},
		{`{"name_key":"expected_salary","value":{"amount":50000,"currency_code":"EUR"}}`, map[string]any{"amount": 50000.0, "currency_code": "EUR"}, ""},
		{`{"name_key":"expected_salary","value":{"amount":"50000","currency_code":"EUR"}}`, nil, "must be an object"},
		{`{"name_key":"expected_salary","value":{"amount":50000,"unit":"EUR"}}`, nil, "must be an object"},
		{`{"name_key":"old_ranking","value":1}`, nil, "not active"},
		{`{"name_key":"nonsense","value":1}`, nil, "no such custom field"},
		{`{"name_key":"source_detail","value":"x"}`, nil, "no such custom field"}, // of candidates
		{`{"name_key":"ai_match_score"}`, nil, "needs a value"},
		{`{"value":1}`, nil, "exactly one of name_key and custom_field_id"},
		{`{"name_key":"ai_match_score","custom_field_id":1,"value":1}`, nil, "exactly one of name_key and custom_field_id"},
		{`{"name_key":"ai_match_score","value":1,"unit":"USD"}`, nil, "is not a property"},
		{`{"name_key":5,"value":1}`, nil, "name_key must be a string"},
		{`"ai_match_score"`, nil, "must be an object"},
	} {
		status, body := a.patch(made.Application, `{"custom_fields":[`+c.item+`]}`)
		if c.says != "" {
			if status != 422 || !strings.Contains(body, c.says) {
				t.Errorf("%.80s: status %d, want 422 with %q: %s", c.item, status, c.says, body)
			}
			continue
		}
		var item struct {
			Key string `json:"name_key"`
		}
		if err := json.Unmarshal([]byte(c.item), &item); err != nil {
			t.Fatal(err)
		}
		if got := a.field(made.Application, item.Key); status != 200 || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%.80s: status %d, value %v, want %v", c.item, status, got, c.want)
		}
	}
	for body, says := range map[string]string{
		`{"custom_fields":{"ai_match_score":1}}`: "must be an array",
		`{"custom_fields":[{"name_key":"ai_match_score","value":1},{"name_key":"ai_match_score","value":2}]}`: "twice",
		`{"status":"rejected"}`: "cannot be changed",
		`{"source_id":1}`:       "is not the id",
		`[]`:                    "must be an object",
	} {
		if status, answer := a.patch(made.Application, body); status != 422 || !strings.Contains(answer, says) {
			t.Errorf("%s: status %d, want 422 with %q: %s", body, status, says, answer)
		}
	}
	for _, body := range []string{`{"custom_fields":`, `nonsense`, `{} {}`} {
		if status, _ := a.patch(made.Application, body); status != 400 {
			t.Errorf("%s: status %d, want 400", body, status)
		}
	}
	if status, _ := a.patch(made.Application+1, `{"custom_fields":[]}`); status != 404 {
		t.Errorf("an application that is not there: status %d", status)
	}
	// One bad field refuses the whole write.
	before := a.field(made.Application, "ai_match_score")
	a.patch(made.Application, `{"custom_fields":[{"name_key":"ai_match_score","value":11},{"name_key":"nonsense","value":1}]}`)
	if got := a.field(made.Application, "ai_match_score"); got != before {
		t.Errorf("a refused write changed the score to %v", got)
	}
	if status, _ := a.patch(made.Application, `{"custom_fields":[{"name_key":"ai_match_score","value":null}]}`); status != 200 || a.field(made.Application, "ai_match_score") != nil {
		t.Errorf("null does not clear")
	}
}

func TestMultiSelect(t *testing.T) {
	a := open(t, sandbox.Config{SkillOptions: []string{"Go", "SQL", "Excel"}})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	goID := int64(a.list("/v3/custom_field_options?custom_field_key=ai_skills")[2]["id"].(float64))
	if status, body := a.patch(made.Application, `{"custom_fields":[{"name_key":"ai_skills","value":["SQL",`+id(goID)+`]}]}`); status != 200 {
		t.Fatalf("status %d: %s", status, body)
	}
	if got := fmt.Sprint(a.field(made.Application, "ai_skills")); got != "[SQL Go]" {
		t.Errorf("skills = %s", got)
	}
	for value, says := range map[string]string{`["Cobol"]`: "no such option", `"Go"`: "must be an array", `["Go","Go"]`: "twice", `[true]`: "must be an option"} {
		if status, body := a.patch(made.Application, `{"custom_fields":[{"name_key":"ai_skills","value":`+value+`}]}`); status != 422 || !strings.Contains(body, says) {
			t.Errorf("%s: status %d, want 422 with %q: %s", value, status, says, body)
		}
	}
	if got := len(a.list("/v3/applications?custom_field_option_id=" + id(goID))); got != 1 {
		t.Errorf("found by option: %d, want 1", got)
	}
}

// TestMergeAndReplace: nobody knows which the vendor does, so it can play both.
func TestMergeAndReplace(t *testing.T) {
	write := `{"custom_fields":[{"name_key":"ai_match_score","value":86}]}`
	for _, replace := range []bool{false, true} {
		a := open(t, sandbox.Config{Replace: replace})
		made := a.apply(a.job("Clerk"), "Bo Lee")
		a.patch(made.Application, write)
		want := any("1 month")
		if replace {
			want = nil
		}
		if got := a.field(made.Application, "notice_period"); got != want {
			t.Errorf("replace %v: a field that was not sent holds %v, want %v", replace, got, want)
		}
	}
	a := open(t, sandbox.Config{})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	a.control("/_sandbox/faults", map[string]any{"kind": "replace", "count": 1})
	a.patch(made.Application, write)
	lost := slices.ContainsFunc(a.g.Journal().History, func(c sandbox.Change) bool {
		return c.Author == client && c.Field == "notice_period" && string(c.Old) == `"1 month"` && string(c.New) == "null"
	})
	if !lost {
		t.Error("the journal does not say that we lost a foreign field")
	}
}

func TestTierWithoutApplicationFields(t *testing.T) {
	a := open(t, sandbox.Config{WithoutApplicationFields: true})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	if rows := a.list("/v3/custom_fields?field_type=application"); len(rows) != 0 {
		t.Errorf("definitions = %v", rows)
	}
	if fields := a.list("/v3/applications?ids=" + id(made.Application))[0]["custom_fields"].(map[string]any); len(fields) != 0 {
		t.Errorf("custom_fields = %v", fields)
	}
	if status, _ := a.patch(made.Application, `{"custom_fields":[{"name_key":"ai_match_score","value":1}]}`); status != 422 {
		t.Errorf("a write to a field the tier does not have: status %d", status)
	}
}

func TestUpdatedAt(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		clock := newClock()
		a := open(t, sandbox.Config{Now: clock.now, QuietCustomFields: quiet})
		made := a.apply(a.job("Clerk"), "Bo Lee")
		clock.advance(time.Minute)
		write := `{"custom_fields":[{"name_key":"ai_match_score","value":86}]}`
		a.patch(made.Application, write)
		want := "2026-11-23T10:01:00.000Z"
		if quiet {
			want = "2026-11-23T10:00:00.000Z"
		}
		clock.advance(time.Minute)
		a.patch(made.Application, write) // nothing changes
		if got := a.list("/v3/applications?ids=" + id(made.Application))[0]["updated_at"]; got != want {
			t.Errorf("quiet %v: updated_at = %v, want %v", quiet, got, want)
		}
	}
}

func TestNotes(t *testing.T) {
	a := open(t, sandbox.Config{})
	job := a.job("Clerk")
	made, other := a.apply(job, "Bo Lee"), a.apply(job, "Al Kay")
	note := func(extra string) string {
		return fmt.Sprintf(`{"candidate_id":%d,"application_id":%d,"body":"AI screening"%s}`, made.Candidate, made.Application, extra)
	}
	for body, says := range map[string]string{
		note(`,"visibility":"privately_visible"`): "must be one of: public, private, admin_only",
		note(``): "visibility",
		note(`,"visibility":"private","note_type":"note"`):                                                                          "note_type",
		note(`,"visibility":"private","note_type":"EMAIL"`):                                                                         "goes with note_type EMAIL",
		note(`,"visibility":"private","subject":"x"`):                                                                               "goes with note_type EMAIL",
		note(`,"visibility":"private","user_id":5`):                                                                                 "user_id",
		note(`,"visibility":"private","pinned":true`):                                                                               "not a supported property",
		`{"candidate_id":1,"body":"x","visibility":"private"}`:                                                                      "candidate_id",
		fmt.Sprintf(`{"candidate_id":%d,"visibility":"private"}`, made.Candidate):                                                   "body",
		fmt.Sprintf(`{"candidate_id":%d,"application_id":%d,"body":"x","visibility":"private"}`, made.Candidate, other.Application): "application of this candidate",
	} {
		if status, answer, _ := a.api("POST", "/v3/notes", body); status != 422 || !strings.Contains(string(answer), says) {
			t.Errorf("%s: status %d, want 422 with %q: %s", body, status, says, answer)
		}
	}
	status, answer, _ := a.api("POST", "/v3/notes", note(`,"visibility":"private","note_type":"NOTE","user_id":4280001`))
	if status != 201 || !strings.Contains(string(answer), `"visibility":"privately_visible"`) {
		t.Fatalf("status %d: %s", status, answer)
	}
	if rows := a.list("/v3/notes?application_ids=" + id(made.Application) + "&visibility=privately_visible"); len(rows) != 1 || rows[0]["type"] != "NOTE" || rows[0]["user_id"] != 4280001.0 {
		t.Errorf("notes = %v", rows)
	}
	journal := a.g.Journal()
	ours := slices.DeleteFunc(journal.Notes, func(n sandbox.NoteRecord) bool { return n.Author != client })
	if len(ours) != 1 || ours[0].Body != "AI screening" || ours[0].Application != made.Application {
		t.Errorf("our notes in the journal = %v", ours)
	}
}

func TestTags(t *testing.T) {
	a := open(t, sandbox.Config{})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	if err := a.g.Recruit(sandbox.Deed{Action: "add_tag", Application: made.Application, Text: "Ruby"}); err != nil {
		t.Fatal(err)
	}
	if status, body, _ := a.api("POST", "/v3/candidate_tags", `{"name":"Ruby"}`); status != 422 || !strings.Contains(string(body), "taken") {
		t.Errorf("a tag that exists: status %d: %s", status, body)
	}
	status, body, _ := a.api("POST", "/v3/candidate_tags", `{"name":"ruby"}`) // case matters
	if status != 201 {
		t.Fatalf("status %d: %s", status, body)
	}
	var tag struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal(body, &tag); err != nil {
		t.Fatal(err)
	}
	status, body, _ = a.api("POST", "/v3/applied_candidate_tags", fmt.Sprintf(`{"candidate_id":%d,"candidate_tag_id":%d}`, made.Candidate, tag.ID))
	var row struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal(body, &row); err != nil || status != 201 {
		t.Fatalf("status %d: %s", status, body)
	}
	if tags := a.list("/v3/candidates?tag=ruby")[0]["tags"]; fmt.Sprint(tags) != "[Ruby ruby]" {
		t.Errorf("tags = %v", tags)
	}
	if status, _, _ := a.api("DELETE", "/v3/applied_candidate_tags/"+id(row.ID), ""); status != 204 {
		t.Errorf("delete our tag: status %d", status)
	}
	if v := a.g.Journal().Violations; len(v) != 0 {
		t.Errorf("our own tag is a violation: %v", v)
	}
	rows := a.list("/v3/applied_candidate_tags?candidate_ids=" + id(made.Candidate))
	a.api("DELETE", "/v3/applied_candidate_tags/"+id(int64(rows[0]["id"].(float64))), "")
	if v := a.g.Journal().Violations; len(v) != 1 || v[0].Kind != "foreign_tag" {
		t.Errorf("taking off somebody else's tag: %v", v)
	}
	if status, _, _ := a.api("DELETE", "/v3/applied_candidate_tags/1", ""); status != 404 {
		t.Errorf("a row that is not there: status %d", status)
	}
}

func TestAttachments(t *testing.T) {
	a := open(t, sandbox.Config{Scopes: everything()})
	made := a.apply(a.job("Clerk"), "Bo Lee")
	content := base64.StdEncoding.EncodeToString([]byte("report"))
	post := func(extra string) (int, string) {
		status, body, _ := a.api("POST", "/v3/attachments", fmt.Sprintf(`{"application_id":%d%s}`, made.Application, extra))
		return status, string(body)
	}
	for extra, says := range map[string]string{
		`,"filename":"r.pdf","type":"other"`: "Exactly one",
		`,"filename":"r.pdf","type":"other","content":"` + content + `","url":"https://x.example/"`: "Exactly one",
		`,"filename":"r.exe","type":"other","content":"` + content + `"`:                            "extension",
		`,"filename":"r.pdf","type":"cv","content":"` + content + `"`:                               "type",
		`,"filename":"r.pdf","type":"other","content":"%%"`:                                         "base64",
		`,"filename":"r.pdf","type":"other","content":"` + content + `","visibility":"everybody"`:   "visibility",
	} {
		if status, body := post(extra); status != 422 || !strings.Contains(body, says) {
			t.Errorf("%s: status %d, want 422 with %q: %s", extra, status, says, body)
		}
	}
	if status, body := post(`,"filename":"r.pdf","type":"other","visibility":"admin_only","content":"` + content + `"`); status != 201 {
		t.Errorf("a report: status %d: %s", status, body)
	}
	if v := a.g.Journal().Violations; len(v) != 0 {
		t.Errorf("a report is a violation: %v", v)
	}
	post(`,"filename":"new.pdf","type":"resume","content":"` + content + `"`)
	rows := a.list("/v3/attachments?application_ids=" + id(made.Application))
	types := map[any]any{}
	for _, r := range rows {
		types[r["filename"]] = r["type"]
	}
	if types["cv.txt"] != "other" || types["new.pdf"] != "resume" {
		t.Errorf("a new resume leaves the old one as %v", types)
	}
	if v := a.g.Journal().Violations; len(v) != 1 || v[0].Kind != "foreign_write" {
		t.Errorf("uploading a resume: %v", v)
	}
}

// TestDecisions: the endpoints act, and every call by an API client is reported,
// allowed or not.
func TestDecisions(t *testing.T) {
	a := open(t, sandbox.Config{Scopes: everything(), RateLimit: 1000})
	job := a.job("Clerk")
	made := a.apply(job, "Bo Lee")
	path := "/v3/applications/" + id(made.Application)
	app := func() map[string]any { return a.list("/v3/applications?ids=" + id(made.Application))[0] }
	expect := func(status int, method, path, body string) {
		t.Helper()
		before := len(a.g.Journal().Violations)
		if got, answer, _ := a.api(method, path, body); got != status {
			t.Errorf("%s %s: status %d, want %d: %s", method, path, got, status, answer)
		}
		if after := a.g.Journal().Violations; len(after) != before+1 || after[before].Kind != "decision" || after[before].Author != client {
			t.Errorf("%s %s was not reported: %v", method, path, after[before:])
		}
	}
	stage := func() string { return id(int64(app()["stage_id"].(float64))) }
	expect(422, "POST", path+"/move", `{"from_stage_id":1}`)
	expect(204, "POST", path+"/move", `{"from_stage_id":`+stage()+`}`)
	if app()["stage_name"] != "Phone Screen" {
		t.Errorf("after move: %v", app()["stage_name"])
	}
	if rows := a.list("/v3/application_stages?application_ids=" + id(made.Application) + "&current=true"); len(rows) != 1 {
		t.Errorf("current stages = %d, want 1", len(rows))
	}
	expect(422, "POST", path+"/move", `{"from_stage_id":`+stage()+`,"to_stage_id":1}`)
	expect(422, "POST", path+"/reject", `{}`)
	reason := id(int64(a.list("/v3/rejection_reasons?include_defaults=true")[0]["id"].(float64)))
	expect(204, "POST", path+"/reject", `{"rejection_reason_id":`+reason+`}`)
	if app()["status"] != "rejected" || app()["rejected_at"] == nil {
		t.Errorf("after reject: %v", app())
	}
	expect(422, "POST", path+"/reject", `{"rejection_reason_id":`+reason+`}`)
	expect(422, "POST", path+"/move", `{"from_stage_id":`+stage()+`}`)
	expect(204, "POST", path+"/unreject", `{}`)
	expect(204, "POST", path+"/hire", `{}`)
	if app()["status"] != "hired" || app()["stage_id"] != nil {
		t.Errorf("after hire: %v", app())
	}
	if offers := a.list("/v3/offers?application_ids=" + id(made.Application)); len(offers) != 1 || offers[0]["status"] != "Accepted" {
		t.Errorf("offers = %v", offers)
	}
	if open := a.list("/v3/openings?job_ids=" + id(job) + "&open=true"); len(open) != 0 {
		t.Errorf("the opening is still open: %v", open)
	}
	prospect, err := a.g.Apply(sandbox.Applicant{Name: "Pro Spect", Job: job, Prospect: true})
	if err != nil {
		t.Fatal(err)
	}
	if row := a.list("/v3/applications?ids=" + id(prospect.Application))[0]; row["job_id"] != nil || row["stage_id"] != nil || row["prospect"] != true {
		t.Errorf("prospect = %v", row)
	}
	expect(204, "POST", "/v3/applications/"+id(prospect.Application)+"/convert_to_candidate", `{}`)
	if n := len(a.list("/v3/applications?candidate_ids=" + id(prospect.Candidate))); n != 2 {
		t.Errorf("applications after conversion = %d, want 2", n)
	}
	expect(200, "POST", "/v3/candidates/"+id(made.Candidate)+"/merge", `{"secondary_candidate_id":`+id(prospect.Candidate)+`}`)
	if n := len(a.list("/v3/candidates?ids=" + id(prospect.Candidate))); n != 0 {
		t.Error("the secondary candidate is still there")
	}
	expect(200, "PATCH", "/v3/candidates/"+id(made.Candidate)+"/anonymize", ``)
	if c := a.list("/v3/candidates?ids=" + id(made.Candidate))[0]; c["first_name"] != nil {
		t.Errorf("anonymized = %v", c)
	}
	expect(204, "DELETE", path, ``)
	expect(404, "DELETE", path, ``)
	expect(204, "DELETE", "/v3/candidates/"+id(made.Candidate), ``)

	poor := open(t, sandbox.Config{})
	made = poor.apply(poor.job("Clerk"), "Bo Lee")
	if status, _, _ := poor.api("POST", "/v3/applications/"+id(made.Application)+"/reject", `{"rejection_reason_id":1}`); status != 403 {
		t.Errorf("reject without the scope: status %d", status)
	}
	if v := poor.g.Journal().Violations; len(v) != 1 || v[0].Kind != "decision" {
		t.Errorf("an attempt without the scope was not reported: %v", v)
	}
}

// TestForeignKeys: a write that carries anything but our fields is reported.
func TestForeignKeys(t *testing.T) {
	for body, kinds := range map[string]int{
		`{"custom_fields":[{"name_key":"ai_match_score","value":1},{"name_key":"ai_reasoning","value":"x"}]}`:  0,
		`{"custom_fields":[{"name_key":"ai_match_score","value":1},{"name_key":"notice_period","value":"x"}]}`: 1,
		`{"custom_fields":[],"source_id":40000000016}`:                                                         1,
		`{"status":"rejected"}`: 1,
	} {
		a := open(t, sandbox.Config{})
		made := a.apply(a.job("Clerk"), "Bo Lee")
		a.patch(made.Application, body)
		if v := a.g.Journal().Violations; len(v) != kinds || kinds > 0 && v[0].Kind != "foreign_key" {
			t.Errorf("%s: violations = %v, want %d", body, v, kinds)
		}
	}
	poor := open(t, sandbox.Config{Scopes: []string{}})
	made := poor.apply(poor.job("Clerk"), "Bo Lee")
	if status, _ := poor.patch(made.Application, `{"status":"rejected"}`); status != 403 || len(poor.g.Journal().Violations) != 1 {
		t.Errorf("a foreign key without the scope: status %d, violations = %v", status, poor.g.Journal().Violations)
	}
	a := open(t, sandbox.Config{Scopes: everything(), OurFields: []string{"source_detail"}})
	made = a.apply(a.job("Clerk"), "Bo Lee")
	candidate := "/v3/candidates/" + id(made.Candidate)
	if status, body, _ := a.api("PATCH", candidate, `{"custom_fields":[{"name_key":"source_detail","value":"x"}]}`); status != 200 || len(a.g.Journal().Violations) != 0 {
		t.Errorf("our own candidate field: status %d: %s: %v", status, body, a.g.Journal().Violations)
	}
	if status, _, _ := a.api("PATCH", candidate, `{"first_name":"Bob","email_addresses":[{"value":"b@mail.example","type":"work"}],"is_private":true}`); status != 200 {
		t.Errorf("candidate: status %d", status)
	}
	if status, _, _ := a.api("PATCH", candidate, `{"first_name":5}`); status != 404 { // private by now, and hidden
		t.Errorf("hidden candidate: status %d", status)
	}
	if v := a.g.Journal().Violations; len(v) != 4 {
		t.Errorf("violations = %v, want 4", v)
	}
}
