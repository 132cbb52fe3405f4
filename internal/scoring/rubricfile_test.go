package scoring

import (
	"reflect"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
)

// awkward is a rubric with everything a format can trip over.
func awkward() fairlead.Rubric {
	return fairlead.Rubric{
		Title: `Head of "Ops": night & day`,
		Criteria: []fairlead.Criterion{
			{ID: "c1", Text: "# not a comment", Kind: fairlead.CriterionExperience, Required: true, Weight: 3334, Titles: []string{"Ops Lead, EMEA", "yes"}, Months: 18, Why: "required"},
			{ID: "c2", Text: "true", Kind: fairlead.CriterionSkill, Weight: 3333, Skills: []fairlead.SkillID{"c++", "null", "1e3"}, Months: 60},
			{ID: "c3", Text: "- Übersetzung: 12:30, 日本語", Kind: fairlead.CriterionLanguage, Weight: 1, Skills: []fairlead.SkillID{"japanese"}},
			{ID: "c4", Text: "multi\nline", Kind: fairlead.CriterionEducation, Required: true, Weight: 3332, Degree: fairlead.Bachelor, Fields: []string{"law", relatedField}, Equivalent: true},
			{ID: "c5", Text: "shown only", Kind: fairlead.CriterionCertificate, Weight: 0, Skills: []fairlead.SkillID{"cpa"}},
		},
		Notes: []fairlead.RubricNote{{Text: "no gaps", Reason: "gaps say nothing: really", Kind: fairlead.NoteProxy}, {Text: "~", Reason: "-"}},
	}
}

func TestRubricFileRoundTrip(t *testing.T) {
	want := awkward()
	for name, encode := range map[string]func(fairlead.Rubric) ([]byte, error){"YAML": EncodeRubric, "JSON": EncodeRubricJSON} {
		b, err := encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseRubric(b)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, b)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v\n%s", name, got, want, b)
		}
		if DigestRubric(got) != DigestRubric(want) {
			t.Errorf("%s: the digest changed on the way", name)
		}
	}
}

// TestDigestRubric: every field counts.
func TestDigestRubric(t *testing.T) {
	base := DigestRubric(awkward())
	for name, edit := range map[string]func(*fairlead.Rubric){
		"title":      func(r *fairlead.Rubric) { r.Title += "x" },
		"order":      func(r *fairlead.Rubric) { r.Criteria[0], r.Criteria[1] = r.Criteria[1], r.Criteria[0] },
		"id":         func(r *fairlead.Rubric) { r.Criteria[0].ID = "c9" },
		"text":       func(r *fairlead.Rubric) { r.Criteria[0].Text = "x" },
		"kind":       func(r *fairlead.Rubric) { r.Criteria[0].Kind = fairlead.CriterionSkill },
		"required":   func(r *fairlead.Rubric) { r.Criteria[0].Required = false },
		"weight":     func(r *fairlead.Rubric) { r.Criteria[0].Weight++ },
		"skills":     func(r *fairlead.Rubric) { r.Criteria[1].Skills = []fairlead.SkillID{"c++n", "ull", "1e3"} },
		"months":     func(r *fairlead.Rubric) { r.Criteria[0].Months++ },
		"degree":     func(r *fairlead.Rubric) { r.Criteria[3].Degree = fairlead.Master },
		"fields":     func(r *fairlead.Rubric) { r.Criteria[3].Fields = nil },
		"titles":     func(r *fairlead.Rubric) { r.Criteria[0].Titles = r.Criteria[0].Titles[:1] },
		"equivalent": func(r *fairlead.Rubric) { r.Criteria[3].Equivalent = false },
		"note":       func(r *fairlead.Rubric) { r.Notes[0].Kind = fairlead.NoteVague },
	} {
		r := awkward()
		edit(&r)
		if DigestRubric(r) == base {
			t.Errorf("an edit of %s leaves the digest as it was", name)
		}
	}
}

// TestParseRubricByHand: what people write.
func TestParseRubricByHand(t *testing.T) {
	got, err := ParseRubric([]byte(`
title: Baker
criteria:
  - {text: Bakes, kind: skill, required: yes, weight: 3, skills: Baking}
  - text: Two years
    kind: experience
    required: no
    weight: 1
    years: 2.5
    titles: [Baker]
`))
	if err != nil {
		t.Fatal(err)
	}
	c := got.Criteria
	if len(c) != 2 || c[0].Weight != 7500 || c[1].Weight != 2500 || c[0].ID != "c1" || c[1].Months != 30 || !c[0].Required || c[0].Skills[0] != "Baking" {
		t.Errorf("got %+v", got)
	}
	j := newTestJudge(t)
	got.Criteria[0].Skills = []fairlead.SkillID{"JavaScript", "javascript", "js"}
	r, err := j.Resolve(got)
	if err != nil || len(r.Criteria[0].Skills) != 1 {
		t.Errorf("three names of one skill resolve to %v, %v", r.Criteria, err)
	}
	got.Criteria[0].Skills = []fairlead.SkillID{"underwater basket flinging"}
	if _, err := j.Resolve(got); fairlead.CodeOf(err) != fairlead.Invalid || !strings.Contains(fairlead.MessageOf(err), "c1") {
		t.Errorf("an unknown skill gives %v", err)
	}
}

// TestParseRubricFaults: every error is Invalid, names the line and the way out.
func TestParseRubricFaults(t *testing.T) {
	good := "title: T\ncriteria:\n  - {text: a, kind: skill, required: true, weight: 1, skills: [go]}\n"
	for _, c := range []struct{ file, want string }{
		{"", "empty"},
		{"\xff\xfe", "UTF-8"},
		{"{", "line"},
		{"title: T\n", "no criteria"},
		{"- a\n", "line 1"},
		{"title: T\ncriteria: []\n", "line 2"},
		{"title: T\ncriteria: 5\n", "line 2"},
		{good + "colour: red\n", `line 4: a rubric has no "colour"`},
		{good + "title: U\n", "line 4"},
		{strings.Replace(good, "kind: skill", "kind: skil", 1), "line 3: kind must be"},
		{strings.Replace(good, "weight: 1", "weight: many", 1), "line 3: weight must be"},
		{strings.Replace(good, "weight: 1", "weight: -1", 1), "line 3: weight must be"},
		{strings.Replace(good, "weight: 1", "weight: 0", 1), "weight above 0"},
		{strings.Replace(good, ", weight: 1", "", 1), "needs a weight"},
		{strings.Replace(good, "required: true", "required: perhaps", 1), "true or false"},
		{strings.Replace(good, "skills: [go]", "skills: []", 1), "needs skills"},
		{strings.Replace(good, "skills: [go]", "skills: [[go]]", 1), "must be a text"},
		{strings.Replace(good, "skills: [go]", "skill: [go]", 1), `no "skill"`},
		{strings.Replace(good, "text: a", "text: ''", 1), "needs a text"},
		{strings.Replace(good, "kind: skill", "kind: education", 1), "needs a degree"},
		{strings.Replace(good, "kind: skill, required: true, weight: 1, skills: [go]", "kind: experience, required: true, weight: 1", 1), "needs years"},
		{strings.Replace(good, "kind: skill", "kind: experience, years: 5000", 1), "up to 50 years"},
		{good + "  - {id: c1, text: a, kind: skill, required: true, weight: 1, skills: [go]}\n", "stands twice"},
		{"a: &a [x,x]\ncriteria: *a\n", "line"},
		{"title: T\ncriteria:\n" + strings.Repeat("  - {}\n", 300), "more than 200"},
		{strings.Repeat("#", maxRubricFile+1), "1 MiB"},
	} {
		_, err := ParseRubric([]byte(c.file))
		code := fairlead.CodeOf(err)
		if code != fairlead.Invalid && code != fairlead.TooLarge || !strings.Contains(fairlead.MessageOf(err), c.want) {
			t.Errorf("%.60q gives %q (%s), want %q", c.file, fairlead.MessageOf(err), code, c.want)
		}
	}
}

func FuzzParseRubric(f *testing.F) {
	y, err := EncodeRubric(awkward())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(y)
	js, err := EncodeRubricJSON(awkward())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(js)
	f.Add([]byte("title: T\ncriteria:\n  - {text: a, kind: skill, required: true, weight: 1, skills: [go]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseRubric(data)
		if err != nil {
			if c := fairlead.CodeOf(err); c != fairlead.Invalid && c != fairlead.TooLarge {
				t.Fatalf("error %v has code %s", err, c)
			}
			return
		}
		sum := 0
		for _, c := range r.Criteria {
			sum += c.Weight
		}
		if sum != fairlead.WeightTotal {
			t.Fatalf("weights sum to %d", sum)
		}
		again, err := EncodeRubric(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseRubric(again)
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, again)
		}
		if DigestRubric(back) != DigestRubric(r) {
			t.Fatalf("changed on the way:\n%+v\n%+v", r, back)
		}
	})
}

func FuzzRubric(f *testing.F) {
	j := newTestJudge(f)
	for _, c := range cases {
		f.Add(c.title, readFile(f, "ads", c.ad))
	}
	f.Add("", "Title: X\n\n5 years of Java or Kotlin, required. Bachelor's preferred")
	f.Add("Cook", "<ul><li><b>Must</b> have <p>3+ years</li></ul>&lt;p&gt;")
	f.Fuzz(func(t *testing.T, title, text string) {
		r, err := j.Rubric(fairlead.Job{Title: title, Description: text})
		if err != nil {
			if fairlead.CodeOf(err) != fairlead.NeedsHuman {
				t.Fatal(err)
			}
			return
		}
		checkRubric(t, r)
		if len(r.Criteria) > maxCriteria || len(r.Notes) > maxNotes {
			t.Fatalf("%d criteria, %d notes", len(r.Criteria), len(r.Notes))
		}
		y, err := EncodeRubric(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseRubric(y)
		if err != nil {
			t.Fatalf("%v\n%s", err, y)
		}
		if DigestRubric(back) != DigestRubric(r) {
			t.Fatalf("changed on the way:\n%+v\n%+v", r, back)
		}
	})
}

func FuzzAssess(f *testing.F) {
	j := newTestJudge(f)
	rubric := readRubric(f, j, cases[0].ad, cases[0].title)
	for _, c := range cases {
		f.Add(somebody.fill(readFile(f, "resumes", c.resume)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, _ := j.Assess(rubric, readable(strings.ToValidUTF8(text, "?")), testDate)
		if a.Score == nil {
			return
		}
		checkAssessment(t, a, strings.ToValidUTF8(text, "?"))
	})
}
