package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

const ten = "one two three four five six seven eight nine ten"

func TestAnApplicationBecomesAScoreInTheATS(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		w.mustRun(t)
		a := w.ats.look("a1")
		if got := a.values[fairlead.OutScore]; !got.Equal(fairlead.Value{"10"}) {
			t.Errorf("score %v", got)
		}
		if got := a.values[fairlead.OutReasoning]; len(got) != 1 || len([]rune(got[0])) > 60 || !strings.HasSuffix(got[0], "…") {
			t.Errorf("reasoning %q: it must fit the field", got)
		}
		if len(a.values[fairlead.OutSkills]) != 0 {
			t.Error("an output without a field was written")
		}
		end := w.ended(t, e)
		if end.State != "written" || !a.values[fairlead.OutAuditID].Equal(fairlead.Value{end.Assessment}) {
			t.Errorf("event %+v, audit id %v", end, a.values[fairlead.OutAuditID])
		}
		if a.notes != "a person's note" || len(a.writes) != 1 {
			t.Errorf("notes %q, %d writes", a.notes, len(a.writes))
		}
		// Our own write comes back as an event: nothing happens.
		echo := w.event(t, fairlead.ApplicationUpdated, "a1", "", "")
		w.mustRun(t)
		if end := w.ended(t, echo); end.State != "ignored" || len(w.ats.look("a1").writes) != 1 {
			t.Errorf("echo %+v, %d writes", end, len(w.ats.look("a1").writes))
		}
	})
}

// The process dies at every border of the story, before and after each commit
// and each call: nothing is lost and nothing is doubled.
func TestDyingAnywhereLosesNothingAndDoublesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		points := 0
		for fall := 1; ; fall++ {
			id := fairlead.RemoteID(fmt.Sprint("a", fall))
			e := w.applied(t, id, ten)
			w.gate.arm(fall)
			w.run(t)
			died := w.gate.dead
			w.gate.arm(1 << 30) // restarted; leases have run out
			w.mustRun(t)
			a := w.ats.look(id)
			if end := w.ended(t, e); end.State != "written" {
				t.Fatalf("died at %d: event %+v", fall, end)
			}
			if !a.values[fairlead.OutScore].Equal(fairlead.Value{"10"}) || a.effective != 1 {
				t.Errorf("died at %d: %s, %d effective writes", fall, show(a.values), a.effective)
			}
			if !died {
				points = fall - 1
				break
			}
		}
		if points < 12 {
			t.Errorf("only %d borders: the story is not what this test thinks", points)
		}
		x := w.export(t)
		if len(x.scores) != points+1 || len(x.writebacks) != points+1 {
			t.Errorf("%d assessments and %d writebacks of %d applications", len(x.scores), len(x.writebacks), points+1)
		}
	})
}

func TestTheSameEvent64TimesAtOnceIsOneAssessmentAndOneWrite(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		var ids []fairlead.EventID
		ids = append(ids, w.applied(t, "a1", ten))
		for range 63 {
			ids = append(ids, w.event(t, fairlead.ApplicationUpdated, "a1", "", ""))
		}
		var wg sync.WaitGroup
		for _, id := range ids {
			for range 2 { // and each task twice, as after a rescue
				wg.Go(func() {
					if err := w.Assess(t.Context(), id); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		x := w.export(t)
		if len(x.scores) != 1 || len(x.writebacks) != 1 {
			t.Fatalf("%d assessments, %d writebacks", len(x.scores), len(x.writebacks))
		}
		for range 16 {
			wg.Go(func() {
				err := w.WriteBack(t.Context(), fairlead.WritebackID(x.writebacks[0].ID))
				if err != nil && fairlead.CodeOf(err) != fairlead.RateLimited {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if a := w.ats.look("a1"); len(a.writes) != 1 {
			t.Errorf("%d writes", len(a.writes))
		}
		for _, id := range ids {
			if end := w.ended(t, id); end.State != "written" && end.State != "ignored" {
				t.Errorf("event %+v", end)
			}
		}
	})
}

func TestTheNewestStateIsWhatTheATSEndsWith(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		slow := w.applied(t, "a1", ten)
		// Fetched before the resume changes, stored after the change was.
		var fast fairlead.EventID
		w.ats.onResume = func(*application) error {
			w.ats.onResume = nil
			fast = w.changed(t, "a1", "one two three")
			return w.Assess(t.Context(), fast)
		}
		if err := w.Assess(t.Context(), slow); err != nil {
			t.Fatal(err)
		}
		w.mustRun(t)
		if got := w.ats.look("a1").values[fairlead.OutScore]; !got.Equal(fairlead.Value{"3"}) {
			t.Errorf("score %v", got)
		}
		if s, f := w.ended(t, slow), w.ended(t, fast); s.State != "superseded" || f.State != "written" {
			t.Errorf("slow %+v, fast %+v", s, f)
		}
	})
}

func TestAResumeThatComesLateIsWaitedFor(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", "")
		err := w.Assess(t.Context(), e)
		if fairlead.CodeOf(err) != fairlead.Unavailable || fairlead.RetryAfterOf(err) != time.Minute {
			t.Fatalf("at once: %v, again after %v", err, fairlead.RetryAfterOf(err))
		}
		w.pass(2 * time.Minute)
		w.ats.edit("a1", func(a *application) { a.resume = ten })
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "written" {
			t.Errorf("event %+v", end)
		}
		// It never comes: a person hears of it.
		e = w.applied(t, "a2", "")
		w.pass(2 * time.Hour)
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "parked" || !strings.HasPrefix(end.Reason, "Needs a human: no resume") {
			t.Errorf("event %+v", end)
		}
		if a := w.ats.look("a2"); len(a.writes) != 0 {
			t.Errorf("written without a resume: %v", a.writes)
		}
		// And then it does: the ATS says that the person changed.
		w.pass(time.Hour)
		w.ats.edit("a2", func(a *application) { a.resume, a.revision = ten, w.now() })
		w.event(t, fairlead.CandidateUpdated, "", "person of a2", "")
		w.mustRun(t)
		if got := w.ats.look("a2").values[fairlead.OutScore]; !got.Equal(fairlead.Value{"10"}) {
			t.Errorf("score %v", got)
		}
	})
}

func TestAJobWithoutADescriptionIsParkedWithTheRemedy(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		w.ats.edit("a1", func(a *application) { a.description = "" })
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "parked" || !strings.Contains(end.Reason, "Write one in the ATS") {
			t.Errorf("event %+v", end)
		}
		w.pass(time.Hour)
		w.ats.edit("a1", func(a *application) { a.description, a.revision = "Wants words.", w.now() })
		w.event(t, fairlead.JobUpdated, "", "", "job")
		w.mustRun(t)
		if got := w.ats.look("a1").values[fairlead.OutScore]; !got.Equal(fairlead.Value{"10"}) {
			t.Errorf("after the description was written: score %v", got)
		}
	})
}

func TestAResumeNobodyCanReadGoesToAHumanAndIsNoScore(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		w.mustRun(t)
		second := w.changed(t, "a1", "unreadable scan")
		w.mustRun(t)
		a := w.ats.look("a1")
		if len(a.values[fairlead.OutScore]) != 0 {
			t.Errorf("the old score stands beside a resume nobody read: %v", a.values[fairlead.OutScore])
		}
		if got := a.values[fairlead.OutReasoning]; len(got) != 1 || !strings.HasPrefix(got[0], "Needs a human: the file is a picture") {
			t.Errorf("reasoning %q", got)
		}
		parked := 0
		for _, x := range w.export(t).events {
			if x.State == "parked" {
				parked++
				if !strings.HasPrefix(x.Reason, "Needs a human: the file is a picture without text") {
					t.Errorf("reason %q", x.Reason)
				}
			}
		}
		if parked != 1 || w.ended(t, e).State != "written" || w.ended(t, second).State == "open" {
			t.Errorf("%d parked", parked)
		}
		// A readable one comes: what we wrote before is ours to replace.
		w.pass(time.Minute)
		w.ats.edit("a1", func(a *application) { a.resume, a.revision = "one two", w.now() })
		w.event(t, fairlead.ApplicationUpdated, "a1", "", "")
		w.mustRun(t)
		if got := w.ats.look("a1").values[fairlead.OutScore]; !got.Equal(fairlead.Value{"2"}) {
			t.Errorf("score %v", got)
		}
	})
}

func TestResumeDownloads(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			code  fairlead.Code
			state string
		}{{fairlead.TooLarge, "parked"}, {fairlead.NotFound, "parked"}, {fairlead.Unavailable, "open"}, {fairlead.Forbidden, "open"}} {
			e := w.applied(t, fairlead.RemoteID("a "+c.code), ten)
			w.ats.onResume = func(*application) error { return fairlead.Fail(c.code, "m", nil) }
			errs := w.run(t)
			if end := w.ended(t, e); end.State != c.state {
				t.Errorf("%s: event %+v, %v", c.code, end, errs)
			}
			if c.state == "open" {
				if len(errs) != 1 || fairlead.CodeOf(errs[0]) != c.code {
					t.Errorf("%s: %v", c.code, errs)
				}
				cause := fairlead.Fail(c.code, "The key may not read attachments.", nil)
				if err := w.GiveUp(t.Context(), fairlead.Task{Kind: fairlead.TaskAssess, Event: e}, cause); err != nil {
					t.Fatal(err)
				}
				if end := w.ended(t, e); end.State != "parked" || end.Reason != "The key may not read attachments." {
					t.Errorf("given up: %+v", end)
				}
			}
			w.ats.onResume = nil
		}
	})
}

func TestWhatIsGoneIsSuperseded(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.event(t, fairlead.ApplicationCreated, "never there", "", "")
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "superseded" {
			t.Errorf("event %+v", end)
		}
		e = w.applied(t, "a1", ten)
		if err := w.Assess(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		w.ats.edit("a1", func(a *application) { a.gone = true })
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "superseded" {
			t.Errorf("gone before the write: %+v", end)
		}
	})
}

func TestDecidedAndShadowedApplications(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		w.ats.edit("a1", func(a *application) { a.undecided = false })
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "ignored" || end.Reason != "Somebody has decided already." {
			t.Errorf("decided: %+v", end)
		}
		// The decision is taken back: the resume has never been read.
		w.ats.edit("a1", func(a *application) { a.undecided, a.revision = true, w.now().Add(time.Second) })
		e = w.event(t, fairlead.StageChanged, "a1", "", "")
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "written" {
			t.Errorf("undecided again: %+v", end)
		}
		w.connect(t, false)
		e = w.applied(t, "a2", ten)
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "withheld" || end.Assessment == "" || len(w.ats.look("a2").writes) != 0 {
			t.Errorf("shadow mode: %+v", end)
		}
		// Switched off with a write under way.
		w.connect(t, true)
		e = w.applied(t, "a3", ten)
		if err := w.Assess(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		w.connect(t, false)
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "withheld" || len(w.ats.look("a3").writes) != 0 {
			t.Errorf("switched off: %+v", end)
		}
	})
}

func TestDeletedPeopleAreErased(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		w.mustRun(t)
		gone := w.event(t, fairlead.CandidateDeleted, "", "person of a1", "")
		w.mustRun(t)
		if end := w.ended(t, gone); end.State != "erased" {
			t.Errorf("event %+v", end)
		}
		if end := w.ended(t, e); end.State != "written" {
			t.Errorf("an end changed: %+v", end)
		}
		if x := w.export(t); len(x.scores) != 0 || len(x.writebacks) != 0 {
			t.Errorf("left: %d assessments, %d writebacks", len(x.scores), len(x.writebacks))
		}
		unknown := w.event(t, fairlead.CandidateUpdated, "", "nobody we know", "")
		w.mustRun(t)
		if end := w.ended(t, unknown); end.State != "ignored" {
			t.Errorf("event about nobody: %+v", end)
		}
	})
}

func TestAConnectionThatWasRemovedParksWhatIsOpen(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.event(t, fairlead.ApplicationCreated, "a1", "", "")
		_ = e
		other := fairlead.Event{ID: "other-event", Connection: "gone", Kind: fairlead.ApplicationCreated, DeliveryKey: "k", Application: "a1",
			ReceivedAt: w.now(), State: fairlead.EventOpen}
		entry := fairlead.NewEntry(w.now(), fairlead.EntryEventAccepted, map[string]string{"event": "other-event", "state": "open"})
		if _, _, err := w.store.AcceptEvents(t.Context(), []fairlead.Event{other}, []fairlead.Entry{entry}); err != nil {
			t.Fatal(err)
		}
		err := w.Assess(t.Context(), "other-event")
		if fairlead.CodeOf(err) != fairlead.NeedsHuman {
			t.Fatalf("assess: %v", err)
		}
		if err := w.GiveUp(t.Context(), fairlead.Task{Kind: fairlead.TaskAssess, Event: "other-event"}, err); err != nil {
			t.Fatal(err)
		}
		if end := w.ended(t, "other-event"); end.State != "parked" || !strings.Contains(end.Reason, "connection was removed") {
			t.Errorf("event %+v", end)
		}
	})
}

func TestBeingStoppedWhileReadingIsNoBadDocument(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		ctx, cancel := context.WithCancel(t.Context())
		w.ats.onResume = func(*application) error { cancel(); return nil }
		if err := w.Assess(ctx, e); fairlead.CodeOf(err) != fairlead.Unavailable {
			t.Errorf("stopped: %v", err)
		}
		if end := w.ended(t, e); end.State != "open" {
			t.Errorf("event %+v", end)
		}
	})
}
