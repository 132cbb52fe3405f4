package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// judge judges every promise the checker knows.
func (e *evidence) judge() []verdict {
	return []verdict{e.nothingLost(), e.nothingDoubled(), e.nothingOverwritten(), e.auditComplete(), e.noDecision()}
}

// ends are the ends an event may have.
func ends() []string {
	return []string{"written", "superseded", "ignored", "withheld", "parked", "erased"}
}

// nothingLost is I1: what we acknowledged is there, once, and is open or has
// exactly one end.
func (e *evidence) nothingLost() verdict {
	v := verdict{Promise: "I1"}
	byKey := map[string]string{}
	ids := map[string]bool{}
	open := 0
	for _, ev := range e.state.events {
		if _, judged := e.connections[ev.Connection]; !judged {
			continue
		}
		v.N++
		if ids[ev.ID] {
			v.violate("event %s is there twice", ev.ID)
		}
		ids[ev.ID] = true
		if ev.DeliveryKey != "" {
			key := ev.Connection + " " + ev.DeliveryKey
			if other, twice := byKey[key]; twice {
				v.violate("events %s and %s are the same delivery", other, ev.ID)
			}
			byKey[key] = ev.ID
		}
		switch {
		case ev.State == "open":
			open++
			if ev.EndedEntry != "" || ev.EndedAt != "" {
				v.violate("event %s is open and has an end", ev.ID)
			}
			if e.final {
				v.violate("event %s is still open after the run has come to rest", ev.ID)
			}
		case !slices.Contains(ends(), ev.State):
			v.violate("event %s has the unknown state %q", ev.ID, ev.State)
		case ev.EndedAt == "" || ev.EndedEntry == "":
			v.violate("event %s is %s and has no end", ev.ID, ev.State)
		case ev.State == "parked" && strings.TrimSpace(ev.Reason) == "":
			v.violate("event %s is parked without a reason", ev.ID)
		}
	}
	acknowledged, distinct := e.acknowledged(&v)
	duplicates := 0
	for id := range e.connections {
		duplicates += e.state.duplicates[id]
	}
	if again := acknowledged - distinct; again > duplicates {
		v.violate("the balance does not add up: %d deliveries were acknowledged again, %d are counted as duplicates", again, duplicates)
	}
	v.Detail = fmt.Sprintf("%d acknowledged, %d distinct, %d duplicates, %d open", acknowledged, distinct, duplicates, open)
	if e.final {
		for _, w := range e.state.writebacks {
			if _, judged := e.connections[w.Connection]; judged && w.State == "open" {
				v.violate("writeback %s is still open after the run has come to rest", w.ID)
			}
		}
	}
	return v
}

// acknowledged looks for every delivery that was answered 200 and returns how
// many answers there were and how many distinct deliveries. A delivery is its id
// and its body: the event that stands for it must be of both.
func (e *evidence) acknowledged(v *verdict) (answers, distinct int) {
	type sent struct{ id, body string }
	known := map[sent]bool{}
	for _, ev := range e.state.events {
		if _, judged := e.connections[ev.Connection]; !judged {
			continue
		}
		// A key is made of the delivery's id, its body's digest or both.
		for _, part := range strings.FieldsFunc(ev.DeliveryKey, func(r rune) bool { return r == ' ' || r == ':' }) {
			known[sent{part, ev.BodySHA256}] = true
		}
	}
	byBody := !e.keyedByID()
	seen := map[sent]bool{}
	for _, d := range e.journal.Deliveries {
		for _, a := range d.Attempts {
			if a.Status != http.StatusOK {
				continue
			}
			v.N++
			if a.Signature != "good" {
				if d.Action != "ping" {
					v.violate("delivery %s (%s) has a %s signature and was acknowledged", a.EventID, d.Action, a.Signature)
				}
				continue
			}
			answers++
			one := sent{a.EventID, d.BodySHA256}
			if seen[one] {
				continue
			}
			seen[one] = true
			distinct++
			// Where the key is the body's digest alone, one event may stand for
			// several ids; otherwise each id needs its own.
			if !known[one] && (!byBody || !known[sent{d.BodySHA256, d.BodySHA256}]) {
				v.violate("delivery %s (%s) was acknowledged and is lost", a.EventID, d.Action)
			}
		}
	}
	return answers, distinct
}

// keyedByID says whether any judged event's key is more than its body's digest.
func (e *evidence) keyedByID() bool {
	return slices.ContainsFunc(e.state.events, func(ev event) bool {
		_, judged := e.connections[ev.Connection]
		return judged && ev.DeliveryKey != "" && ev.DeliveryKey != ev.BodySHA256
	})
}

// erased says whether somebody's rows may be gone: the ATS took the person or
// the application away and an event says that we followed.
func (e *evidence) erased() func(application, candidate string) bool {
	applications, candidates := map[string]bool{}, map[string]bool{}
	for _, ev := range e.state.events {
		if ev.State != "erased" {
			continue
		}
		if ev.Application != "" {
			applications[ev.Application] = true
		}
		if ev.Candidate != "" && ev.Kind != "application_deleted" {
			candidates[ev.Candidate] = true
		}
	}
	survivor := e.survivors()
	return func(application, candidate string) bool {
		return applications[application] || candidates[candidate] || candidates[survivor(candidate)]
	}
}

// survivors follows merges: who somebody is by now. The ATS moves applications
// to the survivor, and erasing the survivor erases both.
func (e *evidence) survivors() func(string) string {
	into := map[string]string{}
	for _, c := range e.journal.History {
		if c.Object == "candidate" && c.Field == ".merged_into" {
			if to := canonical(c.New); len(to) == 1 {
				into[c.ID.String()] = to[0]
			}
		}
	}
	return func(candidate string) string {
		for range into { // no longer than the list: a circle ends too
			next, merged := into[candidate]
			if !merged {
				break
			}
			candidate = next
		}
		return candidate
	}
}

// candidateOf maps applications to candidates, as far as events, assessments
// and notes tell.
func (e *evidence) candidateOf() map[string]string {
	out := map[string]string{}
	for _, ev := range e.state.events {
		if ev.Application != "" && ev.Candidate != "" {
			out[ev.Application] = ev.Candidate
		}
	}
	for _, n := range e.journal.Notes {
		if n.Application != "" {
			out[n.Application.String()] = n.Candidate.String()
		}
	}
	for _, a := range e.state.assessments {
		out[a.Application] = a.Candidate
	}
	return out
}

// nothingDoubled is I2: one assessment for the same input, one effective change
// of a field for each writeback, notes and tags at most once.
func (e *evidence) nothingDoubled() verdict {
	v := verdict{Promise: "I2"}
	same, ids := map[string]string{}, map[string]bool{}
	application := map[string]string{} // by assessment
	for _, a := range e.state.assessments {
		if _, judged := e.connections[a.Connection]; !judged {
			continue
		}
		v.N++
		if ids[a.ID] {
			v.violate("assessment %s is there twice", a.ID)
		}
		ids[a.ID], application[a.ID] = true, a.Application
		key := strings.Join([]string{a.Connection, a.Application, a.Rubric, a.Engine, a.Taxonomy, a.Input}, " ")
		if other, twice := same[key]; twice && other != a.ID {
			v.violate("assessments %s and %s are of the same application, rubric, engine, taxonomy and input", other, a.ID)
		}
		same[key] = a.ID
	}
	byApplication := map[string][]writeback{}
	seen, ofAssessment := map[string]bool{}, map[string]string{}
	for _, w := range e.state.writebacks {
		if _, judged := e.connections[w.Connection]; !judged {
			continue
		}
		v.N++
		if seen[w.ID] {
			v.violate("writeback %s is there twice", w.ID)
			continue
		}
		seen[w.ID] = true
		if other, twice := ofAssessment[w.Assessment]; twice && w.Assessment != "" {
			v.violate("writebacks %s and %s are of one assessment", other, w.ID)
		}
		ofAssessment[w.Assessment] = w.ID
		if app := application[w.Assessment]; app != "" {
			w.Application = app
		}
		byApplication[w.Application] = append(byApplication[w.Application], w)
	}
	e.changesOnce(&v, byApplication)
	e.notesOnce(&v, byApplication)
	e.tagsOnce(&v)
	return v
}

// changesOnce matches every effective change we made with a writeback that
// intended it; no two changes share one.
func (e *evidence) changesOnce(v *verdict, byApplication map[string][]writeback) {
	erased, candidateOf := e.erased(), e.candidateOf()
	used := map[string]bool{}
	for _, c := range e.journal.History {
		output := e.outputOf(c.Field)
		if !e.isOurs(c.Author) || output == "" {
			continue
		}
		v.N++
		id := c.ID.String()
		writebacks := byApplication[id]
		if c.Object == "candidate" {
			writebacks = nil
			for app, list := range byApplication {
				if candidateOf[app] == id {
					writebacks = append(writebacks, list...)
				}
			}
		}
		if erased(id, candidateOf[id]) || c.Object == "candidate" && erased("", id) {
			continue // its writebacks are gone, as they should be
		}
		value := canonical(c.New)
		found := slices.ContainsFunc(writebacks, func(w writeback) bool {
			key := w.ID + " " + c.Object + " " + id + " " + c.Field
			if used[key] || w.State == "withheld" || !intends(w, output, value) {
				return false
			}
			used[key] = true
			return true
		})
		if !found {
			v.violate("%s %s: field %s was changed to %s (change %d) and no unused writeback intended that", c.Object, id, c.Field, clip(string(c.New)), c.Seq)
		}
	}
}

// outputOf is the output one of the judged connections' fields takes.
func (e *evidence) outputOf(field string) string {
	for _, c := range e.connections {
		if o := c.output(field); o != "" {
			return o
		}
	}
	return ""
}

func intends(w writeback, output string, value []string) bool {
	want := w.Intended[output]
	if slices.Equal(sorted(want), sorted(value)) {
		return true
	}
	// A list told to a text field is one text.
	return len(want) > 1 && len(value) == 1 && value[0] == strings.Join(want, ", ")
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// canonical is a field's JSON value as a list of texts, numbers in plain decimal.
func canonical(raw json.RawMessage) []string {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return []string{string(raw)}
	}
	return texts(v)
}

func texts(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
		return []string{v}
	case json.Number:
		if r, ok := new(big.Rat).SetString(v.String()); ok && len(v) < 40 && r.IsInt() {
			return []string{r.Num().String()}
		}
		return []string{v.String()}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, texts(item)...)
		}
		return out
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return []string{string(b)}
}

// notesOnce: no note of ours twice, and no more of them than writebacks.
func (e *evidence) notesOnce(v *verdict, byApplication map[string][]writeback) {
	erased := e.erased()
	bodies, count := map[string]string{}, map[string]int{}
	var ours []note
	for _, n := range e.journal.Notes {
		if !e.isOurs(n.Author) {
			continue
		}
		v.N++
		ours = append(ours, n)
		key := n.Candidate.String() + " " + n.Application.String() + " " + n.Body
		if other, twice := bodies[key]; twice {
			v.violate("notes %s and %s say the same about the same application", other, n.ID)
		}
		bodies[key] = n.ID.String()
		count[n.Application.String()]++
		if app := n.Application.String(); count[app] > len(byApplication[app]) && !erased(app, n.Candidate.String()) {
			v.violate("application %s has %d notes of ours and %d writebacks", app, count[app], len(byApplication[app]))
		}
	}
	// A note is of the newest assessment it names: it may name the one it takes
	// the place of too. Ids grow with time.
	carries := map[string]string{}
	for _, n := range ours {
		newest := ""
		for _, w := range byApplication[n.Application.String()] {
			if w.Assessment > newest && strings.Contains(n.Body, w.Assessment) {
				newest = w.Assessment
			}
		}
		if newest == "" {
			continue
		}
		if other, twice := carries[newest]; twice {
			v.violate("notes %s and %s carry assessment %s", other, n.ID, newest)
		}
		carries[newest] = n.ID.String()
	}
}

// tagsOnce: no tag of ours on a candidate that carries it already.
func (e *evidence) tagsOnce(v *verdict) {
	on := map[string]string{}
	for _, t := range e.journal.Tags {
		key := t.Candidate.String() + " " + t.Tag
		if e.isOurs(t.Author) {
			v.N++
			if other, twice := on[key]; twice {
				v.violate("candidate %s got tag %q again (rows %s and %s)", t.Candidate, clip(t.Tag), other, t.ID)
			}
		}
		if t.RemovedBy == "" {
			on[key] = t.ID.String()
		}
	}
}

// nothingOverwritten is I3: no value a human wrote replaced by us, no field
// that is not ours, no note or tag of somebody else.
func (e *evidence) nothingOverwritten() verdict {
	v := verdict{Promise: "I3"}
	type place struct{ object, id, field string }
	human := map[place]change{}     // the last change, when it was a human's
	written := map[place][]string{} // what we last wrote
	for _, c := range e.journal.History {
		v.N++
		p := place{c.Object, c.ID.String(), c.Field}
		if !e.isOurs(c.Author) {
			if c.Author != "seed" {
				human[p] = c
			}
			continue
		}
		if e.outputOf(c.Field) == "" {
			v.violate("%s %s: we changed %s, which is not a field of ours (change %d)", c.Object, p.id, c.Field, c.Seq)
			continue
		}
		// A human's value that equals what we left there is nobody's loss.
		if h, last := human[p]; last && !slices.Equal(sorted(canonical(c.Old)), sorted(written[p])) {
			v.violate("%s %s: we replaced what %s had left in %s (change %d over %d)", c.Object, p.id, h.Author, c.Field, c.Seq, h.Seq)
		}
		delete(human, p)
		written[p] = canonical(c.New)
	}
	for _, n := range e.journal.Notes {
		v.N++
		if !e.isOurs(n.Author) && (e.isOurs(n.ChangedBy) || e.isOurs(n.RemovedBy)) {
			v.violate("note %s by %s was changed or removed by us", n.ID, n.Author)
		}
	}
	for _, t := range e.journal.Tags {
		v.N++
		if !e.isOurs(t.Author) && e.isOurs(t.RemovedBy) {
			v.violate("tag %q by %s was taken off by us", clip(t.Tag), t.Author)
		}
	}
	return v
}

// noDecision is I7: no call of ours to an endpoint that decides about a person,
// and nothing the simulator itself reports.
func (e *evidence) noDecision() verdict {
	v := verdict{Promise: "I7"}
	verb := regexp.MustCompile(`/(move|advance|reject|unreject|hire|unhire|archive|unarchive|archived|stage|merge|anonymize|convert_to_candidate|transfer|transfer_to_job)$`)
	person := regexp.MustCompile(`/(applications|candidates|opportunities|prospects)/[^/]+$`)
	for _, r := range e.journal.Requests {
		if !e.isOurs(r.Author) {
			continue
		}
		v.N++
		if r.Method != http.MethodGet && r.Method != http.MethodHead && verb.MatchString(r.Path) || r.Method == http.MethodDelete && person.MatchString(r.Path) {
			v.violate("%s %s decides about a person (request %d)", r.Method, r.Path, r.Seq)
		}
	}
	for _, x := range e.journal.Violations {
		v.violate("%s by %s: %s %s: %s", x.Kind, x.Author, x.Method, x.Path, clip(x.Detail))
	}
	return v
}

// clip keeps text of people out of reports, beyond what tells the case apart.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
