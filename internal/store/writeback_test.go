package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

func TestWritebacksOfOneApplicationNeverRunAtTheSameTime(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		w.assess(t, "a1", w.now(), "resume 1", 30)
		w.pass(time.Second)
		w.assess(t, "a1", w.now(), "resume 2", 70)
		open := w.state(t).open()
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := 0
		for i := range 32 {
			wg.Go(func() {
				_, err := w.BeginWriteback(t.Context(), open[i%2], time.Minute)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					got++
				case fairlead.CodeOf(err) != fairlead.RateLimited || fairlead.RetryAfterOf(err) <= 0 || fairlead.RetryAfterOf(err) > time.Minute:
					t.Errorf("the others wait: %v", err)
				}
			})
		}
		wg.Wait()
		if got != 1 {
			t.Errorf("%d workers write to one application", got)
		}
	})
}

func TestALeaseFencesOutWhoLostIt(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		w.assess(t, "a1", w.now(), "resume 1", 30)
		id := w.state(t).open()[0]
		zombie, err := w.BeginWriteback(t.Context(), id, -time.Second) // has run out
		if err != nil {
			t.Fatal(err)
		}
		living, err := w.BeginWriteback(t.Context(), id, time.Minute)
		if err != nil {
			t.Fatalf("a lease that ran out keeps others away: %v", err)
		}
		if err := w.tryEnd(t.Context(), zombie, fairlead.WritebackWritten, ""); fairlead.CodeOf(err) != fairlead.Conflict {
			t.Errorf("the zombie's finish: %v", err)
		}
		if err := w.ReleaseWriteback(t.Context(), id, zombie.Lease); err != nil {
			t.Fatal(err)
		}
		if _, err := w.BeginWriteback(t.Context(), id, time.Minute); fairlead.CodeOf(err) != fairlead.RateLimited {
			t.Errorf("the zombie gave another's lease back: %v", err)
		}
		if err := w.ReleaseWriteback(t.Context(), id, living.Lease); err != nil {
			t.Fatal(err)
		}
		living, err = w.BeginWriteback(t.Context(), id, time.Minute)
		if err != nil {
			t.Fatalf("after release: %v", err)
		}
		if len(living.Attempted) != 1 || !living.Attempted[0][fairlead.OutScore].Equal(fairlead.Value{"30"}) {
			t.Errorf("attempted %v: the ATS may hold it", living.Attempted)
		}
		living.Writeback.Found = living.Writeback.Intended
		w.end(t, living, fairlead.WritebackWritten, "")
		if err := w.tryEnd(t.Context(), living, fairlead.WritebackWritten, ""); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("finished twice: %v", err)
		}
		if _, err := w.BeginWriteback(t.Context(), id, time.Minute); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("begun after its end: %v", err)
		}
	})
}

// What is ours in a field: what a writeback intended and read back there. What
// a person put there never is, whatever became of the writeback.
func TestHistoryTellsOursFromTheirs(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		begin := func() fairlead.WritebackWork {
			t.Helper()
			open := w.state(t).open()
			work, err := w.BeginWriteback(t.Context(), open[len(open)-1], time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return work
		}
		w.assess(t, "a1", w.now(), "resume 1", 30)
		work := begin()
		if work.LastWritten != nil || work.Attempted != nil {
			t.Errorf("first: last %v, attempted %v", work.LastWritten, work.Attempted)
		}
		// A conflict: the score is a person's, the reasoning is ours.
		work.Writeback.Found = fairlead.Values{fairlead.OutScore: {"99"}, fairlead.OutReasoning: work.Writeback.Intended[fairlead.OutReasoning]}
		w.end(t, work, fairlead.WritebackParked, "Somebody changed the score.")
		w.pass(time.Second)
		w.assess(t, "a1", w.now(), "resume 2", 40)
		work = begin()
		if _, ours := work.LastWritten[fairlead.OutScore]; ours || len(work.LastWritten[fairlead.OutReasoning]) != 1 {
			t.Errorf("after a conflict, ours are %v", work.LastWritten)
		}
		if len(work.Attempted) != 0 {
			t.Errorf("attempted %v, but its outcome is known", work.Attempted)
		}
		// Given up: nobody knows.
		w.end(t, work, fairlead.WritebackParked, "Greenhouse does not answer.")
		w.pass(time.Second)
		w.assess(t, "a1", w.now(), "resume 3", 50)
		work = begin()
		if len(work.Attempted) != 1 || !work.Attempted[0][fairlead.OutScore].Equal(fairlead.Value{"40"}) {
			t.Errorf("attempted %v", work.Attempted)
		}
		if _, known := work.Attempted[0][fairlead.OutSkills]; !known {
			t.Error("that it meant to empty the skills is forgotten")
		}
		// Written: what was attempted before is settled.
		work.Writeback.Found = work.Writeback.Intended
		w.end(t, work, fairlead.WritebackWritten, "")
		w.pass(time.Second)
		w.assess(t, "a1", w.now(), "resume 4", 60)
		work = begin()
		if !work.LastWritten[fairlead.OutScore].Equal(fairlead.Value{"50"}) {
			t.Errorf("last written %v", work.LastWritten)
		}
		for _, a := range work.Attempted {
			if len(a) != 0 {
				t.Errorf("still attempted: %v; a person may have put it there", a)
			}
		}
	})
}

func TestWritebackOfARemovedConnectionCanStillBeParked(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		e, _ := w.assess(t, "a1", w.now(), "resume 1", 30)
		w.do(t, "DELETE FROM connections")
		work, err := w.BeginWriteback(t.Context(), w.state(t).open()[0], time.Minute)
		if err != nil || work.Connection.ID != "greenhouse" || work.Connection.Kind != "" {
			t.Fatalf("begin %+v, %v", work.Connection, err)
		}
		w.end(t, work, fairlead.WritebackParked, "The connection was removed.")
		if line := w.state(t).event(t, e.ID); line["state"] != "parked" || line["reason"] != "The connection was removed." {
			t.Errorf("event %v", line)
		}
	})
}

func TestRequeueStoresTasksForWhatHasNone(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		w.accept(t, "a1")
		w.assess(t, "a2", w.now(), "resume 2", 30)
		w.pass(time.Hour)
		if n, err := w.Requeue(t.Context()); n != 0 || err != nil {
			t.Errorf("requeued %d, %v", n, err)
		}
		w.do(t, "DELETE FROM river_job")
		if n, err := w.Requeue(t.Context()); n != 2 || err != nil {
			t.Errorf("requeued %d, %v", n, err)
		}
		if n, err := w.Requeue(t.Context()); n != 0 || err != nil {
			t.Errorf("requeued again %d, %v", n, err)
		}
	})
}
