package profile_test

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/profile"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

// words is a taxonomy of a few skills that knows no titles: what this package
// finds with it, it finds by itself.
type words []string

func (w words) Find(text string) []fairlead.SkillMention {
	var out []fairlead.SkillMention
	for i := range text {
		for _, s := range w {
			if strings.HasPrefix(text[i:], s) && (i == 0 || text[i-1] == ' ' || text[i-1] == '\n') {
				out = append(out, fairlead.SkillMention{ID: fairlead.SkillID(strings.ToLower(s)), Name: s, Kind: fairlead.KindTool, At: fairlead.Span{Start: i, End: i + len(s)}, Text: s})
			}
		}
	}
	return out
}

func (words) LooksLikeTitle(string) bool            { return false }
func (words) Title(string, int) taxonomy.TitleMatch { return taxonomy.TitleMatch{} }
func build(text string) fairlead.Profile {
	return profile.Build(words{"Excel", "Go", "SQL"}, fairlead.Document{Text: text}, asOf)
}
func ym(year, month int) fairlead.YearMonth { return fairlead.YearMonth{Year: year, Month: month} }
func months(p fairlead.Profile) int {
	if p.ExperienceMonths == nil {
		return -1
	}
	return *p.ExperienceMonths
}

type job struct {
	title, employer string
	start, end      fairlead.YearMonth
	current         bool
}

// TestLayouts reads the same two jobs out of the layouts people write them in.
func TestLayouts(t *testing.T) {
	senior := job{"Senior Accountant", "Acme Corp", ym(2019, 6), ym(0, 0), true}
	junior := job{"Junior Accountant", "Globex Inc", ym(2015, 1), ym(2019, 5), false}
	for name, body := range map[string]string{
		"bars":            "Senior Accountant | Acme Corp | June 2019 – Present\n• Closed the books\nJunior Accountant | Globex Inc | January 2015 – May 2019\n• Paid bills\n",
		"three lines":     "Acme Corp — Boston, MA\nSenior Accountant\nJune 2019 – Present\n• Closed the books\n\nGlobex Inc — Austin, TX\nJunior Accountant\nJanuary 2015 – May 2019\n• Paid bills\n",
		"title first":     "Senior Accountant\nAcme Corp, Boston, MA\nJune 2019 – Present\n• Closed the books\n\nJunior Accountant\nGlobex Inc, Austin, TX\nJanuary 2015 – May 2019\n• Paid bills\n",
		"date right":      "Acme Corp                         June 2019 – Present\nSenior Accountant                 Boston, MA\n• Closed the books\n\nGlobex Inc                        Jan 2015 – May 2019\nJunior Accountant                 Austin, TX\n• Paid bills\n",
		"date first":      "06/2019 – present  Senior Accountant, Acme Corp\n• Closed the books\n01/2015 – 05/2019  Junior Accountant, Globex Inc\n• Paid bills\n",
		"date above":      "June 2019 – Present\nSenior Accountant\nAcme Corp, Boston, MA\n• Closed the books\n\nJan 2015 – May 2019\nJunior Accountant\nGlobex Inc, Austin, TX\n• Paid bills\n",
		"at":              "Senior Accountant at Acme Corp (June 2019 – Present)\nClosed the books every month for a group of nine companies.\n\nJunior Accountant at Globex Inc (Jan 2015 – May 2019)\nPaid bills of all kinds and kept the ledger in order.\n",
		"comma":           "Senior Accountant, Acme Corp, Boston, MA, June 2019 – Present\n- Closed the books\nJunior Accountant, Globex Inc, Austin, TX, Jan 2015 – May 2019\n- Paid bills\n",
		"livecareer":      "Senior Accountant Jun 2019 to Current Acme Corp – Boston , MA\nClosed the books.\nJunior Accountant Jan 2015 to May 2019 Globex Inc – Austin , TX\nPaid bills.\n",
		"dash":            "Senior Accountant - Acme Corp - 06/2019 to present\n* Closed the books\nJunior Accountant - Globex Inc - 01/2015 to 05/2019\n* Paid bills\n",
		"tabs":            "Acme Corp\tSenior Accountant\tJune 2019 – Present\n• Closed the books\nGlobex Inc\tJunior Accountant\tJanuary 2015 – May 2019\n• Paid bills\n",
		"employer, comma": "Acme Corp, Boston, MA\nSenior Accountant, June 2019 – Present\n• Closed the books\n\nGlobex Inc, Austin, TX\nJunior Accountant, January 2015 – May 2019\n• Paid bills\n",
		"blank lines":     "Senior Accountant\n\nAcme Corp - Boston, MA -\n\nJune 2019 to Present\n\n• Closed the books\n\nJunior Accountant\n\nGlobex Inc - Austin, TX -\n\nJanuary 2015 to May 2019\n\n• Paid bills\n",
		"markdown":        "### Senior Accountant, *Acme Corp* (2019-06 — Present)\n- Closed the books\n\n### Junior Accountant, *Globex Inc* (2015-01 — 2019-05)\n- Paid bills\n",
	} {
		t.Run(name, func(t *testing.T) {
			text := "Jane Doe\njane@doe.net\n\nEXPERIENCE\n" + body + "\nEDUCATION\nB.S. Accounting, State University, 2014\n"
			p := build(text)
			if len(p.Positions) != 2 {
				t.Fatalf("%d positions, want 2: %+v", len(p.Positions), p.Positions)
			}
			for i, want := range []job{senior, junior} {
				x := p.Positions[i]
				if got := (job{x.Title, x.Employer, x.Start, x.End, x.Current}); got != want {
					t.Errorf("position %d: %+v, want %+v", i+1, got, want)
				}
				if x.Title != "" && !strings.Contains(text[x.At.Start:x.At.End], x.Title) && !strings.Contains(text[x.Body.Start:x.Body.End], x.Title) {
					t.Errorf("position %d: its place %q does not hold its title", i+1, text[x.At.Start:x.At.End])
				}
			}
			if got := months(p); got != 143 {
				t.Errorf("%d months of experience, want 143", got)
			}
			if p.Name.Value != "Jane Doe" {
				t.Errorf("name %q", p.Name.Value)
			}
		})
	}
}

func TestPhones(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Jane Doe\n(617) 555-0142", "+16175550142"},
		{"Jane Doe\n617-555-0142", "+16175550142"},
		{"Jane Doe\n617.555.0142", "+16175550142"},
		{"Jane Doe\n+1 617 555 0142", "+16175550142"},
		{"Jane Doe\n1-650-999-7777", "+16509997777"},
		{"Jane Doe\nPhone: 6175550142", "+16175550142"},
		{"Jane Doe\nTel: +49 30 901820", "+4930901820"},
		{"Jane Doe\n+44 (0)20 7946 0958", "+442079460958"},
		{"Jane Doe\n0044 20 7946 0958", "+442079460958"},
		{"Jane Doe\nLyon, France\n06 12 34 56 78", "+33612345678"},
		{"Jane Doe\nBengaluru, India\n98765 43210", "+919876543210"},
		{"Jane Doe\nBerlin\nTel. 030 901820", "+4930901820"},
		// No phones.
		{"Jane Doe\n2015 - 2018", ""},
		{"Jane Doe\n01/02/2015 - 03/04/2018", ""},
		{"Jane Doe\nGrew sales to 1,250,000 in 2018", ""},
		{"Jane Doe\n$ 617 555 0142", ""},
		{"Jane Doe\nhttps://x.com/617-555-0142", ""},
		{"Jane Doe\nISBN 978-3-16-148410-0", ""},
	} {
		got := ""
		for _, l := range build(c.text).Phones {
			got += l.Value
		}
		if got != c.want {
			t.Errorf("%q: read %q, want %q", c.text, got, c.want)
		}
	}
}

func TestEmails(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Jane Doe\njane.doe+x@mail.example.co.uk", "jane.doe+x@mail.example.co.uk"},
		{"Jane Doe\nE-mail:jane@doe.net.", "jane@doe.net"},
		{"Jane Doe\n<jane@doe.net>", "jane@doe.net"},
		{"Jane Doe\nmailto:jane@doe.net|x", "jane@doe.net"},
		{"Jane Doe\nTatyana.D'Amore@zsaw.biz", "Tatyana.D'Amore@zsaw.biz"},
		{"Jane Doe\njohn . doe @ gmail . com", "john.doe@gmail.com"},
		{"Jane Doe\njane@doe.comPhone 3", "jane@doe.com"},
		{"meet @ noon . then go", ""},
		{"@jane on x", ""},
		{"a@b", ""},
	} {
		got := ""
		for _, l := range build(c.text).Emails {
			got += l.Value
		}
		if got != c.want {
			t.Errorf("%q: read %q, want %q", c.text, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	const rest = "\nx@y.com | (617) 555-0142\n\nSUMMARY\nGood with numbers.\n"
	for _, c := range []struct{ text, want string }{
		{"Jane Doe" + rest, "Jane Doe"},
		{"JANE Q. DOE" + rest, "JANE Q. DOE"},
		{"Jane Doe, CPA" + rest, "Jane Doe"},
		{"Dr. Jane van der Berg" + rest, "Jane van der Berg"},
		{"Resume\nJane Doe" + rest, "Jane Doe"},
		{"RESUME OF JANE DOE" + rest, "JANE DOE"},
		{"Curriculum Vitae\n\nJean-Luc O'Brien" + rest, "Jean-Luc O'Brien"},
		{"Name: Priya Raman\nAge: 30" + rest, "Priya Raman"},
		{"Jane Doe | Accountant | Boston, MA" + rest, "Jane Doe"},
		{"Doe, Jane" + rest, "Doe, Jane"},
		{"Ольга Петрова" + rest, "Ольга Петрова"},
		{"王小明" + rest, "王小明"},
		{"Mark Baker" + rest, "Mark Baker"},
		{"jane doe" + rest, "jane doe"},
		{"STAFF ACCOUNTANT\nSummary\nGood.\n", ""},
		{"Senior Software Engineer" + rest, ""},
		{"HEAD CHEF\nSummary\nGood.\n", ""},
		{"Boston, MA" + rest, ""},
		{"", ""},
	} {
		if got := build(c.text).Name.Value; got != c.want {
			t.Errorf("%q: read %q, want %q", c.text[:min(40, len(c.text))], got, c.want)
		}
	}
}

func TestEducation(t *testing.T) {
	type edu struct {
		level             fairlead.DegreeLevel
		name, field, inst string
		year              int
	}
	for _, c := range []struct {
		text string
		want []edu
	}{
		{"B.S. Accounting, State University, 2014", []edu{{fairlead.Bachelor, "B.S. Accounting", "Accounting", "State University", 2014}}},
		{"Bachelor of Science in Computer Science, May 2010\nUniversity of North Carolina", []edu{{fairlead.Bachelor, "Bachelor of Science in Computer Science", "Computer Science", "University of North Carolina", 2010}}},
		{"Princeton University\nPhD in Computer Science\nSept 2018 – May 2023\nBoğaziçi University\nBS in Computer Engineering\n2014 – 2018",
			[]edu{{fairlead.Doctorate, "PhD in Computer Science", "Computer Science", "Princeton University", 2023}, {fairlead.Bachelor, "BS in Computer Engineering", "Computer Engineering", "Boğaziçi University", 2018}}},
		{"MBA, Harvard Business School, 2008\nBA in English, Reed College, 2002", []edu{{fairlead.Master, "MBA", "", "Harvard Business School", 2008}, {fairlead.Bachelor, "BA in English", "English", "Reed College", 2002}}},
		{"High School Diploma, Lincoln High School, 1999", []edu{{fairlead.HighSchool, "High School Diploma", "", "Lincoln High School", 1999}}},
		{"Associate of Applied Science: Nursing\nForsyth Technical Community College 2011", []edu{{fairlead.Associate, "Associate of Applied Science: Nursing", "Nursing", "Forsyth Technical Community College", 2011}}},
		{"Master of Business Administration (MBA)\nOxford University, 2016 - present", []edu{{fairlead.Master, "Master of Business Administration (MBA)", "Business Administration", "Oxford University", 0}}},
		{"Cornell University (2005-09 — 2008-05)", []edu{{fairlead.UnknownDegree, "", "", "Cornell University", 2008}}},
		{"B.Tech in Computer Science and Engineering\nIIT Bombay - Mumbai\n2008 to 2012", []edu{{fairlead.Bachelor, "B.Tech in Computer Science and Engineering", "Computer Science and Engineering", "IIT Bombay", 2012}}},
	} {
		p := build("Jane Doe\njane@doe.net\n\nEDUCATION\n" + c.text + "\n\nSKILLS\nMS Office, Boston, MA\n")
		var got []edu
		for _, e := range p.Education {
			got = append(got, edu{e.Level, e.Name, e.Field, e.Institution, e.Year})
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q:\n read %+v\n want %+v", c.text, got, c.want)
		}
		if p.ExperienceMonths != nil {
			t.Errorf("%q: %d months of experience from schooling", c.text, *p.ExperienceMonths)
		}
	}
}

func TestCertificationsAndLanguages(t *testing.T) {
	text := `Jane Doe, CPA
jane@doe.net

SUMMARY
AWS Certified Solutions Architect and registered nurse. Fluent in Spanish; native French speaker.

CERTIFICATIONS
Project Management Professional (PMP), 2019
RN License - Massachusetts
Scrum Master | CISSP

LANGUAGES
English (native), German: B2, Italian - professional working proficiency
Mandarin

SKILLS
Programming languages: Go, Java
`
	p := build(text)
	var certs, langs []string
	for _, c := range p.Certifications {
		certs = append(certs, c.Value)
	}
	for _, l := range p.Languages {
		langs = append(langs, l.Name+"/"+l.Level)
	}
	for _, want := range []string{"CPA", "AWS Certified Solutions Architect", "Project Management Professional (PMP)", "RN License", "Scrum Master", "CISSP"} {
		found := false
		for _, c := range certs {
			found = found || strings.EqualFold(c, want)
		}
		if !found {
			t.Errorf("no certificate %q in %q", want, certs)
		}
	}
	want := []string{"Spanish/Fluent", "French/native", "English/native", "German/B2", "Italian/professional working proficiency", "Mandarin/"}
	if !reflect.DeepEqual(langs, want) {
		t.Errorf("languages %q, want %q", langs, want)
	}
}

// TestOverlapsCountOnce: two jobs at once are not twice the time, nor is a
// skill used in both.
func TestOverlapsCountOnce(t *testing.T) {
	p := build("Jane Doe\n\nEXPERIENCE\nAccountant, Acme Corp, Jan 2015 – Dec 2016\nUsed Excel and Go\n\nBookkeeper, Globex Inc, Jul 2015 – Jun 2017\nUsed Excel\n\nSKILLS\nSQL, Excel\n")
	if got := months(p); got != 30 {
		t.Errorf("%d months of experience, want 30", got)
	}
	want := map[fairlead.SkillID]int{"excel": 30, "go": 24, "sql": -1}
	for _, s := range p.Skills {
		got := -1
		if s.Months != nil {
			got = *s.Months
		}
		if got != want[s.ID] {
			t.Errorf("%s: %d months, want %d", s.Name, got, want[s.ID])
		}
	}
}

// TestUnknownStaysUnknown: a text that says nothing gives nothing.
func TestUnknownStaysUnknown(t *testing.T) {
	for _, text := range []string{"", " ", "\n\n\n", "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.", "•\n•\n•", "2015\n2016\n", "\xff\xfe\x00"} {
		p := build(text)
		p.Skills = nil
		if !reflect.DeepEqual(p, fairlead.Profile{}) {
			t.Errorf("%q: read %+v", text, p)
		}
		if s := profile.Identity(text, p); len(s) != 0 && text != "2015\n2016\n" {
			t.Errorf("%q: identity %v", text, s)
		}
	}
}

func TestSections(t *testing.T) {
	text := "Jane Doe\n\nPROFESSIONAL SUMMARY\nGood.\nWork Experience:\nAcme\nE D U C A T I O N\nBA\nSkills\nGo\nSprachkenntnisse\nDeutsch\nCertifications ------\nCPA\nReferences\nOn request\n"
	var got []string
	end := 0
	for _, s := range profile.Sections(text) {
		if s.Body.End < s.Body.Start || s.Heading.End > s.Body.Start || s.Heading.Len() > 0 && s.Heading.Start != end {
			t.Errorf("section %+v does not follow byte %d", s, end)
		}
		end = s.Body.End
		got = append(got, string(s.Kind))
	}
	if end != len(text) {
		t.Errorf("sections end at %d of %d", end, len(text))
	}
	want := []string{"header", "summary", "experience", "education", "skills", "languages", "certifications", "references"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sections %v, want %v", got, want)
	}
}

// checkSpans says what is wrong with the places of a profile: each must be
// whole runes within the text.
func checkSpans(t testing.TB, text string, p fairlead.Profile) {
	t.Helper()
	check := func(what string, s fairlead.Span) {
		t.Helper()
		if s.Start < 0 || s.End < s.Start || s.End > len(text) {
			t.Errorf("%s: span %v is outside the text of %d bytes", what, s, len(text))
			return
		}
		for _, i := range [...]int{s.Start, s.End} {
			if i < len(text) && !utf8.RuneStart(text[i]) && utf8.ValidString(text) {
				t.Errorf("%s: span %v cuts a rune", what, s)
			}
		}
	}
	verbatim := func(what, value string, s fairlead.Span) {
		t.Helper()
		check(what, s)
		if s.End <= len(text) && s.Start <= s.End && strings.Join(strings.Fields(text[s.Start:s.End]), " ") != strings.Join(strings.Fields(value), " ") {
			t.Errorf("%s: %q is not what stands at %v: %q", what, value, s, text[s.Start:s.End])
		}
	}
	verbatim("name", p.Name.Value, p.Name.At)
	verbatim("location", p.Location.Value, p.Location.At)
	verbatim("headline", p.Headline.Value, p.Headline.At)
	for _, l := range p.Emails {
		check("e-mail", l.At)
	}
	for _, l := range p.Phones {
		check("phone", l.At)
	}
	for _, l := range p.Links {
		verbatim("link", l.Value, l.At)
	}
	for _, l := range p.Certifications {
		verbatim("certificate", l.Value, l.At)
	}
	for _, x := range p.Positions {
		check("position", x.At)
		check("body", x.Body)
		check("dates", x.DatesAt)
		verbatim("title", x.Title, x.TitleAt)
		verbatim("employer", x.Employer, x.EmployerAt)
		if x.Title == "" && x.Employer == "" {
			t.Errorf("a position without title and employer at %v", x.At)
		}
	}
	for _, x := range p.Education {
		check("education", x.At)
		verbatim("field", x.Field, x.FieldAt)
		verbatim("institution", x.Institution, x.InstitutionAt)
		check("year", x.YearAt)
		if x.At.Len() == 0 {
			t.Error("education without a place")
		}
	}
	for _, x := range p.Languages {
		check("language", x.At)
	}
	last := -1
	for _, s := range profile.Identity(text, p) {
		check("identity", s)
		if s.Start <= last || s.Len() == 0 {
			t.Errorf("identity spans are not sorted and apart: %v after byte %d", s, last)
		}
		last = s.End
	}
	end := 0
	for _, s := range profile.Sections(text) {
		check("heading", s.Heading)
		check("body", s.Body)
		if s.Body.Start < end {
			t.Errorf("section %v overlaps the one before", s)
		}
		end = s.Body.End
	}
}

// TestSpansAndDeterminism: over many real resumes every place is valid and
// verbatim, and a second reading says the same.
func TestSpansAndDeterminism(t *testing.T) {
	tax := standard(t)
	step := 10
	if full() {
		step = 1
	}
	for _, l := range append(livecareer(t, step), dotin(t)...) {
		doc := fairlead.Document{Text: l.text}
		p := profile.Build(tax, doc, asOf)
		checkSpans(t, l.text, p)
		if !reflect.DeepEqual(p, profile.Build(tax, doc, asOf)) {
			t.Errorf("%s: a second reading differs", l.name)
		}
		if t.Failed() {
			t.Fatalf("in %s", l.name)
		}
	}
}

func FuzzBuild(f *testing.F) {
	for _, s := range identityTemplates {
		f.Add(s)
	}
	f.Add("Jane Doe\n\x00\xff\n2019 - \nBA")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		p := build(text)
		checkSpans(t, text, p)
	})
}

// TestAsOf: "present" ends at the given month, not at the clock's.
func TestAsOf(t *testing.T) {
	text := "EXPERIENCE\nAccountant, Acme Corp, Jan 2015 – Present\n"
	for year, want := range map[int]int{2015: 12, 2016: 24, 2020: 72} {
		p := profile.Build(words{}, fairlead.Document{Text: text}, time.Date(year, 12, 5, 0, 0, 0, 0, time.UTC))
		if got := months(p); got != want {
			t.Errorf("as of December %d: %d months, want %d", year, got, want)
		}
	}
}
