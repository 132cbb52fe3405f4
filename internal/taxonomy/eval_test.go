package taxonomy_test

import (
	"bufio"
	"cmp"
	"fmt"
	"html"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

// The evaluations run with FAIRLEAD_EVAL=1 and print a line a task, with the
// BM25 and TF-IDF baselines computed in the same run beside ours. They need the
// shared test data, which is no part of the repository.

func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("FAIRLEAD_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared test data is not here; set FAIRLEAD_SHARED")
	}
	return filepath.Join(dir, "data")
}

func evaluation(t *testing.T) string {
	t.Helper()
	if os.Getenv("FAIRLEAD_EVAL") == "" {
		t.Skip("set FAIRLEAD_EVAL=1 to run the evaluations")
	}
	return shared(t)
}

// imported is the taxonomy with parts of the shared data imported.
func imported(t testing.TB, sources ...string) *taxonomy.Taxonomy {
	t.Helper()
	dst := t.TempDir()
	for _, s := range sources {
		if _, err := taxonomy.Import(filepath.Join(shared(t), s), dst); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	tax, err := taxonomy.Open(dst)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v: %d skills, opened in %v", sources, tax.Len(), time.Since(start).Round(time.Millisecond))
	return tax
}

func rows(t testing.TB, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][]string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		out = append(out, strings.Split(strings.TrimRight(sc.Text(), "\r"), "\t"))
	}
	return out
}

// ranker is a baseline: documents by words or character trigrams.
type ranker struct {
	grams    func(string) []string
	df       map[string]int
	postings map[string]map[int]float64
	norm     []float64
	length   []float64
	mean     float64
}

var notWord = regexp.MustCompile(`[^\p{L}\p{N}]+`)

func wordGrams(s string) []string {
	return strings.Fields(notWord.ReplaceAllString(strings.ToLower(s), " "))
}

func charGrams(s string) []string {
	s = " " + strings.Join(wordGrams(s), " ") + " "
	var out []string
	for n := 3; n <= 4; n++ {
		for i := 0; i+n <= len(s); i++ {
			out = append(out, s[i:i+n])
		}
	}
	return out
}

func newRanker(docs []string, grams func(string) []string) *ranker {
	r := &ranker{grams: grams, df: map[string]int{}, postings: map[string]map[int]float64{}, norm: make([]float64, len(docs)), length: make([]float64, len(docs))}
	for i, d := range docs {
		for _, g := range grams(d) {
			if r.postings[g] == nil {
				r.postings[g] = map[int]float64{}
			}
			r.postings[g][i]++
			r.length[i]++
		}
		r.mean += r.length[i] / float64(len(docs))
	}
	for g, p := range r.postings {
		idf := r.idf(g)
		for i, n := range p {
			r.norm[i] += n * idf * n * idf
		}
	}
	return r
}

func (r *ranker) idf(g string) float64 {
	n := float64(len(r.norm))
	return math.Log(1 + (n-float64(len(r.postings[g]))+.5)/(float64(len(r.postings[g]))+.5))
}

func (r *ranker) rank(q string, bm25 bool) []int {
	score := map[int]float64{}
	for _, g := range r.grams(q) {
		idf := r.idf(g)
		for i, n := range r.postings[g] {
			if bm25 {
				score[i] += idf * n * 2.2 / (n + 1.2*(.25+.75*r.length[i]/r.mean))
			} else {
				score[i] += idf * idf * n / math.Sqrt(r.norm[i])
			}
		}
	}
	ids := slices.Collect(maps.Keys(score))
	slices.SortFunc(ids, func(a, b int) int { return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b)) })
	return ids
}

func TestEvalTitlesToSOC(t *testing.T) {
	dir := evaluation(t)
	tax := imported(t, "onet/29.3")
	plain := taxonomy.Must(t)
	known := map[string]bool{}
	var docs, codes []string
	for _, f := range []string{"Alternate Titles.tsv", "Sample of Reported Titles.tsv"} {
		for _, r := range rows(t, filepath.Join(dir, "onet/29.3", f))[1:] {
			known[strings.ToLower(r[2])] = true
			docs, codes = append(docs, r[2]), append(codes, r[0][:7])
		}
	}
	for _, r := range rows(t, filepath.Join(dir, "onet/29.3", "Occupation Data.tsv"))[1:] {
		known[strings.ToLower(r[1])] = true
		docs, codes = append(docs, r[1]), append(codes, r[0][:7])
	}
	bm := newRanker(docs, wordGrams)
	var n int
	hits := map[string][2]int{}
	count := func(system, want string, got []string) {
		h := hits[system]
		seen := map[string]bool{}
		for _, c := range got {
			if seen[c] {
				continue
			}
			seen[c] = true
			if c == want {
				if len(seen) == 1 {
					h[0]++
				}
				if len(seen) <= 5 {
					h[1]++
				}
			}
		}
		hits[system] = h
	}
	miss := 0
	for _, r := range rows(t, filepath.Join(dir, "title-soc/bls_direct_match.tsv"))[1:] {
		title, want := r[2], r[0]
		if known[strings.ToLower(title)] {
			continue
		}
		n++
		var ours []string
		m := tax.Title(title, 20)
		for _, o := range m.Occupations {
			ours = append(ours, o.Code[:7])
		}
		count("fairlead + O*NET", want, ours)
		if (len(ours) == 0 || ours[0] != want) && os.Getenv("FAIRLEAD_EVAL") == "2" && miss < 150 {
			miss++
			fmt.Println(title, "|", want, r[1], "|", m.Standard, m.Occupations[:min(3, len(m.Occupations))])
		}
		ours = nil
		for _, o := range plain.Title(title, 20).Occupations {
			ours = append(ours, o.Code[:7])
		}
		count("fairlead embedded", want, ours)
		for name, bm25 := range map[string]bool{"BM25": true, "TF-IDF": false} {
			var got []string
			for _, i := range bm.rank(title, bm25)[:min(200, len(bm.rank(title, bm25)))] {
				got = append(got, codes[i])
			}
			count(name, want, got)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(hits)) {
		fmt.Printf("titles→SOC-6, %d not verbatim in O*NET: %-18s acc@1 %.3f acc@5 %.3f\n", n, s, float64(hits[s][0])/float64(n), float64(hits[s][1])/float64(n))
	}
}

// averagePrecision and reciprocal rank of a ranking of ids.
func precision(ranking []string, relevant map[string]bool) (ap, rr float64) {
	hit := 0
	for i, id := range ranking {
		if relevant[id] {
			if hit++; hit == 1 {
				rr = 1 / float64(i+1)
			}
			ap += float64(hit) / float64(i+1)
		}
	}
	return ap / float64(len(relevant)), rr
}

func similarity(t *testing.T, name string, queries, corpus [][]string, qrels map[string]map[string]bool, systems map[string]*taxonomy.Taxonomy) {
	texts := make([]string, len(corpus))
	for i, c := range corpus {
		texts[i] = c[1]
	}
	word, char := newRanker(texts, wordGrams), newRanker(texts, charGrams)
	run := map[string]func(string) []int{
		"BM25":        func(q string) []int { return word.rank(q, true) },
		"char TF-IDF": func(q string) []int { return char.rank(q, false) },
	}
	for n, tax := range systems {
		x := tax.IndexTitles(texts)
		run[n] = func(q string) []int {
			var out []int
			for _, h := range x.Similar(q, -1) {
				out = append(out, h.Line-1)
			}
			return out
		}
	}
	for _, s := range slices.Sorted(maps.Keys(run)) {
		var m, r float64
		n := 0
		start := time.Now()
		for _, q := range queries {
			if len(qrels[q[0]]) == 0 {
				continue
			}
			n++
			var ids []string
			for _, i := range run[s](q[1]) {
				ids = append(ids, corpus[i][0])
			}
			ap, rr := precision(ids, qrels[q[0]])
			m, r = m+ap, r+rr
		}
		fmt.Printf("%s, %d queries: %-22s MAP %.3f MRR %.3f (%v)\n", name, n, s, m/float64(n), r/float64(n), time.Since(start).Round(time.Millisecond))
	}
}

func qrels(rs [][]string) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, r := range rs {
		if out[r[0]] == nil {
			out[r[0]] = map[string]bool{}
		}
		out[r[0]][r[2]] = true
	}
	return out
}

func TestEvalSimilarTitles(t *testing.T) {
	dir := evaluation(t)
	systems := map[string]*taxonomy.Taxonomy{"fairlead embedded": taxonomy.Must(t), "fairlead + O*NET": imported(t, "onet/29.3"), "fairlead + O*NET, ESCO": imported(t, "onet/29.3", "esco")}
	tc := filepath.Join(dir, "talentclef2025/english")
	similarity(t, "TalentCLEF-2025 en", rows(t, tc+"/queries")[1:], rows(t, tc+"/corpus_elements")[1:], qrels(rows(t, tc+"/qrels.tsv")), systems)
}

func TestEvalMELO(t *testing.T) {
	dir := evaluation(t)
	systems := map[string]*taxonomy.Taxonomy{"fairlead embedded": taxonomy.Must(t), "fairlead + O*NET": imported(t, "onet/29.3"), "fairlead + O*NET, ESCO": imported(t, "onet/29.3", "esco")}
	mp := filepath.Join(dir, "melo/usa_q_en_c_en")
	similarity(t, "MELO usa-en", rows(t, mp+"/queries.tsv"), rows(t, mp+"/corpus_elements.tsv"), qrels(rows(t, mp+"/annotations.tsv")), systems)
}

var label = regexp.MustCompile(`(?s)<label type="([^"]*)">(.*?)</label>`)
var tag = regexp.MustCompile(`(?s)<[^>]*>`)
var bytesEscape = regexp.MustCompile(`\\x[0-9a-f]{2}`)

func TestEvalTools(t *testing.T) {
	dir := evaluation(t)
	files, err := filepath.Glob(filepath.Join(dir, "resumes-ner/dotin545/*/*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no resumes", err)
	}
	for name, tax := range map[string]*taxonomy.Taxonomy{"fairlead embedded": taxonomy.Must(t), "fairlead + O*NET": imported(t, "onet/29.3"), "fairlead + O*NET, ESCO": imported(t, "onet/29.3", "esco")} {
		var tp, fp, fn int
		extra, missed := map[string]int{}, map[string]int{}
		clean := func(s string) string {
			return html.UnescapeString(bytesEscape.ReplaceAllString(strings.ReplaceAll(tag.ReplaceAllString(s, ""), `\n`, "\n"), " "))
		}
		key := func(s string) string {
			if sk, ok := tax.Lookup(s); ok {
				return string(sk.ID)
			}
			return strings.Join(wordGrams(s), " ")
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]bool{}
			for _, m := range label.FindAllStringSubmatch(string(raw), -1) {
				if m[1] == "Tech Tools" {
					if k := key(clean(m[2])); k != "" {
						want[k] = true
					}
				}
			}
			got := map[string]bool{}
			for _, m := range tax.Find(clean(string(raw))) {
				if m.Kind == fairlead.KindTool || m.Kind == fairlead.KindTechnology {
					got[string(m.ID)] = true
				}
			}
			for k := range got {
				if want[k] {
					tp++
				} else {
					fp++
					extra[k]++
				}
			}
			for k := range want {
				if !got[k] {
					fn++
					missed[k]++
				}
			}
		}
		fmt.Printf("dotin545 tools, %d resumes: %-22s P %.3f R %.3f\n", len(files), name, float64(tp)/float64(tp+fp), float64(tp)/float64(tp+fn))
		if os.Getenv("FAIRLEAD_EVAL") == "2" {
			fmt.Println("extra", most(extra, 120))
			fmt.Println("missed", most(missed, 120))
		}
	}
}

func most(m map[string]int, n int) []string {
	ks := slices.Collect(maps.Keys(m))
	slices.SortFunc(ks, func(a, b string) int { return cmp.Or(m[b]-m[a], cmp.Compare(a, b)) })
	var out []string
	for _, k := range ks[:min(n, len(ks))] {
		out = append(out, fmt.Sprintf("%s:%d", k, m[k]))
	}
	return out
}

// TestEvalSkillSpan measures overlap of found skills with annotated knowledge.
func TestEvalSkillSpan(t *testing.T) {
	dir := evaluation(t)
	for name, tax := range map[string]*taxonomy.Taxonomy{"fairlead embedded": taxonomy.Must(t), "fairlead + O*NET, ESCO": imported(t, "onet/29.3", "esco")} {
		for _, part := range []string{"tech_dev", "tech_train", "house_dev"} {
			var found, foundHit, gold, goldHit int
			extra, missed := map[string]int{}, map[string]int{}
			var text strings.Builder
			var spans [][2]int
			flush := func() {
				s := text.String()
				var got [][2]int
				for _, m := range tax.Find(s) {
					if m.Kind != fairlead.KindSoft && m.Kind != fairlead.KindLicence {
						got = append(got, [2]int{m.At.Start, m.At.End})
					}
				}
				overlaps := func(a [2]int, bs [][2]int) bool {
					return slices.ContainsFunc(bs, func(b [2]int) bool { return a[0] < b[1] && b[0] < a[1] })
				}
				for _, g := range got {
					found++
					if overlaps(g, spans) {
						foundHit++
					} else {
						extra[strings.ToLower(s[g[0]:g[1]])]++
					}
				}
				for _, g := range spans {
					gold++
					if overlaps(g, got) {
						goldHit++
					} else {
						missed[strings.ToLower(s[g[0]:g[1]])]++
					}
				}
				text.Reset()
				spans = nil
			}
			for _, r := range rows(t, filepath.Join(dir, "skills/skillspan/skillspan_"+part+".conll")) {
				if len(r) < 3 {
					flush()
					continue
				}
				if text.Len() > 0 {
					text.WriteByte(' ')
				}
				start := text.Len()
				text.WriteString(r[0])
				switch {
				case strings.HasPrefix(r[2], "B"):
					spans = append(spans, [2]int{start, text.Len()})
				case strings.HasPrefix(r[2], "I") && len(spans) > 0:
					spans[len(spans)-1][1] = text.Len()
				}
			}
			flush()
			p, rec := float64(foundHit)/float64(found), float64(goldHit)/float64(gold)
			fmt.Printf("SkillSpan %s knowledge, %d spans: %-22s P %.3f R %.3f overlap F1 %.3f\n", part, gold, name, p, rec, 2*p*rec/(p+rec))
			if os.Getenv("FAIRLEAD_EVAL") == "2" {
				fmt.Println("extra", most(extra, 100))
				fmt.Println("missed", most(missed, 100))
			}
		}
	}
}
