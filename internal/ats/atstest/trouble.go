package atstest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// inbox takes deliveries and answers 200.
type inbox struct {
	url string
	got chan ats.Delivery
}

func newInbox(t *testing.T) inbox {
	in := inbox{got: make(chan ats.Delivery, 1000)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			in.got <- ats.Delivery{Header: r.Header, Body: body, ReceivedAt: time.Now()}
		}
	}))
	t.Cleanup(server.Close)
	in.url = server.URL
	return in
}

func (in inbox) next(t *testing.T) ats.Delivery {
	t.Helper()
	select {
	case d := <-in.got:
		return d
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was delivered within 10 s")
		return ats.Delivery{}
	}
}

// until receives deliveries until one gives an event of this kind.
func (b *bench) until(t *testing.T, in inbox, kind fairlead.EventKind) fairlead.Event {
	t.Helper()
	for {
		events, err := b.c.Receive(in.next(t))
		if err != nil {
			t.Fatalf("receive: %v", err)
		}
		for _, e := range events {
			if e.DeliveryKey == "" || len(e.BodySHA256) != 64 || e.RemoteKind == "" {
				t.Fatalf("incomplete event %+v", e)
			}
			if e.Kind == kind {
				return e
			}
		}
	}
}

func (s Setup) webhooks(t *testing.T) {
	b := s.bench(t, Options{})
	in := newInbox(t)
	job := b.Job(t, "Ingénieur <R&D>", jobText)
	b.Webhooks(t, in.url, WebhookSecret, s.WebhookActions)
	b.until(t, in, fairlead.Ping)

	a := b.Apply(t, job, "Zoë O'Neil", nil)
	created := b.until(t, in, fairlead.ApplicationCreated)
	if created.Application != a.Remote() || created.Candidate != a.RemoteCandidate() {
		t.Errorf("created: %+v", created)
	}
	b.Human(t, "move", map[string]any{"application": a.Application})
	if e := b.until(t, in, fairlead.StageChanged); e.Application != a.Remote() {
		t.Errorf("moved: %+v", e)
	}
	b.Human(t, "edit_candidate", map[string]any{"candidate": a.Candidate, "value": "Engineer"})
	if e := b.until(t, in, fairlead.CandidateUpdated); e.Candidate != a.RemoteCandidate() {
		t.Errorf("edited: %+v", e)
	}
	b.Human(t, "edit_job", map[string]any{"job": job, "name": "Engineer"})
	if e := b.until(t, in, fairlead.JobUpdated); e.Job != remote(job) {
		t.Errorf("job: %+v", e)
	}
	// Our own write comes back; it is an update like any other.
	target := b.target(t, a, "assessment-1")
	b.mustWrite(t, target, ats.Shape(target.Fields, values("82", "Keeps books.", "assessment-1", "SAP")))
	if e := b.until(t, in, fairlead.ApplicationUpdated); e.Application != a.Remote() {
		t.Errorf("echo: %+v", e)
	}

	t.Run("delivery keys", func(t *testing.T) {
		b.Fault(t, "webhook_duplicate", map[string]any{"action": created.RemoteKind, "count": 1})
		b.Apply(t, job, "Twice", nil)
		one, two := b.until(t, in, fairlead.ApplicationCreated), b.until(t, in, fairlead.ApplicationCreated)
		if one.DeliveryKey != two.DeliveryKey || one.DeliveryKey == created.DeliveryKey {
			t.Errorf("keys %q, %q, %q", created.DeliveryKey, one.DeliveryKey, two.DeliveryKey)
		}
	})
	t.Run("forged", func(t *testing.T) {
		for _, fault := range []string{"webhook_bad_signature", "webhook_no_signature"} {
			b.Fault(t, fault, map[string]any{"count": 1, "action": created.RemoteKind})
			b.Apply(t, job, "Mallory", nil)
			for {
				d := in.next(t)
				events, err := b.c.Receive(d)
				if err == nil && len(events) == 1 && events[0].Kind != fairlead.ApplicationCreated {
					continue // an echo of before
				}
				if fairlead.CodeOf(err) != fairlead.Unauthenticated {
					t.Errorf("%s: %v", fault, err)
				}
				s.keepsQuiet(t, err)
				break
			}
		}
		b.Apply(t, job, "Alice", nil)
		for {
			d := in.next(t)
			if events, err := b.c.Receive(d); err != nil || events[0].Kind != fairlead.ApplicationCreated {
				continue
			}
			for i := range d.Body {
				if i%37 != 0 {
					continue
				}
				bad := slices.Clone(d.Body)
				bad[i] ^= 1
				if _, err := b.c.Receive(ats.Delivery{Header: d.Header, Body: bad}); fairlead.CodeOf(err) != fairlead.Unauthenticated {
					t.Fatalf("byte %d flipped: %v", i, err)
				}
			}
			break
		}
	})
	t.Run("oddities", func(t *testing.T) {
		b.Fault(t, "webhook_unknown_action", map[string]any{"action": created.RemoteKind, "count": 1})
		b.Apply(t, job, "Odd", nil)
		b.until(t, in, fairlead.Unknown)
		for _, fault := range []string{"webhook_custom_fields_list", "webhook_public_name", "webhook_unicode"} {
			b.Fault(t, fault, map[string]any{"count": 1})
			odd := b.Apply(t, job, "Odd Ørsted", nil)
			if e := b.until(t, in, fairlead.ApplicationCreated); e.Application != odd.Remote() {
				t.Errorf("%s: %+v", fault, e)
			}
		}
	})
	b.Heal(t)
	gone := b.Apply(t, job, "Gone", nil)
	b.Human(t, "delete_application", map[string]any{"application": gone.Application})
	if e := b.until(t, in, fairlead.ApplicationDeleted); e.Application != gone.Remote() {
		t.Errorf("deleted: %+v", e)
	}
	secondary := b.Apply(t, job, "Same", nil)
	b.Human(t, "merge", map[string]any{"candidate": secondary.Candidate, "into": a.Candidate})
	if e := b.until(t, in, fairlead.CandidateMerged); e.Candidate != secondary.RemoteCandidate() || e.MergedInto != a.RemoteCandidate() {
		t.Errorf("merged: %+v", e)
	}
	b.Human(t, "anonymize", map[string]any{"candidate": a.Candidate})
	if e := b.until(t, in, fairlead.CandidateAnonymized); e.Candidate != a.RemoteCandidate() {
		t.Errorf("anonymised: %+v", e)
	}
	b.Human(t, "delete_candidate", map[string]any{"candidate": a.Candidate})
	if e := b.until(t, in, fairlead.CandidateDeleted); e.Candidate != a.RemoteCandidate() {
		t.Errorf("deleted: %+v", e)
	}
}

func (s Setup) faults(t *testing.T) {
	b := s.bench(t, Options{})
	a := b.Apply(t, b.Job(t, "Accountant", jobText), "Maya Ito", nil)
	target := b.target(t, a, "assessment-1")
	fails := func(t *testing.T, code fairlead.Code) {
		t.Helper()
		_, err := b.c.Fetch(t.Context(), a.Remote())
		if fairlead.CodeOf(err) != code {
			t.Errorf("want %s: %v", code, err)
		}
		s.keepsQuiet(t, err, "Maya", "Ito", resumeText)
		b.Heal(t)
	}
	// A hiccup is not noticed.
	b.Fault(t, "status", map[string]any{"status": 500, "method": "GET", "count": 1})
	fails(t, "")
	b.Fault(t, "reset", map[string]any{"method": "GET", "count": 1})
	fails(t, "")
	b.Fault(t, "redacted_candidate", nil)
	if _, err := b.c.Fetch(t.Context(), a.Remote()); err != nil {
		t.Errorf("a redacted candidate: %v", err)
	}
	b.Heal(t)
	for _, variant := range []string{"html", "truncated", "empty", "nan", "deep", "huge"} {
		b.Fault(t, "garbage", map[string]any{"variant": variant, "path": "/v3", "method": "GET"})
		_, err := b.c.Fetch(t.Context(), a.Remote())
		if code := fairlead.CodeOf(err); code != fairlead.Unavailable && code != fairlead.Invalid {
			t.Errorf("%s: %v", variant, err)
		}
		s.keepsQuiet(t, err, "Maya", "Ito")
		b.Heal(t)
	}
	b.Fault(t, "timeout", map[string]any{"method": "GET", "count": 1})
	if _, err := b.c.Fetch(soon(t), a.Remote()); fairlead.CodeOf(err) != fairlead.Unavailable {
		t.Errorf("no answer: %v", err)
	}
	b.Heal(t)
	if _, err := b.c.Fetch(t.Context(), a.Remote()); err != nil {
		t.Errorf("the next one: %v", err)
	}
	// An ATS that is down is left alone after a while.
	b.Fault(t, "status", map[string]any{"status": 503, "path": "/v3"})
	before := len(b.Journal(t).Requests)
	for range 40 {
		if _, err := b.c.Read(t.Context(), target); fairlead.CodeOf(err) != fairlead.Unavailable {
			t.Fatalf("down: %v", err)
		}
	}
	if n := len(b.Journal(t).Requests) - before; n > 20 {
		t.Errorf("%d requests to an ATS that is down", n)
	}
}

func (s Setup) rateLimit(t *testing.T) {
	b := s.bench(t, Options{})
	a := b.Apply(t, b.Job(t, "Accountant", jobText), "Maya Ito", nil)
	b.snapshot(t, a)
	for _, row := range []struct {
		retryAfter string
		least      time.Duration
		most       time.Duration
	}{
		{"7", 6 * time.Second, 7 * time.Second},
		{"3600", 14 * time.Minute, 15 * time.Minute},
		{time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat), 80 * time.Second, 91 * time.Second},
		{"99999999999999999999", 14 * time.Minute, 15 * time.Minute},
	} {
		c := s.Connect(t, b.Address)
		if _, err := c.Fetch(t.Context(), a.Remote()); err != nil {
			t.Fatal(err)
		}
		b.Fault(t, "status", map[string]any{"status": 429, "retry_after": row.retryAfter, "path": "/v3", "count": 1})
		_, err := c.Fetch(t.Context(), a.Remote())
		if wait := fairlead.RetryAfterOf(err); fairlead.CodeOf(err) != fairlead.RateLimited || wait < row.least || wait > row.most {
			t.Errorf("Retry-After %s: %v, wait %v", row.retryAfter, err, wait)
		}
		requests := len(b.Journal(t).Requests)
		if _, err = c.Fetch(t.Context(), a.Remote()); fairlead.CodeOf(err) != fairlead.RateLimited {
			t.Errorf("asked again too early: %v", err)
		}
		if len(b.Journal(t).Requests) != requests {
			t.Error("a request went out while we were told to wait")
		}
		b.Heal(t)
	}

	small := s.bench(t, Options{RateLimit: 12})
	job := small.Job(t, "Accountant", jobText)
	var limited int
	for i := range 20 {
		_, err := small.c.Fetch(t.Context(), small.Apply(t, job, fmt.Sprint("Person ", i), nil).Remote())
		switch {
		case fairlead.CodeOf(err) == fairlead.RateLimited && fairlead.RetryAfterOf(err) > 0:
			limited++
		case err != nil:
			t.Fatal(err)
		}
	}
	if limited == 0 {
		t.Error("twenty applications fit into twelve requests")
	}
	if n := small.Journal(t).OverLimit; n != 0 {
		t.Errorf("%d requests went over the limit", n)
	}
}

func (s Setup) tokens(t *testing.T) {
	for _, fault := range []string{"only_expires_at", "only_expires_in", "new_token_revokes"} {
		b := s.bench(t, Options{})
		b.Fault(t, fault, nil)
		a := b.Apply(t, b.Job(t, "Accountant", jobText), "Maya Ito", nil)
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if _, err := b.c.Fetch(t.Context(), a.Remote()); err != nil {
					t.Errorf("%s: %v", fault, err)
				}
			})
		}
		wait.Wait()
		b.Fault(t, "revoke_tokens", nil)
		for range 20 {
			wait.Go(func() {
				if _, err := b.c.Fetch(t.Context(), a.Remote()); err != nil {
					t.Errorf("%s, revoked: %v", fault, err)
				}
			})
		}
		wait.Wait()
		minted := 0
		for _, r := range b.Journal(t).Requests {
			if r.Path == "/token" {
				minted++
			}
		}
		if minted > 2 {
			t.Errorf("%s: %d tokens were minted for one start and one revocation", fault, minted)
		}
	}
}

// burst: sixty applications at once, the ATS answering in 50 ms.
func (s Setup) burst(t *testing.T) {
	const people = 60
	b := s.bench(t, Options{Latency: 50 * time.Millisecond})
	job := b.Job(t, "Accountant", jobText)
	applied := make([]Applied, people)
	for i := range applied {
		applied[i] = b.Apply(t, job, fmt.Sprint("Person ", i), nil)
	}
	target := b.target(t, applied[0], "assessment-1")
	v := ats.Shape(target.Fields, values("82", "Keeps books.", "assessment-1", "SAP"))
	before := len(b.Journal(t).Requests)
	began := time.Now()
	took := make([]time.Duration, people)
	var wait sync.WaitGroup
	for i, a := range applied {
		wait.Go(func() {
			defer func() { took[i] = time.Since(began) }()
			if err := b.carry(t, a, target, v); err != nil {
				t.Errorf("person %d: %v", i, err)
			}
		})
	}
	wait.Wait()
	slices.Sort(took)
	p95, calls := took[people*95/100], len(b.Journal(t).Requests)-before
	t.Logf("%d applications from fetch to verified field: p50 %v, p95 %v, %d calls", people, took[people/2].Round(time.Millisecond), p95.Round(time.Millisecond), calls)
	// The goal is 2 s on a quiet machine, which the demo and the figure above
	// show. What fails here is a stall or a queue: one after the other sixty
	// would take 20 s, and reads on their own would make 540 calls.
	if p95 > 8*time.Second {
		t.Errorf("p95 %v", p95)
	}
	if calls > 2*people+180 {
		t.Errorf("%d calls", calls)
	}
}

// carry takes one application from fetch to verified field.
func (b *bench) carry(t *testing.T, a Applied, target ats.Target, v fairlead.Values) error {
	snap, err := b.c.Fetch(t.Context(), a.Remote())
	if err != nil {
		return err
	}
	f, err := b.c.Resume(t.Context(), *snap.Resume)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, f)
	if closed := f.Close(); err != nil || closed != nil {
		return fmt.Errorf("download: %w", err)
	}
	target.Application, target.Candidate = a.Remote(), a.RemoteCandidate()
	if _, err := b.c.Read(t.Context(), target); err != nil {
		return err
	}
	if err := b.c.Write(t.Context(), target, v); err != nil {
		return err
	}
	now, err := b.c.Read(t.Context(), target)
	if err == nil && !now.Values.Equal(v) {
		return fmt.Errorf("read back %v", now.Values)
	}
	return err
}
