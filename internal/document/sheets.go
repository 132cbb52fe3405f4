package document

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sheet is what one page says, and what was seen on the way.
type sheet struct {
	lines      []line
	height     float64
	pictures   int
	covered    float64 // share of the page under pictures
	glyphs     int
	unreadable int // glyphs whose letter the font does not tell
}

// joinSheets puts pages together: page numbers and lines that every page
// repeats at its edge are said once, words parted at the end of a line are
// whole again.
func joinSheets(sheets []sheet) string {
	var lines []string
	seen := map[string]int{} // page furniture and the number of pages that have it
	for _, s := range sheets {
		for i, l := range s.lines {
			if s.atEdge(i) {
				seen[furniture(l.text)]++
			}
		}
	}
	said := map[string]bool{}
	for _, s := range sheets {
		for i, l := range s.lines {
			if s.atEdge(i) {
				if pageNumber.MatchString(l.text) {
					continue
				}
				if f := furniture(l.text); seen[f] > 1 {
					if said[f] {
						continue
					}
					said[f] = true
				}
			}
			lines = append(lines, l.text)
		}
		if len(s.lines) > 0 {
			lines = append(lines, "")
		}
	}
	return strings.TrimSpace(strings.Join(wholeWords(lines), "\n"))
}

// atEdge says whether a line is among the first or last of its page and stands
// in the upper or lower tenth.
func (s sheet) atEdge(i int) bool {
	l := s.lines[i]
	if i > 2 && i < len(s.lines)-3 {
		return false
	}
	return l.base < 0.1*s.height || l.base > 0.9*s.height
}

var (
	pageNumber = regexp.MustCompile(`^(?i:[-–—|\s]*(page|seite|página|pagina)?\s*\d{1,3}(\s*(/|of|von|de|sur|di)\s*\d{1,3})?[-–—|\s]*)$`)
	digits     = regexp.MustCompile(`\d+`)
)

// furniture is a line without the numbers that change from page to page.
func furniture(s string) string {
	return digits.ReplaceAllString(strings.Join(strings.Fields(s), " "), "#")
}

// keepsHyphen are first halves of words that keep their hyphen.
var keepsHyphen = strings.Fields(`self multi cross non well high low long short full part half real time end front back
	user data cloud client customer decision problem goal detail results team hands award world state year day follow
	two three four large small object event test service machine computer value cost fast third first second open business
	industry low-latency cutting award-winning year-over to of and the`)

// wholeWords joins words that a hyphen parts at the end of a line. Whether the
// hyphen belongs to the word is told by how the document writes it elsewhere,
// then by the first half.
func wholeWords(lines []string) []string {
	words := map[string]bool{}
	for _, l := range lines {
		for _, w := range strings.Fields(l) {
			words[strings.ToLower(strings.Trim(w, ".,;:()"))] = true
		}
	}
	keep := map[string]bool{}
	for _, w := range keepsHyphen {
		keep[w] = true
	}
	var out []string
	for _, l := range lines {
		n := len(out)
		if n == 0 || !strings.HasSuffix(out[n-1], "-") {
			out = append(out, l)
			continue
		}
		before := strings.TrimSuffix(out[n-1], "-")
		head := before[strings.LastIndexByte(before, ' ')+1:]
		tail, rest, _ := strings.Cut(l, " ")
		last, _ := utf8.DecodeLastRuneInString(head)
		first, _ := utf8.DecodeRuneInString(tail)
		if !unicode.IsLetter(last) || !unicode.IsLower(first) {
			out = append(out, l)
			continue
		}
		halves := strings.Split(strings.ToLower(head), "-")
		bare := strings.ToLower(strings.Trim(tail, ".,;:()"))
		hyphen := "-"
		switch {
		case words[strings.ToLower(head)+"-"+bare]:
		case words[strings.ToLower(head)+bare]:
			hyphen = ""
		case keep[strings.Trim(halves[len(halves)-1], "(")]:
		default:
			hyphen = ""
		}
		out[n-1] = before + hyphen + tail
		if rest != "" {
			out = append(out, rest)
		}
	}
	return out
}
