package taxonomy

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Occupation is one of O*NET-SOC's.
type Occupation struct {
	Code       string // 15-1252.00
	Name       string // Software Developers
	MajorGroup string // 15
}

// OccupationMatch is an occupation a title may be.
type OccupationMatch struct {
	Code, Name string
	Score      float64 // 0 to 1, four decimals
}

// TitleMatch is what a title was read as.
type TitleMatch struct {
	Standard    string // abbreviations spelled out, level and noise left out
	Occupations []OccupationMatch
}

// titleTable is the occupations, the titles known for them and the index over
// both.
type titleTable struct {
	words  titleWords
	occs   []Occupation
	byCode map[string]int32
	names  []titleName

	term     map[string]int32
	idf      []int64
	postings [][]posting
	norm     []float64
}

type titleName struct {
	text string
	occ  int32
}

type posting struct {
	name   int32
	weight int32
}

func newTitleTable() *titleTable {
	return &titleTable{words: newTitleWords(), byCode: map[string]int32{}}
}

func (t *titleTable) read(file, body string) error {
	switch file {
	case "titles/words.txt":
		return t.words.read(file, body)
	case "titles/occupations.tsv":
		return lines(body, func(n int, line string) error {
			code, name, ok := strings.Cut(line, "\t")
			if !ok || !validCode(code) || name == "" {
				return damaged(file, n, "is no code, tab, name")
			}
			t.addOccupation(code, name)
			return nil
		})
	}
	return lines(body, func(n int, line string) error {
		code, names, ok := strings.Cut(line, "|")
		occ, known := t.byCode[strings.TrimSpace(code)]
		if !ok || !known {
			return damaged(file, n, "does not begin with the code of an occupation")
		}
		for s := range strings.SplitSeq(names, ";") {
			if s = strings.TrimSpace(s); s != "" {
				t.names = append(t.names, titleName{s, occ})
			}
		}
		return nil
	})
}

func (t *titleTable) addOccupation(code, name string) {
	if _, ok := t.byCode[code]; ok {
		return
	}
	occ := int32(len(t.occs))
	t.byCode[code] = occ
	t.occs = append(t.occs, Occupation{code, name, code[:2]})
	t.names = append(t.names, titleName{name, occ})
}

// addConcept adds an occupation that has no O*NET-SOC code: it helps to tell
// which titles mean the same.
func (t *titleTable) addConcept(titles []string) {
	occ := int32(len(t.occs))
	t.occs = append(t.occs, Occupation{Name: titles[0]})
	for _, s := range titles {
		if s != "" {
			t.names = append(t.names, titleName{s, occ})
		}
	}
}

// validCode says whether s is an O*NET-SOC code: 15-1252.00.
func validCode(s string) bool {
	if len(s) != 10 || s[2] != '-' || s[7] != '.' {
		return false
	}
	for i := range len(s) {
		if i != 2 && i != 7 && !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// index builds what Title needs.
func (t *titleTable) index() {
	t.term = map[string]int32{}
	parsed := make([][]int32, len(t.names))
	var df []int32
	for i, n := range t.names {
		seen := map[int32]bool{}
		for _, w := range t.features(n.text) {
			id, ok := t.term[w]
			if !ok {
				id = int32(len(df))
				t.term[w] = id
				df = append(df, 0)
			}
			if !seen[id] {
				seen[id] = true
				df[id]++
				parsed[i] = append(parsed[i], id)
			}
		}
	}
	t.idf = make([]int64, len(df))
	for i, n := range df {
		t.idf[i] = int64(math.Round(64 * math.Log(1+float64(len(t.names))/float64(n))))
	}
	t.postings = make([][]posting, len(df))
	t.norm = make([]float64, len(t.names))
	for i, ids := range parsed {
		sum := int64(0)
		for _, id := range ids {
			sum += t.idf[id] * t.idf[id]
			t.postings[id] = append(t.postings[id], posting{int32(i), int32(t.idf[id])})
		}
		t.norm[i] = math.Sqrt(float64(sum))
	}
}

func (t *titleTable) features(title string) []string {
	p := t.words.parse(title)
	out := make([]string, 0, len(p.all))
	for _, w := range p.all {
		if smallWord[w] {
			continue
		}
		if s, ok := t.words.same[w]; ok {
			w = s
		}
		out = append(out, w)
	}
	return out
}

// Occupation is the occupation with the code; false when there is none.
func (t *Taxonomy) Occupation(code string) (Occupation, bool) {
	tt := t.titles()
	if i, ok := tt.byCode[code]; ok {
		return tt.occs[i], true
	}
	return Occupation{}, false
}

// Title reads a job title: its standard form and the occupations it may be,
// best first, at most top of them (none when no word of it is known). Equal
// scores are in order of the codes.
func (t *Taxonomy) Title(title string, top int) TitleMatch {
	tt := t.titles()
	out := TitleMatch{Standard: tt.words.parse(title).standard()}
	best := make([]float64, len(tt.occs))
	for _, n := range tt.match(title, make([]int64, len(tt.names))) {
		o := tt.names[n.name].occ
		best[o] = max(best[o], n.score)
	}
	for o, s := range best {
		if s > 0 && tt.occs[o].Code != "" {
			out.Occupations = append(out.Occupations, OccupationMatch{tt.occs[o].Code, tt.occs[o].Name, math.Round(s*1e4) / 1e4})
		}
	}
	slices.SortStableFunc(out.Occupations, func(a, b OccupationMatch) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Code, b.Code))
	})
	if top >= 0 && len(out.Occupations) > top {
		out.Occupations = out.Occupations[:top:top]
	}
	return out
}

// nearTitle is a known title and how near it is: the cosine, 0 to 1.
type nearTitle struct {
	name  int32
	score float64
}

// match lists the known titles that share a word with title. dots is scratch of
// the length of names, all zero before and after.
func (t *titleTable) match(title string, dots []int64) []nearTitle {
	sum := int64(0)
	var touched []nearTitle
	var seen []int32
	for _, w := range t.features(title) {
		id, ok := t.term[w]
		if !ok {
			sum += unknownWord * unknownWord
			continue
		}
		if slices.Contains(seen, id) {
			continue
		}
		seen = append(seen, id)
		sum += t.idf[id] * t.idf[id]
		for _, p := range t.postings[id] {
			if dots[p.name] == 0 {
				touched = append(touched, nearTitle{name: p.name})
			}
			dots[p.name] += t.idf[id] * int64(p.weight)
		}
	}
	norm := math.Sqrt(float64(sum))
	for i := range touched {
		n := &touched[i]
		n.score = float64(dots[n.name]) / (norm * t.norm[n.name])
		dots[n.name] = 0
	}
	return touched
}

// unknownWord is the weight of a word that no title has: it tells nothing, but
// a title of which half is unknown is known only by half.
const unknownWord = 300
