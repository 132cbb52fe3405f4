package greenhouse

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

const testSecret = "s3cr3t-Ab12"

func receiver(t testing.TB, secrets ...string) *Connector {
	t.Helper()
	credentials := fairlead.Credentials{"client_id": "id-1", "client_secret": "secret"}
	for i, s := range secrets {
		credentials[[]string{"webhook_secret", "webhook_secret_previous"}[i]] = s
	}
	g, err := New(fairlead.Connection{ID: "gh", Credentials: credentials}, ats.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256 " + hex.EncodeToString(mac.Sum(nil))
}

func delivery(body, signature, id string) ats.Delivery {
	h := http.Header{}
	if signature != "" {
		h.Set("Signature", signature)
	}
	if id != "" {
		h.Set("Greenhouse-Event-ID", id)
	}
	return ats.Delivery{Header: h, Body: []byte(body), ReceivedAt: time.Unix(0, 0)}
}

// Vectors of the reference, section 7.3.
func TestReceiveVectors(t *testing.T) {
	anonymized := `{"action":"candidate_anonymized","payload":{"candidate_id":37000001,"anonymized_fields":["full_name","email_addresses"]}}`
	escaped := `{"action":"job_updated","payload":{"job":{"id":4001,"name":"Ing\u00e9nieur","notes":"\u003cp\u003ehello\u003c/p\u003e"}}}`
	plain := `{"action":"job_updated","payload":{"job":{"id":4001,"name":"Ingénieur","notes":"<p>hello</p>"}}}`
	g := receiver(t, "other", testSecret)
	for _, v := range []struct{ body, hex string }{
		{anonymized, "627f783141263dfe9dbec95c06e3c6f5fc557fcac55104aa6783fbd46b2c9470"},
		{escaped, "0856a16849fcd206a71d73a420d82a643846cac10f912a2a0e1a2fac5424391c"},
		{plain, "ef3a0c6a267ae705e3f5523714534591374d997d5865960b85010eff5b76e84e"},
	} {
		if _, err := g.Receive(delivery(v.body, "sha256 "+v.hex, "e1")); err != nil {
			t.Errorf("%s: %v", v.body, err)
		}
	}
	_, err := g.Receive(delivery(plain, "sha256 0856a16849fcd206a71d73a420d82a643846cac10f912a2a0e1a2fac5424391c", "e1"))
	if fairlead.CodeOf(err) != fairlead.Unauthenticated {
		t.Errorf("a body written anew verifies: %v", err)
	}
}

func TestReceiveRefuses(t *testing.T) {
	body := `{"action":"job_updated","payload":{"job":{"id":4001}}}`
	good := sign(testSecret, body)
	for name, signature := range map[string]string{
		"missing": "", "wrong": sign("other", body), "no space": strings.Replace(good, " ", "", 1), "two spaces": strings.Replace(good, " ", "  ", 1),
		"other algorithm": "sha1 " + good[7:], "short": good[:len(good)-2], "long": good + "00", "no hex": good[:len(good)-1] + "g", "bare": good[7:], "empty": "sha256 ",
	} {
		if _, err := receiver(t, testSecret).Receive(delivery(body, signature, "")); fairlead.CodeOf(err) != fairlead.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := delivery(body, good, "")
	d.Header.Add("Signature", good)
	if _, err := receiver(t, testSecret).Receive(d); fairlead.CodeOf(err) != fairlead.Unauthenticated {
		t.Errorf("two signatures: %v", err)
	}
	// Without a secret, nobody may sign with the empty one.
	if _, err := receiver(t).Receive(delivery(body, sign("", body), "")); fairlead.CodeOf(err) != fairlead.Unauthenticated {
		t.Errorf("empty secret: %v", err)
	}
}

func TestReceiveBroken(t *testing.T) {
	g := receiver(t, testSecret)
	for name, body := range map[string]string{
		"empty": "", "no JSON": "<html>", "truncated": `{"action":"job_updated","payload":{"job":{"id":1`,
		"array": `[]`, "null": `null`, "no action": `{"payload":{}}`, "action is a number": `{"action":1,"payload":{}}`,
		"trailing":        `{"action":"ping","payload":{}} x`,
		"two":             `{"action":"ping"}{"action":"ping"}`,
		"duplicate":       `{"action":"ping","action":"delete_candidate","payload":{"person":{"id":1}}}`,
		"deep duplicate":  `{"action":"job_updated","payload":{"job":{"id":1,"id":2}}}`,
		"other case":      `{"Action":"job_updated","Payload":{"job":{"id":1}}}`,
		"depth":           `{"action":"ping","payload":` + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + `}`,
		"huge id":         `{"action":"job_updated","payload":{"job":{"id":99999999999999999999}}}`,
		"negative id":     `{"action":"job_updated","payload":{"job":{"id":-4}}}`,
		"fraction":        `{"action":"job_updated","payload":{"job":{"id":4.5}}}`,
		"exponent":        `{"action":"job_updated","payload":{"job":{"id":4e3}}}`,
		"id is an object": `{"action":"job_updated","payload":{"job":{"id":{}}}}`,
		"no id":           `{"action":"new_candidate_application","payload":{"application":{}}}`,
		"no payload":      `{"action":"new_candidate_application"}`,
		"invalid UTF-8":   "{\"action\":\"ping\",\"x\":\"\xff\"}",
	} {
		events, err := g.Receive(delivery(body, sign(testSecret, body), "e"))
		if fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("%s: %v %v", name, events, err)
		}
	}
}

func TestReceivePing(t *testing.T) {
	g := receiver(t, testSecret)
	one := func(d ats.Delivery) fairlead.Event {
		t.Helper()
		events, err := g.Receive(d)
		if err != nil || len(events) != 1 || events[0].Kind != fairlead.Ping {
			t.Fatalf("%+v %v", events, err)
		}
		return events[0]
	}
	signed := one(delivery(`{"action":"ping","payload":{"web_hook_id":123}}`, sign(testSecret, `{"action":"ping","payload":{"web_hook_id":123}}`), "p1"))
	a := one(delivery(`{"action":"ping","payload":{"web_hook_id":123}}`, "", "p2"))
	b := one(delivery(`{"action":"ping"}`, "", "p3"))
	if a.DeliveryKey != b.DeliveryKey || a.DeliveryKey == signed.DeliveryKey {
		t.Errorf("unsigned pings must leave one row: %q %q %q", a.DeliveryKey, b.DeliveryKey, signed.DeliveryKey)
	}
	if _, err := g.Receive(delivery(`{"action":"ping"}`, sign("wrong", `{"action":"ping"}`), "")); fairlead.CodeOf(err) != fairlead.Unauthenticated {
		t.Errorf("a ping with a wrong signature: %v", err)
	}
	big := `{"action":"ping","x":"` + strings.Repeat("x", maxPing) + `"}`
	if _, err := g.Receive(delivery(big, "", "")); fairlead.CodeOf(err) != fairlead.Unauthenticated {
		t.Errorf("a large unsigned ping: %v", err)
	}
}

func TestReceiveActions(t *testing.T) {
	g := receiver(t, testSecret)
	app := `{"application":{"id":7100000123,"candidate":{"id":6000000456},"jobs":[]}}`
	person := `{"person":{"id":6000000456,"new_candidate_id":6000000999,"deleted_application_ids":[1]}}`
	type want struct {
		kind                   fairlead.EventKind
		application, candidate fairlead.RemoteID
		job, into              fairlead.RemoteID
	}
	about := func(k fairlead.EventKind) want {
		return want{kind: k, application: "7100000123", candidate: "6000000456"}
	}
	skipped := want{kind: fairlead.Skipped}
	rows := []struct {
		action, payload string
		want            want
	}{
		{"new_candidate_application", app, about(fairlead.ApplicationCreated)},
		{"application_updated", app, about(fairlead.ApplicationUpdated)},
		{"candidate_stage_change", app, about(fairlead.StageChanged)},
		{"reject_candidate", app, about(fairlead.StageChanged)},
		{"unreject_candidate", app, about(fairlead.StageChanged)},
		{"hire_candidate", app, about(fairlead.StageChanged)},
		{"unhire_candidate", app, about(fairlead.StageChanged)},
		{"new_prospect_application", app, skipped},
		{"delete_application", `{"application":{"id":7100000123,"candidate_id":6000000456,"job_id":4001}}`, want{fairlead.ApplicationDeleted, "7100000123", "6000000456", "4001", ""}},
		{"update_candidate", `{"candidate":{"id":6000000456,"custom_fields":[]}}`, want{kind: fairlead.CandidateUpdated, candidate: "6000000456"}},
		{"delete_candidate", person, want{kind: fairlead.CandidateDeleted, candidate: "6000000456"}},
		{"merge_candidate", person, want{kind: fairlead.CandidateMerged, candidate: "6000000456", into: "6000000999"}},
		{"candidate_anonymized", `{"candidate_id":6000000456,"anonymized_fields":["source","attachments"]}`, want{kind: fairlead.CandidateAnonymized, candidate: "6000000456"}},
		{"candidate_anonymized", `{"candidate_id":6000000456,"anonymized_fields":["source","recruiter"]}`, want{kind: fairlead.Skipped, candidate: "6000000456"}},
		{"candidate_anonymized", `{"candidate_id":6000000456}`, want{kind: fairlead.CandidateAnonymized, candidate: "6000000456"}},
		{"job_updated", `{"job":{"id":4001}}`, want{kind: fairlead.JobUpdated, job: "4001"}},
		{"job_deleted", `{"job":{"id":"4001"}}`, want{kind: fairlead.JobUpdated, job: "4001"}},
		{"job_post_created", `{"id":5,"job_id":4001}`, want{kind: fairlead.JobUpdated, job: "4001"}},
		{"job_post_updated", `{"id":5,"job_id":4001}`, want{kind: fairlead.JobUpdated, job: "4001"}},
		{"job_post_updated", `{"id":5,"job_id":null}`, skipped},
		{"job_post_deleted", `{"job_post":{"id":5,"job_id":4001}}`, want{kind: fairlead.JobUpdated, job: "4001"}},
		{"job_created", `{"job":{"id":4001}}`, skipped},
		{"job_approved", `{"job":{"id":4001},"approval_flow":{}}`, skipped},
		{"offer_created", `{"id":1,"application_id":2}`, skipped},
		{"offer_approved", `{"id":1}`, skipped},
		{"offer_updated", `{"id":1}`, skipped},
		{"offer_deleted", `{"offer":{"id":1}}`, skipped},
		{"interview_deleted", `{"interview":{"id":1}}`, skipped},
		{"scorecard_deleted", `{"scorecard":{"id":1}}`, skipped},
		{"job_interview_stage_deleted", `{"job_interview_stage":{"id":1}}`, skipped},
		{"department_deleted", `{"department":{"id":1}}`, skipped},
		{"office_deleted", `{"office":{"id":1}}`, skipped},
		{"candidate_levitated", `{"anything":[1,2]}`, want{kind: fairlead.Unknown}},
		{"candidate_levitated", `[]`, want{kind: fairlead.Unknown}},
	}
	actions := map[string]bool{}
	for _, r := range rows {
		body := `{"action":"` + r.action + `","payload":` + r.payload + `}`
		events, err := g.Receive(delivery(body, sign(testSecret, body), "e"))
		if err != nil || len(events) != 1 {
			t.Errorf("%s: %v %v", r.action, events, err)
			continue
		}
		e := events[0]
		if got := (want{e.Kind, e.Application, e.Candidate, e.Job, e.MergedInto}); got != r.want {
			t.Errorf("%s %s: got %+v, want %+v", r.action, r.payload, got, r.want)
		}
		if e.RemoteKind != r.action || len(e.BodySHA256) != 64 || e.DeliveryKey == "" {
			t.Errorf("%s: incomplete event %+v", r.action, e)
		}
		if e.Kind != fairlead.Unknown {
			actions[r.action] = true
		}
	}
	if len(actions) != 29 {
		t.Errorf("%d actions are known, Greenhouse has 29", len(actions))
	}
}

func TestDeliveryKey(t *testing.T) {
	g := receiver(t, testSecret)
	key := func(body, id string) string {
		events, err := g.Receive(delivery(body, sign(testSecret, body), id))
		if err != nil {
			t.Fatal(err)
		}
		return events[0].DeliveryKey
	}
	a, b := `{"action":"job_updated","payload":{"job":{"id":1}}}`, `{"action":"job_updated","payload":{"job":{"id":2}}}`
	first := key(a, "e1")
	if again := key(a, "e1"); first != again {
		t.Error("a retry with the same id and bytes is another event")
	}
	if key(a, "e1") == key(a, "e3") {
		t.Error("a true second event with equal bytes (A→B→A→B) is swallowed")
	}
	if key(a, "e1") == key(b, "e1") {
		t.Error("an id used twice swallows a different event")
	}
	if bare, again := key(a, ""), key(a, ""); bare != again || key(a, "") == key(b, "") {
		t.Error("without an id the bytes decide")
	}
}

func FuzzReceive(f *testing.F) {
	g := receiver(f, testSecret)
	f.Add([]byte(`{"action":"new_candidate_application","payload":{"application":{"id":7100000123,"candidate":{"id":6000000456}}}}`))
	f.Add([]byte(`{"action":"candidate_anonymized","payload":{"candidate_id":1,"anonymized_fields":["full_name"]}}`))
	f.Add([]byte(`{"action":"merge_candidate","payload":{"person":{"id":1,"new_candidate_id":2,"candidate":[]}}}`))
	f.Add([]byte(`{"action":"x","payload":[[[[{}]]]]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := g.Receive(delivery(string(body), sign(testSecret, string(body)), "e"))
		switch code := fairlead.CodeOf(err); {
		case err != nil && code != fairlead.Invalid:
			t.Fatalf("code %s", code)
		case err == nil && len(events) != 1:
			t.Fatalf("%d events", len(events))
		case err == nil && events[0].Kind.Actionable() && events[0].Application == "" && events[0].Candidate == "" && events[0].Job == "":
			t.Fatal("work about nothing")
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	g := receiver(b, testSecret)
	body := `{"action":"new_candidate_application","payload":{"application":{"id":7100000123,"candidate":{"id":6000000456},"custom_fields":{"x":{"name":"X","type":"short_text","value":"` + strings.Repeat("lorem ipsum ", 480) + `"}}}}}`
	d := delivery(body, sign(testSecret, body), "e1")
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := g.Receive(d); err != nil {
			b.Fatal(err)
		}
	}
}
