package taxonomy

import (
	"strings"
	"testing"
)

func TestTitle(t *testing.T) {
	tax := Must(t)
	for _, c := range []struct{ title, standard, code string }{
		{"Sr. SWE II", "Senior Software Engineer", "15-1252.00"},
		{"Software Engineer III", "Software Engineer", "15-1252.00"},
		{"Manager, Sales", "Sales Manager", "11-2022.00"},
		{"RN", "Registered Nurse", "29-1141.00"},
		{"LPN - Night Shift", "Licensed Practical Nurse", "29-2061.00"},
		{"C.N.A.", "Certified Nursing Assistant", "31-1131.00"},
		{"Acct. Clerk", "Account Clerk", ""},
		{"VP, Human Resources", "Human Resources Vice President", ""},
		{"ACCOUNTANT (Remote)", "Accountant", "13-2011.00"},
		{"Cashier at Example Foods", "Cashier", "41-2011.00"},
		{"Registered Nurses", "Registered Nurse", "29-1141.00"},
		{"CDL Truck Driver", "", "53-3032.00"},
		{"Admin Assistant", "", "43-6014.00"},
		{"", "", ""},
		{"###", "", ""},
	} {
		m := tax.Title(c.title, 5)
		if c.standard != "" && m.Standard != c.standard {
			t.Errorf("%q reads as %q, want %q", c.title, m.Standard, c.standard)
		}
		code := ""
		if len(m.Occupations) > 0 {
			code = m.Occupations[0].Code
		}
		if c.code != "" && code != c.code {
			t.Errorf("%q is %v, want %s", c.title, m.Occupations, c.code)
		}
	}
}

func TestLooksLikeTitle(t *testing.T) {
	tax := Must(t)
	for s, want := range map[string]bool{
		"Senior Software Engineer": true, "Director of Marketing": true, "Registered Nurse": true, "Manager, Sales": true, "CNA": true,
		"Boston, MA": false, "University of Example": false, "Managed a team of five people every day": false, "": false, "2019 - 2021": false,
	} {
		if got := tax.LooksLikeTitle(s); got != want {
			t.Errorf("%q looks like a title: %v, want %v", s, got, want)
		}
	}
}

func TestSimilar(t *testing.T) {
	x := Must(t).IndexTitles([]string{"plumber", "babysitter", "java developer", "nanny", "software engineer"})
	hits := x.Similar("Daycare Worker", 2) // shares no word with babysitter
	if len(hits) == 0 || hits[0].Line != 2 || hits[0].Title != "babysitter" {
		t.Errorf("nearest to daycare worker: %+v", hits)
	}
	if hits := x.Similar("Software Developer", 2); len(hits) != 2 || hits[0].Line == 1 || hits[0].Line == 2 {
		t.Errorf("nearest to software developer: %+v", hits)
	}
	if hits := x.Similar("", 5); len(hits) != 0 {
		t.Errorf("nearest to nothing: %+v", hits)
	}
}

func FuzzTitle(f *testing.F) {
	tax := Must(f)
	for _, s := range []string{"Sr. SWE II", "Manager, Sales", "\xff@", "at", strings.Repeat("a ", 400), "(((", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := tax.Title(s, 3)
		if len(m.Occupations) > 3 {
			t.Fatal("more than asked for")
		}
		for _, o := range m.Occupations {
			if o.Score <= 0 || o.Score > 1 {
				t.Fatalf("score %v", o.Score)
			}
		}
		tax.LooksLikeTitle(s)
	})
}
