package ats_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

func TestShape(t *testing.T) {
	v := fairlead.Values{
		fairlead.OutScore: {"82"}, fairlead.OutReasoning: {"  " + strings.Repeat("wörd ", 60)},
		fairlead.OutSkills: {"SAP", "Juggling", "Excel", "SAP"}, fairlead.OutAuditID: {""},
	}
	m := fairlead.FieldMap{
		{Output: fairlead.OutReasoning, Type: fairlead.FieldText, MaxLen: 100},
		{Output: fairlead.OutSkills, Type: fairlead.FieldMultiSelect, Options: []string{"Excel", "SAP", "Word"}},
		{Output: fairlead.OutAuditID, Type: fairlead.FieldText},
	}
	got := ats.Shape(m, v)
	if len(got) != 2 {
		t.Errorf("an output without a field, or without a value, stays: %v", got)
	}
	if s := got[fairlead.OutReasoning][0]; utf8.RuneCountInString(s) > 100 || !strings.HasSuffix(s, "wörd…") || strings.HasPrefix(s, " ") {
		t.Errorf("%q", s)
	}
	if !got[fairlead.OutSkills].Equal(fairlead.Value{"Excel", "SAP"}) {
		t.Errorf("%v", got[fairlead.OutSkills])
	}
	if again := ats.Shape(m, got); !again.Equal(got) {
		t.Errorf("shaping twice differs: %v", again)
	}
	if !ats.Shape(nil, v).Equal(v) {
		t.Error("a note does not hold everything")
	}
	m[1] = fairlead.MappedField{Output: fairlead.OutSkills, Type: fairlead.FieldText}
	if got := ats.Shape(m, v)[fairlead.OutSkills]; !got.Equal(fairlead.Value{"SAP, Juggling, Excel, SAP"}) {
		t.Errorf("%v", got)
	}
}
