package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

func TestFinishAssessmentLeavesTheEventToItsWriteback(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		e, r := w.assess(t, "a1", w.now(), "resume 1", 86)
		if !r.New || r.Ended != nil {
			t.Fatalf("result %+v", r)
		}
		x := w.state(t)
		if line := x.event(t, e.ID); line["state"] != "open" || line["assessment"] != string(r.Assessment) {
			t.Errorf("event %v", line)
		}
		if _, err := w.BeginAssessment(t.Context(), e.ID); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("the first half of the event begins again: %v", err)
		}
		end := fairlead.Ending{State: fairlead.EventParked, Reason: "Given up."}
		if err := w.EndEvent(t.Context(), e.ID, end, w.entry(fairlead.EntryEventEnded, nil)); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("the event ends apart from its writeback: %v", err)
		}
		open := x.open()
		if len(open) != 1 || w.tasks(t) != 2 {
			t.Fatalf("%d open writebacks, %d tasks", len(open), w.tasks(t))
		}
		w.pass(900 * time.Millisecond)
		w.write(t, open[0])
		x = w.state(t)
		if line := x.event(t, e.ID); line["state"] != "written" {
			t.Errorf("event %v", line)
		}
		if l, err := w.Latency(t.Context(), 10); err != nil || l.N != 1 || l.P95 != 900*time.Millisecond {
			t.Errorf("latency %+v, %v", l, err)
		}
		a := x.Assessments[0]
		if a["score"] != 86.0 || a["application"] != "a1" || a["candidate"] != "ca1" || a["as_of"] != "2026-11-20" {
			t.Errorf("assessment exported as %v", a)
		}
	})
}

func TestSameInputsAreAssessedOnceHoweverManyTasks(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		const n = 64
		events := make([]fairlead.Event, n)
		for i := range events {
			events[i] = w.accept(t, "a1")
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		news := 0
		for _, e := range events {
			wg.Go(func() {
				r, err := w.tryFinish(t.Context(), w.made(e, w.now(), "resume 1", 86))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if r.New {
					news++
				}
			})
		}
		wg.Wait()
		x := w.state(t)
		if news != 1 || len(x.Assessments) != 1 || len(x.Writebacks) != 1 {
			t.Fatalf("%d new, %d assessments, %d writebacks", news, len(x.Assessments), len(x.Writebacks))
		}
		w.write(t, x.open()[0])
		b, err := w.Balance(t.Context())
		if err != nil || b.Written != n {
			t.Errorf("balance %+v, %v: every event ends with the writeback it joined", b, err)
		}
		// Later, the same again: nothing is left to do.
		_, r := w.assess(t, "a1", w.now(), "resume 1", 86)
		if r.New || r.Ended == nil || r.Ended.State != fairlead.EventIgnored {
			t.Errorf("assessed already, and then %+v", r)
		}
	})
}

func TestNewestRevisionWins(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		at := w.now()
		late, early := w.accept(t, "a1"), w.accept(t, "a1")
		w.finish(t, w.made(late, at.Add(time.Second), "resume 2", 70))
		r := w.finish(t, w.made(early, at, "resume 1", 30))
		if r.New || r.Ended == nil || r.Ended.State != fairlead.EventSuperseded {
			t.Errorf("older snapshot: %+v", r)
		}
		if x := w.state(t); len(x.Assessments) != 1 || x.Assessments[0]["score"] != 70.0 {
			t.Errorf("assessments %v", x.Assessments)
		}
	})
}

func TestOfOneRevisionTheSnapshotFetchedLaterWins(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		at := w.now()
		one, two := w.accept(t, "a1"), w.accept(t, "a1")
		first := w.made(one, at, "resume 1", 30)
		w.pass(time.Millisecond)
		w.finish(t, w.made(two, at, "resume 2", 70))
		if r := w.finish(t, first); r.Ended == nil || r.Ended.State != fairlead.EventSuperseded {
			t.Errorf("snapshot fetched before: %+v", r)
		}
	})
}

func TestNewerAssessmentSupersedesAnOpenWriteback(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		first, _ := w.assess(t, "a1", w.now(), "resume 1", 30)
		w.pass(time.Second)
		second, _ := w.assess(t, "a1", w.now(), "resume 2", 70)
		open := w.state(t).open()
		if len(open) != 2 {
			t.Fatalf("%d open writebacks", len(open))
		}
		for _, id := range open {
			w.write(t, id)
		}
		x := w.state(t)
		if x.event(t, first.ID)["state"] != "superseded" || x.event(t, second.ID)["state"] != "written" {
			t.Errorf("first %v, second %v", x.event(t, first.ID)["state"], x.event(t, second.ID)["state"])
		}
	})
}

// A resume that comes back (A, B, A) was assessed before; but the ATS holds what
// B gave, so it is told again. Byte-identical is not the same as nothing to do.
func TestResumeThatComesBackIsWrittenAgain(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		_, a := w.assess(t, "a1", w.now(), "resume A", 30)
		w.write(t, w.state(t).open()[0])
		w.pass(time.Second)
		w.assess(t, "a1", w.now(), "resume B", 70)
		w.write(t, w.state(t).open()[0])
		w.pass(time.Second)
		_, again := w.assess(t, "a1", w.now(), "resume A", 30)
		if again.New || again.Assessment != a.Assessment || again.Ended != nil {
			t.Fatalf("A again: %+v", again)
		}
		open := w.state(t).open()
		if len(open) != 1 {
			t.Fatalf("%d open writebacks", len(open))
		}
		work := w.write(t, open[0])
		if got := work.Writeback.Intended[fairlead.OutAuditID]; !got.Equal(fairlead.Value{string(a.Assessment)}) {
			t.Errorf("audit id %v, want that of the assessment that exists", got)
		}
		if got := work.LastWritten[fairlead.OutScore]; !got.Equal(fairlead.Value{"70"}) {
			t.Errorf("last written %v", got)
		}
		if n := len(w.state(t).Assessments); n != 2 {
			t.Errorf("%d assessments", n)
		}
	})
}

// The same, with B never written: A's first writeback must not be what the third
// event waits for, since B supersedes it.
func TestResumeThatComesBackBeforeAnythingWasWritten(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		w.assess(t, "a1", w.now(), "resume A", 30)
		w.pass(time.Second)
		w.assess(t, "a1", w.now(), "resume B", 70)
		w.pass(time.Second)
		third, _ := w.assess(t, "a1", w.now(), "resume A", 30)
		written := 0
		for _, id := range w.state(t).open() {
			if work := w.write(t, id); !work.Superseded {
				written++
				if got := work.Writeback.Intended[fairlead.OutScore]; !got.Equal(fairlead.Value{"30"}) {
					t.Errorf("written %v, want A's score", got)
				}
			}
		}
		if written != 1 || w.state(t).event(t, third.ID)["state"] != "written" {
			t.Errorf("%d writebacks written, third event %v", written, w.state(t).event(t, third.ID)["state"])
		}
	})
}

func TestWithoutAnAssessmentTheEventEndsAndTheApplicationIsKnown(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		e := w.accept(t, "a1")
		made := w.made(e, w.now(), "none", 0)
		made.Assessment, made.Document = fairlead.Assessment{}, fairlead.Document{}
		if _, err := w.tryFinish(t.Context(), made); fairlead.CodeOf(err) != fairlead.Internal {
			t.Errorf("neither assessment nor ending: %v", err)
		}
		made.Ending = &fairlead.Ending{State: fairlead.EventParked, Reason: "Needs a human: no resume is attached."}
		w.finish(t, made)
		next := w.accept(t, "a1")
		work, err := w.BeginAssessment(t.Context(), next.ID)
		if err != nil || work.Known == nil || work.Known.Remote != "a1" {
			t.Fatalf("begin %+v, %v", work, err)
		}
		if work.Digest != "" {
			t.Error("a snapshot nobody assessed counts as assessed: its resume would never be read")
		}
		troubles, err := w.Troubles(t.Context(), 10)
		if err != nil || len(troubles) != 1 || troubles[0].Event != e.ID || troubles[0].Reason != made.Ending.Reason || troubles[0].Application == "" {
			t.Errorf("troubles %+v, %v", troubles, err)
		}
		if _, err := w.tryFinish(t.Context(), made); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("ended twice: %v", err)
		}
	})
}

func TestDigestStandsOnlyForWhatReachedTheATS(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		digest := func() string {
			t.Helper()
			work, err := w.BeginAssessment(t.Context(), w.accept(t, "a1").ID)
			if err != nil {
				t.Fatal(err)
			}
			return work.Digest
		}
		// Shadow mode: assessed, and that is all.
		w.connect(t, false)
		e := w.accept(t, "a1")
		made := w.made(e, w.now(), "resume 1", 50)
		made.Ending = &fairlead.Ending{State: fairlead.EventWithheld, Reason: "Shadow mode."}
		if r := w.finish(t, made); !r.New || r.Ended == nil {
			t.Fatalf("shadow: %+v", r)
		}
		if digest() == "" {
			t.Error("shadow mode assesses the same again and again")
		}
		// Switched on: the same resume is no reason to do nothing now.
		w.connect(t, true)
		if digest() != "" {
			t.Error("what was withheld is never written")
		}
		_, r := w.assess(t, "a1", w.now(), "resume 1", 50)
		if r.New || r.Ended != nil {
			t.Fatalf("after shadow: %+v", r)
		}
		if digest() == "" {
			t.Error("on its way, and begun again")
		}
		// Given up before anybody saw what the ATS holds: the next event tries again.
		work, err := w.BeginWriteback(t.Context(), w.state(t).open()[0], time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		w.end(t, work, fairlead.WritebackParked, "Greenhouse does not answer.")
		if digest() != "" {
			t.Error("given up once means never written")
		}
		if _, r = w.assess(t, "a1", w.now(), "resume 1", 50); r.Ended != nil {
			t.Fatalf("after giving up: %+v", r)
		}
		// Parked because a person has to act: not again for every event.
		if work, err = w.BeginWriteback(t.Context(), w.state(t).open()[0], time.Minute); err != nil {
			t.Fatal(err)
		}
		work.Writeback.Found = fairlead.Values{fairlead.OutScore: {"12"}}
		w.end(t, work, fairlead.WritebackParked, "Somebody changed the score.")
		if digest() == "" {
			t.Error("a conflict is parked again with every event")
		}
	})
}

func TestBeginAssessmentWithoutItsConnectionNeedsAHuman(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.accept(t, "a1")
		if _, err := w.BeginAssessment(t.Context(), e.ID); fairlead.CodeOf(err) != fairlead.NeedsHuman {
			t.Errorf("connection removed: %v (NotFound would drop the event)", err)
		}
		if _, err := w.BeginAssessment(t.Context(), "no such event"); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("no event: %v", err)
		}
	})
}

func TestMergedCandidateKeepsTheAssessmentReadable(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		_, r := w.assess(t, "a1", w.now(), "resume 1", 50)
		w.write(t, w.state(t).open()[0])
		w.pass(time.Second)
		e := w.accept(t, "a1")
		made := w.made(e, w.now(), "resume 1", 50)
		made.Candidate = fairlead.Candidate{Remote: "survivor", Name: "canary-name"}
		w.finish(t, made)
		v, err := w.Assessment(t.Context(), r.Assessment)
		if err != nil || v.Candidate.Remote != "survivor" || v.Document.Text == "" {
			t.Fatalf("after a merge: %+v, %v", v.Candidate, err)
		}
		ranked, err := w.RankedApplications(t.Context(), v.Job.ID)
		if err != nil || len(ranked) != 1 || ranked[0].Assessment.Reasoning == "" || ranked[0].Candidate.Remote != "survivor" {
			t.Errorf("ranked %+v, %v", ranked, err)
		}
		w.pass(time.Second)
		if _, r := w.assess2(t, "a1", "survivor", "resume 2", 60); !r.New {
			t.Errorf("next assessment %+v", r)
		}
		w.write(t, w.state(t).open()[0])
		// Erasing the survivor takes what was sealed before the merge with it.
		gone := w.accept(t, "a1")
		if err := w.Erase(t.Context(), gone.ID, "greenhouse", "survivor", "", w.entry(fairlead.EntryErased, nil)); err != nil {
			t.Fatal(err)
		}
		if n := w.count(t, "SELECT count(*) FROM candidates"); n != 0 {
			t.Errorf("%d keys left", n)
		}
	})
}

func (w *world) assess2(t *testing.T, application, candidate fairlead.RemoteID, resume string, score int) (fairlead.Event, fairlead.AssessedResult) {
	t.Helper()
	e := w.accept(t, application)
	made := w.made(e, w.now(), resume, score)
	made.Candidate.Remote = candidate
	return e, w.finish(t, made)
}

func TestViewsShowWhatWasMade(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		w.assess(t, "a1", w.now(), "resume 1", 30)
		w.pass(time.Second)
		_, best := w.assess(t, "a2", w.now(), "resume 2", 90)
		e := w.accept(t, "a3")
		made := w.made(e, w.now(), "resume 3", 0)
		made.Assessment.Score, made.Assessment.Band = nil, ""
		w.finish(t, made)
		for _, id := range w.state(t).open() {
			w.write(t, id)
		}
		jobs, err := w.Jobs(t.Context())
		if err != nil || len(jobs) != 1 {
			t.Fatalf("jobs %+v, %v", jobs, err)
		}
		if j := jobs[0]; j.Applications != 3 || j.Scored != 2 || j.Bands[fairlead.Strong] != 1 || j.Bands[fairlead.Weak] != 1 || j.Newest != w.now() {
			t.Errorf("job %+v", j)
		}
		job, err := w.Job(t.Context(), jobs[0].Job.ID)
		if err != nil || job.Title != "Accountant" || job.Description == "" {
			t.Errorf("job %+v, %v", job, err)
		}
		if _, err := w.Job(t.Context(), "none"); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("no job: %v", err)
		}
		ranked, err := w.RankedApplications(t.Context(), job.ID)
		if err != nil || len(ranked) != 3 {
			t.Fatalf("ranked %+v, %v", ranked, err)
		}
		if *ranked[0].Assessment.Score != 90 || *ranked[1].Assessment.Score != 30 || ranked[2].Assessment.Score != nil || ranked[0].State != fairlead.WritebackWritten {
			t.Errorf("order %+v", ranked)
		}
		if ranked[0].Candidate.Name != "canary-name" || len(ranked[0].Assessment.Judgements) != 1 {
			t.Errorf("first %+v", ranked[0])
		}
		view := w.entry(fairlead.EntryAssessmentViewed, nil)
		view.Actor = "user-1"
		if err := w.NoteView(t.Context(), best.Assessment, view); err != nil {
			t.Fatal(err)
		}
		if err := w.NoteView(t.Context(), "none", view); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("view of nothing: %v", err)
		}
		v, err := w.Assessment(t.Context(), best.Assessment)
		if err != nil {
			t.Fatal(err)
		}
		if v.Document.Text != "canary-quote and canary-text of resume 2" || v.Rubric.Title != "Accountant" || len(v.Writebacks) != 1 ||
			len(v.History) != 1 || len(v.Assessment.Flags) != 1 || v.Profile.Name.Value != "canary-name" {
			t.Errorf("view %+v", v)
		}
		if len(v.Entries) != 4 { // accepted, assessed, written, viewed
			t.Errorf("%d entries", len(v.Entries))
		}
		if _, err := w.Assessment(t.Context(), "none"); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("no assessment: %v", err)
		}
	})
}
