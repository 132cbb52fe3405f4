package fairlead

// CriterionKind is what a criterion asks about.
type CriterionKind string

// Kinds of criterion.
const (
	CriterionSkill       CriterionKind = "skill"
	CriterionExperience  CriterionKind = "experience"
	CriterionEducation   CriterionKind = "education"
	CriterionCertificate CriterionKind = "certificate"
	CriterionLanguage    CriterionKind = "language"
)

// Rubric is what a job asks for, readable and editable by people. Its weights
// sum to WeightTotal.
type Rubric struct {
	Title    string // the job's title
	Criteria []Criterion
	// Notes are lines left out on purpose (unlawful or vague) and why.
	Notes []RubricNote
}

// WeightTotal is what the weights of a rubric's criteria sum to: basis points.
const WeightTotal = 10_000

// Criterion is one line of a rubric.
type Criterion struct {
	ID       string // c1, c2, … in the rubric's order
	Text     string // as the job description says it, for people
	Kind     CriterionKind
	Required bool
	Weight   int // basis points
	// Skills that meet it, any one of them, for skill, certificate and
	// language criteria; for experience the field the years must be in,
	// empty for any.
	Skills []SkillID
	Months int         // least experience, 0 when none is asked
	Degree DegreeLevel // least degree
	// Fields of study, lower case, any one of them; "related field" among them
	// lets near ones count for more.
	Fields []string
	// Titles, for experience: positions held under one of them, or in its
	// occupation, count.
	Titles []string
	// Equivalent says that years of work may stand for the degree.
	Equivalent bool
	// Why says where the criterion comes from and why it weighs what it does.
	Why string
}

// NoteKind says why a line of a job description is not scored.
type NoteKind string

// Kinds of rubric note.
const (
	NoteUnlawful NoteKind = "unlawful" // asks about a protected trait or a stand-in for one
	NoteProxy    NoteKind = "proxy"    // says much about who people are, little about the work
	NoteVague    NoteKind = "vague"    // nothing in a resume can be evidence for it
	NoteLegal    NoteKind = "legal"    // lawful, and checked at hiring
	NotePattern  NoteKind = "pattern"  // hours, place, travel: shown, resumes are silent about it
)

// RubricNote is a line of the job description that is not scored and why.
type RubricNote struct {
	Text, Reason string
	Kind         NoteKind
}
