// Package sample makes the eight jobs and sixty resumes that the demo, the
// pilot and tests run on: plausible, varied, of no real people, with their
// attributes known. The files come out the same, byte for byte, every time.
package sample

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/fairlead/fairlead"
)

// Job is one of the sample jobs.
type Job struct {
	ID          string // stable short name, for example nurse
	Title       string
	Department  string
	Office      string
	Description string // HTML, as a job post has it
	Required    []string
	Preferred   []string
	Months      int // least experience asked for
	Degree      fairlead.DegreeLevel
	Certificate string // asked for, or ""
}

// Fit is how a resume was made to meet its job.
type Fit string

// Fits. Strong has all that is required, Good misses one or two skills, Partial
// about half, Other comes from another occupation.
const (
	Strong  Fit = "strong"
	Good    Fit = "good"
	Partial Fit = "partial"
	Other   Fit = "other"
)

// Layout is how a file looks.
type Layout string

// Layouts. Sidebar has two columns; Banner has a coloured head and skills in
// a table of two columns.
const (
	Classic Layout = "pdf-classic"
	Sidebar Layout = "pdf-sidebar"
	Banner  Layout = "pdf-banner"
	Word    Layout = "docx"
	Plain   Layout = "txt"
)

// Resume is a file and what is true of it.
type Resume struct {
	File   string // name with extension
	Job    string // ID of the job applied to
	Fit    Fit
	Layout Layout
	Person Person
	Data   []byte
}

// Person is what the resume says, which is the truth the file is checked
// against.
type Person struct {
	Name           string
	Email          string
	Phone          string // E.164
	City           string // "Boston, MA"
	Headline       string
	Summary        string
	Positions      []Position // newest first
	Education      []Education
	Certifications []string
	Languages      []Language
	Skills         []string // names of the taxonomy

	phoneShown string
	dates      dateStyle
}

// Position is one job held. A zero End means that it is held now.
type Position struct {
	Title, Employer, City string
	Start, End            fairlead.YearMonth
	Bullets               []string
}

// Education is one degree.
type Education struct {
	Level                   fairlead.DegreeLevel
	Name, Field, University string
	Year                    int
}

// Language is a human language and how well it is spoken.
type Language struct{ Name, Level string }

// Months counts the months in positions up to and including asOf, overlaps
// once.
func (p Person) Months(asOf fairlead.YearMonth) int {
	months := map[int]bool{}
	for _, j := range p.Positions {
		end := j.End
		if end.IsZero() {
			end = asOf
		}
		for m := index(j.Start); m <= index(end); m++ {
			months[m] = true
		}
	}
	return len(months)
}

func index(m fairlead.YearMonth) int { return m.Year*12 + m.Month - 1 }

func month(i int) fairlead.YearMonth { return fairlead.YearMonth{Year: i / 12, Month: i%12 + 1} }

// Jobs are the eight sample jobs.
func Jobs() []Job {
	out := make([]Job, len(fields))
	for i, f := range fields {
		out[i] = f.job()
	}
	return out
}

// lastMonth is the newest month any sample speaks of, so that the files never
// grow old in a way that changes them.
var lastMonth = index(fairlead.YearMonth{Year: 2026, Month: 9})

// Resumes are the sixty sample resumes, in the order of their jobs.
func Resumes() ([]Resume, error) {
	r := rand.New(rand.NewPCG(20261101, 7)) // #nosec G404 -- sample people must be the same every time
	layouts := []Layout{Classic, Sidebar, Word, Banner, Plain}
	fits := []Fit{Strong, Good, Partial, Other, Strong, Good, Partial, Other}
	var out []Resume
	for i, f := range fields {
		n := 8
		if i >= 4 {
			n = 7
		}
		for k := range n {
			number := len(out)
			res := Resume{Job: f.id, Fit: fits[k], Layout: layouts[number%len(layouts)]}
			from := f
			if res.Fit == Other {
				from = fields[(i+2+k)%len(fields)]
			}
			res.Person = newPerson(r, number, f, from, res.Fit)
			name := strings.ToLower(strings.ReplaceAll(asciiName(res.Person.Name), " ", "-"))
			var err error
			switch res.Layout {
			case Word:
				res.File = name + ".docx"
				res.Data, err = docx(res.Person)
			case Plain:
				res.File = name + ".txt"
				res.Data = []byte(text(res.Person))
			default:
				res.File = name + ".pdf"
				res.Data, err = pdf(res.Person, res.Layout)
			}
			if err != nil {
				return nil, fmt.Errorf("make %s: %w", res.File, err)
			}
			out = append(out, res)
		}
	}
	return out, nil
}

// newPerson invents somebody of the field from who applies for the job of the
// field target.
func newPerson(r *rand.Rand, number int, target, from field, fit Fit) Person {
	given, family := givenNames[number%len(givenNames)], familyNames[(number*7+3)%len(familyNames)]
	city := cities[r.IntN(len(cities))]
	p := Person{
		Name: given + " " + family, City: city.name,
		Email: strings.ToLower(asciiName(given) + "." + strings.ReplaceAll(asciiName(family), " ", "") + "@" + mailDomains[r.IntN(len(mailDomains))]),
		dates: dateStyle(number % int(dateStyles)),
	}
	line := 100 + (number*37)%100
	p.Phone = fmt.Sprintf("+1%s5550%d", city.area, line)
	p.phoneShown = fmt.Sprintf([]string{"(%s) 555-0%d", "%s-555-0%d", "+1 %s 555 0%d", "%s.555.0%d"}[number%4], city.area, line)

	p.Skills = pickSkills(r, target, from, fit)
	months := target.months + 12 + r.IntN(48)
	switch fit {
	case Good:
		months = target.months + r.IntN(18)
	case Partial:
		months = max(9, target.months/2+r.IntN(8))
	case Other:
		months = 30 + r.IntN(80)
	}
	p.Positions = positions(r, from, p.Skills, months)
	p.Headline = p.Positions[0].Title
	p.Summary = fmt.Sprintf(from.summary, p.Skills[0], p.Skills[1])

	first := p.Positions[len(p.Positions)-1].Start
	p.Education = []Education{{Level: from.degree.level, Name: from.degree.name, Field: from.degree.field, University: universities[r.IntN(len(universities))], Year: first.Year - r.IntN(2)}}
	if fit == Strong && from.higher.level != fairlead.UnknownDegree && number%2 == 0 {
		e := from.higher
		p.Education = append([]Education{{Level: e.level, Name: e.name, Field: e.field, University: universities[r.IntN(len(universities))], Year: first.Year + 2}}, p.Education...)
	}
	if from.certificate != "" && (fit == Strong || fit == Good || fit == Other) {
		p.Certifications = append(p.Certifications, from.certificate)
	}
	if len(from.extraCertificates) > 0 && number%3 != 1 {
		p.Certifications = append(p.Certifications, from.extraCertificates[r.IntN(len(from.extraCertificates))])
	}
	p.Languages = []Language{{"English", "native"}}
	if number%3 != 0 {
		l := languages[r.IntN(len(languages))]
		p.Languages = append(p.Languages, l)
	}
	return p
}

func pickSkills(r *rand.Rand, target, from field, fit Fit) []string {
	take := func(all []string, n int) []string {
		picked := make([]string, 0, n)
		for _, i := range r.Perm(len(all)) {
			if len(picked) == min(n, len(all)) {
				break
			}
			picked = append(picked, all[i])
		}
		return picked
	}
	switch fit {
	case Strong:
		return append(append(append([]string{}, target.required...), take(target.preferred, 3)...), take(target.extra, 3)...)
	case Good:
		return append(append(take(target.required, len(target.required)-1-r.IntN(2)), take(target.preferred, 2)...), take(target.extra, 3)...)
	case Partial:
		return append(append(take(target.required, len(target.required)/2), take(target.preferred, 1)...), take(target.extra, 4)...)
	default:
		return append(append([]string{}, take(from.required, 5)...), take(from.extra, 4)...)
	}
}

// positions fills months with one to four positions, newest first, each with
// bullets that speak of the skills.
func positions(r *rand.Rand, f field, skills []string, months int) []Position {
	n := 1 + months/40
	n = min(n, 4)
	current := r.IntN(4) != 0
	end := lastMonth
	if !current {
		end -= 1 + r.IntN(5)
	}
	employers := r.Perm(len(f.employers))
	bullets := r.Perm(len(f.bullets))
	var out []Position
	left := months
	for i := range n {
		length := left / (n - i)
		if i < n-1 {
			length += r.IntN(9) - 4
		}
		length = max(length, 6)
		left -= length
		p := Position{
			Title: f.titles[min(i+levelOffset(months), len(f.titles)-1)], Employer: f.employers[employers[i%len(employers)]],
			City: cities[r.IntN(len(cities))].name, Start: month(end - length + 1), End: month(end),
		}
		if i == 0 && current {
			p.End = fairlead.YearMonth{}
		}
		for b := range 3 {
			k := i*3 + b
			bullet := f.bullets[bullets[k%len(bullets)]]
			s := skills[k%len(skills)]
			t := skills[(k+len(skills)/2)%len(skills)]
			p.Bullets = append(p.Bullets, strings.NewReplacer("{a}", s, "{b}", t, "{n}", fmt.Sprint(3+r.IntN(38))).Replace(bullet))
		}
		out = append(out, p)
		end -= length + r.IntN(3)
	}
	return out
}

// levelOffset starts people with few years below the highest title.
func levelOffset(months int) int {
	switch {
	case months >= 72:
		return 0
	case months >= 36:
		return 1
	}
	return 2
}

func asciiName(s string) string {
	return strings.NewReplacer("é", "e", "è", "e", "ë", "e", "ö", "o", "ø", "o", "ü", "u", "ñ", "n", "ç", "c", "í", "i", "á", "a", "ã", "a", "'", "").Replace(s)
}
