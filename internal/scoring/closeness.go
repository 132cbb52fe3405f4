package scoring

import (
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/fairlead/fairlead/internal/taxonomy"
)

// Closeness of two job titles in percent; docs/scoring.md has the table.
const (
	sameTitle       = 100 // the same standard title, or one occupation and a word in common
	sameOccupation  = 80  // one O*NET occupation: 13-2011
	sameBroadGroup  = 65  // 13-201…
	sameMinorGroup  = 45  // 13-20…
	sameMajorGroup  = 20  // 13-…
	anyField        = 30  // the most for occupations that hold people of any field
	outsideField    = 70  // the most for a position that names nothing of the field the title names
	inField         = 60  // from here on a position counts as held in the field
	workedInField   = 50  // what a position under another title is worth that names the field
	sharedWordsMost = 90  // titles that share all words but the order
)

// titleReading is a title as occupations, best first.
type titleReading struct {
	standard string
	words    []string
	codes    []string
	match    taxonomy.TitleMatch // the best readTop
}

// readTop is how many occupations of a title are looked at.
const readTop = 5

// titles remembers how titles were read: reading one costs as much as scoring a
// resume, and the same titles come again and again. What it returns depends on
// the title alone.
type titles struct {
	tax knowledge
	mu  sync.Mutex
	got map[string]*titleReading
}

// maxTitles bounds the memory; when it is full, it starts anew.
const maxTitles = 20_000

func newTitles(tax knowledge) *titles {
	return &titles{tax: tax, got: map[string]*titleReading{}}
}

func (t *titles) read(title string) *titleReading {
	t.mu.Lock()
	r := t.got[title]
	t.mu.Unlock()
	if r != nil {
		return r
	}
	r = readTitle(t.tax.Title(title, readTop))
	t.mu.Lock()
	if len(t.got) >= maxTitles {
		clear(t.got)
	}
	t.got[strings.Clone(title)] = r
	t.mu.Unlock()
	return r
}

// readTitle keeps the occupations that are about as likely as the best: within
// a tenth of its score, three at most.
func readTitle(m taxonomy.TitleMatch) *titleReading {
	r := &titleReading{standard: strings.ToLower(m.Standard), words: titleWords(m.Standard), match: m}
	best := 0
	for _, o := range m.Occupations {
		s := int(math.Round(o.Score * 10_000))
		best = max(best, s)
		if s*10 < best*9 || s < 3000 || len(r.codes) == 3 {
			break
		}
		r.codes = append(r.codes, o.Code)
	}
	return r
}

// titleWords are the words that say what the work is.
func titleWords(s string) []string {
	var out []string
	for _, w := range strings.Fields(plain(s)) {
		switch w {
		case "of", "and", "the", "for", "in", "to", "or", "at", "a", "an", "senior", "junior", "lead", "i", "ii", "iii", "assistant", "associate", "intern", "trainee", "chief", "head", "vice", "president", "director", "manager", "executive", "officer":
			continue
		}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// closeness compares two titles, 0 to 100, the same both ways.
func closeness(a, b *titleReading) int {
	if a.standard != "" && a.standard == b.standard {
		return sameTitle
	}
	shared, telling := 0, false
	for _, w := range a.words {
		if slices.ContainsFunc(b.words, func(v string) bool { return sameRoot(w, v) }) {
			shared += wordWeight(w)
			telling = telling || wordWeight(w) == tellingWord
		}
	}
	best := 0
	for _, x := range a.codes {
		for _, y := range b.codes {
			n := codeCloseness(x, y)
			if !telling && (ofAnyField(x) || ofAnyField(y)) {
				n = min(n, anyField)
			}
			if n == sameOccupation && telling {
				n = sameTitle
			}
			best = max(best, n)
		}
	}
	if shared > 0 {
		all := 0
		for _, w := range a.words {
			all += wordWeight(w)
		}
		for _, w := range b.words {
			all += wordWeight(w)
		}
		best = max(best, min(sharedWordsMost, sharedWordsMost*2*shared/all))
	}
	return best
}

// tellingWord is what a word of a title weighs that says what the work is about.
const tellingWord = 3

// wordWeight is small for words that stand in titles of every field.
func wordWeight(w string) int {
	switch w {
	case "project", "program", "business", "service", "services", "operations", "operation", "team", "general", "staff", "specialist", "coordinator", "representative", "professional", "administrator", "technician", "analyst", "supervisor", "worker", "member", "department", "group", "area", "regional", "district", "office", "client", "customer", "relationship", "account", "clerk":
		return 1
	}
	return tellingWord
}

// ofAnyField says that an occupation holds people of any field, so that sharing
// it says little: chief executives, general managers, "all other".
func ofAnyField(code string) bool {
	return strings.HasPrefix(code, "11-10") || strings.HasPrefix(code, "11-9199") || strings.HasPrefix(code, "13-1199") || strings.HasPrefix(code, "43-9199") || strings.HasPrefix(code, "11-3012")
}

// sameRoot says whether two words have one root: bank, banker, banking. They
// share at least four letters and more than half of the longer one.
func sameRoot(a, b string) bool {
	if a == b {
		return true
	}
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n >= 4 && 100*n >= 55*max(len(a), len(b))
}

// codeCloseness compares two O*NET-SOC codes by how much of them is equal.
func codeCloseness(x, y string) int {
	if len(x) < 7 || len(y) < 7 {
		return 0
	}
	switch {
	case x[:7] == y[:7]:
		return sameOccupation
	case x[:6] == y[:6]:
		return sameBroadGroup
	case x[:5] == y[:5]:
		return sameMinorGroup
	case x[:2] == y[:2]:
		return sameMajorGroup
	}
	return 0
}
