package ats

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
)

// An ATS without fields of ours gets a note for people that can be read back
// without loss. It carries the assessment's id, so that none is written twice.
//
//	Fairlead: match score 82 of 100 (strong)
//	Why: 7 years of accounting, 5 asked; CPA; no SAP.
//	Skills: Microsoft Excel; US GAAP
//	Audit ID: 0198c2f0-…
//	Advice only: a person decides. Replaces the note with audit ID 0198c1aa-….

const (
	noteStart     = "Fairlead: "
	noteScored    = noteStart + "match score "
	noteUnscored  = noteStart + "needs a human"
	noteWithdrawn = noteStart + "assessment withdrawn"
	noteWhy       = "Why: "
	noteSkills    = "Skills: "
	noteAudit     = "Audit ID: "
	noteAdvice    = "Advice only: a person decides."
)

// IsOurNote says whether a text is a note of ours.
func IsOurNote(body string) bool {
	return strings.HasPrefix(body, noteStart) && strings.Contains(body, "\n"+noteAudit)
}

// ComposeNote writes values as a note. assessment identifies it; replaces is the
// assessment of the note before, "" for none.
func ComposeNote(v fairlead.Values, assessment, replaces string) string {
	var b strings.Builder
	score, band := firstOf(v[fairlead.OutScore]), ""
	if n, err := strconv.Atoi(score); err == nil {
		band = " (" + string(fairlead.BandOf(n)) + ")"
	}
	switch {
	case score != "":
		b.WriteString(noteScored + escape(score) + " of 100" + band)
	case len(v[fairlead.OutReasoning]) > 0:
		b.WriteString(noteUnscored)
	default:
		b.WriteString(noteWithdrawn)
	}
	if why := firstOf(v[fairlead.OutReasoning]); why != "" {
		b.WriteString("\n" + noteWhy + escape(why))
	}
	if skills := v[fairlead.OutSkills]; len(skills) > 0 {
		escaped := make([]string, len(skills))
		for i, s := range skills {
			escaped[i] = escape(s)
		}
		b.WriteString("\n" + noteSkills + strings.Join(escaped, "; "))
	}
	b.WriteString("\n" + noteAudit + assessment + "\n" + noteAdvice)
	if replaces != "" {
		b.WriteString(" Replaces the note with audit ID " + replaces + ".")
	}
	return b.String()
}

// ParseNote reads a note of ours; ok is false for any other text.
func ParseNote(body string) (v fairlead.Values, assessment string, ok bool) {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	if !IsOurNote(body) {
		return nil, "", false
	}
	v = fairlead.Values{}
	head, rest, _ := strings.Cut(body, "\n")
	if s, scored := strings.CutPrefix(head, noteScored); scored {
		s, _, _ = strings.Cut(s, " of 100")
		v[fairlead.OutScore] = fairlead.Value{unescape(s)}
	}
	for line := range strings.SplitSeq(rest, "\n") {
		line = strings.TrimRight(line, " ")
		switch {
		case strings.HasPrefix(line, noteWhy):
			v[fairlead.OutReasoning] = fairlead.Value{unescape(strings.TrimPrefix(line, noteWhy))}
		case strings.HasPrefix(line, noteSkills):
			v[fairlead.OutSkills] = splitEscaped(strings.TrimPrefix(line, noteSkills))
		case strings.HasPrefix(line, noteAudit):
			assessment = strings.TrimPrefix(line, noteAudit)
		}
	}
	if head != noteWithdrawn {
		v[fairlead.OutAuditID] = fairlead.Value{assessment}
	}
	return v, assessment, true
}

// escape keeps a value on its line and a list's values apart, and nobody
// notified: an ATS may read @name in a note as a call for that person, so @ is
// written as its wide form.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, ";", `\;`, "＠", `\＠`, "@", "＠").Replace(s)
}

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\;`, ";", `\＠`, "＠", "＠", "@").Replace(s)
}

// splitEscaped splits at semicolons that are not escaped.
func splitEscaped(s string) fairlead.Value {
	var out fairlead.Value
	start := 0
	for i := 0; i <= len(s); i++ {
		switch {
		case i < len(s) && s[i] == '\\':
			i++
		case i >= len(s) || s[i] == ';':
			end := min(i, len(s))
			if part := unescape(strings.TrimPrefix(s[start:end], " ")); part != "" {
				out = append(out, part)
			}
			start = i + 1
		}
	}
	return out
}

func firstOf(v fairlead.Value) string {
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

// Prefixes of the tags that are ours in every ATS: the band, and a skill.
const (
	BandTag  = "Fairlead: "
	SkillTag = "Fairlead skill: "
	// MaxSkillTags of one application; its note has all skills.
	MaxSkillTags = 10
)

// IsOurTag says whether a tag's name is in our namespace, where only we write.
func IsOurTag(name string) bool {
	return strings.HasPrefix(name, BandTag) || strings.HasPrefix(name, SkillTag)
}

// TagsOf are the tags for what our notes say of one application, or, where an
// ATS hangs tags on the person, of all that person's: one application's change
// must not take away another's. Sorted, each once.
func TagsOf(applications ...fairlead.Values) []string {
	var out []string
	for _, v := range applications {
		switch score := firstOf(v[fairlead.OutScore]); {
		case score != "":
			if band := bandOf(score); band != "" {
				out = append(out, BandTag+string(band))
			}
		case len(v[fairlead.OutReasoning]) > 0:
			out = append(out, BandTag+"needs a human")
		}
		for i, s := range v[fairlead.OutSkills] {
			if i == MaxSkillTags {
				break
			}
			out = append(out, SkillTag+s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bandOf is the band of a score in decimal, "" when it is none.
func bandOf(score string) fairlead.Band {
	if !isID(score) {
		return ""
	}
	n, err := strconv.Atoi(score)
	if err != nil {
		return ""
	}
	return fairlead.BandOf(n)
}
