package ats_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

func TestNoteRoundTrip(t *testing.T) {
	for _, v := range []fairlead.Values{
		{fairlead.OutScore: {"82"}, fairlead.OutReasoning: {"Keeps books."}, fairlead.OutSkills: {"SAP", "C++; C#", `back\slash`, "a; b"}, fairlead.OutAuditID: {"id-1"}},
		{fairlead.OutReasoning: {"line\nline; \\n"}, fairlead.OutAuditID: {"id-1"}},
		{fairlead.OutScore: {"0"}, fairlead.OutAuditID: {"id-1"}},
	} {
		body := ats.ComposeNote(v, "id-1", "id-0")
		got, id, ok := ats.ParseNote(strings.ReplaceAll(body, "\n", "\r\n"))
		if !ok || id != "id-1" || !got.Equal(v) {
			t.Errorf("%q: %v %q %v", body, got, id, ok)
		}
	}
	body := ats.ComposeNote(fairlead.Values{}, "id-1", "")
	if got, id, ok := ats.ParseNote(body); !ok || id != "id-1" || len(got) != 0 {
		t.Errorf("withdrawn: %v %q %v", got, id, ok)
	}
	for _, s := range []string{"", "Fairlead: nice tool", "Call her.\nAudit ID: 1", "fw: Fairlead: match score 82 of 100\nAudit ID: 1"} {
		if _, _, ok := ats.ParseNote(s); ok {
			t.Errorf("%q is taken for ours", s)
		}
	}
}

func FuzzNote(f *testing.F) {
	f.Add("82", "Keeps books.", "SAP", "C++; C#")
	f.Add("", "a\\\n;", `\;`, ";")
	f.Fuzz(func(t *testing.T, score, why, a, b string) {
		if strings.Contains(score, " of 100") || strings.HasSuffix(why, " ") || strings.HasSuffix(b, " ") {
			return // values are trimmed before they come here; scores are numbers
		}
		for _, s := range []string{a, b} {
			if strings.TrimSpace(s) != s || s == "" {
				return
			}
		}
		v := fairlead.Values{fairlead.OutSkills: {a, b}, fairlead.OutAuditID: {"id-1"}}
		if score != "" {
			v[fairlead.OutScore] = fairlead.Value{score}
		}
		if why != "" {
			v[fairlead.OutReasoning] = fairlead.Value{why}
		}
		if score == "" && why == "" {
			return // nothing to tell: withdrawn
		}
		got, _, ok := ats.ParseNote(ats.ComposeNote(v, "id-1", ""))
		if !ok || !got.Equal(v) {
			t.Fatalf("%q: %q", v, got)
		}
	})
}

func TestTags(t *testing.T) {
	many := make(fairlead.Value, 30)
	for i := range many {
		many[i] = string(rune('a' + i))
	}
	got := ats.TagsOf([]fairlead.Values{
		{fairlead.OutScore: {"82"}, fairlead.OutSkills: {"SAP"}},
		{fairlead.OutScore: {"85"}, fairlead.OutSkills: {"SAP", "Excel"}},
		{fairlead.OutReasoning: {"Needs a human."}},
		{},
		{fairlead.OutScore: {"no number"}},
	}...)
	if want := []string{"Fairlead skill: Excel", "Fairlead skill: SAP", "Fairlead: needs a human", "Fairlead: strong"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := ats.TagsOf(fairlead.Values{fairlead.OutSkills: many}); len(got) != ats.MaxSkillTags {
		t.Errorf("%d skill tags", len(got))
	}
}
