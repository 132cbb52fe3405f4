package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/audit"
	"github.com/fairlead/fairlead/internal/secret"
	"github.com/fairlead/fairlead/internal/store"
	"github.com/fairlead/fairlead/internal/store/storetest"
)

var databases = storetest.New(func(ctx context.Context, dsn string) error {
	return store.Migrate(ctx, store.Config{DSN: dsn})
})

// onEach runs a test on a store of each engine.
func onEach(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	databases.Each(t, func(t *testing.T, dsn string) {
		w := newWorld(t, dsn)
		f(t, w)
		w.checkPromises(t)
	})
}

// world is a store with a clock of its own and what a test needs to fill it.
type world struct {
	*store.Store
	dsn    string
	master *secret.Master
	clock  atomic.Int64 // microseconds since 1970
	n      atomic.Int64
}

func newMaster(t testing.TB) *secret.Master {
	t.Helper()
	m, err := secret.Parse([]byte(strings.Repeat("3f", 31) + "40"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newWorld(t testing.TB, dsn string) *world {
	t.Helper()
	w := &world{dsn: dsn, master: newMaster(t)}
	w.clock.Store(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC).UnixMicro())
	w.reopen(t)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

func (w *world) reopen(t testing.TB) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{DSN: w.dsn, Master: w.master, Now: w.now})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	w.Store = s
}

func (w *world) now() time.Time       { return time.UnixMicro(w.clock.Load()).UTC() }
func (w *world) pass(d time.Duration) { w.clock.Add(d.Microseconds()) }
func (w *world) entry(k fairlead.EntryKind, facts map[string]string) fairlead.Entry {
	e := fairlead.NewEntry(w.now(), k, facts)
	e.Connection = "greenhouse"
	return e
}

// connect stores the connection, written back to or not.
func (w *world) connect(t *testing.T, writeBack bool) {
	t.Helper()
	c := fairlead.Connection{
		ID: "greenhouse", Kind: "greenhouse", Environment: fairlead.Sandbox, Settings: map[string]string{"base_url": "http://127.0.0.1"},
		Credentials: fairlead.Credentials{"client_secret": "canary-credential"}, WriteBack: writeBack, CreatedAt: w.now(),
		Fields: fairlead.FieldMap{
			{Output: fairlead.OutScore, Key: "ai_match_score", Type: fairlead.FieldNumber},
			{Output: fairlead.OutReasoning, Key: "ai_reasoning", Type: fairlead.FieldText, MaxLen: 255},
		},
	}
	if err := w.SaveConnection(t.Context(), c, w.entry(fairlead.EntryConnectionSaved, map[string]string{"connection": "greenhouse"})); err != nil {
		t.Fatalf("save connection: %v", err)
	}
}

// event is an open event about an application.
func (w *world) event(application fairlead.RemoteID) fairlead.Event {
	n := w.n.Add(1)
	return fairlead.Event{
		ID: fairlead.NewID[fairlead.EventID](w.now()), Connection: "greenhouse", Kind: fairlead.ApplicationUpdated, RemoteKind: "application_updated",
		DeliveryKey: fmt.Sprintf("delivery-%d", n), Application: application, Candidate: "c" + application, Job: "j1",
		BodySHA256: strings.Repeat("ab", 32), ReceivedAt: w.now(), State: fairlead.EventOpen,
	}
}

func (w *world) accepted(e fairlead.Event) fairlead.Entry {
	return w.entry(fairlead.EntryEventAccepted, map[string]string{"event": string(e.ID), "kind": string(e.Kind), "state": string(e.State)})
}

// accept stores a new open event about an application.
func (w *world) accept(t *testing.T, application fairlead.RemoteID) fairlead.Event {
	t.Helper()
	e := w.event(application)
	accepted, duplicates, err := w.AcceptEvents(t.Context(), []fairlead.Event{e}, []fairlead.Entry{w.accepted(e)})
	if err != nil || accepted != 1 || duplicates != 0 {
		t.Fatalf("accept: %d accepted, %d duplicates, %v", accepted, duplicates, err)
	}
	return e
}

// made is what a pass over an event's application makes of a resume.
func (w *world) made(e fairlead.Event, revision time.Time, resume string, score int) fairlead.Assessed {
	sum := sha256.Sum256([]byte(resume))
	digest := hex.EncodeToString(sum[:])
	a := fairlead.Assessment{
		ID: fairlead.NewID[fairlead.AssessmentID](w.now()), Score: &score, Band: fairlead.BandOf(score), Reasoning: "canary-reasoning of " + resume,
		Judgements: []fairlead.Judgement{{Criterion: fairlead.Criterion{ID: "c1", Text: "SQL"}, Verdict: fairlead.Met, Points: 10_000,
			Evidence: []fairlead.Evidence{{Text: "canary-quote", At: fairlead.Span{Start: 0, End: 12}}}}},
		Skills: []fairlead.Skill{{ID: "sql", Name: "canary-skill"}}, Flags: []fairlead.ProblemCode{fairlead.HiddenTextFound},
		InputSHA256: digest, RubricSHA256: strings.Repeat("cd", 32), TaxonomySHA256: strings.Repeat("ef", 32),
		AsOf: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Engine: "rules/1", CreatedAt: w.now(),
	}
	return fairlead.Assessed{
		Event: e.ID, Connection: e.Connection, Digest: digest, Revision: revision, FetchedAt: w.now(),
		Job:         fairlead.Job{Remote: "j1", Title: "Accountant", Description: "Keeps books.", Status: fairlead.JobOpen},
		Candidate:   fairlead.Candidate{Remote: e.Candidate, Name: "canary-name"},
		Application: fairlead.Application{Remote: e.Application, Stage: fairlead.StageApplied, StageName: "Application Review", AppliedAt: w.now(), Source: "Board"},
		Document:    fairlead.Document{Readable: true, Text: "canary-quote and canary-text of " + resume, SHA256: digest},
		Profile:     fairlead.Profile{Name: fairlead.Located{Value: "canary-name"}, Emails: []fairlead.Located{{Value: "canary@example.com"}}},
		Rubric:      fairlead.Rubric{Title: "Accountant", Criteria: []fairlead.Criterion{{ID: "c1", Text: "SQL", Weight: 10_000}}},
		Assessment:  a,
		Intended:    fairlead.Values{fairlead.OutScore: {fmt.Sprint(score)}, fairlead.OutReasoning: {a.Reasoning}, fairlead.OutAuditID: {string(a.ID)}},
	}
}

func (w *world) finish(t *testing.T, made fairlead.Assessed) fairlead.AssessedResult {
	t.Helper()
	r, err := w.tryFinish(t.Context(), made)
	if err != nil {
		t.Fatalf("finish assessment: %v", err)
	}
	return r
}

func (w *world) tryFinish(ctx context.Context, made fairlead.Assessed) (fairlead.AssessedResult, error) {
	assessed := w.entry(fairlead.EntryAssessmentFinished, map[string]string{"event": string(made.Event), "assessment": string(made.Assessment.ID)})
	assessed.Commit = map[string]string{"reasoning": made.Assessment.Reasoning, "text": made.Document.Text}
	ended := w.entry(fairlead.EntryEventEnded, map[string]string{"event": string(made.Event)})
	return w.FinishAssessment(ctx, made, assessed, ended)
}

// assess takes a new event to its assessment.
func (w *world) assess(t *testing.T, application fairlead.RemoteID, revision time.Time, resume string, score int) (fairlead.Event, fairlead.AssessedResult) {
	t.Helper()
	e := w.accept(t, application)
	return e, w.finish(t, w.made(e, revision, resume, score))
}

// state reads what the store exports.
func (w *world) state(t testing.TB) export { return readExport(t, w.Store) }

// write carries out a writeback that finds what it intended.
func (w *world) write(t *testing.T, id fairlead.WritebackID) fairlead.WritebackWork {
	t.Helper()
	work, err := w.BeginWriteback(t.Context(), id, time.Minute)
	if err != nil {
		t.Fatalf("begin writeback: %v", err)
	}
	state := fairlead.WritebackWritten
	if work.Superseded {
		state = fairlead.WritebackSuperseded
	} else {
		work.Writeback.Found = work.Writeback.Intended
	}
	w.end(t, work, state, "")
	return work
}

func (w *world) end(t *testing.T, work fairlead.WritebackWork, state fairlead.WritebackState, reason string) {
	t.Helper()
	if err := w.tryEnd(t.Context(), work, state, reason); err != nil {
		t.Fatalf("finish writeback: %v", err)
	}
}

func (w *world) tryEnd(ctx context.Context, work fairlead.WritebackWork, state fairlead.WritebackState, reason string) error {
	work.Writeback.State, work.Writeback.Reason, work.Writeback.FinishedAt = state, reason, w.now()
	entry := w.entry(fairlead.EntryWritebackFinished, map[string]string{
		"writeback": string(work.Writeback.ID), "assessment": string(work.Writeback.Assessment), "state": string(state),
	})
	entry.Commit = map[string]string{"match_score": strings.Join(work.Writeback.Found[fairlead.OutScore], "")}
	return w.FinishWriteback(ctx, work.Writeback, work.Lease, entry)
}

// checkPromises holds whatever a test did: the balance adds up, every change has
// its entry and every entry its change, and the log verifies.
func (w *world) checkPromises(t *testing.T) {
	t.Helper()
	if t.Failed() {
		return
	}
	ctx := context.Background()
	b, err := w.Balance(ctx)
	if err != nil {
		t.Fatalf("balance: %v", err)
	}
	if !b.Adds() {
		t.Errorf("the balance does not add up: %+v", b)
	}
	if err := audit.NewSealer(audit.Config{Log: w.Store}).Drain(ctx); err != nil {
		t.Fatalf("seal: %v", err)
	}
	var log strings.Builder
	if err := w.ExportAudit(ctx, &log); err != nil {
		t.Fatalf("export: %v", err)
	}
	report, err := audit.Verify(strings.NewReader(log.String()))
	if err != nil || !report.OK {
		t.Errorf("the audit log does not verify: %+v %v", report, err)
	}
	checkBijection(t, w.state(t), log.String())
}
