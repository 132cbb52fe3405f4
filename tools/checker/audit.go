package main

// auditComplete is I5: the log is whole, and changes of state and entries
// correspond one to one.
func (e *evidence) auditComplete() verdict {
	v := verdict{Promise: "I5"}
	l := e.audit.readLog(&v)
	v.N = len(l.leaves)
	claimed := map[string]string{} // entry id → what claims it
	e.auditEvents(&v, l, claimed)
	e.auditAssessments(&v, l, claimed)
	e.auditWritebacks(&v, l, claimed)
	e.auditReverse(&v, l, claimed)
	return v
}

// claim checks that an entry is there, is of a kind, speaks of the thing that
// claims it and is claimed once.
func claim(v *verdict, l log, claimed map[string]string, entry, kind, fact, id string) (leaf, bool) {
	what := fact + " " + id
	if entry == "" {
		v.violate("%s has no %s entry", what, kind)
		return leaf{}, false
	}
	one, ok := l.byID[entry]
	if !ok {
		v.violate("%s: its entry %s is not in the audit log", what, entry)
		return leaf{}, false
	}
	if one.Kind != kind {
		v.violate("%s: its entry %s is %s, not %s", what, entry, one.Kind, kind)
		return leaf{}, false
	}
	if one.Facts[fact] != id {
		v.violate("%s: its entry %s speaks of %s %s", what, entry, fact, one.Facts[fact])
		return leaf{}, false
	}
	if other, twice := claimed[entry]; twice {
		v.violate("%s and %s share entry %s", other, what, entry)
		return leaf{}, false
	}
	claimed[entry] = what
	return one, true
}

func (e *evidence) auditEvents(v *verdict, l log, claimed map[string]string) {
	for _, ev := range e.state.events {
		accepted, ok := claim(v, l, claimed, ev.AcceptedEntry, "event.accepted", "event", ev.ID)
		if ev.State == "open" {
			if ev.EndedEntry != "" {
				v.violate("event %s is open and has an entry for its end", ev.ID)
			}
			continue
		}
		if ev.EndedEntry == ev.AcceptedEntry { // it ended as it was accepted
			if ok && accepted.Facts["state"] != ev.State {
				v.violate("event %s is %s, its entry says %q", ev.ID, ev.State, accepted.Facts["state"])
			}
			continue
		}
		end, there := l.byID[ev.EndedEntry]
		switch {
		case !there:
			v.violate("event %s is %s and its entry %q is not in the audit log", ev.ID, ev.State, ev.EndedEntry)
		case end.Kind == "event.ended":
			if one, ok := claim(v, l, claimed, ev.EndedEntry, "event.ended", "event", ev.ID); ok && one.Facts["state"] != ev.State {
				v.violate("event %s is %s, its entry says %q", ev.ID, ev.State, one.Facts["state"])
			}
		case end.Kind == "candidate.erased":
			// One erasure ends the event that asked for it and every event of
			// the same person that was still open.
			if ev.State != "erased" {
				v.violate("event %s is %s, its entry %s is an erasure", ev.ID, ev.State, end.ID)
			}
		case end.Kind == "assessment.finished" || end.Kind == "writeback.finished":
			// The end came with the work the event asked for.
			if end.Facts["event"] != ev.ID && (ev.Assessment == "" || end.Facts["assessment"] != ev.Assessment) {
				v.violate("event %s ended with %s %s, which is of other work", ev.ID, end.Kind, end.ID)
			}
			if end.Kind == "writeback.finished" && end.Facts["state"] != ev.State {
				v.violate("event %s is %s, its writeback's entry says %q", ev.ID, ev.State, end.Facts["state"])
			}
		default:
			v.violate("event %s ended with an entry of kind %s", ev.ID, end.Kind)
		}
	}
}

func (e *evidence) auditAssessments(v *verdict, l log, claimed map[string]string) {
	for _, a := range e.state.assessments {
		claim(v, l, claimed, a.Entry, "assessment.finished", "assessment", a.ID)
	}
}

func (e *evidence) auditWritebacks(v *verdict, l log, claimed map[string]string) {
	for _, w := range e.state.writebacks {
		if w.State == "open" {
			if w.FinishedEntry != "" {
				v.violate("writeback %s is open and has an entry for its end", w.ID)
			}
			continue
		}
		if one, ok := claim(v, l, claimed, w.FinishedEntry, "writeback.finished", "writeback", w.ID); ok && one.Facts["state"] != w.State {
			v.violate("writeback %s is %s, its entry says %q", w.ID, w.State, one.Facts["state"])
		}
	}
}

// auditReverse: every entry about an event, an assessment or a writeback
// belongs to one that is there, unless its person was erased.
func (e *evidence) auditReverse(v *verdict, l log, claimed map[string]string) {
	gone := e.goneAssessments(l)
	erasures := map[string]bool{}
	for _, ev := range e.state.events {
		erasures[ev.EndedEntry] = true
	}
	for _, one := range l.leaves {
		if _, ok := claimed[one.ID]; ok {
			continue
		}
		switch one.Kind {
		case "event.accepted", "event.ended":
			v.violate("entry %s (%s of event %s) belongs to no state", one.ID, one.Kind, one.Facts["event"])
		case "assessment.finished", "writeback.finished":
			if !gone[one.Facts["assessment"]] {
				v.violate("entry %s (%s of assessment %s) belongs to no state", one.ID, one.Kind, one.Facts["assessment"])
			}
		case "candidate.erased":
			if !erasures[one.ID] {
				v.violate("entry %s (candidate.erased) ends no event", one.ID)
			}
		}
	}
}

// goneAssessments are those whose rows were erased with their person.
func (e *evidence) goneAssessments(l log) map[string]bool {
	subjects := map[string]bool{}
	for _, one := range l.leaves {
		if one.Kind == "candidate.erased" && one.Subject != "" {
			subjects[one.Subject] = true
		}
	}
	erased, candidateOf := e.erased(), e.candidateOf()
	events := map[string]event{}
	for _, ev := range e.state.events {
		events[ev.ID] = ev
	}
	gone := map[string]bool{}
	for _, one := range l.leaves {
		if one.Kind != "assessment.finished" {
			continue
		}
		ev := events[one.Facts["event"]]
		candidate := ev.Candidate
		if candidate == "" {
			candidate = candidateOf[ev.Application]
		}
		if one.Subject != "" && subjects[one.Subject] || ev.ID != "" && erased(ev.Application, candidate) {
			gone[one.Facts["assessment"]] = true
		}
	}
	return gone
}
