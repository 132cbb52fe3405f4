package greenhouse

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

func TestParseTime(t *testing.T) {
	want := time.Date(2026, 11, 2, 9, 15, 30, 0, time.UTC)
	for _, s := range []string{"2026-11-02T09:15:30Z", "2026-11-02T09:15:30.000Z", "2026-11-02T10:15:30+01:00", "2026-11-02T10:15:30.000+0100", " 2026-11-02T09:15:30Z "} {
		if got := parseTime(s); !got.Equal(want) {
			t.Errorf("%q: %v", s, got)
		}
	}
	for _, s := range []string{"2026-11-02", "11/02/2026"} {
		if got := parseTime(s); !got.Equal(want.Truncate(24 * time.Hour)) {
			t.Errorf("%q: %v", s, got)
		}
	}
	for _, s := range []string{"", "soon", "02/13/2026x", "2026-13-02", "null"} {
		if got := parseTime(s); !got.IsZero() {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// One odd member must not cost the record.
func TestDecodeTolerantly(t *testing.T) {
	for _, s := range []string{
		`{"id":7100000123,"candidate_id":6000000456,"job_id":4000000789,"status":"levitating","stage_name":null,"created_at":"2026-11-02T09:15:30.123Z","custom_fields":{}}`,
		`{"id":7100000123,"candidate_id":"6000000456","job_id":4000000789,"status":"levitating","prospect":null,"stage_name":5,"created_at":7,"updated_at":{},"custom_fields":[],"new":{"x":[1]}}`,
		`{"id":7100000123,"candidate_id":6000000456,"job_id":4000000789,"status":"levitating","source_id":1.5,"custom_fields":null,"recruiter_id":"x"}`,
		`{"id":7100000123,"candidate_id":6000000456,"job_id":4000000789,"status":"levitating","custom_fields":"none","last_activity_at":"2026-11-02"}`,
	} {
		rows := decode[applicationRow]([]row{row(s)})
		if len(rows) != 1 || rows[0].ID != 7100000123 || rows[0].CandidateID != 6000000456 || rows[0].Status != "levitating" || len(rows[0].CustomFields) != 0 {
			t.Errorf("%s: %+v", s, rows)
		}
	}
	if notAssessable(applicationRow{Status: "levitating", JobID: 1}) != "" {
		t.Error("a status we have not met is not assessed")
	}
}

func TestCustomValues(t *testing.T) {
	for _, c := range []struct{ field, want string }{
		{`{"name":"X","type":"number","value":82}`, "82"},
		{`{"name":"X","type":"number","value":82.0}`, "82"},
		{`{"name":"X","type":"number","value":82.50}`, "82.50"},
		{`{"name":"X","type":"number","value":"82"}`, "82"},
		{`{"name":"X","type":"short_text","value":" a\r\nb "}`, "a\nb"},
		{`{"name":"X","type":"multi_select","value":["a","b"]}`, "a|b"},
		{`{"name":"X","type":"multi_select","value":[]}`, ""},
		{`{"name":"X","type":"multi_select","value":[{"id":1,"name":"a"},null,"b"]}`, "a|b"},
		{`{"name":"X","type":"yes_no","value":false}`, "false"},
		{`{"name":"X","type":"date","value":""}`, ""},
		{`{"name":"X","type":"user","value":{"user_id":1,"name":"Ana"}}`, "Ana"},
		{`{"name":"X","type":"currency","value":{"amount":1,"unit":"EUR"}}`, ""},
		{`{"name":"X","type":"short_text","value":null}`, ""},
		{`{"name":"X","type":"short_text"}`, ""},
		{`"bare"`, "bare"},
		{`7`, "7"},
		{`null`, ""},
	} {
		var v customValues
		if err := json.Unmarshal([]byte(`{"x":`+c.field+`}`), &v); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(v["x"].texts(), "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.field, got, c.want)
		}
	}
}

func FuzzCustomValues(f *testing.F) {
	for _, s := range []string{`{}`, `[]`, `null`, `{"a":{"name":"A","type":"number","value":1e999}}`, `{"a":{"value":[[["x"]]]},"b":7}`, `{"a":{"value":{"name":{"name":"x"}}}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v customValues
		if json.Unmarshal(b, &v) != nil {
			return // not JSON at all: the record is refused before
		}
		for _, c := range v {
			if c.isEmpty() && len(c.texts()) > 0 {
				t.Fatal("an empty value has texts")
			}
		}
		m := fairlead.FieldMap{{Output: fairlead.OutSkills, Key: "a", Type: fairlead.FieldMultiSelect}, {Output: fairlead.OutScore, Key: "b", Type: fairlead.FieldNumber}}
		if !ourValues(m, v).Equal(ourValues(m, v)) {
			t.Fatal("reading twice differs")
		}
	})
}

func TestNextLink(t *testing.T) {
	for _, c := range []struct {
		headers []string
		want    string
	}{
		{nil, ""}, {[]string{""}, ""},
		{[]string{`<https://h/v3/jobs?cursor=a>; rel="next"`}, "https://h/v3/jobs?cursor=a"},
		{[]string{`<https://h/v3/jobs?cursor=a>;rel=next`}, "https://h/v3/jobs?cursor=a"},
		{[]string{`<https://h/a>; rel="prev", <https://h/b?x=1,2>; title="a, \"b\""; REL="last next"`}, "https://h/b?x=1,2"},
		{[]string{`<https://h/a>; rel="first"`, `<https://h/b>; rel="next"`}, "https://h/b"},
		{[]string{`<https://h/a>; rel="nextish"`}, ""}, {[]string{`https://h/a; rel="next"`}, ""}, {[]string{`<https://h/a; rel="next"`}, ""},
		{[]string{`<https://h/a>; title="rel=next"`}, ""},
	} {
		if got := nextLink(c.headers); got != c.want {
			t.Errorf("%q: %q, want %q", c.headers, got, c.want)
		}
	}
}

func FuzzNextLink(f *testing.F) {
	for _, s := range []string{`<https://harvest.greenhouse.io/v3/jobs?cursor=a>; rel="next"`, `<//evil/v3/jobs?cursor=a>; rel=next`, `<?cursor=b>;rel="next"`, `<<>>,;"`} {
		f.Add(s)
	}
	g := receiver(f, testSecret)
	f.Fuzz(func(t *testing.T, s string) {
		link := nextLink([]string{s})
		if link == "" {
			return
		}
		if next, err := g.follow(link, "/v3/jobs"); err == nil && !strings.HasPrefix(next, "https://harvest.greenhouse.io/v3/jobs?") {
			t.Fatalf("%q leads to %q", s, next)
		}
	})
}

func TestNewestResume(t *testing.T) {
	at := func(h int) moment { return moment{time.Date(2026, 11, 2, h, 0, 0, 0, time.UTC)} }
	rows := []attachmentRow{
		{ID: 1, ApplicationID: 7, Type: "resume", CreatedAt: at(1)},
		{ID: 2, ApplicationID: 8, Type: "resume", CreatedAt: at(9)},
		{ID: 3, ApplicationID: 7, Type: "other", CreatedAt: at(8)},
		{ID: 4, ApplicationID: 7, Type: "resume", CreatedAt: at(2)},
		{ID: 5, ApplicationID: 7, Type: "resume", CreatedAt: at(2)},
	}
	if got := newestResume(rows, 7); got.ID != 5 {
		t.Errorf("own application: %d", got.ID)
	}
	if got := newestResume(rows, 9); got.ID != 2 {
		t.Errorf("another application's: %d", got.ID)
	}
	if newestResume(rows[2:3], 7) != nil {
		t.Error("something else is taken for a resume")
	}
}

func TestDescription(t *testing.T) {
	live, internal := flag{true, true}, flag{true, true}
	j := jobRows{job: jobRow{Notes: "notes"}, posts: []postRow{
		{ID: 1, Content: "internal", Internal: internal, Live: live},
		{ID: 2, Content: " ", Live: live},
		{ID: 3, Content: "draft"},
		{ID: 4, Content: "live", Live: live},
	}}
	for applied, want := range map[number]string{1: "internal", 2: "live", 3: "draft", 0: "live", 99: "live"} {
		if got := j.description(applied); got != want {
			t.Errorf("post %d: %q, want %q", applied, got, want)
		}
	}
	j.posts = j.posts[:3]
	if got := j.description(0); got != "notes" {
		t.Errorf("without a live post: %q", got)
	}
}

func TestStages(t *testing.T) {
	for name, want := range map[text]fairlead.Stage{
		"": fairlead.StageApplied, "Application Review": fairlead.StageApplied, "Phone Screen": fairlead.StageScreening, "Preliminary Phone Screen": fairlead.StageScreening,
		"Take Home Test": fairlead.StageScreening, "Face to Face": fairlead.StageInterview, "Technical Interview": fairlead.StageInterview, "Reference Check": fairlead.StageInterview,
		"Offer": fairlead.StageOffer, "Schnuppertag": fairlead.StageScreening,
	} {
		if got := stage(applicationRow{Status: "in_process", StageName: name}); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	if got := stage(applicationRow{Status: "rejected", StageName: "Offer"}); got != fairlead.StageRejected {
		t.Error(got)
	}
	if got := stage(applicationRow{Status: "hired"}); got != fairlead.StageHired {
		t.Error(got)
	}
}
