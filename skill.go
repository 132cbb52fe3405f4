package fairlead

// SkillKind sorts skills.
type SkillKind string

// Kinds of skill.
const (
	KindTool       SkillKind = "tool"
	KindTechnology SkillKind = "technology"
	KindMethod     SkillKind = "method"
	KindDomain     SkillKind = "domain"
	KindLicence    SkillKind = "licence"
	KindLanguage   SkillKind = "language"
	KindSoft       SkillKind = "soft"
)

// Skill is an entry of the taxonomy. The relations hold ids: a skill is a kind
// of its Broader ones; having it shows its Implies; Similar ones do the same
// work (React and Vue).
type Skill struct {
	ID      SkillID
	Name    string
	Kind    SkillKind
	Broader []SkillID
	Implies []SkillID
	Similar []SkillID
}

// SkillMention is a skill found in a text.
type SkillMention struct {
	ID   SkillID
	Name string
	Kind SkillKind
	At   Span
	Text string // as written
	// Months is how long the dated positions that mention the skill lasted,
	// overlaps once; nil when none is dated.
	Months *int
}
