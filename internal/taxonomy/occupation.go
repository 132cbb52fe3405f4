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
	out := make([]string, 0, len(p.words))
	for _, w := range p.words {
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
	scores := tt.match(title)
	best := make([]float64, len(tt.occs))
	for i, s := range scores {
		if s > 0 {
			o := tt.names[i].occ
			best[o] = max(best[o], s)
		}
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

// match is the cosine of title with every known title.
func (t *titleTable) match(title string) []float64 {
	dots := make([]int64, len(t.names))
	sum := int64(0)
	seen := map[int32]bool{}
	for _, w := range t.features(title) {
		id, ok := t.term[w]
		if !ok || seen[id] {
			continue
		}
		seen[id] = true
		sum += t.idf[id] * t.idf[id]
		for _, p := range t.postings[id] {
			dots[p.name] += t.idf[id] * int64(p.weight)
		}
	}
	out := make([]float64, len(t.names))
	if sum == 0 {
		return out
	}
	norm := math.Sqrt(float64(sum))
	for i, d := range dots {
		if d > 0 {
			out[i] = float64(d) / (norm * t.norm[i])
		}
	}
	return out
}

// TitleIndex is a list of titles to search by meaning.
type TitleIndex struct {
	t      *titleTable
	corpus []string
	index  *titleTable
}

// TitleHit is a title of the corpus; Line counts from 1.
type TitleHit struct {
	Line  int
	Title string
	Score float64 // 0 to 1, four decimals
}

// IndexTitles prepares a corpus of titles, one a line, for Similar.
func (t *Taxonomy) IndexTitles(corpus []string) *TitleIndex {
	tt := t.titles()
	x := &titleTable{words: tt.words}
	for i, s := range corpus {
		x.names = append(x.names, titleName{s, int32(i)})
	}
	x.index()
	return &TitleIndex{t: tt, corpus: corpus, index: x}
}

// Similar lists the titles of the corpus nearest in meaning to query, best
// first, at most top. Equal scores are in order of the lines.
func (x *TitleIndex) Similar(query string, top int) []TitleHit {
	var out []TitleHit
	for i, s := range x.index.match(query) {
		if s > 0 {
			out = append(out, TitleHit{i + 1, x.corpus[i], math.Round(s*1e4) / 1e4})
		}
	}
	slices.SortStableFunc(out, func(a, b TitleHit) int { return cmp.Compare(b.Score, a.Score) })
	if top >= 0 && len(out) > top {
		out = out[:top:top]
	}
	return out
}
