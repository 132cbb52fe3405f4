package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type object = map[string]any

// world is a run of the service as its three files tell it, before they are
// written: correct as made, and then broken on purpose.
type world struct {
	journal struct {
		Vendor     string   `json:"vendor"`
		Clients    []string `json:"clients"`
		Requests   []object `json:"requests"`
		History    []object `json:"history"`
		Notes      []object `json:"notes"`
		Tags       []object `json:"tags"`
		Deliveries []object `json:"deliveries"`
		Violations []object `json:"violations"`
	}
	connection  object
	duplicates  int
	events      []object
	assessments []object
	writebacks  []object
	leaves      []object
	seq         int
}

const us = "fairlead-sandbox-4"

func (w *world) next() int { w.seq++; return w.seq }

func (w *world) entry(kind string, facts object) string {
	id := fmt.Sprintf("entry-%03d", len(w.leaves)+1)
	w.leaves = append(w.leaves, object{
		"v": 1, "id": id, "time": fmt.Sprintf("2026-11-23T10:00:%02d.000000Z", len(w.leaves)%60), "kind": kind,
		"actor": "fairlead", "connection": "c1", "facts": facts,
	})
	return id
}

func (w *world) change(author, obj string, id int, field string, before, after any) {
	w.journal.History = append(w.journal.History, object{
		"seq": w.next(), "object": obj, "id": id, "field": field, "author": author, "old": before, "new": after,
	})
}

func (w *world) request(method, path string, status int) {
	w.journal.Requests = append(w.journal.Requests, object{"seq": w.next(), "author": us, "method": method, "path": path, "status": status})
}

// delivery is a webhook that was answered with these statuses, and the event it
// became.
func (w *world) delivery(n int, action string, statuses ...int) {
	var attempts []object
	for _, s := range statuses {
		attempts = append(attempts, object{"event_id": fmt.Sprintf("hook-%d", n), "signature": "good", "status": s})
	}
	w.journal.Deliveries = append(w.journal.Deliveries, object{
		"event_id": fmt.Sprintf("hook-%d", n), "action": action, "body_sha256": fmt.Sprintf("sha-%d", n), "attempts": attempts, "state": "delivered",
	})
}

func (w *world) event(n, application int, kind, state string) object {
	id := fmt.Sprintf("event-%d", n)
	first := state
	if state != "ignored" {
		first = "open"
	}
	accepted := w.entry("event.accepted", object{"event": id, "kind": kind, "state": first})
	e := object{
		"type": "event", "id": id, "connection": "c1", "kind": kind, "delivery_key": fmt.Sprintf("hook-%d sha-%d", n, n), "body_sha256": fmt.Sprintf("sha-%d", n),
		"application": fmt.Sprint(application), "candidate": fmt.Sprint(application + 1000), "state": state, "reason": "", "assessment": "",
		"ended_at": "", "accepted_entry": accepted, "ended_entry": "",
	}
	if state == "ignored" {
		e["ended_entry"], e["ended_at"] = accepted, "2026-11-23T10:00:00Z"
	}
	w.events = append(w.events, e)
	return e
}

func (w *world) end(e object, entry string) {
	e["ended_entry"], e["ended_at"] = entry, "2026-11-23T10:00:09Z"
}

// assessed is an application that came in, was scored and written back.
func (w *world) assessed(n, score int) {
	app := 100 + n
	w.change("seed", "application", app, "notice_period", nil, "1 month")
	w.journal.Notes = append(w.journal.Notes, object{"id": 500 + n, "author": "recruiter", "candidate": app + 1000, "application": app, "body": "Reached by phone."})
	w.delivery(n, "new_candidate_application", 200)
	e := w.event(n, app, "application_created", "written")
	a := fmt.Sprintf("assessment-%d", n)
	e["assessment"] = a
	w.request("GET", "/v3/applications", 200)
	w.assessments = append(w.assessments, object{
		"type": "assessment", "id": a, "connection": "c1", "application": fmt.Sprint(app), "candidate": fmt.Sprint(app + 1000), "score": score,
		"input_sha256": fmt.Sprintf("input-%d", n), "rubric_sha256": "r", "taxonomy_sha256": "t", "engine": "rules/1",
		"entry": w.entry("assessment.finished", object{"event": e["id"], "assessment": a}),
	})
	reasoning := fmt.Sprintf("Meets %d.", n)
	w.request("PATCH", fmt.Sprintf("/v3/applications/%d", app), 200)
	w.change(us, "application", app, "ai_match_score", nil, score)
	w.change(us, "application", app, "ai_reasoning", nil, reasoning)
	w.change(us, "application", app, "ai_skills", nil, []string{"Go", "SQL"})
	done := w.entry("writeback.finished", object{"writeback": fmt.Sprintf("writeback-%d", n), "assessment": a, "state": "written"})
	w.writebacks = append(w.writebacks, object{
		"type": "writeback", "id": fmt.Sprintf("writeback-%d", n), "assessment": a, "connection": "c1", "application": fmt.Sprint(app), "state": "written",
		"reason": "", "intended": map[string][]string{"match_score": {fmt.Sprint(score)}, "reasoning": {reasoning}, "skills": {"Go", "SQL"}},
		"finished_entry": done,
	})
	w.end(e, done)
	if n%2 == 0 { // the other way an event may end: with an entry of its own
		w.end(e, w.entry("event.ended", object{"event": e["id"], "state": "written"}))
	}
}

// good is a correct run: a ping, three applications scored, one delivered
// twice, a parked one, an echo, a human's edit after ours, an erased person.
func good() *world {
	w := &world{connection: object{"type": "connection", "id": "c1", "kind": "greenhouse", "fields": []object{
		{"output": "match_score", "key": "ai_match_score", "type": "number"},
		{"output": "reasoning", "key": "ai_reasoning", "type": "text"},
		{"output": "skills", "key": "ai_skills", "type": "multi_select"},
	}}, duplicates: 1}
	w.journal.Vendor, w.journal.Clients = "greenhouse", []string{us}
	w.entry("connection.saved", object{})
	w.delivery(0, "ping", 200)
	w.event(0, 0, "ping", "ignored")
	for n := 1; n <= 3; n++ {
		w.assessed(n, 80+n)
	}
	w.journal.Deliveries[1]["attempts"] = []object{
		{"event_id": "hook-1", "signature": "good", "status": 0}, {"event_id": "hook-1", "signature": "good", "status": 200}, {"event_id": "hook-1", "signature": "good", "status": 200},
	}
	w.delivery(4, "new_candidate_application", 503, 200)
	parked := w.event(4, 104, "application_created", "parked")
	parked["reason"] = "The resume could not be read."
	w.end(parked, w.entry("event.ended", object{"event": "event-4", "state": "parked"}))
	w.delivery(5, "application_updated", 200)
	w.event(5, 101, "application_updated", "ignored")
	w.change("recruiter", "application", 102, "ai_match_score", 82, 50)
	w.journal.Tags = append(w.journal.Tags,
		object{"id": 1, "author": "recruiter", "candidate": 1101, "tag": "Ruby"},
		object{"id": 2, "author": us, "candidate": 1101, "tag": "ai-strong"})
	w.delivery(6, "candidate_anonymized", 200)
	erased := w.event(6, 0, "candidate_anonymized", "erased")
	erased["application"], erased["candidate"] = "", "1103"
	w.end(erased, w.entry("candidate.erased", object{"event": "event-6"}))
	w.change("recruiter", "application", 103, "ai_match_score", 83, nil)
	w.assessments, w.writebacks = w.assessments[:2], w.writebacks[:2]
	return w
}

// write writes the three files and returns the arguments that name them.
func (w *world) write(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, lines ...any) string {
		var b bytes.Buffer
		for _, l := range lines {
			if err := json.NewEncoder(&b).Encode(l); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	state := []any{w.connection, object{"type": "duplicates", "connection": "c1", "count": w.duplicates}, object{"type": "something_newer"}}
	for _, list := range [][]object{w.events, w.assessments, w.writebacks} {
		for _, o := range list {
			state = append(state, o)
		}
	}
	return []string{"--journal", put("journal.json", w.journal), "--state", put("state.ndjson", state...), "--audit", put("audit.ndjson", w.log(t)...)}
}

// log seals the entries by the rule as it is written in the brief.
func (w *world) log(t *testing.T) []any {
	t.Helper()
	chain := make([]byte, 32)
	var lines []any
	for i, l := range w.leaves {
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		chain = next(chain, text)
		lines = append(lines, object{"seq": i + 1, "leaf": string(text), "chain": hex.EncodeToString(chain)})
	}
	return append([]any{object{"format": "fairlead-audit/1", "entries": len(w.leaves), "chain": hex.EncodeToString(chain)}}, lines...)
}

func judgeFiles(t *testing.T, args []string) (int, string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(args, &out, &errs)
	return status, out.String() + errs.String()
}

func TestGoodRunHolds(t *testing.T) {
	status, out := judgeFiles(t, append(good().write(t), "--final"))
	if status != 0 {
		t.Fatalf("status %d:\n%s", status, out)
	}
	for _, p := range []string{"I1", "I2", "I3", "I5", "I7"} {
		if !strings.Contains(out, p+" ok (n=") || strings.Contains(out, p+" ok (n=0)") {
			t.Errorf("no line that says %s held over something:\n%s", p, out)
		}
	}
	status, out = judgeFiles(t, append(good().write(t), "--json"))
	for line := range strings.Lines(out) {
		var v verdict
		if err := json.Unmarshal([]byte(line), &v); err != nil || !v.OK || v.N == 0 || status != 0 {
			t.Errorf("line %q: %v", line, err)
		}
	}
}

func (w *world) find(list []object, id string) object {
	i := slices.IndexFunc(list, func(o object) bool { return o["id"] == id })
	return list[i]
}

func (w *world) leaf(kind, fact, value string) object {
	i := slices.IndexFunc(w.leaves, func(o object) bool {
		facts, _ := o["facts"].(object)
		return o["kind"] == kind && facts[fact] == value
	})
	return w.leaves[i]
}

func without(list []object, o object) []object {
	return slices.DeleteFunc(list, func(x object) bool { return x["id"] == o["id"] })
}

// TestViolations breaks a correct run in one way at a time. Rows name the
// promises that must be reported, and no other may be.
func TestViolations(t *testing.T) {
	cases := []struct {
		name     string
		promises string
		says     string
		break_   func(*world)
		args     []string
	}{
		{"event lost", "I1 I5", "hook-1 (new_candidate_application) was acknowledged and is lost", func(w *world) { w.events = without(w.events, w.find(w.events, "event-1")) }, nil},
		{"ping lost with its entry", "I1", "hook-0 (ping) was acknowledged and is lost", func(w *world) {
			w.leaves = without(w.leaves, w.leaf("event.accepted", "event", "event-0"))
			w.events = without(w.events, w.find(w.events, "event-0"))
		}, nil},
		{"second event with the same body lost", "I1", "hook-77", func(w *world) {
			w.delivery(77, "application_updated", 200)
			w.journal.Deliveries[len(w.journal.Deliveries)-1]["body_sha256"] = "sha-5"
		}, nil},
		{"the event of another body under the same id", "I1", "hook-4 (new_candidate_application) was acknowledged and is lost", func(w *world) {
			w.find(w.events, "event-4")["body_sha256"] = "sha-5"
		}, nil},
		{"forged delivery acknowledged", "I1", "bad signature", func(w *world) {
			w.journal.Deliveries[2]["attempts"] = []object{{"event_id": "hook-x", "signature": "bad", "status": 200}}
		}, nil},
		{"duplicates not counted", "I1", "balance", func(w *world) { w.duplicates = 0 }, nil},
		{"event twice", "I1 I5", "event-4 is there twice", func(w *world) { w.events = append(w.events, w.find(w.events, "event-4")) }, nil},
		{"one delivery, two events", "I1", "same delivery", func(w *world) {
			w.find(w.events, "event-5")["delivery_key"] = "hook-4 sha-4"
			w.journal.Deliveries[5]["attempts"] = nil
		}, nil},
		{"unknown end", "I1 I5", "unknown state", func(w *world) { w.find(w.events, "event-4")["state"] = "forgotten" }, nil},
		{"ended without an end", "I1 I5", "has no end", func(w *world) { w.find(w.events, "event-4")["ended_entry"] = "" }, nil},
		{"open with an end", "I1 I5", "is open and has an end", func(w *world) { w.find(w.events, "event-4")["state"] = "open" }, nil},
		{"parked without a reason", "I1", "without a reason", func(w *world) { w.find(w.events, "event-4")["reason"] = " " }, nil},
		{"open at rest", "I1", "still open", func(w *world) { w.delivery(9, "job_updated", 200); w.event(9, 0, "job_updated", "open") }, []string{"--final"}},
		{"writeback open at rest", "I1", "writeback-9 is still open", func(w *world) {
			w.writebacks = append(w.writebacks, object{"type": "writeback", "id": "writeback-9", "assessment": "", "connection": "c1", "application": "104", "state": "open", "finished_entry": ""})
		}, []string{"--final"}},

		{"assessed twice", "I2", "same application, rubric", func(w *world) {
			again := object{}
			for k, v := range w.find(w.assessments, "assessment-1") {
				again[k] = v
			}
			again["id"] = "assessment-1b"
			again["entry"] = w.entry("assessment.finished", object{"assessment": "assessment-1b"})
			w.assessments = append(w.assessments, again)
		}, nil},
		{"written twice, with a value nobody intended", "I2", "no unused writeback", func(w *world) { w.change(us, "application", 101, "ai_match_score", 81, 12) }, nil},
		{"written, changed and written again", "I2", "no unused writeback", func(w *world) {
			w.change(us, "application", 101, "ai_match_score", 81, nil)
			w.change(us, "application", 101, "ai_match_score", nil, 81)
		}, nil},
		{"written where nothing was assessed", "I2", "application 104", func(w *world) { w.change(us, "application", 104, "ai_match_score", nil, 5) }, nil},
		{"written in shadow mode", "I2", "no unused writeback", func(w *world) {
			w.find(w.writebacks, "writeback-1")["state"] = "withheld"
			w.leaf("writeback.finished", "writeback", "writeback-1")["facts"].(object)["state"] = "withheld"
			w.find(w.events, "event-1")["state"] = "withheld"
		}, nil},
		{"two writebacks of one assessment", "I2", "of one assessment", func(w *world) {
			w.writebacks = append(w.writebacks, object{"type": "writeback", "id": "writeback-1b", "assessment": "assessment-1", "connection": "c1", "application": "101", "state": "superseded",
				"finished_entry": w.entry("writeback.finished", object{"writeback": "writeback-1b", "assessment": "assessment-1", "state": "superseded"})})
		}, nil},
		{"the same note twice", "I2", "say the same", func(w *world) {
			for id := 901; id <= 902; id++ {
				w.journal.Notes = append(w.journal.Notes, object{"id": id, "author": us, "candidate": 1101, "application": 101, "body": "AI screening assessment-1"})
			}
		}, nil},
		{"two notes of one assessment in other words", "I2", "notes 901 and 902 carry assessment assessment-1", func(w *world) {
			w.journal.Notes = append(w.journal.Notes,
				object{"id": 901, "author": us, "candidate": 1101, "application": 101, "body": "Score 81. assessment-1"},
				object{"id": 902, "author": us, "candidate": 1101, "application": 101, "body": "The score is 81. assessment-1"})
		}, nil},
		{"more notes than writebacks", "I2", "2 notes of ours and 1 writebacks", func(w *world) {
			for id := 901; id <= 902; id++ {
				w.journal.Notes = append(w.journal.Notes, object{"id": id, "author": us, "candidate": 1101, "application": 101, "body": fmt.Sprint("AI screening ", id)})
			}
		}, nil},
		{"the same tag twice", "I2", "got tag", func(w *world) {
			w.journal.Tags = append(w.journal.Tags, object{"id": 3, "author": us, "candidate": 1101, "tag": "ai-strong"})
		}, nil},

		{"a human's score replaced", "I3", "we replaced what recruiter had left in ai_match_score", func(w *world) {
			w.change(us, "application", 102, "ai_match_score", 50, 82)
			// Let the writeback of it be there, so that only I3 is broken.
			w.find(w.writebacks, "writeback-2")["assessment"] = "assessment-2"
			w.assessments = append(w.assessments, object{"type": "assessment", "id": "assessment-2b", "connection": "c1", "application": "102", "candidate": "1102",
				"input_sha256": "other", "entry": w.entry("assessment.finished", object{"assessment": "assessment-2b"})})
			w.writebacks = append(w.writebacks, object{"type": "writeback", "id": "writeback-2b", "assessment": "assessment-2b", "connection": "c1", "application": "102", "state": "written",
				"intended":       map[string][]string{"match_score": {"82"}},
				"finished_entry": w.entry("writeback.finished", object{"writeback": "writeback-2b", "assessment": "assessment-2b", "state": "written"})})
		}, nil},
		{"a foreign field lost to replace semantics", "I3", "we changed notice_period", func(w *world) { w.change(us, "application", 101, "notice_period", "1 month", nil) }, nil},
		{"a column changed", "I3", "we changed .status", func(w *world) { w.change(us, "application", 101, ".status", "in_process", "rejected") }, nil},
		{"a human's note removed", "I3", "note 501 by recruiter", func(w *world) { w.journal.Notes[0]["removed_by"] = us }, nil},
		{"a human's note changed", "I3", "note 501 by recruiter", func(w *world) { w.journal.Notes[0]["changed_by"] = us }, nil},
		{"a human's tag taken off", "I3", `tag "Ruby"`, func(w *world) { w.journal.Tags[0]["removed_by"] = us }, nil},

		{"event without an accepted entry", "I5", "no event.accepted entry", func(w *world) {
			w.leaves = without(w.leaves, w.leaf("event.accepted", "event", "event-4"))
			w.find(w.events, "event-4")["accepted_entry"] = ""
		}, nil},
		{"entry missing from the log", "I5", "is not in the audit log", func(w *world) { w.leaves = without(w.leaves, w.leaf("event.ended", "event", "event-4")) }, nil},
		{"entry of another event", "I5", "speaks of event event-5", func(w *world) { w.leaf("event.ended", "event", "event-4")["facts"].(object)["event"] = "event-5" }, nil},
		{"entry of another kind", "I5", "user.signed_in", func(w *world) { w.leaf("event.ended", "event", "event-4")["kind"] = "user.signed_in" }, nil},
		{"state differs from its entry", "I5", `its entry says "parked"`, func(w *world) { w.find(w.events, "event-4")["state"] = "withheld" }, nil},
		{"accepted entry with another state", "I5", `its entry says "open"`, func(w *world) { w.leaf("event.accepted", "event", "event-5")["facts"].(object)["state"] = "open" }, nil},
		{"entry that belongs to nothing", "I5", "belongs to no state", func(w *world) { w.entry("event.ended", object{"event": "event-4", "state": "written"}) }, nil},
		{"assessment row gone, nobody erased", "I2 I5", "assessment.finished of assessment assessment-1", func(w *world) {
			w.assessments, w.writebacks = without(w.assessments, w.assessments[0]), without(w.writebacks, w.writebacks[0])
		}, nil},
		{"assessment without its entry", "I5", "no assessment.finished entry", func(w *world) {
			w.leaves = without(w.leaves, w.leaf("assessment.finished", "assessment", "assessment-1"))
			w.assessments[0]["entry"] = ""
		}, nil},
		{"writeback differs from its entry", "I5", `writeback writeback-2 is parked`, func(w *world) { w.writebacks[1]["state"] = "parked" }, nil},
		{"open writeback with an entry", "I5", "is open and has an entry", func(w *world) { w.writebacks[1]["state"] = "open" }, nil},
		{"two assessments share an entry", "I5", "share entry", func(w *world) {
			again := object{"type": "assessment", "id": "assessment-1", "connection": "c2", "entry": w.assessments[0]["entry"]}
			w.assessments = append(w.assessments, again)
		}, nil},
		{"event ended by an unrelated erasure", "I5", "is an erasure", func(w *world) {
			w.find(w.events, "event-5")["ended_entry"] = w.find(w.events, "event-6")["ended_entry"]
		}, nil},
		{"event ended by other work", "I5", "which is of other work", func(w *world) {
			w.find(w.events, "event-1")["ended_entry"] = w.writebacks[1]["finished_entry"]
		}, nil},
		{"erasure that ends no event", "I5", "ends no event", func(w *world) { w.entry("candidate.erased", object{}) }, nil},
		{"the same entry id twice", "I5", "is there twice", func(w *world) { w.leaves = append(w.leaves, w.leaves[0]) }, nil},
		{"an entry that is none", "I5", "is not an entry", func(w *world) { w.leaves = append(w.leaves, object{"v": 2}) }, nil},

		{"call that decides", "I7", "decides about a person", func(w *world) { w.request("POST", "/v3/applications/101/reject", 403) }, nil},
		{"candidate deleted", "I7", "decides about a person", func(w *world) { w.request("DELETE", "/v3/candidates/1101", 204) }, nil},
		{"violation reported by the simulator", "I7", "foreign_key", func(w *world) {
			w.journal.Violations = append(w.journal.Violations, object{"kind": "foreign_key", "author": us, "method": "PATCH", "path": "/v3/applications/101", "detail": "key status"})
		}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := good()
			c.break_(w)
			status, out := judgeFiles(t, append(w.write(t), c.args...))
			if status != 1 || !strings.Contains(out, c.says) {
				t.Fatalf("status %d, want 1 and %q in:\n%s", status, c.says, out)
			}
			for _, p := range []string{"I1", "I2", "I3", "I5", "I7"} {
				if got, want := strings.Contains(out, p+" violated"), strings.Contains(c.promises, p); got != want {
					t.Errorf("%s violated = %v, want %v:\n%s", p, got, want, out)
				}
			}
		})
	}
}

// TestTamperedLog changes the sealed file itself.
func TestTamperedLog(t *testing.T) {
	cases := []struct {
		name, says string
		tamper     func([]string) []string
	}{
		{"a letter altered", "breaks at entry 4", func(l []string) []string {
			l[4] = strings.Replace(l[4], "fairlead", "fairleaf", 1)
			return l
		}},
		{"an entry missing", "entry 6 stands where 5 should", func(l []string) []string { return slices.Delete(l, 5, 6) }},
		{"the last entry missing", "the heading says", func(l []string) []string { return l[:len(l)-1] }},
		{"two entries swapped", "stands where", func(l []string) []string { l[5], l[6] = l[6], l[5]; return l }},
		{"a heading of another log", "the heading's chain", func(l []string) []string {
			i := strings.Index(l[0], `"chain":"`) + len(`"chain":"`)
			l[0] = l[0][:i] + "00" + l[0][i+2:]
			return l
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			args := good().write(t)
			raw, err := os.ReadFile(args[5])
			if err != nil {
				t.Fatal(err)
			}
			tampered := c.tamper(strings.Split(strings.TrimSpace(string(raw)), "\n"))
			if err := os.WriteFile(args[5], []byte(strings.Join(tampered, "\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			if status, out := judgeFiles(t, args); status != 1 || !strings.Contains(out, c.says) {
				t.Errorf("status %d, want 1 and %q in:\n%s", status, c.says, out)
			}
		})
	}
}

// TestChainVector pins the rule to bytes worked out apart from this program
// (Python's hashlib).
func TestChainVector(t *testing.T) {
	got := hex.EncodeToString(next(next(make([]byte, 32), []byte(`{"v":1}`)), []byte(`{"v":1,"id":"b"}`)))
	if want := "d71b723014189e7c23df96c26fc2e6dc512b4cc04cbd65cd28528dd51bc1b8f4"; got != want {
		t.Errorf("chain = %s, want %s", got, want)
	}
}

// TestMergedAndErased: the survivor of a merge is erased, and with them what
// was assessed while they were two.
func TestMergedAndErased(t *testing.T) {
	w := good()
	w.change("recruiter", "candidate", 1101, ".merged_into", nil, 1109)
	w.delivery(8, "candidate_anonymized", 200)
	erased := w.event(8, 0, "candidate_anonymized", "erased")
	erased["application"], erased["candidate"] = "", "1109"
	w.end(erased, w.entry("candidate.erased", object{"event": "event-8"}))
	w.assessments, w.writebacks = w.assessments[1:], w.writebacks[1:]
	if status, out := judgeFiles(t, w.write(t)); status != 0 {
		t.Errorf("status %d:\n%s", status, out)
	}
}

// TestSupersedingNote: a note may name the assessment it takes the place of.
func TestSupersedingNote(t *testing.T) {
	w := good()
	w.assessments = append(w.assessments, object{"type": "assessment", "id": "assessment-4", "connection": "c1", "application": "101", "candidate": "1101", "input_sha256": "newer",
		"entry": w.entry("assessment.finished", object{"assessment": "assessment-4"})})
	w.writebacks = append(w.writebacks, object{"type": "writeback", "id": "writeback-4", "assessment": "assessment-4", "connection": "c1", "application": "101", "state": "written",
		"intended": object{}, "finished_entry": w.entry("writeback.finished", object{"writeback": "writeback-4", "assessment": "assessment-4", "state": "written"})})
	w.journal.Notes = append(w.journal.Notes,
		object{"id": 901, "author": us, "candidate": 1101, "application": 101, "body": "Score 81. assessment-1"},
		object{"id": 902, "author": us, "candidate": 1101, "application": 101, "body": "Score 90. assessment-4, instead of assessment-1"})
	if status, out := judgeFiles(t, w.write(t)); status != 0 {
		t.Errorf("status %d:\n%s", status, out)
	}
}

// TestKeyedByBody: a vendor without ids on its deliveries is known by bodies.
func TestKeyedByBody(t *testing.T) {
	w := good()
	for _, e := range w.events {
		e["delivery_key"] = e["body_sha256"]
	}
	if status, out := judgeFiles(t, w.write(t)); status != 0 {
		t.Errorf("status %d:\n%s", status, out)
	}
	w.events = without(w.events, w.find(w.events, "event-5"))
	if status, out := judgeFiles(t, w.write(t)); status != 1 || !strings.Contains(out, "hook-5 (application_updated) was acknowledged and is lost") {
		t.Errorf("status %d:\n%s", status, out)
	}
}

// TestNothingToJudge: a run in which nothing happened is no acquittal.
func TestNothingToJudge(t *testing.T) {
	w := &world{connection: good().connection}
	w.journal.Vendor, w.journal.Clients = "greenhouse", []string{us}
	w.entry("connection.saved", object{})
	if status, out := judgeFiles(t, w.write(t)); status != 2 || !strings.Contains(out, "nothing to judge") {
		t.Errorf("status %d:\n%s", status, out)
	}
}

// FuzzExports: no export, however broken, makes the judge panic, and none makes
// it acquit without having read it.
func FuzzExports(f *testing.F) {
	f.Add([]byte(`{"type":"event","id":"e","connection":"c1","state":"open"}`), []byte(`{"format":"fairlead-audit/1","entries":0,"chain":""}`))
	f.Add([]byte(`{"type":"connection","id":"c1","kind":"greenhouse","fields":null}`), []byte("{\"format\":\"fairlead-audit/1\"}\n{\"seq\":1,\"leaf\":\"{}\",\"chain\":\"\"}"))
	f.Add([]byte(`{"type":`), []byte(``))
	f.Fuzz(func(t *testing.T, stateLines, auditLines []byte) {
		e := &evidence{}
		e.journal.Vendor, e.journal.Clients = "greenhouse", []string{us}
		if lines(bytes.NewReader(stateLines), e.state.add) != nil || lines(bytes.NewReader(auditLines), e.audit.add) != nil || e.choose("", "") != nil {
			return
		}
		for _, v := range e.judge() {
			if v.Promise == "I5" && len(v.Violations) == 0 && v.N != len(e.audit.lines) {
				t.Errorf("acquitted over %d of %d entries", v.N, len(e.audit.lines))
			}
		}
	})
}

// TestCannotJudge: input that says nothing is no acquittal.
func TestCannotJudge(t *testing.T) {
	args := good().write(t)
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte(`{"type":`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"no arguments": nil, "no such file": {"--journal", "nowhere", "--state", args[3], "--audit", args[5]},
		"empty journal": {"--journal", empty, "--state", args[3], "--audit", args[5]}, "empty state": {"--journal", args[1], "--state", empty, "--audit", args[5]},
		"empty audit log": {"--journal", args[1], "--state", args[3], "--audit", empty}, "broken state": {"--journal", args[1], "--state", broken, "--audit", args[5]},
		"broken audit log": {"--journal", args[1], "--state", args[3], "--audit", broken}, "unknown connection": append(slices.Clone(args), "--connection", "c9"),
		"unknown flag": append(slices.Clone(args), "--nonsense"), "an argument too many": append(slices.Clone(args), "more"),
	} {
		if status, out := judgeFiles(t, args); status != 2 || out == "" {
			t.Errorf("%s: status %d, want 2 and a reason: %q", name, status, out)
		}
	}
}
