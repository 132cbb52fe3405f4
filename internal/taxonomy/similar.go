package taxonomy

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// TitleIndex is a list of titles to search by meaning. It never changes and is
// safe for concurrent use.
//
// Two titles are alike by three cosines: of their words, of their letters in
// runs of three and four (misspellings, other endings), and of the occupations
// they are known to be titles of (nanny and babysitter share no word). Weights
// are integers, so that the sums are the same on every machine.
type TitleIndex struct {
	t      *titleTable
	corpus []string
	word   sparse
	char   sparse
	occ    sparse
}

// How much each cosine counts, in per cent; they add up to 100.
const (
	weightWords = 20
	weightChars = 40
	weightOccs  = 40
)

// TitleHit is a title of the corpus; Line counts from 1.
type TitleHit struct {
	Line  int
	Title string
	Score float64 // 0 to 1, four decimals
}

// feature is a number and its weight; vectors have each number once.
type feature struct {
	id     int32
	weight int64
}

// sparse is an inverted index of vectors.
type sparse struct {
	postings map[int32][]posting
	norm     []float64
}

func newSparse(vectors [][]feature) sparse {
	s := sparse{postings: map[int32][]posting{}, norm: make([]float64, len(vectors))}
	for i, v := range vectors {
		for _, f := range v {
			s.postings[f.id] = append(s.postings[f.id], posting{int32(i), int32(f.weight)})
		}
		s.norm[i] = length(v)
	}
	return s
}

func length(v []feature) float64 {
	sum := int64(0)
	for _, f := range v {
		sum += f.weight * f.weight
	}
	return math.Sqrt(float64(sum))
}

// add adds the cosines of q with every vector, in per cent, times weight.
func (s *sparse) add(q []feature, weight int64, score []int64) {
	dots := make([]int64, len(s.norm))
	for _, f := range q {
		for _, p := range s.postings[f.id] {
			dots[p.name] += f.weight * int64(p.weight)
		}
	}
	norm := length(q)
	for i, d := range dots {
		if d > 0 {
			score[i] += weight * int64(math.Round(float64(d)/(norm*s.norm[i])*1e4))
		}
	}
}

// IndexTitles prepares a corpus of titles, one a line, for Similar.
func (t *Taxonomy) IndexTitles(corpus []string) *TitleIndex {
	tt := t.titles()
	x := &TitleIndex{t: tt, corpus: slices.Clone(corpus)}
	words, chars, occs := make([][]feature, len(corpus)), make([][]feature, len(corpus)), make([][]feature, len(corpus))
	dots := make([]int64, len(tt.names))
	for i, s := range corpus {
		words[i] = tt.wordFeatures(s)
		chars[i] = letterFeatures(tt, s)
		occs[i] = tt.occFeatures(s, dots)
	}
	// Runs of letters weigh by how rare they are in the corpus itself.
	x.word, x.occ = newSparse(words), newSparse(occs)
	x.char = newSparse(chars)
	x.char.weigh(len(corpus))
	return x
}

// weigh multiplies every weight by the inverse document frequency.
func (s *sparse) weigh(n int) {
	sums := make([]int64, len(s.norm))
	for _, ps := range s.postings {
		idf := rarity(n, len(ps))
		for k := range ps {
			ps[k].weight *= int32(idf)
			sums[ps[k].name] += int64(ps[k].weight) * int64(ps[k].weight)
		}
	}
	for i, sum := range sums {
		s.norm[i] = math.Sqrt(float64(sum))
	}
}

// rarity is the inverse document frequency, in steps of 1/64.
func rarity(n, df int) int64 {
	return int64(math.Round(64 * math.Log(1+float64(n)/float64(max(df, 1)))))
}

// wordFeatures are the words of a title, weighed by rarity among all titles.
func (t *titleTable) wordFeatures(s string) []feature {
	var out []feature
	for _, w := range t.features(s) {
		f := feature{wordID(w), 600}
		if id, ok := t.term[w]; ok {
			f.weight = t.idf[id]
		}
		if !slices.ContainsFunc(out, func(o feature) bool { return o.id == f.id }) {
			out = append(out, f)
		}
	}
	return out
}

// wordID numbers any string; that two share a number is rare and harmless here.
func wordID(w string) int32 { h := hashString(w); return int32(h ^ h>>32) }

// letterFeatures are the runs of three and four letters of a title with its
// abbreviations spelled out.
func letterFeatures(t *titleTable, s string) []feature {
	p := t.words.parse(s)
	text := " " + strings.Join(append(slices.Clone(p.ranks), p.all...), " ") + " "
	ids := make([]int32, 0, 2*len(text))
	for n := 3; n <= 4; n++ {
		for i := 0; i+n <= len(text); i++ {
			ids = append(ids, wordID(text[i:i+n]))
		}
	}
	slices.Sort(ids)
	var out []feature
	for _, id := range ids {
		if n := len(out); n > 0 && out[n-1].id == id {
			out[n-1].weight++
		} else {
			out = append(out, feature{id, 1})
		}
	}
	return out
}

// occFeatures are the occupations a title may be of, the surer the heavier.
func (t *titleTable) occFeatures(s string, dots []int64) []feature {
	best := map[int32]float64{}
	top := 0.0
	for _, n := range t.match(s, dots) {
		if n.score > .35 {
			o := t.names[n.name].occ
			best[o] = max(best[o], n.score)
			top = max(top, n.score)
		}
	}
	var out []feature
	for o, b := range best {
		if b >= .6*top {
			b *= b
			out = append(out, feature{o, int64(math.Round(b * b * 1000))})
		}
	}
	slices.SortFunc(out, func(a, b feature) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.id, b.id)) })
	return out[:min(len(out), 24)]
}

// Similar lists the titles of the corpus nearest in meaning to query, best
// first, at most top (all that share anything when top is negative). Equal
// scores are in the order of the lines.
func (x *TitleIndex) Similar(query string, top int) []TitleHit {
	score := make([]int64, len(x.corpus))
	x.word.add(x.t.wordFeatures(query), weightWords, score)
	chars := letterFeatures(x.t, query)
	for i := range chars {
		chars[i].weight *= rarity(len(x.corpus), len(x.char.postings[chars[i].id]))
	}
	x.char.add(chars, weightChars, score)
	x.occ.add(x.t.occFeatures(query, make([]int64, len(x.t.names))), weightOccs, score)
	var out []TitleHit
	for i, s := range score {
		if s > 0 {
			out = append(out, TitleHit{i + 1, x.corpus[i], math.Round(float64(s)/100) / 1e4})
		}
	}
	slices.SortStableFunc(out, func(a, b TitleHit) int { return cmp.Compare(b.Score, a.Score) })
	if top >= 0 && len(out) > top {
		out = out[:top:top]
	}
	return out
}
