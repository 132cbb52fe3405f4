package document

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

type referenceText struct{ File, Category, Text string }

func references(t testing.TB) []referenceText {
	dir := shared(t, "resumes-livecareer")
	f, err := os.Open(filepath.Join(dir, "reference-text.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []referenceText
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var r referenceText
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		r.File = filepath.Join(dir, r.Category, r.File)
		out = append(out, r)
	}
	return out
}

// tokenF1 is the harmonic mean of precision and recall over the bags of tokens.
func tokenF1(got, want string) float64 {
	g, w := strings.Fields(got), strings.Fields(want)
	if len(g)+len(w) == 0 {
		return 1
	}
	bag := map[string]int{}
	for _, s := range w {
		bag[s]++
	}
	both := 0
	for _, s := range g {
		if bag[s] > 0 {
			bag[s]--
			both++
		}
	}
	return 2 * float64(both) / float64(len(g)+len(w))
}

// sampled is every nth of s, or all with FAIRLEAD_FULL set.
func sampled[T any](s []T, n int) []T {
	if os.Getenv("FAIRLEAD_FULL") != "" {
		return s
	}
	var out []T
	for i := 0; i < len(s); i += n {
		out = append(out, s[i])
	}
	return out
}

func TestEvalLivecareer(t *testing.T) {
	refs := sampled(references(t), 20)
	r := New(Config{Workers: 1})
	defer r.Close()
	var sum float64
	var took []time.Duration
	type low struct {
		f1   float64
		file string
	}
	var lows []low
	for _, ref := range refs {
		data, err := os.ReadFile(ref.File)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		doc := r.Read(t.Context(), ref.File, data)
		took = append(took, time.Since(start))
		f1 := tokenF1(doc.Text, ref.Text)
		sum += f1
		lows = append(lows, low{f1, ref.File + fmt.Sprint(doc.Problems, difference(doc.Text, ref.Text))})
	}
	slices.Sort(took)
	slices.SortFunc(lows, func(a, b low) int {
		return strings.Compare(strconv.FormatFloat(a.f1, 'f', 6, 64), strconv.FormatFloat(b.f1, 'f', 6, 64))
	})
	for _, l := range lows[:min(8, len(lows))] {
		t.Logf("%.3f %s", l.f1, l.file)
	}
	t.Logf("%d documents, mean F1 %.4f, median %v, slowest %v", len(refs), sum/float64(len(refs)), took[len(took)/2], took[len(took)-1])
	if mean := sum / float64(len(refs)); mean < 0.98 {
		t.Errorf("mean token F1 %.4f, want at least 0.98", mean)
	}
}

// difference names a few tokens that only one of two texts has.
func difference(got, want string) string {
	bag := map[string]int{}
	for _, s := range strings.Fields(want) {
		bag[s]++
	}
	var only []string
	for _, s := range strings.Fields(got) {
		if bag[s]--; bag[s] < 0 && len(only) < 12 {
			only = append(only, s)
		}
	}
	return fmt.Sprintf("%q", only)
}
