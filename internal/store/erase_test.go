package store_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

func TestEraseDestroysTheKeyAndEndsWhatIsOpen(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		_, kept := w.assess(t, "a2", w.now(), "resume 2", 40)
		written, r := w.assess(t, "a1", w.now(), "resume 1", 30)
		for _, id := range w.state(t).open() {
			w.write(t, id)
		}
		w.pass(time.Second)
		waiting, _ := w.assess(t, "a1", w.now(), "resume 1 again", 35)
		running := w.accept(t, "a1")
		event := w.event("")
		event.Kind, event.Candidate = fairlead.CandidateDeleted, "ca1"
		if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{event}, []fairlead.Entry{w.accepted(event)}); err != nil {
			t.Fatal(err)
		}
		if err := w.Erase(t.Context(), event.ID, "greenhouse", "ca1", "", w.entry(fairlead.EntryErased, map[string]string{"event": string(event.ID)})); err != nil {
			t.Fatal(err)
		}
		x := w.state(t)
		for _, e := range []fairlead.Event{waiting, running, event} {
			if s := x.event(t, e.ID)["state"]; s != "erased" {
				t.Errorf("event %s is %v", e.ID, s)
			}
		}
		if s := x.event(t, written.ID)["state"]; s != "written" {
			t.Errorf("an end changed afterwards: %v", s)
		}
		if len(x.Assessments) != 1 || len(x.Writebacks) != 1 || x.Assessments[0]["id"] != string(kept.Assessment) {
			t.Errorf("left: %v %v", x.Assessments, x.Writebacks)
		}
		if n := w.count(t, "SELECT count(*) FROM candidates"); n != 1 {
			t.Errorf("%d keys left, want one", n)
		}
		v, err := w.Assessment(t.Context(), r.Assessment)
		if err != nil || !v.Erased || v.Assessment.Score != nil || len(v.Entries) < 3 {
			t.Errorf("view of what was erased: %+v, %v", v, err)
		}
		if err := w.NoteView(t.Context(), r.Assessment, w.entry(fairlead.EntryAssessmentViewed, nil)); err != nil {
			t.Errorf("viewing what was erased: %v", err)
		}
		// A task that was on its way finds that it is over.
		if _, err := w.tryFinish(t.Context(), w.made(running, w.now(), "resume 1", 30)); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("resurrected: %v", err)
		}
		if n := w.count(t, "SELECT count(*) FROM applications"); n != 1 {
			t.Errorf("%d applications", n)
		}
	})
}

func TestEraseOneApplicationKeepsThePerson(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		w.assess2(t, "a1", "person", "resume 1", 30)
		w.assess2(t, "a2", "person", "resume 2", 40)
		erase := func(app fairlead.RemoteID) {
			t.Helper()
			e := w.event(app)
			e.Kind, e.Candidate = fairlead.ApplicationDeleted, "person"
			if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{e}, []fairlead.Entry{w.accepted(e)}); err != nil {
				t.Fatal(err)
			}
			if err := w.Erase(t.Context(), e.ID, "greenhouse", "", app, w.entry(fairlead.EntryErased, map[string]string{"event": string(e.ID)})); err != nil {
				t.Fatal(err)
			}
		}
		erase("a1")
		if n := w.count(t, "SELECT count(*) FROM candidates"); n != 1 {
			t.Errorf("%d people after one of two applications went", n)
		}
		erase("a2")
		if n := w.count(t, "SELECT count(*) FROM candidates"); n != 0 {
			t.Errorf("%d people after their last application went", n)
		}
		erase("a2") // nothing is held: the event ends all the same
		if b, err := w.Balance(t.Context()); err != nil || b.Open != 0 || b.Erased != 5 {
			t.Errorf("balance %+v, %v", b, err)
		}
	})
}

// A person is erased in the very moment their first assessment is stored: which
// of the two comes first, nothing is left.
func TestEraseAndAssessAtTheSameTime(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		for i := range 10 {
			app := fairlead.RemoteID(fmt.Sprint("a", i))
			e := w.accept(t, app)
			gone := w.event("")
			gone.Kind, gone.Candidate = fairlead.CandidateDeleted, "c"+app
			if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{gone}, []fairlead.Entry{w.accepted(gone)}); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := w.tryFinish(t.Context(), w.made(e, w.now(), "resume", 30)); err != nil && fairlead.CodeOf(err) != fairlead.NotFound {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if err := w.Erase(t.Context(), gone.ID, "greenhouse", gone.Candidate, "", w.entry(fairlead.EntryErased, map[string]string{"event": string(gone.ID)})); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
		}
		for _, table := range []string{"candidates", "applications", "assessments", "writebacks"} {
			if n := w.count(t, "SELECT count(*) FROM "+table); n != 0 {
				t.Errorf("%d %s left", n, table)
			}
		}
		if b, err := w.Balance(t.Context()); err != nil || b.Erased != 20 {
			t.Errorf("balance %+v, %v", b, err)
		}
	})
}

// Promise I8: no text of a person and no credential stands in the database in
// plain, whatever file of it one looks into.
func TestNothingPersonalStandsInTheDatabaseInPlain(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		_, r := w.assess(t, "a1", w.now(), "resume 1", 30)
		w.write(t, w.state(t).open()[0])
		w.assess(t, "a2", w.now(), "resume 2", 40) // left in the write-ahead log
		if v, err := w.Assessment(t.Context(), r.Assessment); err != nil || !strings.Contains(v.Assessment.Reasoning, "canary") {
			t.Fatalf("the canaries are not in: %v", err)
		}
		for _, text := range w.files(t) {
			if i := strings.Index(text, "canary"); i >= 0 {
				t.Errorf("in plain: %q", text[max(0, i-20):min(len(text), i+40)])
			}
			if !strings.Contains(text, "Keeps books.") {
				continue // else the search itself is blind
			}
			t.Log("the search sees plain text where there is some")
		}
	})
}

// After an erasure not even the sealed key is left in the file.
func TestErasedKeyIsNotLeftInTheFile(t *testing.T) {
	path := databases.SQLite(t)
	w := newWorld(t, path)
	w.connect(t, true)
	w.assess(t, "a1", w.now(), "resume 1", 30)
	var key []byte
	w.scan(t, "SELECT key FROM candidates", &key)
	e := w.accept(t, "a1")
	has := func() bool {
		for _, text := range w.files(t) {
			if strings.Contains(text, string(key)) {
				return true
			}
		}
		return false
	}
	if !has() {
		t.Fatal("the key is not where we look")
	}
	if err := w.Erase(t.Context(), e.ID, "greenhouse", "ca1", "", w.entry(fairlead.EntryErased, nil)); err != nil {
		t.Fatal(err)
	}
	if has() {
		t.Error("the key is still in the database's files")
	}
}

// files are the bytes of the database: of its files, or of a dump of every row.
func (w *world) files(t *testing.T) []string {
	t.Helper()
	if w.postgres() {
		return []string{w.dump(t)}
	}
	var out []string
	for _, suffix := range []string{"", "-wal", "-shm"} {
		data, err := os.ReadFile(w.dsn + suffix)
		if err != nil && suffix == "" {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}
