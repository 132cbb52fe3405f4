package atstest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

func (s Setup) write(t *testing.T) {
	for _, replace := range []bool{false, true} {
		t.Run("replace="+strconv.FormatBool(replace), func(t *testing.T) {
			b := s.bench(t, Options{Replace: replace})
			job := b.Job(t, "Accountant", jobText)
			a := b.Apply(t, job, "Maya Ito", nil)
			target := b.target(t, a, "assessment-1")
			if now := b.read(t, target); len(now.Values) != 0 || now.At.IsZero() {
				t.Fatalf("before anything is written: %+v", now)
			}
			// Twice the same, then other values, then some of them gone.
			first := ats.Shape(target.Fields, values("82", "Keeps books; 7 years \"of\" SAP & <Excel>.", "assessment-1", "SAP", "Microsoft Excel"))
			second := ats.Shape(target.Fields, values("7", "No books.", "assessment-2", "SAP"))
			none := fairlead.Values{fairlead.OutScore: nil, fairlead.OutSkills: nil}
			for i, v := range []fairlead.Values{first, first, second} {
				b.mustWrite(t, target, v)
				if got := b.read(t, target); !got.Values.Equal(v) {
					t.Fatalf("write %d: want %v, got %v", i, v, got.Values)
				}
			}
			b.mustWrite(t, target, none)
			left := fairlead.Values{fairlead.OutReasoning: second[fairlead.OutReasoning], fairlead.OutAuditID: second[fairlead.OutAuditID]}
			if got := b.read(t, target); !got.Values.Equal(left) {
				t.Errorf("after clearing: want %v, got %v", left, got.Values)
			}
			// One field at a time keeps the others.
			b.mustWrite(t, target, fairlead.Values{fairlead.OutScore: {"9"}})
			left[fairlead.OutScore] = fairlead.Value{"9"}
			if got := b.read(t, target); !got.Values.Equal(left) {
				t.Errorf("after one field: want %v, got %v", left, got.Values)
			}
			if n := b.effective(t, a); n != 4+4+2+1 {
				t.Errorf("%d effective changes of our fields, want 11: the same value was written twice over, or gone in between", n)
			}
			b.onlyOurs(t)
			gone := target
			gone.Application = "99999999999"
			if _, err := b.c.Read(t.Context(), gone); fairlead.CodeOf(err) != fairlead.NotFound {
				t.Errorf("read of an application that is not there: %v", err)
			}
			if err := b.c.Write(t.Context(), gone, first); fairlead.CodeOf(err) != fairlead.NotFound {
				t.Errorf("write of an application that is not there: %v", err)
			}
		})
	}
}

// effective counts changes that API clients made to an application's fields,
// without those by which a connector learns what a write does to the others
// (a value gone and back).
func (b *bench) effective(t *testing.T, a Applied) int {
	t.Helper()
	j := b.Journal(t)
	n := 0
	gone := map[string]string{}
	for _, h := range j.History {
		if h.ID != a.Application || !slices.Contains(j.Clients, h.Author) {
			continue
		}
		if was, ok := gone[h.Field]; ok && was == string(h.New) {
			n-- // gone and back
			delete(gone, h.Field)
			continue
		}
		if string(h.New) == "null" {
			gone[h.Field] = string(h.Old)
		}
		n++
	}
	return n
}

// onlyOurs checks that no API client left anything but our fields changed.
func (b *bench) onlyOurs(t *testing.T) {
	t.Helper()
	j := b.Journal(t)
	type place struct {
		object string
		id     int64
		field  string
	}
	first, last := map[place]string{}, map[place]string{}
	for _, h := range j.History {
		if !slices.Contains(j.Clients, h.Author) || slices.Contains(j.OurFields, h.Field) || h.Field == ".updated_at" || h.Field == ".last_activity_at" {
			continue
		}
		p := place{h.Object, h.ID, h.Field}
		if _, ok := first[p]; !ok {
			first[p] = string(h.Old)
		}
		last[p] = string(h.New)
	}
	for p, was := range first {
		if last[p] != was {
			t.Errorf("%v was %s and is %s", p, was, last[p])
		}
	}
}

func (s Setup) foreignValues(t *testing.T) {
	for _, replace := range []bool{false, true} {
		t.Run("replace="+strconv.FormatBool(replace), func(t *testing.T) {
			b := s.bench(t, Options{Replace: replace})
			job := b.Job(t, "Accountant", jobText)
			for i := range 3 { // the first teaches the connector, the others rely on it
				a := b.Apply(t, job, fmt.Sprint("Person ", i), nil)
				target := b.target(t, a, "assessment-1")
				before := b.View(t, a)
				foreign := b.read(t, target).Foreign
				if foreign == "" {
					t.Error("no digest of what is foreign")
				}
				v := ats.Shape(target.Fields, values("82", "Keeps books.", "assessment-1", "SAP"))
				b.mustWrite(t, target, v)
				now := b.read(t, target)
				if !now.Values.Equal(v) || now.Foreign != foreign {
					t.Errorf("person %d: %v, foreign unchanged: %v", i, now.Values, now.Foreign == foreign)
				}
				after := b.View(t, a)
				for key, was := range before.Fields {
					if fmt.Sprint(after.Fields[key]) != fmt.Sprint(was) {
						t.Errorf("person %d: %s was %v and is %v", i, key, was, after.Fields[key])
					}
				}
				if len(before.Fields) == 0 {
					t.Error("the simulator sets no foreign field, so this test shows nothing")
				}
				if !slices.Equal(before.Tags, after.Tags) || len(before.Notes) != len(after.Notes) || before.Status != after.Status {
					t.Errorf("person %d: tags, notes or status changed", i)
				}
				key := slices.Sorted(maps.Keys(before.Fields))[0]
				b.Human(t, "set_field", map[string]any{"application": a.Application, "key": key, "value": nil})
				if b.read(t, target).Foreign == foreign {
					t.Errorf("person %d: a person cleared %s and the digest did not notice", i, key)
				}
				// What a person cleared stays cleared.
				b.mustWrite(t, target, fairlead.Values{fairlead.OutScore: {"5"}, fairlead.OutReasoning: {"Other."}})
				if v, ok := b.View(t, a).Fields[key]; ok && v != nil {
					t.Errorf("person %d: %s came back", i, key)
				}
			}
			b.onlyOurs(t)
		})
	}
	t.Run("turns into replacing", func(t *testing.T) {
		b := s.bench(t, Options{Replace: false})
		job := b.Job(t, "Accountant", jobText)
		for i := range 3 {
			if i == 1 {
				b.replaces = true
				b.Fault(t, "replace", nil)
			}
			a := b.Apply(t, job, fmt.Sprint("Person ", i), nil)
			target := b.target(t, a, "assessment-1")
			was := b.read(t, target)
			v := ats.Shape(target.Fields, values("82", "Keeps books.", "assessment-1", "SAP"))
			b.mustWrite(t, target, v)
			if now := b.read(t, target); !now.Values.Equal(v) || now.Foreign != was.Foreign {
				t.Errorf("person %d: %v, foreign unchanged: %v", i, now.Values, now.Foreign == was.Foreign)
			}
		}
		b.onlyOurs(t)
	})
}

func (s Setup) multiSelect(t *testing.T) {
	b := s.bench(t, Options{SkillOptions: []string{"SAP", "Microsoft Excel", "US GAAP"}})
	a := b.Apply(t, b.Job(t, "Accountant", jobText), "Maya Ito", nil)
	target := b.target(t, a, "assessment-1")
	f, _ := target.Fields.Field(fairlead.OutSkills)
	if f.Type != fairlead.FieldMultiSelect || len(f.Options) != 3 {
		t.Fatalf("%+v", f)
	}
	v := ats.Shape(target.Fields, values("82", "Keeps books.", "assessment-1", "US GAAP", "Juggling", "SAP"))
	if len(v[fairlead.OutSkills]) != 2 {
		t.Fatalf("shaped: %v", v)
	}
	b.mustWrite(t, target, v)
	if got := b.read(t, target); !got.Values.Equal(v) {
		t.Errorf("want %v, got %v", v, got.Values)
	}
	err := b.c.Write(t.Context(), target, fairlead.Values{fairlead.OutSkills: {"Juggling"}})
	if fairlead.CodeOf(err) != fairlead.Invalid {
		t.Errorf("an option that is not there: %v", err)
	}
}

func (s Setup) partialWrites(t *testing.T) {
	b := s.bench(t, Options{})
	job := b.Job(t, "Accountant", jobText)
	teacher := b.Apply(t, job, "Teacher", nil)
	target := b.target(t, teacher, "assessment-0")
	b.mustWrite(t, target, ats.Shape(target.Fields, values("1", "First.", "assessment-0", "SAP")))
	for _, row := range []struct {
		fault   string
		with    map[string]any
		code    fairlead.Code
		applied int // of four fields
	}{
		{"reset_after_apply", nil, fairlead.Unavailable, 4},
		{"fail_after_apply", nil, fairlead.Unavailable, 4},
		{"reset", nil, fairlead.Unavailable, 0},
		{"status", map[string]any{"status": 503}, fairlead.Unavailable, 0},
		{"status", map[string]any{"status": 422}, fairlead.Invalid, 0},
		{"status", map[string]any{"status": 403}, fairlead.Forbidden, 0},
		{"not_applied", nil, "", 0},
		{"partial_fields", map[string]any{"n": 2}, "", 2},
	} {
		t.Run(row.fault, func(t *testing.T) {
			a := b.Apply(t, job, "Maya Ito", nil)
			target.Application, target.Candidate = a.Remote(), a.RemoteCandidate()
			v := ats.Shape(target.Fields, values("82", "Keeps books.", "assessment-1", "SAP"))
			with := map[string]any{"method": "PATCH", "count": 1}
			maps.Copy(with, row.with)
			b.Fault(t, row.fault, with)
			err := b.c.Write(t.Context(), target, v)
			b.Heal(t)
			if fairlead.CodeOf(err) != row.code {
				t.Errorf("code %q: %v", fairlead.CodeOf(err), err)
			}
			s.keepsQuiet(t, err, "Keeps books", "assessment-1")
			if row.code == fairlead.Forbidden && !strings.Contains(fairlead.MessageOf(err), "harvest:") && !strings.Contains(fairlead.MessageOf(err), "scope") {
				t.Errorf("does not name the scope: %v", err)
			}
			if got := b.read(t, target).Values; len(got) != row.applied {
				t.Errorf("%d fields applied, want %d: %v", len(got), row.applied, got)
			}
			patches := 0
			for _, r := range b.Journal(t).Requests {
				if r.Method == http.MethodPatch && strings.HasSuffix(r.Path, "/"+string(a.Remote())) {
					patches++
				}
			}
			if patches != 1 {
				t.Errorf("%d writes were sent, want 1", patches)
			}
		})
	}
}

func (s Setup) notes(t *testing.T) {
	b := s.bench(t, Options{WithoutFields: true})
	job, other := b.Job(t, "Accountant", jobText), b.Job(t, "Clerk", jobText)
	a := b.Apply(t, job, "Maya Ito", nil)
	before := b.View(t, a)
	target := b.target(t, a, "0198c2f0-0000-7000-8000-000000000001")
	foreign := b.read(t, target)
	if len(foreign.Values) != 0 {
		t.Fatalf("before anything is written: %v", foreign.Values)
	}
	first := values("82", `Keeps books; 7 years \ "of" SAP.`, string(target.Assessment), "SAP; R/3", "Microsoft Excel")
	var writers sync.WaitGroup // two workers at once, and again later
	for range 2 {
		writers.Go(func() {
			if err := b.c.Write(t.Context(), target, first); err != nil {
				t.Errorf("write: %v", err)
			}
		})
	}
	writers.Wait()
	b.mustWrite(t, target, first)
	now := b.read(t, target)
	if !now.Values.Equal(first) {
		t.Errorf("want %v, got %v", first, now.Values)
	}
	if now.Foreign != foreign.Foreign {
		t.Error("our note and tags count as foreign")
	}
	after := b.View(t, a)
	if len(after.Notes) != len(before.Notes)+1 {
		t.Fatalf("%d notes were written, want 1", len(after.Notes)-len(before.Notes))
	}
	for _, n := range after.Notes {
		if strings.Contains(n.Body, string(target.Assessment)) && n.Visibility != "privately_visible" && n.Visibility != "private" {
			t.Errorf("the note is %s", n.Visibility)
		}
	}
	if !hasTag(after, "strong") || hasTag(after, "weak") {
		t.Errorf("tags %q", after.Tags)
	}

	// A newer assessment: one more note that says so, and other tags.
	target.Assessment = "0198c2f0-0000-7000-8000-000000000002"
	second := values("12", "No books.", string(target.Assessment), "Microsoft Excel")
	b.mustWrite(t, target, second)
	if got := b.read(t, target).Values; !got.Equal(second) {
		t.Errorf("want %v, got %v", second, got)
	}
	after = b.View(t, a)
	if len(after.Notes) != len(before.Notes)+2 || hasTag(after, "strong") || !hasTag(after, "weak") {
		t.Errorf("%d notes, tags %q", len(after.Notes)-len(before.Notes), after.Tags)
	}

	// The same person's other application: its tags come beside.
	a2 := b.Apply(t, other, "", map[string]any{"candidate": a.Candidate, "filename": "", "resume": ""})
	t2 := target
	t2.Application, t2.Assessment = a2.Remote(), "0198c2f0-0000-7000-8000-000000000003"
	b.Human(t, "add_tag", map[string]any{"candidate": a.Candidate, "text": "Ruby"})
	if b.read(t, t2).Values.Equal(second) {
		t.Error("one application shows another's note")
	}
	b.mustWrite(t, t2, values("", "Needs a human: the file is damaged.", string(t2.Assessment)))
	after = b.View(t, a)
	if !hasTag(after, "weak") || !hasTag(after, "human") || !slices.Contains(after.Tags, "Ruby") {
		t.Errorf("tags %q", after.Tags)
	}
	if b.read(t, target).Foreign == foreign.Foreign {
		t.Error("a person's tag is not noticed")
	}

	// Withdrawn: nothing is ours any more, though notes cannot be deleted.
	t2.Assessment = "0198c2f0-0000-7000-8000-000000000004"
	b.mustWrite(t, t2, fairlead.Values{fairlead.OutReasoning: nil, fairlead.OutAuditID: nil})
	if got := b.read(t, t2).Values; len(got) != 0 {
		t.Errorf("withdrawn: %v", got)
	}
	if after = b.View(t, a); hasTag(after, "human") {
		t.Errorf("tags %q", after.Tags)
	}
	b.onlyOurs(t)
}

func hasTag(v View, word string) bool {
	return slices.ContainsFunc(v.Tags, func(s string) bool { return strings.HasPrefix(s, "Fairlead") && strings.Contains(s, word) })
}
