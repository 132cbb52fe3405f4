package profile_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/profile"
)

// redacted is the text with every span of identity as one fixed mark.
func redacted(text string, spans []fairlead.Span) string {
	var b strings.Builder
	last := 0
	for _, s := range spans {
		b.WriteString(text[last:s.Start])
		b.WriteString("▮")
		last = s.End
	}
	b.WriteString(text[last:])
	return b.String()
}

// swaps are the values that go into the templates' {…}.
var swaps = map[string][]string{
	"given": {"John", "Jane", "Lakisha", "Jamal", "Emily", "Greg", "Will", "Mark", "Grace", "Rich", "Art", "Ruby", "Julia", "Anne-Marie", "Jean-Luc", "José", "Zoë", "Mary Ann", "Nguyen", "Xin", "D'Andre", "Łukasz", "Björn", "Siobhán",
		"May", "April", "August", "Hope", "Faith", "Bill", "Rob", "Sue", "Dean", "Chase", "Hunter", "Austin", "Paris", "Chelsea", "Jordan", "Bob", "Muhammad", "Priyanka", "Oluwaseun", "Ekaterina", "Bo", "Al", "Angel", "Destiny", "Ольга", "Дмитрий", "Ελένη"},
	"family": {"Smith", "Washington", "Jenkins", "O'Brien", "García Márquez", "Müller", "van der Berg", "de la Cruz", "Baker", "Cook", "Mason", "Young", "Long", "Park", "Lee", "Ng", "Li", "Banks", "King", "Bishop", "Walsh-Jones", "Smith-Rivera", "Kowalczyk", "Nakamura", "Al-Sayed", "Krishnamurthy", "Page", "Price", "Fields", "Wood", "Rice", "Stone", "Law", "Powers", "Case", "French", "Dallas", "Houston", "Ivanov", "Петров", "St. John", "McDonald", "Øster", "Yılmaz", "Carpenter", "Taylor", "Cooper", "Marshall", "Parker", "Driver"},
	"street": {"12 Main Street", "1600 Pennsylvania Ave NW", "99 Elm St, Apt 4B", "7 Rue de la Paix", "221B Baker Street", "Hauptstraße 5", "PO Box 1234", "55 Martin Luther King Jr. Blvd", "3 Oak Ct, Unit 12", "18455 Cook Road"},
	"city":   {"Boston, MA 02110", "Oakland, CA 94601", "Lyon, France", "Berlin, Germany", "Bengaluru, Karnataka", "New York, NY", "St. Louis, MO 63101", "San Francisco, CA", "London, UK", "Detroit, MI 48201", "Winston-Salem, NC 27101", "Salt Lake City, UT"},
	"he":     {"He", "She", "They"},
	"his":    {"his", "her", "their"},
	"say":    {"he/him", "she/her", "they/them", "she/her/hers", "he/him/his"},
	"mr":     {"Mr.", "Ms.", "Mrs.", "Mr", "Ms", "Mx."},
	"phone":  {"(617) 555-0142", "+1 415 555 0199", "617-555-0123", "415.555.0177", "+33 6 12 34 56 78", "+49 30 901820"},
	"year":   {"1978", "1985", "1999", "2004", "2011", "2019", "May 2012", "06/1994", "2001-09", "Spring 2008"},
	"years":  {"1974 – 1978", "1996-2000", "2015 – 2019", "Sept 2001 to June 2005", "09/2010 - 06/2014", "1988–92"},
}

var identityTemplates = []string{
	`{given} {family}
Staff Accountant
{street}, {city} | {phone} | {mail} | linkedin.com/in/{handle}
Pronouns: {say}

SUMMARY
{given} {family} is a Staff Accountant with broad skills. {he} led a team of five and {his} work was praised. I will mark the grace period, and use Excel and Jenkins.

EXPERIENCE
Staff Accountant, Acme Corp, 2015 – 2019
• Prepared monthly reports; {mr} {family} trained three people
• Ruby and Julia scripts for reconciliation

EDUCATION
B.S. Accounting, State University, {year}
`,
	`{GIVEN} {FAMILY}
{street}
{city}
{phone}
{mail}

Objective
To work as a Registered Nurse in a rich learning environment.

Professional Experience
General Hospital
Registered Nurse
June 2019 - Present
- Cared for patients in the long term ward; {given} was nurse of the month
- {he} also trained new staff

Education
{years}
Bachelor of Science in Nursing
City College
Date of Birth: 12 May 1980
`,
	`Curriculum Vitae of {given} {family}

E-mail: {mail} · Phone: {phone} · {city}

Software Engineer

Work Experience
Software Engineer | Widget Inc | Jan 2018 – Present
Built services in Go and Python with Jenkins. {mr} {given} {family} presented the work.

Education
State University ({years})
M.S. Computer Science, graduated {year}

{given} {family} - Page 2
References: available from {given} {family}
`,
	`Name: {given} {family}
Address: {street}, {city}
Phone: {phone}
Email: {mail}
Marital Status: Single

Career Summary
Sales manager for ten years. {he} can sell anything. In {his} last role sales rose 20%.

Employment History
Sales Manager at Contoso Ltd (2012 - 2019)
Grew revenue; "{given} is the best manager I had", a colleague wrote.

Education
High School Diploma, {year}
`,
	`{family}, {given}
Marketing Specialist
{mail} | {phone}

Profile
Marketing specialist who will travel. {given} {family} speaks at fairs.

Experience
2016 - 2020   Marketing Specialist   Globex Corporation
Ran campaigns.

Education
MBA, Example Business School, {year}
BA in English, Other College, class of {year2}
`,
	// A header in columns and a page head that repeats.
	`{given} {family}          {mail}
Registered Nurse          {phone}
{city}

QUALIFICATIONS
Nine years in intensive care; {his} patients come first.

WORK HISTORY
County Hospital                          Mar 2014 - Present
Registered Nurse
• {he} runs the night shift

{GIVEN} {FAMILY}                                          2

EDUCATION
A.A.S. Nursing, Valley College, {year}
`,
	// German.
	`Lebenslauf

Name: {given} {family}
Anschrift: {street}, {city}
Telefon: {phone}
E-Mail: {mail}
Geburtsdatum: 12.05.1980
Familienstand: verheiratet
Staatsangehörigkeit: deutsch

Berufserfahrung
03/2015 – heute  Softwareentwickler, Beispiel GmbH
• Entwicklung in Java und SQL

Ausbildung
{years}  Diplom Informatik, Universität Beispielstadt
`,
	// Glued into one line by an export.
	`"{given} {family}  {street}  {city}  {phone}  {mail}  OBJECTIVE  To work as a Paralegal in a firm that will value accuracy.  EXPERIENCE  2006  Present: Paralegal, Lex Partners LLP  \xe2\x80\xa2 Drafted contracts for long and rich cases  \xe2\x80\xa2 Kept the records of the firm in good order and trained others  EDUCATION  {years}: Bachelor of Arts in Journalism, University of Examples  Professional references on request from {given} {family}"
`,
}

func fill(r *rand.Rand, template string) string {
	pick := func(k string) string { return swaps[k][r.IntN(len(swaps[k]))] }
	v := map[string]string{}
	for k := range swaps {
		v[k] = ""
	}
	// The order of a map is not the random source's: take the keys sorted.
	for _, k := range []string{"given", "family", "street", "city", "say", "mr", "phone", "year", "years"} {
		v[k] = pick(k)
	}
	v["year2"] = pick("year")
	n := r.IntN(3)
	v["he"], v["his"] = swaps["he"][n], swaps["his"][n]
	v["GIVEN"], v["FAMILY"] = strings.ToUpper(v["given"]), strings.ToUpper(v["family"])
	v["handle"] = strings.ToLower(strings.ReplaceAll(fmt.Sprintf("user%d-%d", r.IntN(99), r.IntN(99)), " ", ""))
	v["mail"] = fmt.Sprintf("%c.contact%d@mail%d.com", 'a'+rune(r.IntN(26)), r.IntN(900), r.IntN(90))
	pairs := []string{}
	for k, s := range v {
		pairs = append(pairs, "{"+k+"}", s)
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// TestIdentitySwap is promise I11: swapping name, pronouns, address, contact
// and school years leaves what scoring sees unchanged.
func TestIdentitySwap(t *testing.T) {
	tax := standard(t)
	for n, template := range identityTemplates {
		t.Run(fmt.Sprintf("template %d", n+1), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			want := ""
			failed := 0
			for range 130 {
				text := fill(r, template)
				p := profile.Build(tax, fairlead.Document{Text: text}, asOf)
				got := redacted(text, profile.Identity(text, p))
				if want == "" {
					want = got
				}
				if got != want {
					failed++
					if failed <= 4 {
						t.Errorf("redacted text differs (name read: %q)\nfirst: %s\nthis:  %s\nof: %s", p.Name.Value, diff(want, got), diff(got, want), text[:min(200, len(text))])
					}
				}
			}
			if failed > 0 {
				t.Errorf("%d of 130 differ", failed)
			}
			if strings.Contains(want, "▮") == false {
				t.Error("nothing was hidden")
			}
			for _, kept := range []string{"202", "20%", "Excel", "Nurs", "Jenkins"} {
				if strings.Contains(template, kept) && !strings.Contains(want, kept) && kept != "202" {
					t.Errorf("%q was hidden though it says nothing of who it is:\n%s", kept, want)
				}
			}
		})
	}
}

// diff is the part of a around the first byte that differs from b.
func diff(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("…%q…", a[max(0, i-40):min(len(a), i+60)])
}
