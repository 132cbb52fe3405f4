package scoring

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/fairlead/fairlead"
)

//go:embed words/*.txt
var wordFiles embed.FS

// section is what the lines below a heading are.
type section string

// Sections of an advertisement. unknownSection is before the first heading.
const (
	unknownSection     section = ""
	requiredSection    section = "required"
	preferredSection   section = "preferred"
	dutiesSection      section = "duties"
	patternSection     section = "pattern"
	boilerplateSection section = "boilerplate"
	titleSection       section = "title"
)

// lexicon is what the files below words say, ready to be asked.
type lexicon struct {
	headings []headingPhrase
	cues     []cuePhrase
	boiler   []string
	refused  []refusal
	patterns []patternWord
	common   map[fairlead.SkillID]bool // skills that resumes of every kind name
}

type headingPhrase struct {
	section section
	words   []string
	exact   bool // only when it is the whole line
	strong  bool // enough by itself in a short line
}

type cuePhrase struct {
	required bool
	leading  bool // stands before what it is about
	phrase   string
}

type refusal struct {
	kind   fairlead.NoteKind
	re     *regexp.Regexp
	reason string
}

type patternWord struct {
	word string
	re   *regexp.Regexp
}

// newLexicon reads the embedded files. A mistake in them is ours and is found
// by the first test that runs, hence the panic.
func newLexicon() *lexicon {
	x := &lexicon{common: map[fairlead.SkillID]bool{}}
	eachRow("common.txt", func(row string) {
		for id := range strings.FieldsSeq(row) {
			x.common[fairlead.SkillID(id)] = true
		}
	})
	eachRow("headings.txt", func(row string) {
		name, rest, _ := strings.Cut(row, " = ")
		for _, p := range strings.Split(rest, " | ") {
			h := headingPhrase{section: section(strings.TrimSpace(name))}
			p, h.exact = strings.CutPrefix(strings.TrimSpace(p), "=")
			p, h.strong = strings.CutPrefix(p, "!")
			h.words = strings.Fields(plain(p))
			x.headings = append(x.headings, h)
		}
	})
	eachRow("cues.txt", func(row string) {
		name, rest, _ := strings.Cut(row, " = ")
		for _, p := range strings.Split(rest, " | ") {
			c := cuePhrase{required: strings.TrimSpace(name) == "required"}
			c.phrase, c.leading = strings.CutPrefix(strings.TrimSpace(p), "+")
			x.cues = append(x.cues, c)
		}
	})
	eachRow("boilerplate.txt", func(row string) { x.boiler = append(x.boiler, row) })
	eachRow("refused.txt", func(row string) {
		name, rest, _ := strings.Cut(row, " = ")
		pattern, reason, ok := strings.Cut(rest, " => ")
		if !ok {
			panic(fmt.Sprintf("refused.txt: no reason in %q", row))
		}
		x.refused = append(x.refused, refusal{fairlead.NoteKind(strings.TrimSpace(name)), alternatives(pattern), strings.TrimSpace(reason)})
	})
	eachRow("patterns.txt", func(row string) {
		name, rest, _ := strings.Cut(row, " = ")
		x.patterns = append(x.patterns, patternWord{strings.TrimSpace(name), alternatives(rest)})
	})
	return x
}

func eachRow(file string, do func(string)) {
	data, err := wordFiles.ReadFile("words/" + file)
	if err != nil {
		panic(err)
	}
	for row := range strings.Lines(string(data)) {
		if row = strings.TrimSpace(row); row != "" && !strings.HasPrefix(row, "#") {
			do(row)
		}
	}
}

// alternatives makes one expression of "a | b | c", at word bounds.
func alternatives(s string) *regexp.Regexp {
	parts := strings.Split(s, " | ")
	for i, p := range parts {
		parts[i] = "(?:" + strings.TrimSpace(p) + ")"
	}
	return regexp.MustCompile(`(?:^|[^\pL\pN])(` + strings.Join(parts, "|") + `)(?:$|[^\pL\pN])`)
}

// plain is s in lower case with everything but letters, digits and apostrophes
// as single blanks.
func plain(s string) string {
	var b strings.Builder
	blank := false
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'' || r == '-' {
			if blank && b.Len() > 0 {
				b.WriteByte(' ')
			}
			blank = false
			b.WriteRune(r)
			continue
		}
		blank = true
	}
	return b.String()
}

// section says whether a line is a heading, of what, and what follows it on the
// same line ("Requirements: Java").
func (x *lexicon) section(l line) (sec section, rest string, ok bool) {
	if i := strings.IndexByte(l.text, ':'); i > 0 && i <= 60 && i < len(l.text)-1 {
		if sec, ok := x.headingOf(l.text[:i], false, true); ok {
			return sec, strings.TrimSpace(l.text[i+1:]), true
		}
	}
	colon := strings.HasSuffix(l.text, ":")
	if l.bullet && !colon || strings.HasSuffix(l.text, ".") && !l.heading {
		return unknownSection, "", false
	}
	if sec, ok := x.headingOf(l.text, l.heading || colon, false); ok {
		return sec, "", true
	}
	return unknownSection, "", false
}

// headingOf finds the longest phrase that makes up enough of the line: half of
// its words, any part when markup or a colon says that it is a heading.
func (x *lexicon) headingOf(text string, marked, inline bool) (section, bool) {
	words := strings.Fields(plain(text))
	most := 8
	if marked {
		most = 14
	}
	if len(words) == 0 || len(words) > most {
		return unknownSection, false
	}
	var best *headingPhrase
	for i := range x.headings {
		h := &x.headings[i]
		if best != nil && len(h.words) <= len(best.words) || len(h.words) > len(words) {
			continue
		}
		switch {
		case h.exact:
			if len(h.words) != len(words) {
				continue
			}
		case marked:
		case inline && 2*len(h.words) <= len(words):
			continue
		case !h.strong && 2*len(h.words) < len(words), h.strong && len(words) > 6:
			continue
		}
		if containsWords(words, h.words) {
			best = h
		}
	}
	if best == nil {
		return unknownSection, false
	}
	return best.section, true
}

func containsWords(in, words []string) bool {
next:
	for i := 0; i+len(words) <= len(in); i++ {
		for j, w := range words {
			if in[i+j] != w {
				continue next
			}
		}
		return true
	}
	return false
}

// boilerplate says whether a line is about the employer, pay or law.
func (x *lexicon) boilerplate(lower string) bool {
	for _, p := range x.boiler {
		if strings.Contains(lower, p) {
			return true
		}
	}
	return false
}

// refuse blanks out what must not be scored and tells why, as notes.
func (x *lexicon) refuse(text string) (string, []fairlead.RubricNote) {
	var notes []fairlead.RubricNote
	lower := asciiLower(text)
	for _, r := range x.refused {
		for from := 0; from < len(lower); {
			at := r.re.FindStringSubmatchIndex(lower[from:])
			if at == nil {
				break
			}
			start, end := from+at[2], from+at[3]
			from = end
			if start == end {
				from++
				continue
			}
			notes = append(notes, fairlead.RubricNote{Text: strings.TrimSpace(text[start:end]), Reason: r.reason, Kind: r.kind})
			blank := strings.Repeat(" ", end-start)
			if end-start >= len("…") {
				blank = "…" + blank[len("…"):] // the criterion's text shows that something was left out
			}
			text = text[:start] + blank + text[end:]
			lower = lower[:start] + blank + lower[end:]
		}
	}
	return text, notes
}

// asciiLower keeps offsets, which strings.ToLower does not for every letter.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// pattern says how, when and where the work is done, if a line tells.
func (x *lexicon) pattern(lower string) (string, bool) {
	for _, p := range x.patterns {
		if m := p.re.FindStringSubmatch(lower); m != nil {
			return p.word, true
		}
	}
	return "", false
}
