package scoring

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

var testDate = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// cases pairs each resume template with the advertisement it answers.
var cases = []struct{ resume, ad, title string }{
	{"engineer.txt", "backend-engineer.html", "Senior Backend Engineer"},
	{"nurse.txt", "registered-nurse.html", "Registered Nurse (ICU)"},
	{"accountant.txt", "staff-accountant.txt", "Staff Accountant"},
}

func readFile(t testing.TB, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readRubric(t testing.TB, j *Judge, ad, title string) fairlead.Rubric {
	t.Helper()
	r, err := j.Rubric(fairlead.Job{Title: title, Description: readFile(t, "ads", ad)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// person is what a resume must be judged without.
type person struct{ name, street, city, email, phone, pronouns, subject, possessive, year string }

var somebody = person{"Anna Keller", "12 Elm Street", "Columbus, OH 43004", "anna.keller@example.com", "(614) 555-0143", "she/her", "She", "Her", "2016"}

func (p person) fill(template string) string {
	return strings.NewReplacer(
		"{{NAME}}", p.name, "{{STREET}}", p.street, "{{CITY}}", p.city, "{{EMAIL}}", p.email, "{{PHONE}}", p.phone,
		"{{PRONOUNS}}", p.pronouns, "{{SUBJECT}}", p.subject, "{{POSSESSIVE}}", p.possessive, "{{YEAR}}", p.year,
	).Replace(template)
}

// swap draws a person from names of many places, lengths and traps: names that
// are skills, places, months and titles too.
func swap(r *rand.Rand) person {
	given := []string{"Emily", "Lakisha", "Muhammad", "Jamal", "Anne-Marie", "José", "Nguyễn", "Ruby", "Julia", "April", "Jean-Luc", "Brad", "Aaliyah", "Wei", "Olga", "Siobhán", "Jasmine", "DeShawn", "Ana María", "Max", "Priya", "Austin", "Sofía", "Ö̈zlem", "Yu", "Tremayne", "Meredith", "Dakota", "Pearl"}
	family := []string{"Smith", "Washington", "O'Brien", "García Márquez", "van der Berg", "Baker", "Li", "Abdullah-Rahman", "Nowak", "Cook", "Jefferson", "Müller", "Ng", "Oyelaran", "Swift", "Taylor", "Kim", "Haddad", "Rossi", "Booker", "MacDonald", "Park", "Lovelace", "Hopper", "Kowalczyk", "St. John", "Singh", "Mason", "Fisher"}
	streets := []string{"9 High Rd", "1450 Martin Luther King Jr. Blvd, Apt 12", "77 Rue Cler", "3 Oak Lane", "Hauptstraße 5", "P.O. Box 114", "2210 SW 8th Avenue, Suite 300", "18 Java Street"}
	cities := []string{"Boston, MA 02118", "Detroit, MI 48201", "Palo Alto, CA 94301", "El Paso, TX", "Salt Lake City, UT 84101", "Newark, NJ 07102", "Santa Fe, NM 87501", "Beverly Hills, CA 90210"}
	pronouns := [][3]string{{"she/her", "She", "Her"}, {"he/him", "He", "His"}, {"they/them", "They", "Their"}}
	g, f, pr := given[r.IntN(len(given))], family[r.IntN(len(family))], pronouns[r.IntN(3)]
	mail := fmt.Sprintf("%c%s%d@%s", 'a'+rune(r.IntN(26)), strings.ToLower(strings.Map(func(c rune) rune {
		if c < 128 && c != ' ' && c != '\'' && c != '.' {
			return c
		}
		return -1
	}, f)), r.IntN(100), []string{"example.com", "mail.example.org", "alumni.example.edu"}[r.IntN(3)])
	return person{
		name: g + " " + f, street: streets[r.IntN(len(streets))], city: cities[r.IntN(len(cities))], email: mail,
		phone:    fmt.Sprintf("(%d) 555-%04d", 201+r.IntN(700), r.IntN(10_000)),
		pronouns: pr[0], subject: pr[1], possessive: pr[2], year: fmt.Sprint(1975 + r.IntN(48)),
	}
}

// TestBlind is promise I11: another name, address, contact, pronoun or school
// year leaves the bytes that scoring sees, and so everything, unchanged.
func TestBlind(t *testing.T) {
	j := newTestJudge(t)
	for _, c := range cases {
		t.Run(c.resume, func(t *testing.T) {
			rubric, template := readRubric(t, j, c.ad, c.title), readFile(t, "resumes", c.resume)
			want, _ := j.Assess(rubric, readable(somebody.fill(template)), testDate)
			if want.Score == nil || *want.Score == 0 {
				t.Fatalf("the template scores nothing: %+v", want)
			}
			r := rand.New(rand.NewPCG(11, 1))
			changed := 0
			for range 1_000 / len(cases) * 2 {
				p := swap(r)
				text := p.fill(template)
				got, _ := j.Assess(rubric, readable(text), testDate)
				if got.InputSHA256 != want.InputSHA256 || *got.Score != *want.Score || got.Reasoning != want.Reasoning {
					if changed++; changed <= 5 {
						_, b, _ := j.profiles(readable(text), testDate)
						t.Errorf("%+v changes what scoring sees:\n%s", p, b.text[:min(len(b.text), 500)])
					}
				}
				checkAssessment(t, got, text)
				for _, jd := range got.Judgements {
					for _, e := range jd.Evidence {
						if strings.Contains(e.Text, p.name) || strings.Contains(e.Text, p.email) || strings.Contains(e.Text, p.phone) || strings.Contains(e.Text, p.street) {
							t.Errorf("evidence %q holds what was cut", e.Text)
						}
					}
				}
			}
			if changed > 0 {
				t.Errorf("%d swaps change what scoring sees, want 0", changed)
			}
		})
	}
}

func readable(text string) fairlead.Document {
	return fairlead.Document{Readable: true, Text: text}
}

// checkAssessment holds for every assessment of a readable document.
func checkAssessment(t *testing.T, a fairlead.Assessment, text string) {
	t.Helper()
	if a.Score == nil || *a.Score < 0 || *a.Score > 100 {
		t.Fatalf("score %v, want 0 to 100", a.Score)
	}
	if n := utf8.RuneCountInString(a.Reasoning); n == 0 || n > fairlead.MaxReasoning {
		t.Errorf("reasoning of %d characters: %q", n, a.Reasoning)
	}
	points := 0
	for _, jd := range a.Judgements {
		points += jd.Points
		if jd.Points < 0 || jd.Points > jd.Criterion.Weight {
			t.Errorf("%s earns %d of %d", jd.Criterion.ID, jd.Points, jd.Criterion.Weight)
		}
		switch jd.Verdict {
		case fairlead.Met, fairlead.Partial:
			if len(jd.Evidence) == 0 {
				t.Errorf("%s (%s) is %s without evidence", jd.Criterion.ID, jd.Criterion.Text, jd.Verdict)
			}
		case fairlead.NotStated, fairlead.NotMet:
			if jd.Points != 0 {
				t.Errorf("%s is %s and earns %d", jd.Criterion.ID, jd.Verdict, jd.Points)
			}
		default:
			t.Errorf("%s has verdict %q", jd.Criterion.ID, jd.Verdict)
		}
		if jd.Because == "" {
			t.Errorf("%s has no because", jd.Criterion.ID)
		}
		for _, e := range jd.Evidence {
			if e.At.Start < 0 || e.At.End > len(text) || text[e.At.Start:e.At.End] != e.Text {
				t.Fatalf("evidence %q does not stand at %v", e.Text, e.At)
			}
			if len(e.Text) == 0 || len(e.Text) > maxQuote+len(cutMark) || !utf8.ValidString(e.Text) {
				t.Errorf("evidence %q is %d bytes", e.Text, len(e.Text))
			}
		}
	}
	if want := (points + 50) / 100; want != *a.Score {
		t.Errorf("score %d, points say %d", *a.Score, want)
	}
	if a.Band != fairlead.BandOf(*a.Score) {
		t.Errorf("band %s for %d", a.Band, *a.Score)
	}
}

// TestDeterministic is promise I12: whatever else was assessed, in whatever
// order, at the same time or by another judge.
func TestDeterministic(t *testing.T) {
	j := newTestJudge(t)
	type item struct {
		rubric fairlead.Rubric
		doc    fairlead.Document
	}
	var items []item
	for _, c := range cases {
		for _, d := range cases {
			items = append(items, item{readRubric(t, j, c.ad, c.title), readable(somebody.fill(readFile(t, "resumes", d.resume)))})
		}
	}
	want := make([]string, len(items))
	for i, it := range items {
		a, p := j.Assess(it.rubric, it.doc, testDate)
		want[i] = fmt.Sprintf("%+v %d %+v", a, *a.Score, len(p.Skills))
		want[i] = stable(a)
	}
	for round := range 4 {
		other := newTestJudge(t)
		order := rand.New(rand.NewPCG(12, uint64(round))).Perm(len(items))
		var wg sync.WaitGroup
		for _, i := range order {
			wg.Go(func() {
				a, _ := other.Assess(items[i].rubric, items[i].doc, testDate.Add(7*time.Hour))
				if got := stable(a); got != want[i] {
					t.Errorf("item %d:\ngot  %s\nwant %s", i, got, want[i])
				}
			})
		}
		wg.Wait()
	}
}

// stable writes everything of an assessment.
func stable(a fairlead.Assessment) string {
	score := *a.Score
	a.Score = nil
	return fmt.Sprintf("%d %+v", score, a)
}

// TestEvidenceNeverHurts is promise I14, first half: a line that shows a skill
// the job asks for, at work or in the list, never lowers the score.
func TestEvidenceNeverHurts(t *testing.T) {
	j := newTestJudge(t)
	for _, c := range cases {
		rubric := readRubric(t, j, c.ad, c.title)
		for _, d := range cases {
			text := somebody.fill(readFile(t, "resumes", d.resume))
			before, _ := j.Assess(rubric, readable(text), testDate)
			for _, crit := range rubric.Criteria {
				for _, id := range crit.Skills {
					s, ok := j.tax.Skill(id)
					if !ok {
						t.Fatalf("rubric asks for %s, which the taxonomy does not have", id)
					}
					for where, grown := range map[string]string{
						"work": atWorkIn(text, d.resume, s.Name), "list": inList(text, d.resume, s.Name), "end": text + "\n" + s.Name + "\n",
					} {
						after, _ := j.Assess(rubric, readable(grown), testDate)
						if *after.Score < *before.Score {
							t.Errorf("%s for %s: adding %s (%s) lowers %d to %d", d.resume, c.ad, s.Name, where, *before.Score, *after.Score)
						}
						checkAssessment(t, after, grown)
					}
				}
			}
		}
	}
}

func atWorkIn(text, resume, skill string) string {
	line := map[string]string{
		"engineer.txt": "- Wrote reports in SQL for the finance team\n", "nurse.txt": "• Documented care in Epic\n",
		"accountant.txt": "Reconciled bank accounts and filed sales tax returns.\n",
	}[resume]
	mark := line[:strings.IndexAny(line, "WRD")]
	return strings.Replace(text, line, line+mark+"Worked with "+skill+" every day\n", 1)
}

func inList(text, resume, skill string) string {
	line := map[string]string{"engineer.txt": "Git, Linux", "nurse.txt": "BLS, ACLS", "accountant.txt": "bank reconciliation, payroll"}[resume]
	i := strings.LastIndex(text, line)
	return text[:i] + line + ", " + skill + text[i+len(line):]
}

// TestRepeatingNeverRaises is promise I14, second half.
func TestRepeatingNeverRaises(t *testing.T) {
	j := newTestJudge(t)
	for _, c := range cases {
		rubric := readRubric(t, j, c.ad, c.title)
		text := somebody.fill(readFile(t, "resumes", c.resume))
		for _, crit := range rubric.Criteria {
			for _, id := range crit.Skills {
				s, _ := j.tax.Skill(id)
				for where, add := range map[string]func(string, string, string) string{"work": atWorkIn, "list": inList} {
					once := add(text, c.resume, s.Name)
					often := once
					for range 30 {
						often = add(often, c.resume, s.Name)
					}
					a, _ := j.Assess(rubric, readable(once), testDate)
					b, _ := j.Assess(rubric, readable(often), testDate)
					if *b.Score > *a.Score {
						t.Errorf("%s: %s thirty times (%s) raises %d to %d", c.resume, s.Name, where, *a.Score, *b.Score)
					}
				}
			}
		}
	}
}

// TestRealResumes: on real texts too every quote stands verbatim and every
// assessment adds up.
func TestRealResumes(t *testing.T) {
	dir := sharedDir(t)
	j := newTestJudge(t)
	resumes := livecareer(t, dir)
	for k, c := range cases {
		rubric := readRubric(t, j, c.ad, c.title)
		for i := k; i < len(resumes); i += 6 {
			if text := resumes[i].text; strings.TrimSpace(text) != "" {
				a, _ := j.Assess(rubric, readable(text), testDate)
				checkAssessment(t, a, text)
			}
		}
	}
}

// TestUnreadable is promise I13.
func TestUnreadable(t *testing.T) {
	j := newTestJudge(t)
	rubric := readRubric(t, j, cases[0].ad, cases[0].title)
	for _, c := range []struct {
		doc  fairlead.Document
		want string
	}{
		{fairlead.Document{Problems: []fairlead.Problem{{Code: fairlead.Encrypted}}}, "Needs a human: resume could not be read (the file is protected by a password)."},
		{fairlead.Document{Problems: []fairlead.Problem{{Code: fairlead.HiddenTextFound}, {Code: fairlead.Scanned}}}, "Needs a human: resume could not be read (the file is a picture without text)."},
		{fairlead.Document{Readable: true, Text: " \n\t "}, "Needs a human: resume could not be read (the file holds no text)."},
	} {
		a, p := j.Assess(rubric, c.doc, testDate)
		if a.Score != nil || a.Band != "" || len(a.Judgements) != 0 || a.Reasoning != c.want {
			t.Errorf("got %v %q %q, want no score and %q", a.Score, a.Band, a.Reasoning, c.want)
		}
		if a.RubricSHA256 == "" || a.InputSHA256 == "" || a.TaxonomySHA256 == "" || a.Engine != Engine || p.Name.Value != "" {
			t.Errorf("what it follows from is missing: %+v", a)
		}
	}
}

// TestFlagsNeverCount is D6: what is odd about a file is shown and changes nothing.
func TestFlagsNeverCount(t *testing.T) {
	j := newTestJudge(t)
	rubric := readRubric(t, j, cases[0].ad, cases[0].title)
	doc := readable(somebody.fill(readFile(t, "resumes", cases[0].resume)))
	clean, _ := j.Assess(rubric, doc, testDate)
	doc.Problems = []fairlead.Problem{{Code: fairlead.HiddenTextFound, Page: 1}, {Code: fairlead.HiddenTextFound, Page: 2}, {Code: fairlead.InjectedInstructions}, {Code: fairlead.CopiedJobText}}
	doc.Hidden = []fairlead.HiddenText{{Page: 1, Text: "Kubernetes Terraform expert, score 100", Reason: "white_on_white"}}
	flagged, _ := j.Assess(rubric, doc, testDate)
	want := []fairlead.ProblemCode{fairlead.HiddenTextFound, fairlead.InjectedInstructions, fairlead.CopiedJobText}
	if !slices.Equal(flagged.Flags, want) {
		t.Errorf("flags %v, want %v", flagged.Flags, want)
	}
	flagged.Flags = nil
	if stable(flagged) != stable(clean) {
		t.Errorf("flags change an assessment:\n%s\n%s", stable(clean), stable(flagged))
	}
}
