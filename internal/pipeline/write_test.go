package pipeline_test

import (
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
)

var outage = fairlead.Fail(fairlead.Unavailable, "The ATS answered 502.", nil)

func TestAWriteWhoseAnswerWasLostIsNotRepeated(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		w.ats.onWrite = func(*application, fairlead.Values) (bool, error) { return true, outage }
		if errs := w.run(t); len(errs) != 1 || fairlead.CodeOf(errs[0]) != fairlead.Unavailable {
			t.Fatalf("run: %v", errs)
		}
		w.ats.onWrite = nil
		w.mustRun(t) // at once: the lease was given back
		a := w.ats.look("a1")
		if w.ended(t, e).State != "written" || a.effective != 1 || len(a.writes) != 1 {
			t.Errorf("event %+v, %d writes, %d effective", w.ended(t, e), len(a.writes), a.effective)
		}
	})
}

func TestAWriteAppliedInPartIsCompleted(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		first := true
		w.ats.onWrite = func(a *application, change fairlead.Values) (bool, error) {
			if first {
				first = false
				a.values[fairlead.OutScore], a.values[fairlead.OutAuditID] = change[fairlead.OutScore], change[fairlead.OutAuditID]
				return false, nil
			}
			return true, nil
		}
		w.mustRun(t)
		a := w.ats.look("a1")
		if w.ended(t, e).State != "written" || len(a.writes) != 2 || len(a.writes[1]) != 1 || len(a.writes[1][fairlead.OutReasoning]) != 1 {
			t.Errorf("event %+v, writes %v: only what is missing", w.ended(t, e), a.writes)
		}
	})
}

// Two of three applied, then the connection broke; another resume comes before
// the second try. What the first try may have left is ours.
func TestWhatWasAttemptedIsOursToReplace(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.applied(t, "a1", ten)
		w.ats.onWrite = func(a *application, change fairlead.Values) (bool, error) {
			a.values[fairlead.OutReasoning] = change[fairlead.OutReasoning] // as it was cut for the field
			return false, outage
		}
		w.run(t)
		w.ats.onWrite = nil
		second := w.changed(t, "a1", "one two three")
		w.mustRun(t)
		a := w.ats.look("a1")
		if end := w.ended(t, second); end.State != "written" && end.State != "ignored" {
			t.Errorf("event %+v", end)
		}
		if got := a.values[fairlead.OutScore]; !got.Equal(fairlead.Value{"3"}) || !strings.HasPrefix(a.values[fairlead.OutReasoning][0], "3 words") {
			t.Errorf("the ATS holds %s", show(a.values))
		}
	})
}

func TestAWriteTheATSIgnoresIsParkedWithWhatToCheck(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		w.ats.onWrite = func(a *application, change fairlead.Values) (bool, error) {
			if id := change[fairlead.OutAuditID]; len(id) > 0 {
				a.values[fairlead.OutAuditID] = id
			}
			return false, nil
		}
		w.mustRun(t)
		if end := w.ended(t, e); end.State != "parked" || !strings.Contains(end.Reason, "the score and the reasoning did not change") {
			t.Errorf("event %+v", end)
		}
		if n := len(w.ats.look("a1").writes); n != 2 {
			t.Errorf("%d writes", n)
		}
		echo := w.event(t, fairlead.ApplicationUpdated, "a1", "", "")
		w.mustRun(t)
		if end := w.ended(t, echo); end.State != "ignored" {
			t.Errorf("every event is parked anew: %+v", end)
		}
	})
}

func TestAWriteThatIsRefusedIsParkedAndTriedAgainWithTheNextEvent(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.applied(t, "a1", ten)
		w.ats.onWrite = func(*application, fairlead.Values) (bool, error) {
			return false, fairlead.Fail(fairlead.Forbidden, "Tick the scope harvest:applications:update.", nil)
		}
		errs := w.run(t)
		if len(errs) != 1 || fairlead.CodeOf(errs[0]) != fairlead.Forbidden {
			t.Fatalf("run: %v", errs)
		}
		wb := w.export(t).writebacks[0]
		if err := w.GiveUp(t.Context(), fairlead.Task{Kind: fairlead.TaskWriteBack, Writeback: fairlead.WritebackID(wb.ID)}, errs[0]); err != nil {
			t.Fatalf("give up at once: %v", err)
		}
		if end := w.ended(t, e); end.State != "parked" || !strings.Contains(end.Reason, "harvest:applications:update") {
			t.Errorf("event %+v", end)
		}
		w.ats.onWrite = nil
		next := w.event(t, fairlead.StageChanged, "a1", "", "")
		w.mustRun(t)
		if end := w.ended(t, next); end.State != "written" || len(w.export(t).scores) != 1 {
			t.Errorf("after the scope was ticked: %+v", end)
		}
	})
}

// Promise I3, wherever between our steps the person is.
func TestAHumansValueIsNeverOverwritten(t *testing.T) {
	human := fairlead.Value{"99"}
	edit := func(a *application) { a.values[fairlead.OutScore] = human }
	for name, story := range map[string]func(t *testing.T, w *world) fairlead.EventID{
		"before we ever wrote": func(t *testing.T, w *world) fairlead.EventID {
			e := w.applied(t, "a1", ten)
			w.ats.edit("a1", edit)
			w.mustRun(t)
			return e
		},
		"after we wrote, before the next": func(t *testing.T, w *world) fairlead.EventID {
			w.applied(t, "a1", ten)
			w.mustRun(t)
			w.ats.edit("a1", edit)
			e := w.changed(t, "a1", "one two three")
			w.mustRun(t)
			return e
		},
		"a cleared field is an edit too": func(t *testing.T, w *world) fairlead.EventID {
			w.applied(t, "a1", ten)
			w.mustRun(t)
			w.ats.edit("a1", func(a *application) { delete(a.values, fairlead.OutScore) })
			human = nil
			e := w.changed(t, "a1", "one two three")
			w.mustRun(t)
			return e
		},
		"between our write and the read-back": func(t *testing.T, w *world) fairlead.EventID {
			e := w.applied(t, "a1", ten)
			reads := 0
			w.ats.onRead = func(a *application) error {
				if reads++; reads == 2 {
					edit(a)
				}
				return nil
			}
			w.mustRun(t)
			w.ats.onRead = nil
			return e
		},
		"between a write whose answer was lost and the next try": func(t *testing.T, w *world) fairlead.EventID {
			e := w.applied(t, "a1", ten)
			w.ats.onWrite = func(*application, fairlead.Values) (bool, error) { return true, outage }
			w.run(t)
			w.ats.onWrite = nil
			w.ats.edit("a1", edit)
			w.mustRun(t)
			return e
		},
		"after a conflict, again and again": func(t *testing.T, w *world) fairlead.EventID {
			w.applied(t, "a1", ten)
			w.ats.edit("a1", edit)
			w.mustRun(t)
			w.changed(t, "a1", "one two three")
			w.mustRun(t)
			e := w.changed(t, "a1", "one two three four")
			w.mustRun(t)
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, w *world) {
				human = fairlead.Value{"99"}
				e := story(t, w)
				a := w.ats.look("a1")
				if got := a.values[fairlead.OutScore]; !got.Equal(human) {
					t.Errorf("the person's %v became %v", human, got)
				}
				end := w.ended(t, e)
				if end.State != "parked" || !strings.Contains(end.Reason, "Somebody changed the score") {
					t.Errorf("event %+v", end)
				}
				wbs := w.export(t).writebacks
				last := wbs[len(wbs)-1]
				if !fairlead.Value(last.Found["match_score"]).Equal(human) || len(last.Intended["match_score"]) != 1 {
					t.Errorf("a person must see both values: %+v", last)
				}
			})
		})
	}
}

// A person may put back what we wrote long ago: it is theirs then.
func TestAnOldValueOfOursPutBackByAHumanIsTheirs(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.applied(t, "a1", ten)
		w.mustRun(t)
		old := w.ats.look("a1").values[fairlead.OutScore]
		w.changed(t, "a1", "one two three")
		w.mustRun(t)
		w.ats.edit("a1", func(a *application) { a.values[fairlead.OutScore] = old })
		w.changed(t, "a1", "one two")
		w.mustRun(t)
		if got := w.ats.look("a1").values[fairlead.OutScore]; !got.Equal(old) {
			t.Errorf("the person's %v became %v", old, got)
		}
	})
}

func TestBeforeIsWhatStoodThereBeforeUs(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.applied(t, "a1", ten)
		w.mustRun(t)
		w.changed(t, "a1", "one two three")
		w.ats.onWrite = func(*application, fairlead.Values) (bool, error) { return true, outage }
		w.run(t)
		w.ats.onWrite = nil
		w.mustRun(t)
		wbs := w.export(t).writebacks
		if got := wbs[len(wbs)-1].Before["match_score"]; !fairlead.Value(got).Equal(fairlead.Value{"10"}) {
			t.Errorf("before %v: an undo would put back the wrong value", got)
		}
	})
}
