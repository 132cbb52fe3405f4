package scoring

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAssessmentGolden shows whole assessments as a person would check them:
// the points of each criterion sum to the score.
func TestAssessmentGolden(t *testing.T) {
	j := newTestJudge(t)
	for _, c := range cases {
		for _, d := range cases {
			name := strings.TrimSuffix(d.resume, ".txt") + "-for-" + strings.TrimSuffix(c.ad, filepath.Ext(c.ad))
			t.Run(name, func(t *testing.T) {
				text := somebody.fill(readFile(t, "resumes", d.resume))
				a, p := j.Assess(readRubric(t, j, c.ad, c.title), readable(text), testDate)
				checkAssessment(t, a, text)
				if p.Name.Value != somebody.name {
					t.Errorf("the profile's name is %q, want %q", p.Name.Value, somebody.name)
				}
				for _, s := range p.Skills {
					if text[s.At.Start:s.At.End] != s.Text {
						t.Errorf("skill %q does not stand at %v", s.Text, s.At)
					}
				}
				var b strings.Builder
				fmt.Fprintf(&b, "%d %s\n%s\n\n", *a.Score, a.Band, a.Reasoning)
				for _, jd := range a.Judgements {
					fmt.Fprintf(&b, "%-3s %-10s %4d of %4d  %s\n                          %s\n", jd.Criterion.ID, jd.Verdict, jd.Points, jd.Criterion.Weight, jd.Criterion.Text, jd.Because)
					for _, e := range jd.Evidence {
						fmt.Fprintf(&b, "                          %q\n", e.Text)
					}
				}
				golden := filepath.Join("testdata", "assessments", name+".golden")
				if *update {
					if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if b.String() != string(want) {
					t.Errorf("%s differs (go test -run Golden -update writes it anew); got\n%s", golden, b.String())
				}
			})
		}
	}
}
