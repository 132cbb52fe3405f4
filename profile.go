package fairlead

import "fmt"

// Span is a place in a text: byte offsets into UTF-8, End exclusive.
type Span struct{ Start, End int }

// Len is the number of bytes.
func (s Span) Len() int { return s.End - s.Start }

// Located is a value and the place in the document's text it came from.
type Located struct {
	Value string
	At    Span
}

// Profile is what a resume says as structure. Unknown stays unknown: a zero
// value or a nil pointer never means "none".
type Profile struct {
	Name     Located
	Emails   []Located
	Phones   []Located // E.164 where the country is known
	Location Located
	Links    []Located
	// Headline is the title a person gives themselves.
	Headline  Located
	Positions []Position
	// ExperienceMonths counts months in dated positions, overlaps once.
	ExperienceMonths *int
	Education        []Education
	Certifications   []Located
	Languages        []LanguageSkill
	Skills           []SkillMention
}

// YearMonth is a month; Month 0 means that only the year is known and the zero
// value that nothing is.
type YearMonth struct{ Year, Month int }

// IsZero says whether nothing is known.
func (m YearMonth) IsZero() bool { return m.Year == 0 }

// String is 2019-03, 2019 or "".
func (m YearMonth) String() string {
	switch {
	case m.Year == 0:
		return ""
	case m.Month == 0:
		return fmt.Sprintf("%04d", m.Year)
	}
	return fmt.Sprintf("%04d-%02d", m.Year, m.Month)
}

// Position is one job somebody held. Start and End are inclusive months; End is
// zero when Current or unknown.
type Position struct {
	Title      string
	Employer   string
	Start, End YearMonth
	Current    bool
	Occupation string // O*NET-SOC code, "" when unknown
	At         Span   // the position's heading
	Body       Span   // heading and description
	// Where title, employer and dates stand; zero length when not stated.
	TitleAt, EmployerAt, DatesAt Span
}

// DegreeLevel orders degrees; 0 is unknown.
type DegreeLevel int

// Levels of education, low to high.
const (
	UnknownDegree DegreeLevel = iota
	HighSchool
	Vocational
	Associate
	Bachelor
	Master
	Doctorate
)

// String is the level's word in contracts, "" when unknown.
func (l DegreeLevel) String() string {
	if l < 0 || int(l) >= len(degreeWords) {
		return ""
	}
	return degreeWords[l]
}

var degreeWords = [...]string{"", "high_school", "vocational", "associate", "bachelor", "master", "doctorate"}

// ParseDegreeLevel is the inverse of String; unknown words give UnknownDegree.
func ParseDegreeLevel(s string) DegreeLevel {
	for i, w := range degreeWords {
		if w == s {
			return DegreeLevel(i)
		}
	}
	return UnknownDegree
}

// Education is one degree or course of study.
type Education struct {
	Level       DegreeLevel
	Name        string // as written: "B.S. Accounting"
	Field       string
	Institution string
	Year        int // of completion, 0 unknown
	At          Span
	// Where field, institution and date stand; zero length when not stated.
	FieldAt, InstitutionAt, YearAt Span
}

// LanguageSkill is a human language; Level is as written or "".
type LanguageSkill struct {
	Name  string
	Level string
	At    Span
}
