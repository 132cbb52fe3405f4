package sandbox_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

// delivered is one webhook request as a receiver saw it.
type delivered struct {
	at     time.Time
	header http.Header
	body   []byte
	action string
	json   map[string]any
}

// receiver answers webhooks and keeps them. It is an http.RoundTripper too, so
// that no network is needed where time is simulated.
type receiver struct {
	mu     sync.Mutex
	got    []delivered
	status func(n int) int // of the n-th request that is no ping; nil: 200
	ping   int             // 0: 200
	pings  int
	arrive chan struct{}
}

func newReceiver() *receiver { return &receiver{arrive: make(chan struct{}, 10000)} }

func (r *receiver) take(req *http.Request) int {
	body, _ := io.ReadAll(req.Body)
	var envelope struct {
		Action  string         `json:"action"`
		Payload map[string]any `json:"payload"`
	}
	_ = json.Unmarshal(body, &envelope)
	r.mu.Lock()
	defer r.mu.Unlock()
	if envelope.Action == "ping" {
		r.pings++
		return max(r.ping, 200)
	}
	r.got = append(r.got, delivered{time.Now(), req.Header.Clone(), body, envelope.Action, envelope.Payload})
	select {
	case r.arrive <- struct{}{}:
	default:
	}
	if r.status != nil {
		return r.status(len(r.got))
	}
	return http.StatusOK
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) { w.WriteHeader(r.take(req)) }

func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	status := r.take(req)
	if status == 0 {
		return nil, errors.New("no answer")
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Header: http.Header{}, Request: req}, nil
}

func (r *receiver) all() []delivered {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// wait waits until n webhooks have come and returns them.
func (r *receiver) wait(t *testing.T, n int) []delivered {
	t.Helper()
	for len(r.all()) < n {
		select {
		case <-r.arrive:
		case <-time.After(time.Minute):
			t.Fatalf("%d webhooks came, want %d", len(r.all()), n)
		}
	}
	return r.all()
}

// simulated runs f where time is simulated, with an account whose webhooks go to
// r. Registered are the actions (none: all recommended).
func simulated(t *testing.T, c sandbox.Config, r *receiver, actions []string, f func(t *testing.T, g *sandbox.Greenhouse)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c.HTTPClient = &http.Client{Transport: r}
		g := sandbox.NewGreenhouse(c)
		defer g.Close()
		g.Register(context.Background(), "https://fairlead.example/webhooks/c1", "s3cr3t-Ab12", actions...)
		f(t, g)
	})
}

func addJob(t *testing.T, g *sandbox.Greenhouse) int64 {
	t.Helper()
	job, err := g.AddJob(sandbox.Job{Title: "Ingénieur R&D", Description: "<p>Go</p>"})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func applyAs(t *testing.T, g *sandbox.Greenhouse, job int64, name string) sandbox.Made {
	t.Helper()
	made, err := g.Apply(sandbox.Applicant{Name: name, Email: "m@mail.example", Job: job, Filename: "cv.pdf", Resume: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestRetrySchedule: seven attempts with the documented waits, one id, and then
// the ATS gives up.
func TestRetrySchedule(t *testing.T) {
	r := newReceiver()
	r.status = func(int) int { return http.StatusAccepted } // 202 is not 200
	simulated(t, sandbox.Config{}, r, []string{"job_created"}, func(t *testing.T, g *sandbox.Greenhouse) {
		began := time.Now()
		addJob(t, g)
		time.Sleep(24 * time.Hour)
		got := r.all()
		want := []time.Duration{0, time.Minute, 16 * time.Minute, 76 * time.Minute, 196 * time.Minute, 436 * time.Minute, 916 * time.Minute}
		if len(got) != len(want) {
			t.Fatalf("%d attempts, want %d", len(got), len(want))
		}
		for i, d := range got {
			if after := d.at.Sub(began); after != want[i] {
				t.Errorf("attempt %d after %v, want %v", i+1, after, want[i])
			}
			if !bytes.Equal(d.body, got[0].body) || d.header.Get("Greenhouse-Event-ID") != got[0].header.Get("Greenhouse-Event-ID") {
				t.Errorf("attempt %d is another delivery", i+1)
			}
		}
		records := g.Journal().Deliveries
		if last := records[len(records)-1]; last.State != "gave_up" || len(last.Attempts) != 7 || last.Attempts[6].Status != 202 {
			t.Errorf("journal: %+v", last)
		}
	})
}

// TestRetryEnds: the first 200 ends a delivery, whatever came before.
func TestRetryEnds(t *testing.T) {
	r := newReceiver()
	r.status = func(n int) int { return []int{0, 503, 302, 200, 200}[n-1] }
	simulated(t, sandbox.Config{TimeScale: 60}, r, []string{"job_created"}, func(t *testing.T, g *sandbox.Greenhouse) {
		began := time.Now()
		addJob(t, g)
		time.Sleep(time.Hour)
		got := r.all()
		if len(got) != 4 || got[3].at.Sub(began) != 76*time.Second {
			t.Fatalf("%d attempts; at sixty times the speed the fourth comes after 76 s", len(got))
		}
		records := g.Journal().Deliveries
		last := records[len(records)-1]
		if last.State != "delivered" || last.Attempts[0].Error != "network error" || last.Attempts[3].Status != 200 {
			t.Errorf("journal: %+v", last)
		}
	})
}

// TestSignature: over the exact bytes, which the sender escapes.
func TestSignature(t *testing.T) {
	r := newReceiver()
	simulated(t, sandbox.Config{}, r, []string{"job_created"}, func(t *testing.T, g *sandbox.Greenhouse) {
		addJob(t, g)
		synctest.Wait()
		d := r.all()[0]
		mac := hmac.New(sha256.New, []byte("s3cr3t-Ab12"))
		mac.Write(d.body)
		if want := "sha256 " + hex.EncodeToString(mac.Sum(nil)); d.header.Get("Signature") != want {
			t.Errorf("Signature = %q, want %q", d.header.Get("Signature"), want)
		}
		if !bytes.Contains(d.body, []byte(`Ingénieur R\u0026D`)) {
			t.Errorf("the body is not escaped as the vendor escapes it: %s", d.body)
		}
		if d.header.Get("Content-Type") != "application/json" || d.header.Get("Greenhouse-Event-ID") == "" || d.header.Get("User-Agent") == "" {
			t.Errorf("headers = %v", d.header)
		}
		sum := sha256.Sum256(d.body)
		records := g.Journal().Deliveries
		if last := records[len(records)-1]; last.BodySHA256 != hex.EncodeToString(sum[:]) || last.Attempts[0].Signature != "good" || last.EventID != d.header.Get("Greenhouse-Event-ID") {
			t.Errorf("journal: %+v", last)
		}
	})
}

// TestReferenceVectors: the reference's own example of a body and its proof.
func TestReferenceVectors(t *testing.T) {
	for body, want := range map[string]string{
		`{"action":"candidate_anonymized","payload":{"candidate_id":37000001,"anonymized_fields":["full_name","email_addresses"]}}`: "sha256 627f783141263dfe9dbec95c06e3c6f5fc557fcac55104aa6783fbd46b2c9470",
		`{"action":"job_updated","payload":{"job":{"id":4001,"name":"Ing\u00e9nieur","notes":"\u003cp\u003ehello\u003c/p\u003e"}}}`: "sha256 0856a16849fcd206a71d73a420d82a643846cac10f912a2a0e1a2fac5424391c",
	} {
		if name, got := sandbox.SignGreenhouse("s3cr3t-Ab12", []byte(body)); name != "Signature" || got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}

// TestPayloads: what humans do fires what the vendor documents, in its words.
func TestPayloads(t *testing.T) {
	r := newReceiver()
	simulated(t, sandbox.Config{BaseURL: "https://gh.example"}, r, nil, func(t *testing.T, g *sandbox.Greenhouse) {
		job := addJob(t, g)
		made := applyAs(t, g, job, "Maya Ito")
		other := applyAs(t, g, job, "Maya Ito")
		third := applyAs(t, g, job, "Third Person")
		deeds := []sandbox.Deed{
			{Action: "move", Application: made.Application},
			{Action: "set_field", Application: made.Application, Key: "expected_salary", Value: map[string]any{"amount": 50000, "currency_code": "EUR"}},
			{Action: "set_field", Application: made.Application, Key: "needs_visa", Value: true},
			{Action: "reject", Application: made.Application},
			{Action: "unreject", Application: made.Application},
			{Action: "hire", Application: third.Application},
			{Action: "edit_job", Job: job, Name: "Engineer"},
			{Action: "edit_job_post", Job: job, Text: "<p>Rust</p>"},
			{Action: "edit_candidate", Candidate: made.Candidate, Value: "Analyst"},
			{Action: "replace_resume", Application: made.Application, Filename: "new.pdf", Resume: "eA=="},
			{Action: "merge", Candidate: other.Candidate, Into: made.Candidate},
			{Action: "anonymize", Candidate: made.Candidate},
			{Action: "delete_application", Application: made.Application},
			{Action: "delete_candidate", Candidate: third.Candidate},
		}
		var actions []string
		seen := map[string]map[string]any{}
		collect := func() {
			synctest.Wait()
			for _, d := range r.all()[len(actions):] {
				actions = append(actions, d.action)
				seen[d.action] = d.json
			}
		}
		collect()
		created := seen["new_candidate_application"]["application"].(map[string]any)
		for _, d := range deeds {
			if err := g.Recruit(d); err != nil {
				t.Fatalf("%s: %v", d.Action, err)
			}
			if d.Action == "set_field" && d.Key == "needs_visa" {
				collect()
				fields := seen["application_updated"]["application"].(map[string]any)["custom_fields"].(map[string]any)
				if f := fields["needs_visa"].(map[string]any); f["type"] != "boolean" || f["value"] != true {
					t.Errorf("yes_no in a webhook = %v", f)
				}
				if f := fields["expected_salary"].(map[string]any)["value"].(map[string]any); f["unit"] != "EUR" || f["currency_code"] != nil {
					t.Errorf("currency in a webhook = %v", f)
				}
				if jobs := seen["application_updated"]["application"].(map[string]any)["jobs"].([]any); len(jobs) != 0 {
					t.Errorf("application_updated has jobs: %v", jobs)
				}
			}
			collect()
		}
		slices.Sort(actions)
		for _, want := range []string{"job_created", "new_candidate_application", "candidate_stage_change", "application_updated", "reject_candidate", "unreject_candidate", "hire_candidate", "offer_updated", "job_updated", "job_post_updated", "update_candidate", "merge_candidate", "delete_application", "candidate_anonymized", "delete_candidate"} {
			if !slices.Contains(actions, want) {
				t.Errorf("no %s among %v", want, actions)
			}
		}
		if created["status"] != "active" || created["prospect"] != false || created["source"].(map[string]any)["name"] == nil || len(created["jobs"].([]any)) != 1 {
			t.Errorf("new application = %v", created)
		}
		candidate := created["candidate"].(map[string]any)
		file := candidate["attachments"].([]any)[0].(map[string]any)
		if file["type"] != "resume" || !strings.HasPrefix(file["url"].(string), "https://gh.example/files/") {
			t.Errorf("attachment = %v", file)
		}
		for _, k := range strings.Fields("id rejected_at prospect status applied_at last_activity_at url source credited_to rejection_reason rejection_details current_stage prospect_detail custom_fields candidate jobs") {
			if _, ok := created[k]; !ok {
				t.Errorf("new application has no %s", k)
			}
		}
		rejected := seen["reject_candidate"]["application"].(map[string]any)
		if rejected["status"] != "rejected" || rejected["source"].(map[string]any)["public_name"] == nil || rejected["rejection_reason"] == nil || rejected["prospect_detail"] != nil {
			t.Errorf("rejected = %v", rejected)
		}
		hired := seen["hire_candidate"]["application"].(map[string]any)
		if _, has := hired["status"]; has || hired["offer"] == nil || hired["job"] == nil || hired["opening"] == nil {
			t.Errorf("hired = %v", hired)
		}
		if offer := seen["offer_updated"]; offer["offer_status"] != "Accepted" || strings.Count(offer["start_date"].(string), "/") != 2 {
			t.Errorf("offer = %v", offer)
		}
		if merged := seen["merge_candidate"]["person"].(map[string]any); merged["new_candidate_id"] != float64(made.Candidate) || merged["id"] != float64(other.Candidate) {
			t.Errorf("merged = %v", merged)
		}
		if deleted := seen["delete_candidate"]["person"].(map[string]any); len(deleted["deleted_application_ids"].([]any)) != 1 {
			t.Errorf("deleted = %v", deleted)
		}
		if fields := seen["candidate_anonymized"]["anonymized_fields"].([]any); !slices.Contains(fields, any("full_name")) {
			t.Errorf("anonymized = %v", fields)
		}
		if post := seen["job_post_updated"]; post["content"] != "<p>Rust</p>" || post["job_id"] != float64(job) {
			t.Errorf("post = %v", post)
		}
	})
}

// TestMergeWithoutItsWebhook looks like a deletion.
func TestMergeWithoutItsWebhook(t *testing.T) {
	r := newReceiver()
	simulated(t, sandbox.Config{}, r, []string{"delete_candidate"}, func(t *testing.T, g *sandbox.Greenhouse) {
		job := addJob(t, g)
		one, two := applyAs(t, g, job, "A B"), applyAs(t, g, job, "A B")
		if err := g.Recruit(sandbox.Deed{Action: "merge", Candidate: two.Candidate, Into: one.Candidate}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := r.all(); len(got) != 1 || got[0].action != "delete_candidate" {
			t.Errorf("webhooks = %v", got)
		}
	})
}

// TestPingDisables: a webhook whose ping fails is saved disabled.
func TestPingDisables(t *testing.T) {
	r := newReceiver()
	r.ping = http.StatusNoContent
	simulated(t, sandbox.Config{}, r, []string{"job_created"}, func(t *testing.T, g *sandbox.Greenhouse) {
		if hooks := g.Hooks(); len(hooks) != 1 || hooks[0].Enabled {
			t.Fatalf("hooks = %v", hooks)
		}
		addJob(t, g)
		synctest.Wait()
		if got := r.all(); len(got) != 0 {
			t.Errorf("a disabled webhook was sent: %v", got)
		}
		r.mu.Lock()
		r.ping = 0
		r.mu.Unlock()
		g.Register(context.Background(), "https://fairlead.example/webhooks/c1", "new", "job_created")
		addJob(t, g)
		synctest.Wait()
		if got := r.all(); len(g.Hooks()) != 1 || len(got) != 1 {
			t.Errorf("saved again: hooks %v, %d webhooks", g.Hooks(), len(got))
		}
	})
}

// TestEcho: our own write comes back as a webhook, over real HTTP; a write that
// changes nothing does not.
func TestEcho(t *testing.T) {
	r := newReceiver()
	server := httptest.NewServer(r)
	defer server.Close()
	a := open(t, sandbox.Config{})
	hooks := a.control("/_sandbox/webhooks", map[string]any{"url": server.URL, "actions": []string{"application_updated", "update_candidate"}})
	if n := len(hooks["webhooks"].([]any)); n != 2 || r.pings != 2 {
		t.Fatalf("%d webhooks, %d pings", n, r.pings)
	}
	made := a.apply(a.job("Clerk"), "Bo Lee")
	write := `{"custom_fields":[{"name_key":"ai_match_score","value":86}]}`
	a.patch(made.Application, write)
	got := r.wait(t, 1)
	fields := got[0].json["application"].(map[string]any)["custom_fields"].(map[string]any)
	if got[0].action != "application_updated" || fields["ai_match_score"].(map[string]any)["value"] != 86.0 {
		t.Errorf("echo = %v", got[0])
	}
	a.patch(made.Application, write)
	a.patch(made.Application, `{"custom_fields":[{"name_key":"ai_match_score","value":87}]}`)
	if got = r.wait(t, 2); len(got) != 2 {
		t.Errorf("%d echoes, want 2", len(got))
	}
}

func TestWebhookFaults(t *testing.T) {
	fault := func(f sandbox.Fault) func(*testing.T, *sandbox.Greenhouse) {
		return func(t *testing.T, g *sandbox.Greenhouse) {
			t.Helper()
			if err := g.SetFault(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	good := func(d delivered) bool {
		_, proof := sandbox.SignGreenhouse("s3cr3t-Ab12", d.body)
		return d.header.Get("Signature") == proof
	}
	for _, c := range []struct {
		name  string
		set   func(*testing.T, *sandbox.Greenhouse)
		check func(t *testing.T, got []delivered, began time.Time)
	}{
		{"duplicate", fault(sandbox.Fault{Kind: sandbox.FaultHookDuplicate, Count: 1, N: 63}), func(t *testing.T, got []delivered, _ time.Time) {
			byID := map[string]int{}
			for _, d := range got {
				byID[d.header.Get("Greenhouse-Event-ID")]++
			}
			if len(got) != 65 || len(byID) != 2 {
				t.Errorf("%d deliveries of %d events, want 64 of one and another", len(got), len(byID))
			}
		}},
		{"drop", fault(sandbox.Fault{Kind: sandbox.FaultHookDrop, Count: 1}), func(t *testing.T, got []delivered, _ time.Time) {
			if len(got) != 1 {
				t.Errorf("%d deliveries, want the second only", len(got))
			}
		}},
		{"delay", fault(sandbox.Fault{Kind: sandbox.FaultHookDelay, Count: 1, Delay: "90s"}), func(t *testing.T, got []delivered, began time.Time) {
			if len(got) != 2 || got[1].at.Sub(began) != 90*time.Second {
				t.Errorf("deliveries = %v", got)
			}
		}},
		{"bad signature", fault(sandbox.Fault{Kind: sandbox.FaultHookBadSignature, Count: 1}), func(t *testing.T, got []delivered, _ time.Time) {
			if len(got) != 2 || good(got[0]) == good(got[1]) || got[0].header.Get("Signature") == "" {
				t.Error("want exactly one bad signature")
			}
		}},
		{"no signature", fault(sandbox.Fault{Kind: sandbox.FaultHookNoSignature, Count: 1}), func(t *testing.T, got []delivered, _ time.Time) {
			if len(got) != 2 || (got[0].header.Get("Signature") == "") == (got[1].header.Get("Signature") == "") {
				t.Error("want exactly one without a signature")
			}
		}},
		{"slow", fault(sandbox.Fault{Kind: sandbox.FaultHookSlow, Count: 1, Delay: "5s"}), func(t *testing.T, got []delivered, began time.Time) {
			if len(got) != 2 || got[1].at.Sub(began) < 4*time.Second || !good(got[1]) {
				t.Errorf("deliveries = %v", got)
			}
		}},
		{"unknown action", fault(sandbox.Fault{Kind: sandbox.FaultHookUnknown, Action: "job_created"}), func(t *testing.T, got []delivered, _ time.Time) {
			if len(got) != 2 || got[0].action != "candidate_constellation_changed" || !good(got[0]) {
				t.Errorf("action = %s", got[0].action)
			}
		}},
		{"another action's fault", fault(sandbox.Fault{Kind: sandbox.FaultHookDrop, Action: "job_deleted"}), func(t *testing.T, got []delivered, _ time.Time) {
			if len(got) != 2 {
				t.Errorf("%d deliveries, want 2", len(got))
			}
		}},
		{"custom fields as a list", fault(sandbox.Fault{Kind: sandbox.FaultHookFieldsList}), func(t *testing.T, got []delivered, _ time.Time) {
			if list, ok := got[0].json["job"].(map[string]any)["custom_fields"].([]any); !ok || len(list) != 0 || !good(got[0]) {
				t.Errorf("custom_fields = %v", got[0].json["job"])
			}
		}},
		{"unicode escapes", fault(sandbox.Fault{Kind: sandbox.FaultHookUnicode}), func(t *testing.T, got []delivered, _ time.Time) {
			if !bytes.Contains(got[0].body, []byte(`Ing\u00e9nieur R\u0026D`)) || !good(got[0]) {
				t.Errorf("body = %s", got[0].body)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver()
			simulated(t, sandbox.Config{}, r, []string{"job_created"}, func(t *testing.T, g *sandbox.Greenhouse) {
				c.set(t, g)
				began := time.Now()
				addJob(t, g)
				addJob(t, g)
				time.Sleep(10 * time.Minute)
				c.check(t, r.all(), began)
			})
		})
	}
}

// TestReorder holds deliveries and sends them newest first.
func TestReorder(t *testing.T) {
	r := newReceiver()
	simulated(t, sandbox.Config{}, r, []string{"new_candidate_application", "candidate_stage_change"}, func(t *testing.T, g *sandbox.Greenhouse) {
		if err := g.SetFault(sandbox.Fault{Kind: sandbox.FaultHookReorder, Count: 2}); err != nil {
			t.Fatal(err)
		}
		made := applyAs(t, g, addJob(t, g), "Bo Lee")
		synctest.Wait()
		if n := len(r.all()); n != 0 {
			t.Fatalf("%d deliveries before the second came", n)
		}
		if err := g.Recruit(sandbox.Deed{Action: "move", Application: made.Application}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		time.Sleep(time.Second)
		if got := r.all(); len(got) != 2 || got[0].action != "candidate_stage_change" {
			t.Errorf("order = %v", got)
		}
	})
}

// TestNewIDOnRetry: whether the vendor does it is not documented.
func TestNewIDOnRetry(t *testing.T) {
	r := newReceiver()
	r.status = func(n int) int { return map[bool]int{true: 500, false: 200}[n == 1] }
	simulated(t, sandbox.Config{}, r, []string{"job_created"}, func(t *testing.T, g *sandbox.Greenhouse) {
		if err := g.SetFault(sandbox.Fault{Kind: sandbox.FaultHookNewID}); err != nil {
			t.Fatal(err)
		}
		addJob(t, g)
		time.Sleep(2 * time.Minute)
		got := r.all()
		if len(got) != 2 || got[0].header.Get("Greenhouse-Event-ID") == got[1].header.Get("Greenhouse-Event-ID") {
			t.Fatalf("deliveries = %v", got)
		}
		records := g.Journal().Deliveries
		if last := records[len(records)-1]; last.Attempts[1].EventID != got[1].header.Get("Greenhouse-Event-ID") {
			t.Errorf("journal: %+v", last)
		}
	})
}

// TestCloseInterrupts: closing does not wait for hours.
func TestCloseInterrupts(t *testing.T) {
	r := newReceiver()
	r.status = func(int) int { return 500 }
	simulated(t, sandbox.Config{}, r, []string{"job_created"}, func(t *testing.T, g *sandbox.Greenhouse) {
		addJob(t, g)
		synctest.Wait()
		began := time.Now()
		g.Close()
		addJob(t, g) // nothing starts any more
		if waited := time.Since(began); waited != 0 {
			t.Errorf("closing took %v", waited)
		}
		if d := g.Journal().Deliveries; d[1].State != "interrupted" {
			t.Errorf("journal: %+v", d)
		}
	})
}
