package scoring

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/fairlead/fairlead"
)

// sharedFolder is where the test data is, if it is there.
func sharedFolder() (string, bool) {
	dir := os.Getenv("FAIRLEAD_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	_, err := os.Stat(filepath.Join(dir, "data", "resumes-livecareer"))
	return dir, err == nil
}

func sharedDir(t testing.TB) string {
	t.Helper()
	dir, ok := sharedFolder()
	if !ok {
		t.Skip("no test data below " + dir)
	}
	return dir
}

type labelled struct{ file, category, text string }

func livecareer(t testing.TB, dir string) []labelled {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "data/resumes-livecareer/reference-text.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []labelled
	for d := json.NewDecoder(f); d.More(); {
		var row struct{ File, Category, Text string }
		if err := d.Decode(&row); err != nil {
			t.Fatal(err)
		}
		out = append(out, labelled{row.File, row.Category, row.Text})
	}
	return out
}

type advertisement struct {
	title, text string
	categories  []string // of resumes that suit it
}

// ads are the fourteen real advertisements. Which categories suit them is not in
// the data: it is our reading of the titles, and stands here to be disputed.
func advertisements(t testing.TB, dir string) []advertisement {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "data/resumes-livecareer/job_descriptions.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	suits := [][]string{
		{"ACCOUNTANT"}, {"ADVOCATE"}, {"SALES", "BUSINESS-DEVELOPMENT"}, {"BANKING"}, {"CONSTRUCTION"}, {"CONSULTANT"}, {"DESIGNER"},
		{"ENGINEERING", "INFORMATION-TECHNOLOGY"}, {"FINANCE"}, {"FITNESS"}, {"HEALTHCARE"}, {"HR"}, {"SALES"}, {"TEACHER"},
	}
	title, text := slices.Index(rows[0], "position_title"), slices.Index(rows[0], "job_description")
	var out []advertisement
	for i, r := range rows[1:] {
		out = append(out, advertisement{strings.TrimSpace(r[title]), r[text], suits[i]})
	}
	return out
}

// TestEvaluateRanking prints how well resumes of a suiting category come first,
// beside BM25 and TF-IDF computed in the same run over the same texts.
func TestEvaluateRanking(t *testing.T) {
	if os.Getenv("FAIRLEAD_EVAL") == "" {
		t.Skip("set FAIRLEAD_EVAL=1 to evaluate")
	}
	dir := sharedDir(t)
	resumes, ads := livecareer(t, dir), advertisements(t, dir)
	j := newTestJudge(t)
	asOf := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	docs := make([][]string, len(resumes))
	for i, r := range resumes {
		docs[i] = evalWords(r.text)
	}
	index := newEvalIndex(docs)
	known := make([]*facts, len(resumes))
	for i, r := range resumes {
		if r.text != "" {
			_, b, seen := j.profiles(fairlead.Document{Readable: true, Text: r.text}, asOf)
			known[i] = newFacts(b, seen, asOf, j.titles)
		}
	}
	names := []string{"TF-IDF", "BM25", "Fairlead"}
	total := map[string][2]float64{}
	fmt.Printf("%-42s", "advertisement")
	for _, n := range names {
		fmt.Printf("  %8s P@10 nDCG", n)
	}
	fmt.Println()
	for _, ad := range ads {
		query := evalWords(ad.title + " " + ad.text)
		fairleads := make([]float64, len(resumes))
		rubric, err := j.Rubric(fairlead.Job{Title: ad.title, Description: ad.text})
		if err != nil {
			t.Errorf("%s: %v", ad.title, err)
			continue
		}
		if os.Getenv("FAIRLEAD_EVAL_SHOW") != "" {
			y, _ := EncodeRubric(rubric)
			_, body, _ := strings.Cut(string(y), "\ntitle:")
			fmt.Println("title:" + body)
		}
		c := j.compile(rubric)
		judged := make([][]fairlead.Judgement, len(resumes))
		for i, f := range known {
			fairleads[i] = -1
			if f != nil { // as Assess does, with the reading kept between advertisements
				judged[i] = c.judge(f)
				fairleads[i] = float64(scoreOf(judged[i]))
			}
		}
		fmt.Printf("%-42.42s", ad.title)
		for _, n := range names {
			scores := fairleads
			switch n {
			case "TF-IDF":
				scores = index.tfidf(query)
			case "BM25":
				scores = index.bm25(query)
			}
			p, g, top := ranked(resumes, scores, ad.categories)
			s := total[n]
			total[n] = [2]float64{s[0] + p, s[1] + g}
			fmt.Printf("  %8s %.2f %.2f", "", p, g)
			if n == "Fairlead" && os.Getenv("FAIRLEAD_EVAL_SHOW") != "" {
				for _, i := range top {
					fmt.Printf("\n      %3.0f %-22s %s", scores[i], resumes[i].category, reasoning(c, known[i], judged[i]))
				}
			}
		}
		fmt.Println()
	}
	fmt.Printf("%-42s", "mean of 14")
	for _, n := range names {
		fmt.Printf("  %8s %.3f %.3f", "", total[n][0]/float64(len(ads)), total[n][1]/float64(len(ads)))
	}
	fmt.Println()
}

// ranked gives P@10 and nDCG@10; equal scores are ordered by file name.
func ranked(resumes []labelled, scores []float64, suits []string) (p, g float64, top []int) {
	order := make([]int, len(resumes))
	relevant := 0
	for i := range order {
		order[i] = i
		if slices.Contains(suits, resumes[i].category) {
			relevant++
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(resumes[a].file, resumes[b].file))
	})
	ideal := 0.0
	for k, i := range order[:10] {
		gain := 1 / math.Log2(float64(k)+2)
		if k < relevant {
			ideal += gain
		}
		if slices.Contains(suits, resumes[i].category) {
			p += 0.1
			g += gain
		}
	}
	return p, g / ideal, order[:10]
}

func evalWords(s string) []string {
	out := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	stop := map[string]bool{}
	for _, w := range strings.Fields(evalStopWords) {
		stop[w] = true
	}
	return slices.DeleteFunc(out, func(w string) bool { return len(w) < 2 || stop[w] })
}

// evalStopWords make the baselines as strong as such baselines usually are.
const evalStopWords = `a about above across after again against all along also although always am among an and another any are around as at be
because been before being below between both but by can could did do does doing down during each either else etc every everything few for
from further get had has have having he her here hers herself him himself his how however i if in into is it its itself just least less like
made many may me might more most much must my myself near need neither no nor not nothing now of off often on once one only onto or other
others our ours ourselves out over own part per perhaps please put rather re same see seem several she should since so some still such take
than that the their theirs them themselves then there these they this those through throughout to together too toward under until up upon us
use used very via was we well were what whatever when where whether which while who whoever whole whom whose why will with within without
would yet you your yours yourself yourselves`

type evalIndex struct {
	tf     []map[string]int
	df     map[string]int
	length []int
	mean   float64
}

func newEvalIndex(docs [][]string) *evalIndex {
	x := &evalIndex{df: map[string]int{}}
	for _, d := range docs {
		tf := map[string]int{}
		for _, w := range d {
			tf[w]++
		}
		for w := range tf {
			x.df[w]++
		}
		x.tf = append(x.tf, tf)
		x.length = append(x.length, len(d))
		x.mean += float64(len(d)) / float64(len(docs))
	}
	return x
}

func (x *evalIndex) idf(w string) float64 {
	return math.Log(float64(1+len(x.tf))/float64(1+x.df[w])) + 1
}

// tfidf is the cosine of smoothed tf-idf vectors, as scikit-learn does by default.
func (x *evalIndex) tfidf(query []string) []float64 {
	q := map[string]float64{}
	for _, w := range query {
		if x.df[w] > 0 {
			q[w]++
		}
	}
	out := make([]float64, len(x.tf))
	for i, tf := range x.tf {
		dot, norm := 0.0, 0.0
		for w, n := range tf {
			v := float64(n) * x.idf(w)
			norm += v * v
			dot += v * q[w] * x.idf(w)
		}
		if norm > 0 {
			out[i] = dot / math.Sqrt(norm)
		}
	}
	return out
}

func (x *evalIndex) bm25(query []string) []float64 {
	const k1, b = 1.2, 0.75
	terms := slices.Compact(slices.Sorted(slices.Values(query)))
	out := make([]float64, len(x.tf))
	for i, tf := range x.tf {
		for _, w := range terms {
			n := float64(tf[w])
			if n == 0 {
				continue
			}
			df := float64(x.df[w])
			idf := math.Log(1 + (float64(len(x.tf))-df+0.5)/(df+0.5))
			out[i] += idf * n * (k1 + 1) / (n + k1*(1-b+b*float64(x.length[i])/x.mean))
		}
	}
	return out
}
