package scoring

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

var update = flag.Bool("update", false, "write the golden files anew")

func newTestJudge(t testing.TB) *Judge {
	t.Helper()
	tax, err := taxonomy.Default()
	if err != nil {
		t.Fatal(err)
	}
	return New(tax)
}

// TestRubricGolden reads advertisements of our own in many shapes; the golden
// files are what a person would be shown to edit.
func TestRubricGolden(t *testing.T) {
	j := newTestJudge(t)
	ads, err := filepath.Glob("testdata/ads/*")
	if err != nil || len(ads) < 8 {
		t.Fatalf("found %d advertisements, %v", len(ads), err)
	}
	titles := map[string]string{
		"backend-engineer.html": "Senior Backend Engineer", "registered-nurse.html": "Registered Nurse (ICU)",
		"sales-paragraph.txt": "Account Executive", "thin.txt": "Warehouse Associate",
	}
	for _, ad := range ads {
		name := filepath.Base(ad)
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(ad)
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			r, err := j.Rubric(fairlead.Job{Title: titles[name], Description: string(text)})
			if err != nil {
				if fairlead.CodeOf(err) != fairlead.NeedsHuman {
					t.Fatalf("got %v, want a rubric or NeedsHuman", err)
				}
				got = []byte(fairlead.MessageOf(err) + "\n")
			} else {
				checkRubric(t, r)
				if got, err = EncodeRubric(r); err != nil {
					t.Fatal(err)
				}
				// The header is the same everywhere.
				_, rest, _ := strings.Cut(string(got), "\ntitle:")
				got = []byte("title:" + rest)
			}
			golden := filepath.Join("testdata", "rubrics", strings.TrimSuffix(name, filepath.Ext(name))+".golden")
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs (go test -run Golden -update writes it anew); got\n%s", golden, got)
			}
		})
	}
}

// checkRubric holds for every rubric that is read.
func checkRubric(t *testing.T, r fairlead.Rubric) {
	t.Helper()
	sum := 0
	for _, c := range r.Criteria {
		sum += c.Weight
		if c.Weight <= 0 || c.Text == "" || c.ID == "" || c.Why == "" {
			t.Errorf("criterion %+v lacks something", c)
		}
	}
	if sum != fairlead.WeightTotal {
		t.Errorf("weights sum to %d, want %d", sum, fairlead.WeightTotal)
	}
}
