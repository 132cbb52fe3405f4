package taxonomy

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

func found(tax *Taxonomy, text string) string {
	var ids []string
	for _, m := range tax.Find(text) {
		ids = append(ids, string(m.ID))
	}
	return strings.Join(ids, " ")
}

func TestFind(t *testing.T) {
	tax := Must(t)
	for _, c := range []struct{ name, text, want string }{
		{"symbols", "C++, C#, F#, .NET, ASP.NET, Node.js, CI/CD, A/B testing", "c-plus-plus c-sharp f-sharp dot-net asp-net node-js ci-cd a-b-testing"},
		{"one word or two", "java script, JavaScript, Power Point, PowerPoint", "javascript javascript microsoft-powerpoint microsoft-powerpoint"},
		{"short forms", "JS, k8s, MS Office, J2EE, Core Java, HTML5", "javascript kubernetes microsoft-office java-ee java html"},
		{"longest wins", "Microsoft SQL Server and Google Cloud Platform", "microsoft-sql-server google-cloud-platform"},
		{"plural and spelling", "balance sheets; general ledgers; visualisation of data; data visualisation", "financial-statements general-ledger data-visualization"},
		{"versions", "Python3, Java8, Angular2", "python java angular"},
		{"dotted capitals", "R.N. with B.L.S.", "rn-licence bls"},
		{"curly apostrophe", "commercial driver’s license", "cdl"},
		{"ligature of a PDF font", "budget forecasting and tra\ufb03c; certi\ufb01ed nursing assistant", "forecasting cna"},
		{"a name ends at a comma", "the supply, chain; our public. Relations", ""},
		{"across a line end", "certified public\naccountant, project\nmanagement", "cpa project-management"},
		{"addresses are no skills", "jane@gmail.com, http://www.linkedin.com/in/jane, www.github.com/jane", ""},
	} {
		if got := found(tax, c.text); got != c.want {
			t.Errorf("%s: %q\n got %s\nwant %s", c.name, c.text, got, c.want)
		}
	}
}

func TestAmbiguous(t *testing.T) {
	tax := Must(t)
	for _, c := range []struct{ text, want string }{
		{"Statistics in R, Python and SAS", "statistics r python sas"},
		{"R & D spending", ""},
		{"Languages: C, C++, Perl", "c c-plus-plus perl"},
		{"Class C licence and vitamin C", ""},
		{"Services in Go and Docker", "go docker"},
		{"willing to go to clients", ""},
		{"Excel and Word", "microsoft-excel microsoft-word"},
		{"We excel at service; I will excel", ""},
		{"has access to the building", ""},
		{"MS Access, Excel", "microsoft-access microsoft-excel"},
		{"worked at the front office and the head office", "reception"},
		{"I lead people and manage a project for a client", ""},
		{"the it girl said it is late", ""},
		{"spring is here, the node of the network", ""},
	} {
		if got := found(tax, c.text); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestDenied(t *testing.T) {
	tax := Must(t)
	for _, c := range []struct{ text, want string }{
		{"No experience with Kubernetes, Docker or Terraform. Python daily.", "python"},
		{"I am not familiar with Photoshop but use Figma", "figma"},
		{"no Java experience, yet good Python", "python"},
		{"Without any SAP experience; QuickBooks for years", "quickbooks"},
		{"Java not required", ""},
		{"Kubernetes: none", ""},
		{"Have never used Tableau", ""},
		{"Tools include but are not limited to Java and Python", "java python"},
		{"not only Java but also Python", "java python"},
		{"I have no doubt that Python helps", "python"},
	} {
		if got := found(tax, c.text); got != c.want {
			t.Errorf("%q\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

// check is what holds for the mentions of any text.
func check(t *testing.T, tax *Taxonomy, text string) []fairlead.SkillMention {
	t.Helper()
	ms := tax.Find(text)
	end := 0
	for _, m := range ms {
		if m.At.Start < end || m.At.End <= m.At.Start || m.At.End > len(text) {
			t.Fatalf("mention %+v of a text of %d bytes after byte %d", m.At, len(text), end)
		}
		end = m.At.End
		if text[m.At.Start:m.At.End] != m.Text {
			t.Fatalf("text at %+v is %q, not %q", m.At, text[m.At.Start:m.At.End], m.Text)
		}
		if utf8.ValidString(text) && !utf8.ValidString(m.Text) {
			t.Fatalf("mention %q cuts a character", m.Text)
		}
		if m.Months != nil {
			t.Fatal("Months is the profile's business")
		}
		if s, ok := tax.Skill(m.ID); !ok || s.Name != m.Name || s.Kind != m.Kind {
			t.Fatalf("mention of %s is not the skill of the table", m.ID)
		}
	}
	return ms
}

func FuzzFind(f *testing.F) {
	tax := Must(f)
	for _, s := range []string{"", "C++ and C#", "R.N., k8s\n\nno experience with Java", "\xff\xfe Java \x80", "a\u0301Java\u00adScript", strings.Repeat("Java,", 100), "x@y.com http://a.com/java", "tra\ufb03c", ".net.net.NET", "+#+#+", "ＪＡＶＡ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := check(t, tax, s)
		b := tax.Find(s)
		if !slices.EqualFunc(a, b, func(x, y fairlead.SkillMention) bool { return x == y }) {
			t.Fatal("a second look found something else")
		}
	})
}

// TestFindLong: texts of many pieces, with and without a place to cut.
func TestFindLong(t *testing.T) {
	tax := Must(t)
	for _, unit := range []string{"Java and PostgreSQL\n", "Kubernetes ", "é", "x"} {
		text := strings.Repeat(unit, 3*piece/len(unit))
		ms := check(t, tax, text)
		if want := 3 * piece / len(unit); unit == "Kubernetes " && len(ms) != want {
			t.Errorf("%d mentions of %q, want %d", len(ms), unit, want)
		}
	}
}

// TestWordsAndScanAlike: building and finding must cut words alike.
func TestWordsAndScanAlike(t *testing.T) {
	tax := Must(t)
	for i := range tax.skills {
		s := &tax.skills[i]
		if got, ok := tax.Lookup(s.Name); !ok {
			t.Errorf("%s is not found under its name %q", s.ID, s.Name)
		} else if got.ID != s.ID {
			t.Logf("%s: the name %q belongs to %s", s.ID, s.Name, got.ID)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	tax := Must(t)
	want := found(tax, sampleText()[:4000])
	done := make(chan string)
	for range 8 {
		go func() { done <- found(tax, sampleText()[:4000]) + tax.Title("Sr. Accountant", 1).Standard }()
	}
	for range 8 {
		if got := <-done; got != want+"Senior Accountant" {
			t.Error("found something else beside others")
		}
	}
}
