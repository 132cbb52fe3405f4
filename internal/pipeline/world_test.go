package pipeline_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
	"github.com/fairlead/fairlead/internal/audit"
	"github.com/fairlead/fairlead/internal/pipeline"
	"github.com/fairlead/fairlead/internal/secret"
	"github.com/fairlead/fairlead/internal/store"
	"github.com/fairlead/fairlead/internal/store/storetest"
)

var databases = storetest.New(func(ctx context.Context, dsn string) error {
	return store.Migrate(ctx, store.Config{DSN: dsn})
})

// onEach runs a story on a real store of each engine, and holds the promises to
// it at the end.
func onEach(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	databases.Each(t, func(t *testing.T, dsn string) {
		w := newWorld(t, dsn)
		f(t, w)
		w.checkPromises(t)
	})
}

// world is the pipeline between a scripted ATS and a real store.
type world struct {
	*pipeline.Pipeline
	store  *store.Store
	ats    *scriptedATS
	clock  atomic.Int64
	events atomic.Int64
	gate   *gate
}

func newWorld(t *testing.T, dsn string) *world {
	t.Helper()
	master, err := secret.Parse([]byte(strings.Repeat("3f", 31) + "40"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{gate: &gate{}}
	w.clock.Store(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC).UnixMicro())
	if w.store, err = store.Open(t.Context(), store.Config{DSN: dsn, Master: master, Now: w.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.ats = &scriptedATS{applications: map[fairlead.RemoteID]*application{}, gate: w.gate}
	guarded := guardedStore{w.store, w.gate}
	w.Pipeline = pipeline.New(pipeline.Config{
		Assess: guarded, Writeback: guarded, Reader: plainReader{}, Judge: countingJudge{}, Now: w.now, Logger: slog.New(slog.DiscardHandler),
		Connector: func(id fairlead.ConnectionID) (ats.Connector, bool) { return w.ats, id == "acme" },
	})
	w.connect(t, true)
	return w
}

func (w *world) now() time.Time       { return time.UnixMicro(w.clock.Load()).UTC() }
func (w *world) pass(d time.Duration) { w.clock.Add(d.Microseconds()) }

func (w *world) connect(t *testing.T, writeBack bool) {
	t.Helper()
	c := fairlead.Connection{
		ID: "acme", Kind: "scripted", Environment: fairlead.Sandbox, WriteBack: writeBack, CreatedAt: w.now(),
		Credentials: fairlead.Credentials{"token": "x"},
		Fields: fairlead.FieldMap{
			{Output: fairlead.OutScore, Key: "ai_score", Type: fairlead.FieldNumber},
			{Output: fairlead.OutReasoning, Key: "ai_reasoning", Type: fairlead.FieldText, MaxLen: 60},
			{Output: fairlead.OutAuditID, Key: "ai_audit", Type: fairlead.FieldText},
		},
	}
	if err := w.store.SaveConnection(t.Context(), c, fairlead.NewEntry(w.now(), fairlead.EntryConnectionSaved, nil)); err != nil {
		t.Fatal(err)
	}
}

// event stores an event as the receiver would.
func (w *world) event(t *testing.T, kind fairlead.EventKind, application, candidate, job fairlead.RemoteID) fairlead.EventID {
	t.Helper()
	e := fairlead.Event{
		ID: fairlead.NewID[fairlead.EventID](w.now()), Connection: "acme", Kind: kind, RemoteKind: string(kind), Application: application, Candidate: candidate, Job: job,
		DeliveryKey: fmt.Sprint("delivery ", w.events.Add(1)), BodySHA256: strings.Repeat("ab", 32), ReceivedAt: w.now(), State: fairlead.EventOpen,
	}
	entry := fairlead.NewEntry(w.now(), fairlead.EntryEventAccepted, map[string]string{"event": string(e.ID), "state": "open"})
	if _, _, err := w.store.AcceptEvents(t.Context(), []fairlead.Event{e}, []fairlead.Entry{entry}); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// applied makes an application with a resume and tells us.
func (w *world) applied(t *testing.T, id fairlead.RemoteID, resume string) fairlead.EventID {
	t.Helper()
	w.ats.apply(id, resume, w.now())
	return w.event(t, fairlead.ApplicationCreated, id, "person of "+id, "job")
}

// changed gives an application another resume and tells us.
func (w *world) changed(t *testing.T, id fairlead.RemoteID, resume string) fairlead.EventID {
	t.Helper()
	w.pass(time.Second)
	w.ats.edit(id, func(a *application) { a.resume, a.revision = resume, w.now() })
	return w.event(t, fairlead.ApplicationUpdated, id, "", "")
}

// run carries out what is open until nothing changes, as the queue would. It
// returns the errors that came of it.
func (w *world) run(t *testing.T) []error {
	t.Helper()
	var failed []error
	for range 5 {
		x := w.export(t)
		did := 0
		for _, e := range x.events {
			if e.State == "open" && e.Assessment == "" {
				did++
				if err := w.Assess(t.Context(), fairlead.EventID(e.ID)); err != nil {
					failed = append(failed, err)
				}
			}
		}
		for _, wb := range w.export(t).writebacks {
			if wb.State == "open" {
				did++
				if err := w.WriteBack(t.Context(), fairlead.WritebackID(wb.ID)); err != nil {
					failed = append(failed, err)
				}
			}
		}
		if did == 0 || len(failed) > 0 {
			return failed
		}
	}
	return failed
}

// mustRun is run for stories without trouble.
func (w *world) mustRun(t *testing.T) {
	t.Helper()
	for _, err := range w.run(t) {
		t.Errorf("run: %v", err)
	}
}

type exported struct {
	events     []exportedEvent
	writebacks []exportedWriteback
	scores     map[string]*int // by assessment
}

type exportedEvent struct{ ID, State, Reason, Application, Assessment, Kind string }

type exportedWriteback struct {
	ID, State, Reason, Application, Assessment string
	Intended, Before, Found                    map[string][]string
}

func (w *world) export(t *testing.T) exported {
	t.Helper()
	var b bytes.Buffer
	if err := w.store.ExportState(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	x := exported{scores: map[string]*int{}}
	for in := bufio.NewScanner(&b); in.Scan(); {
		var line struct{ Type, ID string }
		var err error
		if err = json.Unmarshal(in.Bytes(), &line); err == nil {
			switch line.Type {
			case "event":
				var e exportedEvent
				err = json.Unmarshal(in.Bytes(), &e)
				x.events = append(x.events, e)
			case "writeback":
				var wb exportedWriteback
				err = json.Unmarshal(in.Bytes(), &wb)
				x.writebacks = append(x.writebacks, wb)
			case "assessment":
				var a struct{ Score *int }
				err = json.Unmarshal(in.Bytes(), &a)
				x.scores[line.ID] = a.Score
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// ended is how an event ended.
func (w *world) ended(t *testing.T, id fairlead.EventID) exportedEvent {
	t.Helper()
	for _, e := range w.export(t).events {
		if e.ID == string(id) {
			return e
		}
	}
	t.Fatalf("no event %s", id)
	return exportedEvent{}
}

// checkPromises: the balance adds up and the audit log verifies, whatever was
// done to the story.
func (w *world) checkPromises(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	if b, err := w.store.Balance(ctx); err != nil || !b.Adds() {
		t.Errorf("balance %+v, %v", b, err)
	}
	if err := audit.NewSealer(audit.Config{Log: w.store}).Drain(ctx); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := w.store.ExportAudit(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if r, err := audit.Verify(&b); err != nil || !r.OK {
		t.Errorf("audit log %+v, %v", r, err)
	}
}

// scriptedATS is an ATS that does what a test tells it to.
type scriptedATS struct {
	mu           sync.Mutex
	applications map[fairlead.RemoteID]*application
	gate         *gate
	// onRead, onWrite, onResume and onFetch may change what is there before the
	// call is carried out, and fail it. A failed write is applied all the same
	// when applied is set.
	onFetch, onResume, onRead func(*application) error
	onWrite                   func(a *application, change fairlead.Values) (applied bool, err error)
}

type application struct {
	id          fairlead.RemoteID
	candidate   fairlead.RemoteID
	resume      string // "" for none
	description string
	revision    time.Time
	applied     time.Time
	gone        bool
	undecided   bool
	values      fairlead.Values
	notes       string // a person's
	writes      []fairlead.Values
	effective   int // writes that changed something
}

func (s *scriptedATS) apply(id fairlead.RemoteID, resume string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.applications[id] = &application{id: id, candidate: "person of " + id, resume: resume, description: "Wants words.", revision: at, applied: at,
		undecided: true, values: fairlead.Values{}, notes: "a person's note"}
}

func (s *scriptedATS) edit(id fairlead.RemoteID, f func(*application)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.applications[id])
}

func (s *scriptedATS) look(id fairlead.RemoteID) application {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := *s.applications[id]
	a.values = maps.Clone(a.values)
	return a
}

func (s *scriptedATS) find(id fairlead.RemoteID) (*application, error) {
	a := s.applications[id]
	if a == nil || a.gone {
		return nil, fairlead.Fail(fairlead.NotFound, "It is gone.", nil)
	}
	return a, nil
}

func (s *scriptedATS) Receive(ats.Delivery) ([]fairlead.Event, error) { return nil, nil }

func (s *scriptedATS) Fetch(_ context.Context, id fairlead.RemoteID) (ats.Snapshot, error) {
	if err := s.gate.pass(); err != nil {
		return ats.Snapshot{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(id)
	if err != nil {
		return ats.Snapshot{}, err
	}
	if s.onFetch != nil {
		if err := s.onFetch(a); err != nil {
			return ats.Snapshot{}, err
		}
	}
	snap := ats.Snapshot{
		Application: fairlead.Application{Remote: id, Stage: fairlead.StageApplied, StageName: "New", AppliedAt: a.applied},
		Candidate:   fairlead.Candidate{Remote: a.candidate, Name: "Some Body"},
		Job:         fairlead.Job{Remote: "job", Title: "Writer", Description: a.description, Status: fairlead.JobOpen},
		Revision:    a.revision, Assessable: a.undecided, Digest: digest(a.description, a.resume),
	}
	if !a.undecided {
		snap.Reason = "Somebody has decided already."
	}
	if a.resume != "" {
		snap.Resume = &ats.ResumeRef{Remote: "resume", URL: a.resume}
	}
	return snap, nil
}

func (s *scriptedATS) Resume(_ context.Context, r ats.ResumeRef) (ats.File, error) {
	if err := s.gate.pass(); err != nil {
		return ats.File{}, err
	}
	if s.onResume != nil {
		if err := s.onResume(nil); err != nil {
			return ats.File{}, err
		}
	}
	return ats.File{ReadCloser: nopCloser{strings.NewReader(r.URL)}, Name: "resume.txt"}, nil
}

type nopCloser struct{ *strings.Reader }

func (nopCloser) Close() error { return nil }

func (s *scriptedATS) Read(_ context.Context, target ats.Target) (ats.Current, error) {
	if err := s.gate.pass(); err != nil {
		return ats.Current{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(target.Application)
	if err != nil {
		return ats.Current{}, err
	}
	if s.onRead != nil {
		if err := s.onRead(a); err != nil {
			return ats.Current{}, err
		}
	}
	return ats.Current{Values: maps.Clone(a.values)}, nil
}

func (s *scriptedATS) Write(_ context.Context, target ats.Target, change fairlead.Values) error {
	if err := s.gate.pass(); err != nil {
		return err
	}
	s.mu.Lock()
	a, err := s.find(target.Application)
	if err == nil {
		a.writes = append(a.writes, maps.Clone(change))
		applied := true
		if s.onWrite != nil {
			applied, err = s.onWrite(a, change)
		}
		if applied {
			before := maps.Clone(a.values)
			maps.Copy(a.values, change)
			if !before.Equal(a.values) {
				a.effective++
			}
		}
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.gate.pass() // the answer may be lost too
}

func (s *scriptedATS) Describe(context.Context) (ats.Description, error) {
	return ats.Description{}, nil
}

// plainReader reads text; what begins with "unreadable" it cannot read.
type plainReader struct{}

func (plainReader) Read(_ context.Context, _ string, data []byte) fairlead.Document {
	sum := sha256.Sum256(data)
	d := fairlead.Document{Readable: true, Text: string(data), SHA256: hex.EncodeToString(sum[:])}
	if bytes.HasPrefix(data, []byte("unreadable")) {
		d.Readable, d.Text, d.Problems = false, "", []fairlead.Problem{{Code: fairlead.Scanned}}
	}
	return d
}

// countingJudge scores by the number of words.
type countingJudge struct{}

func (countingJudge) Rubric(j fairlead.Job) (fairlead.Rubric, error) {
	if j.Description == "" {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.NeedsHuman, "The job has no description. Write one in the ATS.", nil)
	}
	return fairlead.Rubric{Title: j.Title, Criteria: []fairlead.Criterion{{ID: "c1", Text: j.Description, Weight: fairlead.WeightTotal}}}, nil
}

func (countingJudge) Assess(r fairlead.Rubric, d fairlead.Document, asOf time.Time) (fairlead.Assessment, fairlead.Profile) {
	a := fairlead.Assessment{
		InputSHA256: digest(d.Text, d.SHA256, asOf.Format(time.DateOnly)), RubricSHA256: digest(r.Criteria[0].Text), TaxonomySHA256: digest("words"),
		AsOf: asOf, Engine: "words/1",
	}
	if !d.Readable {
		a.Reasoning = "Needs a human: " + d.Sentence() + "."
		return a, fairlead.Profile{}
	}
	n := len(strings.Fields(d.Text))
	a.Score, a.Band = &n, fairlead.BandOf(n)
	a.Reasoning = fmt.Sprintf("%d words, and a sentence that is longer than the ATS's field can hold, so that it is cut.", n)
	return a, fairlead.Profile{}
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// gate stands at every border of the story: each database transaction, before
// and after it commits, and each call to the ATS, before it and after a write.
// It can end the process there: from then on nothing works until the restart.
type gate struct {
	mu     sync.Mutex
	passed int
	fall   int // at this passage, counted from 1; 0 for never
	dead   bool
}

var errDead = fairlead.Fail(fairlead.Unavailable, "The process died.", nil)

func (g *gate) pass() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		return errDead
	}
	g.passed++
	if g.passed == g.fall {
		g.dead = true
		return errDead
	}
	return nil
}

func (g *gate) arm(fall int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passed, g.fall, g.dead = 0, fall, false
}

// guardedStore is the store behind the gate. Its leases have run out when they
// are given, as after the time a restart takes.
type guardedStore struct {
	*store.Store
	gate *gate
}

func (s guardedStore) BeginAssessment(ctx context.Context, id fairlead.EventID) (w fairlead.EventWork, err error) {
	return w, s.through(func() error { w, err = s.Store.BeginAssessment(ctx, id); return err })
}

func (s guardedStore) FinishAssessment(ctx context.Context, made fairlead.Assessed, assessed, ended fairlead.Entry) (r fairlead.AssessedResult, err error) {
	return r, s.through(func() error { r, err = s.Store.FinishAssessment(ctx, made, assessed, ended); return err })
}

func (s guardedStore) EndEvent(ctx context.Context, id fairlead.EventID, end fairlead.Ending, entry fairlead.Entry) error {
	return s.through(func() error { return s.Store.EndEvent(ctx, id, end, entry) })
}

func (s guardedStore) BeginWriteback(ctx context.Context, id fairlead.WritebackID, lease time.Duration) (w fairlead.WritebackWork, err error) {
	if s.gate.fall > 0 {
		lease = -time.Second
	}
	return w, s.through(func() error { w, err = s.Store.BeginWriteback(ctx, id, lease); return err })
}

func (s guardedStore) FinishWriteback(ctx context.Context, w fairlead.Writeback, lease string, entry fairlead.Entry) error {
	return s.through(func() error { return s.Store.FinishWriteback(ctx, w, lease, entry) })
}

func (s guardedStore) ReleaseWriteback(ctx context.Context, id fairlead.WritebackID, lease string) error {
	return s.through(func() error { return s.Store.ReleaseWriteback(ctx, id, lease) })
}

func (s guardedStore) through(f func() error) error {
	if err := s.gate.pass(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	return s.gate.pass()
}

// values are what our fields hold, for messages.
func show(v fairlead.Values) string {
	var parts []string
	for _, o := range fairlead.Outputs() {
		if len(v[o]) > 0 && o != fairlead.OutAuditID {
			parts = append(parts, string(o)+"="+strings.Join(v[o], ","))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}
