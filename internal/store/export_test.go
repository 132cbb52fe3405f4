package store_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/store"
)

// export is a state export as somebody else reads it.
type export struct {
	Connections, Duplicates, Events, Assessments, Writebacks []map[string]any
}

func readExport(t testing.TB, s *store.Store) export {
	t.Helper()
	var b bytes.Buffer
	if err := s.ExportState(t.Context(), &b); err != nil {
		t.Fatalf("export state: %v", err)
	}
	var x export
	into := map[string]*[]map[string]any{"connection": &x.Connections, "duplicates": &x.Duplicates, "event": &x.Events, "assessment": &x.Assessments, "writeback": &x.Writebacks}
	in := bufio.NewScanner(&b)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var line map[string]any
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			t.Fatalf("export line %q: %v", in.Text(), err)
		}
		kind, _ := line["type"].(string)
		list := into[kind]
		if list == nil {
			t.Fatalf("export line of type %q", kind)
		}
		*list = append(*list, line)
	}
	return x
}

// event is the exported line of an event.
func (x export) event(t testing.TB, id fairlead.EventID) map[string]any {
	t.Helper()
	return find(t, x.Events, string(id))
}

func find(t testing.TB, lines []map[string]any, id string) map[string]any {
	t.Helper()
	for _, l := range lines {
		if l["id"] == id {
			return l
		}
	}
	t.Fatalf("%s is not in the export", id)
	return nil
}

// open lists the writebacks that are open.
func (x export) open() []fairlead.WritebackID {
	var out []fairlead.WritebackID
	for _, l := range x.Writebacks {
		if l["state"] == "open" {
			id, _ := l["id"].(string)
			out = append(out, fairlead.WritebackID(id))
		}
	}
	return out
}

// checkBijection is promise I5: changes and entries correspond one to one,
// except that the entry of a writeback or an erasure speaks for its events too.
func checkBijection(t *testing.T, x export, log string) {
	t.Helper()
	entries := map[string]string{} // id → kind
	for i, line := range strings.Split(strings.TrimSpace(log), "\n") {
		if i == 0 {
			continue
		}
		var sealed struct{ Leaf string }
		var leaf struct{ ID, Kind string }
		if err := json.Unmarshal([]byte(line), &sealed); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(sealed.Leaf), &leaf); err != nil {
			t.Fatal(err)
		}
		entries[leaf.ID] = leaf.Kind
	}
	claimed := map[string]bool{}
	claim := func(what string, id any, kinds ...string) {
		s, _ := id.(string)
		kind, there := entries[s]
		if !there {
			t.Errorf("%s names entry %q, which is not in the log", what, s)
			return
		}
		for _, k := range kinds {
			if k == kind {
				claimed[s] = true
				return
			}
		}
		t.Errorf("%s names entry %q of kind %s", what, s, kind)
	}
	for _, e := range x.Events {
		claim("event accepted", e["accepted_entry"], "event.accepted")
		if (e["state"] == "open") != (e["ended_entry"] == "") || (e["state"] == "open") != (e["ended_at"] == "") {
			t.Errorf("event %v is %v and its end has entry %q at %q", e["id"], e["state"], e["ended_entry"], e["ended_at"])
		}
		if e["state"] != "open" {
			claim("event ended", e["ended_entry"], "event.ended", "event.accepted", "writeback.finished", "candidate.erased")
		}
	}
	for _, a := range x.Assessments {
		claim("assessment", a["entry"], "assessment.finished")
	}
	for _, wb := range x.Writebacks {
		if wb["state"] != "open" {
			claim("writeback", wb["finished_entry"], "writeback.finished")
		}
	}
	erased := false
	for _, kind := range entries {
		erased = erased || kind == "candidate.erased"
	}
	for id, kind := range entries {
		switch kind {
		case "event.accepted", "event.ended", "assessment.finished", "writeback.finished", "candidate.erased":
			if !claimed[id] && (!erased || strings.HasPrefix(kind, "event")) {
				t.Errorf("entry %s (%s) belongs to no change", id, kind)
			}
		}
	}
}
