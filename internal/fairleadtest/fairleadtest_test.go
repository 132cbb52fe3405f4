package fairleadtest_test

import (
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/fairleadtest"
)

// Examples that broke the rules themselves would let others pass.
func TestExamplesKeepTheRules(t *testing.T) {
	cases := fairleadtest.Applications(fairleadtest.Job(0), 60)
	if len(cases) != 60 || !reflect.DeepEqual(cases, fairleadtest.Applications(fairleadtest.Job(0), 60)) {
		t.Fatal("not sixty, or not the same twice")
	}
	bands, unreadable := map[fairlead.Band]int{}, 0
	for i, c := range cases {
		a := c.Assessment
		if n := utf8.RuneCountInString(a.Reasoning); n == 0 || n > fairlead.MaxReasoning {
			t.Errorf("case %d: reasoning of %d characters", i, n)
		}
		if a.Score == nil {
			unreadable++
			continue
		}
		bands[a.Band]++
		if i > 0 && *a.Score > *cases[i-1].Assessment.Score {
			t.Errorf("case %d is better than the one before", i)
		}
		for _, j := range a.Judgements {
			for _, e := range j.Evidence {
				if c.Document.Text[e.At.Start:e.At.End] != e.Text {
					t.Errorf("case %d: %q does not stand at its place", i, e.Text)
				}
			}
		}
	}
	if unreadable < 3 || len(bands) < 3 {
		t.Errorf("too uniform: %d unreadable, bands %v", unreadable, bands)
	}
	sum := 0
	for _, c := range fairleadtest.Rubric().Criteria {
		sum += c.Weight
	}
	if sum != fairlead.WeightTotal {
		t.Errorf("weights sum to %d", sum)
	}
}
