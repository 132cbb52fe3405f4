package scoring

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// strength is how much a clause asks.
type strength int

// Strengths, weakest first: named among the duties, nice to have, required.
const (
	named strength = iota
	preferred
	required
)

// clause is the smallest part of an advertisement that asks for something.
type clause struct {
	text     string
	strength strength
	section  section
}

// clauses splits a line into sentences, and a sentence where "required" and
// "preferred" both stand in it ("Bachelor's required, Master's preferred").
func (x *lexicon) clauses(l line, sec section) []clause {
	def := named
	switch sec {
	case requiredSection:
		def = required
	case preferredSection:
		def = preferred
	}
	var out []clause
	for _, s := range sentences(l.text) {
		out = append(out, x.byCue(s, def, sec)...)
	}
	return out
}

// sentences splits at "; " and at a full stop that ends a word of two lower-case
// letters or more and is followed by a capital: "B.S. Accounting" stays whole.
func sentences(s string) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); i++ {
		end := false
		switch s[i] {
		case ';', '!', '?':
			end = true
		case '.':
			end = i+2 < len(s) && s[i+1] == ' ' && i >= 2 && lowerOrDigit(s[i-1]) && lowerOrDigit(s[i-2]) && !abbreviation(s[start:i]) && (s[i+2] < 'a' || s[i+2] > 'z')
		}
		if end {
			out = append(out, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(s[start:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

func lowerOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == ')' || c >= utf8.RuneSelf
}

func abbreviation(s string) bool {
	word := s[strings.LastIndexByte(s, ' ')+1:]
	switch strings.ToLower(word) {
	case "etc", "inc", "dept", "approx", "incl", "exp", "yrs", "max", "min", "vs", "sr", "jr":
		return true
	}
	return false
}

type cueAt struct {
	start, end        int
	required, leading bool
}

// cuesIn finds the cues of a sentence, the longest where they overlap.
func (x *lexicon) cuesIn(lower string) []cueAt {
	var found []cueAt
	for i := 0; i < len(lower); i++ {
		if i > 0 && wordByte(lower[i-1]) {
			continue
		}
		var best cueAt
		for _, c := range x.cues {
			end := i + len(c.phrase)
			if end <= best.end || end > len(lower) || lower[i:end] != c.phrase || end < len(lower) && wordByte(lower[end]) {
				continue
			}
			best = cueAt{i, end, c.required, c.leading}
		}
		if best.end > 0 {
			found = append(found, best)
			i = best.end - 1
		}
	}
	return found
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf
}

// complete marks a phrase that asks for something by itself, so that a cue
// after the last comma is about that phrase only.
var complete = regexp.MustCompile(`\b(bachelor|master|degree|diploma|mba|phd|doctorate|associate'?s|years?|experience|certifi\w+|licen[cs]e\w*|knowledge|familiarity)\b`)

// byCue gives each part of a sentence its strength.
func (x *lexicon) byCue(s string, def strength, sec section) []clause {
	lower := asciiLower(s)
	cues := x.cuesIn(lower)
	if len(cues) == 0 {
		return []clause{{s, def, sec}}
	}
	var out []clause
	add := func(text string, st strength) {
		if text = strings.Trim(text, " ,.:-–()"); text != "" {
			out = append(out, clause{text, st, sec})
		}
	}
	start := 0
	for i, c := range cues {
		st := preferred
		if c.required {
			st = required
		}
		if i == len(cues)-1 && (c.leading || c.start == start || strings.TrimSpace(lower[c.end:]) == "" || len(out) == 0) {
			// The last cue takes the rest; what stands before a comma and is
			// complete keeps the default.
			if c.leading && c.start > start && len(strings.TrimSpace(s[start:c.start])) > 12 && complete.MatchString(lower[start:c.start]) {
				add(s[start:c.start], def)
				add(s[c.start:], st)
				return out
			}
			if comma := strings.LastIndexByte(lower[start:c.start], ','); !c.leading && comma > 0 && complete.MatchString(lower[start:start+comma]) && complete.MatchString(lower[start+comma:c.start]) {
				add(s[start:start+comma], def)
				start += comma + 1
			}
			if !c.leading && len(strings.TrimSpace(s[c.end:])) > 12 && complete.MatchString(lower[c.end:]) {
				add(s[start:c.end], st)
				add(s[c.end:], def)
				return out
			}
			add(s[start:], st)
			return out
		}
		if c.leading {
			// Its part ends where the next cue's begins: at the last comma or
			// stop before that.
			end := len(s)
			if i+1 < len(cues) {
				next := cues[i+1]
				if cut := strings.LastIndexAny(lower[c.end:next.start], ",.;"); cut >= 0 {
					end = c.end + cut
				} else if next.leading {
					end = next.start
				} else {
					continue // "must have X preferred": the later cue decides
				}
			}
			add(s[start:c.start], def)
			add(s[c.start:end], st)
			start = end
			continue
		}
		add(s[start:c.end], st)
		start = c.end
	}
	add(s[start:], def)
	return out
}
