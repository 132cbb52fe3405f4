package taxonomy

import (
	"slices"
	"strings"
)

// titleWords is data/titles/words.txt.
type titleWords struct {
	short                   map[string][]string
	rank, level, drop, head map[string]bool
	same                    map[string]string
}

func newTitleWords() titleWords {
	return titleWords{short: map[string][]string{}, rank: map[string]bool{}, level: map[string]bool{}, drop: map[string]bool{}, head: map[string]bool{}, same: map[string]string{}}
}

func (w *titleWords) read(file, body string) error {
	return lines(body, func(n int, line string) error {
		parts := strings.Split(line, "|")
		if len(parts) < 2 {
			return damaged(file, n, "has too few columns")
		}
		list := strings.Fields(parts[1])
		if len(list) == 0 {
			return damaged(file, n, "has no words")
		}
		set := func(m map[string]bool) {
			for _, s := range list {
				m[s] = true
			}
		}
		switch strings.TrimSpace(parts[0]) {
		case "short":
			if len(parts) != 3 || len(list) != 1 {
				return damaged(file, n, "has too few or too many columns")
			}
			w.short[list[0]] = strings.Fields(parts[2])
		case "rank":
			set(w.rank)
		case "level":
			set(w.level)
		case "drop":
			set(w.drop)
		case "head":
			set(w.head)
		case "same":
			for _, s := range list[1:] {
				w.same[s] = list[0]
			}
		default:
			return damaged(file, n, "has an unknown kind of row")
		}
		return nil
	})
}

// parsedTitle is a title taken apart.
type parsedTitle struct {
	ranks []string
	words []string          // what the job is, singular, abbreviations spelled out
	all   []string          // words of every segment, for finding
	long  map[string]string // the word as written, where words has its singular
}

// parse takes a title apart: the segments between commas, dashes, bars and
// brackets; the one with the head noun first; reversed forms turned round.
func (w *titleWords) parse(title string) parsedTitle {
	if len(title) > maxTitle {
		title = title[:maxTitle]
	}
	var segments [][]string
	var v vocabulary
	for _, t := range v.scan(title, nil) {
		word := foldToken(title[t.start:t.end])
		if len(segments) == 0 || t.gap&gapHard != 0 {
			segments = append(segments, nil)
		}
		s := &segments[len(segments)-1]
		if word == "at" || strings.HasPrefix(title[max(0, int(t.start)-1):], "@") {
			break // what follows is the employer
		}
		*s = append(*s, word)
	}
	p := parsedTitle{long: map[string]string{}}
	var body [][]string
	for _, seg := range segments {
		var ws []string
		for _, s := range seg {
			long, ok := w.short[s]
			if !ok {
				long = []string{s}
			}
			for _, s := range long {
				written := s
				if s = singular(s); s != written {
					p.long[s] = written
				}
				switch {
				case w.level[s] || w.drop[s]:
				case w.rank[s]:
					if !slices.Contains(p.ranks, s) {
						p.ranks = append(p.ranks, s)
					}
				default:
					ws = append(ws, s)
				}
			}
		}
		if len(ws) > 0 {
			body = append(body, ws)
			p.all = append(p.all, ws...)
		}
	}
	switch {
	case len(body) == 0:
	case len(body) >= 2 && w.head[last(body[0])] && !w.head[last(body[1])] && len(body[0]) <= 2 && len(body[1]) <= 3:
		p.words = append(append(p.words, body[1]...), body[0]...) // Manager, Sales
	default:
		p.words = body[0]
		for _, seg := range body[1:] {
			if !w.head[last(p.words)] && w.head[last(seg)] {
				p.words = append(p.words, seg...)
			}
		}
	}
	return p
}

func last(ws []string) string { return ws[len(ws)-1] }

// standard is the title as a person would write it out.
func (p parsedTitle) standard() string {
	ws := append(slices.Clone(p.ranks), p.words...)
	for i, s := range ws {
		if l, ok := p.long[s]; ok && i < len(ws)-1 {
			s = l // Sales Manager, but Nurse for Nurses
		}
		ws[i] = s
		if i == 0 || !smallWord[s] {
			ws[i] = strings.ToUpper(s[:1]) + s[1:]
		}
	}
	return strings.Join(ws, " ")
}

var smallWord = map[string]bool{"of": true, "and": true, "the": true, "for": true, "in": true, "to": true, "or": true}

// maxTitle is how many bytes of a title are looked at; longer ones are
// sentences.
const maxTitle = 300

// LooksLikeTitle says whether a phrase reads as a job title: it is short, and
// its last word, or the last before "of", "for" or a comma, is a noun that
// titles are made on (manager, nurse).
func (t *Taxonomy) LooksLikeTitle(s string) bool {
	if len(s) > 100 {
		return false
	}
	w := &t.titles().words
	p := w.parse(s)
	if len(p.words) == 0 || len(p.words) > 9 {
		return false
	}
	if w.head[last(p.words)] {
		return true
	}
	for i, s := range p.words {
		if i > 0 && (s == "of" || s == "for" || s == "to" || s == "in") && w.head[p.words[i-1]] {
			return true
		}
	}
	return false
}
