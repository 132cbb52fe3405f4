package profile

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/fairlead/fairlead"
)

// Kind is what a section of a resume is about.
type Kind string

// Kinds of section. Header is what stands before the first heading.
const (
	Header         Kind = "header"
	Contact        Kind = "contact"
	Summary        Kind = "summary"
	Experience     Kind = "experience"
	Educations     Kind = "education"
	Skills         Kind = "skills"
	Certifications Kind = "certifications"
	Languages      Kind = "languages"
	Projects       Kind = "projects"
	Awards         Kind = "awards"
	Publications   Kind = "publications"
	Volunteering   Kind = "volunteering"
	Affiliations   Kind = "affiliations"
	Interests      Kind = "interests"
	References     Kind = "references"
	Training       Kind = "training"
	Personal       Kind = "personal" // date of birth, marital status and the like
	Other          Kind = "other"
)

// Section is a part of a resume. Heading is empty (zero length) for Header;
// Body runs from behind the heading to the next heading, white space included.
// The sections of a text cover all of it in order.
type Section struct {
	Kind    Kind
	Heading fairlead.Span
	Body    fairlead.Span
}

// Sections finds the sections of a text by their headings, in the order of the
// text. A text without headings is one Header.
func Sections(text string) []Section {
	p := newPage(text, nil)
	return public(p.sections())
}

//go:embed headings.txt
var headingsText string

// headings maps a heading in lower case, single blanks and without marks to its
// kind. Read once, never changed.
var headings = sync.OnceValue(func() map[string]Kind {
	m := map[string]Kind{}
	for line := range strings.Lines(headingsText) {
		kind, list, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(kind, "#") {
			continue
		}
		for h := range strings.SplitSeq(list, ",") {
			m[strings.TrimSpace(h)] = Kind(kind)
		}
	}
	return m
})

// part is a section in lines: heading line (or -1), body lines [from, to).
type part struct {
	Section
	from, to int
}

func public(parts []part) []Section {
	out := make([]Section, len(parts))
	for i, s := range parts {
		out[i] = s.Section
	}
	return out
}

func (b *page) sections() []part {
	out := []part{{Section: Section{Kind: Header}}}
	for i, l := range b.lines {
		kind, end, ok := b.heading(i)
		if !ok {
			continue
		}
		last := &out[len(out)-1]
		last.Body.End = l.at.Start
		last.to = i
		s := part{Section: Section{Kind: kind, Heading: fairlead.Span{Start: l.at.Start, End: b.toks[end-1].end}}, from: i + 1}
		s.Body.Start = s.Heading.End
		if end < l.end {
			s.from = i // the body begins on the heading's line
		}
		out = append(out, s)
	}
	last := &out[len(out)-1]
	last.Body.End = len(b.text)
	last.to = len(b.lines)
	if out[0].Body.Len() == 0 && len(out) > 1 {
		out = out[1:]
	}
	return out
}

// heading says whether line i is, or begins with, a section heading; end is the
// token behind it.
func (b *page) heading(i int) (kind Kind, end int, ok bool) {
	l := b.lines[i]
	first := b.toks[l.tok]
	if first.kind != word || l.bullet && !first.caps && l.end-l.tok > 3 {
		return "", 0, false
	}
	// The words up to a colon, a long dash of ornaments or the line's end.
	var key strings.Builder
	words, caps, uppers, inline := 0, 0, 0, false
	k := l.tok
	for ; k < l.end && words <= 6; k++ {
		t := b.toks[k]
		s := b.str(k)
		if t.kind == mark {
			if s == ":" {
				inline = true
				k++
				break
			}
			if s == "," || s == ";" || s == "." && k < l.end-1 {
				return "", 0, false
			}
			if s == "&" || s == "/" {
				key.WriteString(" and")
			}
			if s == "(" {
				// A remark in brackets may close a heading: "Education (recent)".
				if t.spaces == 0 || b.str(l.end-1) != ")" {
					return "", 0, false
				}
				break
			}
			if isDash(s) && k == l.end-1 && t.spaces > 0 {
				return "", 0, false // the rest of the line is lost or a list begins
			}
			continue
		}
		if t.kind == number {
			return "", 0, false
		}
		if key.Len() > 0 {
			key.WriteByte(' ')
		}
		key.WriteString(t.low)
		words++
		if t.caps || t.end-t.start == 1 && t.upper {
			caps++
		}
		if t.upper {
			uppers++
		}
	}
	if words == 0 || words > 6 || key.Len() > 60 {
		if words > 6 && l.bullet {
			return "", 0, false
		}
		return b.spacedHeading(l)
	}
	if !inline && k < l.end && b.str(k) != "(" {
		return "", 0, false
	}
	name := key.String()
	kind, known := headings()[name]
	if !known && words >= 3 {
		if kind, end, ok = b.spacedHeading(l); ok {
			return kind, end, true
		}
	}
	if !known {
		if inline && k < l.end {
			return "", 0, false // "Skills used: …" within a position
		}
		if caps < words && uppers < words-1 || l.end-l.tok > 9 {
			return "", 0, false
		}
		kind, known = looseHeading(name, caps == words)
		if !known {
			return "", 0, false
		}
	}
	if inline && k < l.end {
		// An inline heading opens a section only where it cannot be a label
		// in a list: "Education: BSc", but not "Languages: Java" among skills.
		switch kind {
		case Skills, Languages, Contact, Personal, Other, Interests, Awards:
			if l.bullet || !l.gap && !first.caps {
				return "", 0, false
			}
		case Projects:
			return "", 0, false
		}
		return kind, k, true
	}
	if !first.upper && !l.gap {
		return "", 0, false
	}
	return kind, l.end, true
}

// spacedHeading reads headings set in spaced letters: "E D U C A T I O N".
func (b *page) spacedHeading(l line) (Kind, int, bool) {
	if l.end-l.tok < 5 || l.end-l.tok > 30 {
		return "", 0, false
	}
	var key strings.Builder
	for k := l.tok; k < l.end; k++ {
		t := b.toks[k]
		if t.kind == mark && b.str(k) == ":" && k == l.end-1 {
			break
		}
		if t.kind != word || t.end-t.start > 2 {
			return "", 0, false
		}
		if k > l.tok && t.spaces > 1 {
			key.WriteByte(' ')
		}
		key.WriteString(t.low)
	}
	if kind, ok := headings()[key.String()]; ok {
		return kind, l.end, true
	}
	return "", 0, false
}

// looseHeading knows headings by one telling word, for those no list has:
// "SELECTED ENGINEERING PROJECTS".
func looseHeading(name string, caps bool) (Kind, bool) {
	words := strings.Fields(name)
	last := words[len(words)-1]
	if len(words) > 5 {
		return "", false
	}
	switch last {
	case "experience", "experiences", "employment":
		return Experience, true
	case "education", "qualifications", "qualification":
		if last != "education" {
			if strings.Contains(name, "education") || strings.Contains(name, "academic") {
				return Educations, true
			}
			return Summary, true
		}
		return Educations, caps || len(words) <= 2
	case "skills", "competencies", "proficiencies", "expertise", "technologies":
		return Skills, true
	case "certifications", "certificates", "licenses", "licences", "licensure", "credentials":
		return Certifications, true
	case "projects":
		return Projects, true
	case "publications", "presentations", "papers", "patents":
		return Publications, true
	case "awards", "honors", "honours", "achievements", "accomplishments":
		return Awards, true
	case "affiliations", "memberships", "membership":
		return Affiliations, true
	case "interests", "hobbies":
		return Interests, true
	case "summary", "profile", "objective":
		return Summary, caps || len(words) <= 3
	case "history":
		if strings.Contains(name, "work") || strings.Contains(name, "employment") || strings.Contains(name, "career") || strings.Contains(name, "professional") {
			return Experience, true
		}
	}
	return "", false
}

// kindAt is the kind of the section line i is in.
func kindAt(parts []part, i int) Kind {
	for k := len(parts) - 1; k >= 0; k-- {
		if i >= parts[k].from {
			return parts[k].Kind
		}
	}
	return Header
}
