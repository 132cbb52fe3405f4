package profile_test

import (
	"bufio"
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/profile"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

var asOf = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// shared is a path below the test data's folder; the test skips without it.
func shared(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("FAIRLEAD_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	p := filepath.Join(append([]string{root, "data"}, elem...)...)
	if _, err := os.Stat(p); err != nil {
		t.Skipf("no test data at %s: set FAIRLEAD_SHARED to the folder that holds it", p)
	}
	return p
}

func full() bool { return os.Getenv("FAIRLEAD_EVAL") == "1" }

func standard(t testing.TB) *taxonomy.Taxonomy {
	t.Helper()
	tax, err := taxonomy.Default()
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

// labelled is a resume with what people marked in it.
type labelled struct {
	name, text string
	gold       map[string][]string
}

var labelTag = regexp.MustCompile(`(?s)<label type="([^"]+)">(.*?)</label>`)

func dotin(t testing.TB) []labelled {
	t.Helper()
	files, err := filepath.Glob(shared(t, "resumes-ner", "dotin545", "545_cvs_train_v2") + "/*.xml")
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(files)
	var out []labelled
	for i, f := range files {
		if !full() && i%4 != 0 {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s := string(raw)
		if k := strings.Index(s, "<cv>"); k >= 0 {
			s = s[k+4:]
		}
		s = strings.TrimSuffix(strings.TrimSpace(s), "</cv>")
		l := labelled{name: filepath.Base(f), gold: map[string][]string{}}
		for _, m := range labelTag.FindAllStringSubmatch(s, -1) {
			l.gold[m[1]] = append(l.gold[m[1]], strings.TrimSpace(html.UnescapeString(m[2])))
		}
		l.text = html.UnescapeString(labelTag.ReplaceAllString(s, "$2"))
		out = append(out, l)
	}
	return out
}

var wordsOf = regexp.MustCompile(`[\p{L}\p{N}+#]+`)

func normal(s string) string {
	return strings.Join(wordsOf.FindAllString(strings.ToLower(s), -1), " ")
}

// alike says whether two names overlap: one holds the other, or half of the
// words of both together are shared.
func alike(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if strings.Contains(" "+a+" ", " "+b+" ") || strings.Contains(" "+b+" ", " "+a+" ") {
		return true
	}
	wa, wb := strings.Fields(a), strings.Fields(b)
	n := 0
	for _, x := range wa {
		for _, y := range wb {
			if x == y {
				n++
				break
			}
		}
	}
	return 2*n >= len(wa)+len(wb)-n
}

// tally counts found against marked values of one kind.
type tally struct{ tp, found, hit, gold int }

func (s *tally) add(found, gold []string, same func(a, b string) bool) (wrong, missed []string) {
	found, gold = unique(found), unique(gold)
	for _, f := range found {
		ok := false
		for _, g := range gold {
			ok = ok || same(f, g)
		}
		if ok {
			s.tp++
		} else {
			wrong = append(wrong, f)
		}
	}
	for _, g := range gold {
		ok := false
		for _, f := range found {
			ok = ok || same(f, g)
		}
		if ok {
			s.hit++
		} else {
			missed = append(missed, g)
		}
	}
	s.found += len(found)
	s.gold += len(gold)
	return wrong, missed
}

func (s tally) f1() (p, r, f float64) {
	p, r = float64(s.tp)/float64(max(1, s.found)), float64(s.hit)/float64(max(1, s.gold))
	return p, r, 2 * p * r / max(1e-9, p+r)
}

func unique(in []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range in {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func each(in []string, f func(string) string) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, f(s))
	}
	return out
}

// TestLabelledResumes measures against resumes people labelled by hand. The
// floors are those of the issue, with nothing to spare for luck.
func TestLabelledResumes(t *testing.T) {
	tax := standard(t)
	var email, degree, title, employer, name tally
	show := os.Getenv("FAIRLEAD_SHOW")
	for _, l := range dotin(t) {
		p := profile.Build(tax, fairlead.Document{Text: l.text, Readable: true}, asOf)
		var emails, degrees, titles, employers, names []string
		for _, e := range p.Emails {
			emails = append(emails, e.Value)
		}
		for _, e := range p.Education {
			degrees = append(degrees, e.Name)
		}
		for _, x := range p.Positions {
			titles = append(titles, x.Title)
			employers = append(employers, x.Employer)
		}
		titles = append(titles, p.Headline.Value)
		names = append(names, p.Name.Value)
		equal := func(a, b string) bool { return a == b }
		log := func(what string, wrong, missed []string) {
			if show == what && len(wrong)+len(missed) > 0 {
				t.Logf("%s %s: wrong %q missed %q", l.name, what, wrong, missed)
			}
		}
		w, m := email.add(each(emails, strings.ToLower), each(l.gold["Email Address"], strings.ToLower), equal)
		log("email", w, m)
		w, m = degree.add(each(degrees, normal), each(l.gold["Degree"], normal), alike)
		log("degree", w, m)
		w, m = title.add(each(titles, normal), each(l.gold["Designation"], normal), alike)
		log("title", w, m)
		w, m = employer.add(each(employers, normal), each(l.gold["Companies worked at"], normal), alike)
		log("employer", w, m)
		w, m = name.add(each(names, normal), each(l.gold["Name"], normal), alike)
		log("name", w, m)
	}
	for _, c := range []struct {
		what  string
		got   tally
		floor float64
	}{{"e-mail", email, 0.98}, {"degree (overlap)", degree, 0.75}, {"title (overlap)", title, 0.65}, {"employer (overlap)", employer, 0}, {"name (overlap)", name, 0}} {
		p, r, f := c.got.f1()
		t.Logf("%-20s P %.3f R %.3f F1 %.3f (found %d, labelled %d)", c.what, p, r, f, c.got.found, c.got.gold)
		if f < c.floor {
			t.Errorf("%s: F1 %.3f, want at least %.2f", c.what, f, c.floor)
		}
	}
}

// livecareer are the reference texts; a sample unless the full evaluation runs.
func livecareer(t testing.TB, step int) []labelled {
	t.Helper()
	f, err := os.Open(shared(t, "resumes-livecareer", "reference-text.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []labelled
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<22)
	for n := 0; sc.Scan(); n++ {
		if n%step != 0 {
			continue
		}
		var r struct{ File, Category, Text string }
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, labelled{name: r.Category + "/" + r.File, text: r.Text})
	}
	return out
}
