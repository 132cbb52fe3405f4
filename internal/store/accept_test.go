package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

func TestAcceptCountsDuplicatesApartForever(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.event("a1")
		for i := range 3 {
			again := e
			again.ID = fairlead.NewID[fairlead.EventID](w.now())
			accepted, duplicates, err := w.AcceptEvents(t.Context(), []fairlead.Event{again}, []fairlead.Entry{w.accepted(again)})
			if err != nil || accepted+duplicates != 1 || (accepted == 1) != (i == 0) {
				t.Fatalf("delivery %d: %d accepted, %d duplicates, %v", i, accepted, duplicates, err)
			}
			w.pass(400 * 24 * time.Hour)
		}
		other := e
		other.ID, other.Connection = fairlead.NewID[fairlead.EventID](w.now()), "greenhouse-2"
		if accepted, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{other}, []fairlead.Entry{w.accepted(other)}); err != nil || accepted != 1 {
			t.Fatalf("the same key on another connection: %d accepted, %v", accepted, err)
		}
		b, err := w.Balance(t.Context())
		if err != nil || b.Received != 2 || b.Duplicates != 2 || b.Open != 2 || b.OldestOpen != e.ReceivedAt {
			t.Errorf("balance %+v, %v", b, err)
		}
	})
}

func TestAcceptTakesTheSameDeliveryOnceFrom64AtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.event("a1")
		var wg sync.WaitGroup
		var mu sync.Mutex
		accepted, duplicates := 0, 0
		for range 64 {
			wg.Go(func() {
				mine := e
				mine.ID = fairlead.NewID[fairlead.EventID](w.now())
				a, d, err := w.AcceptEvents(t.Context(), []fairlead.Event{mine}, []fairlead.Entry{w.accepted(mine)})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				accepted, duplicates = accepted+a, duplicates+d
			})
		}
		wg.Wait()
		if accepted != 1 || duplicates != 63 {
			t.Errorf("%d accepted, %d duplicates", accepted, duplicates)
		}
		if n := w.tasks(t); n != 1 {
			t.Errorf("%d tasks for one event", n)
		}
	})
}

func TestAcceptStoresEventTaskAndEntryOrNothing(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		// Graveyard G1: what suppresses a redelivery must be the event itself,
		// with its task. Here the task cannot be stored.
		e := w.event("a1")
		w.hideTasks(t)
		if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{e}, []fairlead.Entry{w.accepted(e)}); err == nil {
			t.Fatal("accepted although the task could not be stored")
		}
		w.showTasks(t)
		if x := w.state(t); len(x.Events) != 0 {
			t.Fatalf("%d events stored without their task", len(x.Events))
		}
		accepted, duplicates, err := w.AcceptEvents(t.Context(), []fairlead.Event{e}, []fairlead.Entry{w.accepted(e)})
		if err != nil || accepted != 1 || duplicates != 0 {
			t.Errorf("redelivery: %d accepted, %d duplicates, %v", accepted, duplicates, err)
		}
		if n := w.tasks(t); n != 1 {
			t.Errorf("%d tasks", n)
		}
	})
}

func TestAcceptKeepsOneBadDeliveryFromHurtingOthers(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		first := w.accept(t, "a0")
		var wg sync.WaitGroup
		var mu sync.Mutex
		failed := 0
		for i := range 32 {
			wg.Go(func() {
				e := w.event(fairlead.RemoteID(fmt.Sprint("a", i+1)))
				if i%8 == 0 {
					e.ID = first.ID // breaks a constraint
				}
				if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{e}, []fairlead.Entry{w.accepted(e)}); err != nil {
					mu.Lock()
					defer mu.Unlock()
					failed++
				}
			})
		}
		wg.Wait()
		if b, err := w.Balance(t.Context()); err != nil || failed != 4 || b.Received != 29 {
			t.Errorf("%d failed, balance %+v, %v", failed, b, err)
		}
	})
}

func TestAcceptEndsAtOnceWhatAsksForNoWork(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.event("")
		e.Kind, e.State, e.EndedAt, e.Reason = fairlead.Ping, fairlead.EventIgnored, w.now(), "The ATS tried out the webhook address."
		if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{e}, []fairlead.Entry{w.accepted(e)}); err != nil {
			t.Fatal(err)
		}
		line := w.state(t).event(t, e.ID)
		if line["state"] != "ignored" || line["ended_entry"] != line["accepted_entry"] || line["reason"] != e.Reason {
			t.Errorf("exported as %v", line)
		}
		if n := w.tasks(t); n != 0 {
			t.Errorf("%d tasks for nothing to do", n)
		}
	})
}

func TestAcceptRefusesWhatLacksItsEntryOrHoldsNUL(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.event("a1")
		if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{e}, nil); fairlead.CodeOf(err) != fairlead.Internal {
			t.Errorf("without an entry: %v", err)
		}
		if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{e}, []fairlead.Entry{{}}); fairlead.CodeOf(err) != fairlead.Internal {
			t.Errorf("with an empty entry: %v", err)
		}
		bad := w.event("a\x00")
		if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{bad}, []fairlead.Entry{w.accepted(bad)}); fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("with NUL: %v", err)
		}
		odd := w.event("a\xff1")
		if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{odd}, []fairlead.Entry{w.accepted(odd)}); err != nil {
			t.Errorf("with bytes that are no UTF-8: %v", err)
		}
	})
}

func TestAcceptFailsAsUnavailableAfterClose(t *testing.T) {
	databases.Each(t, func(t *testing.T, dsn string) {
		w := newWorld(t, dsn)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		e := w.event("a1")
		if _, _, err := w.AcceptEvents(context.Background(), []fairlead.Event{e}, []fairlead.Entry{w.accepted(e)}); fairlead.CodeOf(err) != fairlead.Unavailable {
			t.Errorf("after close: %v", err)
		}
		w.reopen(t)
	})
}

func TestFanOutReplacesAnEventByOthers(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		w.assess(t, "a1", w.now(), "resume 1", 80)
		parent := w.event("")
		parent.Kind, parent.Candidate = fairlead.JobUpdated, ""
		if _, _, err := w.AcceptEvents(t.Context(), []fairlead.Event{parent}, []fairlead.Entry{w.accepted(parent)}); err != nil {
			t.Fatal(err)
		}
		apps, err := w.ApplicationsOfJob(t.Context(), "greenhouse", "j1")
		if err != nil || len(apps) != 1 || apps[0] != "a1" {
			t.Fatalf("applications of the job: %v, %v", apps, err)
		}
		if apps, err = w.ApplicationsOfCandidate(t.Context(), "greenhouse", "ca1"); err != nil || len(apps) != 1 {
			t.Fatalf("applications of the candidate: %v, %v", apps, err)
		}
		child := w.event("a1")
		end := fairlead.Ending{State: fairlead.EventSuperseded, Reason: "Looked at again one by one."}
		entries := []fairlead.Entry{w.accepted(child), w.entry(fairlead.EntryEventEnded, map[string]string{"event": string(parent.ID)})}
		if err := w.FanOut(t.Context(), parent.ID, []fairlead.Event{child}, end, entries); err != nil {
			t.Fatal(err)
		}
		if err := w.FanOut(t.Context(), parent.ID, []fairlead.Event{child}, end, entries); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("fanned out twice: %v", err)
		}
		x := w.state(t)
		if x.event(t, parent.ID)["state"] != "superseded" || x.event(t, child.ID)["state"] != "open" {
			t.Error("parent and child are not as they should be")
		}
	})
}
