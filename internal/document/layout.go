package document

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// line is one line of text on a page, in reading order.
type line struct {
	text       string
	x0, x1     float64
	base, size float64
}

// fragment is a stretch of glyphs on one baseline without a gap that may be
// more than a space between words.
type fragment struct {
	text       string
	x0, x1     float64
	base, size float64
	firstWord  float64 // width of its first word
}

// Gaps in units of the font size.
const (
	// wordGap is how much wider than the usual gap between letters a gap is
	// that parts words. Fonts' spaces are 0.2 to 0.3, kerning stays below 0.1.
	wordGap = 0.13
	// fieldGap parts things that stand side by side without being one phrase.
	fieldGap = 0.75
	// sameLine is how far baselines may differ on one line: superscripts stand
	// a third of the size higher.
	sameLine = 0.35
)

// layOut turns the glyphs of a page into lines in reading order: columns one
// after the other, rows of tables and right-aligned dates with their line.
func layOut(glyphs []glyph) []line {
	frags := fragments(glyphs)
	return readRegion(frags, 0)
}

// fragments groups glyphs by baseline and cuts each line at gaps too wide to be
// a space.
func fragments(glyphs []glyph) []fragment {
	usual := learnSpacing(glyphs)
	glyphs = slices.Clone(glyphs)
	slices.SortStableFunc(glyphs, func(a, b glyph) int { return cmp.Compare(a.base, b.base) })
	var frags []fragment
	for start := 0; start < len(glyphs); {
		end, size := start+1, glyphs[start].size
		for end < len(glyphs) && glyphs[end].base-glyphs[start].base < sameLine*math.Max(size, glyphs[end].size) {
			size = math.Max(size, glyphs[end].size)
			end++
		}
		row := glyphs[start:end]
		slices.SortStableFunc(row, func(a, b glyph) int { return cmp.Compare(a.x0, b.x0) })
		frags = appendRow(frags, row, usual)
		start = end
	}
	return frags
}

func isSpace(r rune) bool {
	return r == ' ' || r == 0xA0 || r == '\t' || r == 0x3000 || (r >= 0x2000 && r <= 0x200A)
}

// hasSpaces says whether the producer wrote the spaces between words, as most
// but not all do.
func hasSpaces(glyphs []glyph) bool {
	n := 0
	for _, g := range glyphs {
		if isSpace(g.r) {
			n++
		}
	}
	return n*12 > len(glyphs)
}

// spacing is how far letters of a page stand apart, in units of their size.
type spacing struct {
	usual float64
	word  float64 // how much wider a gap between words is at least
	// after is the usual gap inside words after a letter of a font. Where a font's
	// widths are wrong, as they are when the real font is missing, a letter
	// reaches into the next one, and the gap to the next word looks small.
	after map[letter]float64
}

type letter struct {
	font uint64
	r    rune
}

// learnSpacing measures the gaps between neighbouring letters in painting order.
func learnSpacing(glyphs []glyph) spacing {
	var gaps []float64
	byLetter := map[letter][]float64{}
	for i := 1; i < len(glyphs); i++ {
		a, b := glyphs[i-1], glyphs[i]
		if isSpace(a.r) || isSpace(b.r) || math.Abs(a.base-b.base) > 0.01 || b.size <= 0 || a.size != b.size {
			continue
		}
		gap := (b.x0 - a.x1) / b.size
		if math.Abs(gap) > 0.6 {
			continue
		}
		gaps = append(gaps, gap)
		l := letter{a.font, a.r}
		byLetter[l] = append(byLetter[l], gap)
	}
	s := spacing{usual: median(gaps), word: wordGap, after: map[letter]float64{}}
	if hasSpaces(glyphs) {
		s.word = 2 * wordGap
		return s
	}
	if s.usual > -0.015 {
		return s // the widths are right
	}
	for l, gaps := range byLetter {
		switch low := lowestCluster(gaps); {
		case low < s.usual:
			s.after[l] = math.Max(low, s.usual-0.25)
		case unicode.IsUpper(l.r): // others often end a word, and this may be the gap to the next
			s.after[l] = math.Min(low, s.usual+0.04)
		}
	}
	return s
}

// lowestCluster is the least value about which a quarter of all values lie.
// Gaps inside words after one letter of a font hardly differ; kerned pairs and
// the gaps between words do.
func lowestCluster(v []float64) float64 {
	slices.Sort(v)
	need := max(3, len(v)/4)
	for i := 0; i+need <= len(v); i++ {
		if v[i+need-1]-v[i] <= 0.03 {
			return v[i+need/2]
		}
	}
	return v[len(v)/2]
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// appendRow cuts one line, sorted from left to right, into fragments.
func appendRow(frags []fragment, row []glyph, learnt spacing) []fragment {
	// A long enough line has a spacing of its own: letter-spaced headings.
	usual := learnt.usual
	var gaps []float64
	for i := 1; i < len(row); i++ {
		if isSpace(row[i-1].r) || isSpace(row[i].r) || row[i].size <= 0 {
			continue
		}
		if g := (row[i].x0 - row[i-1].x1) / row[i].size; g < fieldGap {
			gaps = append(gaps, g)
		}
	}
	if len(gaps) >= 6 {
		usual = median(gaps)
	}
	var b strings.Builder
	var f fragment
	words := 0
	flush := func() {
		if b.Len() > 0 {
			f.text = b.String()
			if words == 0 {
				f.firstWord = f.x1 - f.x0
			}
			frags = append(frags, f)
		}
		b.Reset()
		words = 0
	}
	var last glyph
	space := false
	for _, g := range row {
		if isSpace(g.r) {
			space = true
			continue
		}
		if b.Len() > 0 {
			gap := g.x0 - last.x1
			size := math.Max(math.Min(g.size, last.size), 1)
			near := usual
			if low, ok := learnt.after[letter{last.font, last.r}]; ok {
				near = low
				if len(gaps) >= 6 && learnt.usual < usual {
					near += usual - learnt.usual
				}
			}
			switch {
			case g.r == last.r && math.Abs(g.x0-last.x0) < 0.1*size && g.run != last.run:
				continue // printed twice to look bold
			case gap > (fieldGap+math.Max(usual, 0))*size:
				flush()
			case gap > (near+learnt.word)*size || (space && gap > (near+0.03)*size):
				if words == 0 {
					f.firstWord = f.x1 - f.x0
				}
				words++
				b.WriteByte(' ')
			}
		}
		if b.Len() == 0 {
			f = fragment{x0: g.x0, base: g.base, size: g.size}
		}
		f.size = math.Max(f.size, g.size)
		f.x1 = math.Max(g.x1, f.x0)
		b.WriteRune(g.r)
		last, space = g, false
	}
	flush()
	return frags
}

// rows groups fragments by baseline, top to bottom, each left to right.
func rows(frags []fragment) [][]fragment {
	frags = slices.Clone(frags)
	slices.SortStableFunc(frags, func(a, b fragment) int { return cmp.Compare(a.base, b.base) })
	var out [][]fragment
	for start := 0; start < len(frags); {
		end := start + 1
		for end < len(frags) && frags[end].base-frags[start].base < sameLine*math.Max(frags[start].size, frags[end].size) {
			end++
		}
		row := frags[start:end]
		slices.SortStableFunc(row, func(a, b fragment) int { return cmp.Compare(a.x0, b.x0) })
		out = append(out, row)
		start = end
	}
	return out
}

const maxDepth = 12

// readRegion reads a region: when it holds columns, what stands above them,
// each column, what stands below; else row by row.
func readRegion(frags []fragment, depth int) []line {
	rs := rows(frags)
	if depth < maxDepth {
		if c, ok := findColumns(rs); ok {
			var out []line
			out = append(out, readRegion(slices.Concat(rs[:c.from]...), depth+1)...)
			var left, right []fragment
			for _, row := range rs[c.from:c.to] {
				for _, f := range row {
					if f.x0 < c.x {
						left = append(left, f)
					} else {
						right = append(right, f)
					}
				}
			}
			out = append(out, readRegion(left, depth+1)...)
			out = append(out, readRegion(right, depth+1)...)
			return append(out, readRegion(slices.Concat(rs[c.to:]...), depth+1)...)
		}
	}
	return readRows(rs)
}

// readRows reads row by row. What stands at the end of a row, such as a date,
// waits until the sentence it stands beside has ended, lest it cut the sentence
// in two where that goes on in the next row.
func readRows(rs [][]fragment) []line {
	for i, row := range rs {
		if len(row) > 1 && isBullet(row[0].text) && row[1].x0-row[0].x1 < 4*row[1].size {
			f := row[1]
			f.text = row[0].text + " " + f.text
			rs[i] = append([]fragment{f}, row[2:]...)
		}
	}
	var out []line
	for i := 0; i < len(rs); i++ {
		if n := wrapped(rs, i); n > 0 {
			first := rs[i][0]
			out = append(out, joinRow([]fragment{first}))
			for k := 1; k <= n; k++ {
				out = append(out, joinRow(rs[i+k][:1]))
			}
			last := &out[len(out)-1]
			for k := 0; k <= n; k++ {
				if len(rs[i+k]) > 1 {
					rest := joinRow(rs[i+k][1:])
					last.text += "  " + rest.text
					last.x1 = math.Max(last.x1, rest.x1)
				}
			}
			i += n
			continue
		}
		out = append(out, joinRow(rs[i]))
	}
	return out
}

// isBullet says whether a fragment is only the sign before an item of a list.
func isBullet(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n == len(s) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// wrapped counts the rows after i that go on with the first fragment of row i,
// when that row has more at its end: its text runs up to what follows, so that
// the next word did not fit.
func wrapped(rs [][]fragment, i int) int {
	if len(rs[i]) < 2 {
		return 0
	}
	first := rs[i][0]
	edge := rs[i][1].x0
	// How far the text goes where it goes furthest.
	right := 0.0
	for k := max(0, i-20); k < min(len(rs), i+20); k++ {
		if f := rs[k][0]; f.x1 < edge-0.3*f.size {
			right = math.Max(right, f.x1)
		}
	}
	n := 0
	for k := i + 1; k < len(rs); k++ {
		before, next := rs[k-1][0], rs[k][0]
		if math.Abs(next.x0-first.x0) > 0.5*first.size || math.Abs(next.size-first.size) > 0.6 ||
			next.base-before.base > 1.9*first.size || next.x1 >= edge ||
			before.x1+0.2*first.size+next.firstWord < right || before.x1-before.x0 < 12*first.size {
			break
		}
		n++
	}
	return n
}

func joinRow(row []fragment) line {
	l := line{x0: row[0].x0, base: row[0].base}
	var b strings.Builder
	for i, f := range row {
		if i > 0 {
			b.WriteByte(' ')
			if f.x0-row[i-1].x1 > 1.5*f.size { // #nosec G602 -- i is at least 1
				b.WriteByte(' ')
			}
		}
		b.WriteString(f.text)
		l.x1, l.size = f.x1, math.Max(l.size, f.size)
	}
	l.text = b.String()
	return l
}

// columns says that the rows from..to stand in two columns parted at x.
type columns struct {
	from, to int
	x        float64
}

// findColumns looks for the place where the most rows stand in two columns.
func findColumns(rs [][]fragment) (columns, bool) {
	if len(rs) < 3 {
		return columns{}, false
	}
	var best columns
	bestRows := 0
	for _, x := range columnEdges(rs) {
		for from := 0; from < len(rs); {
			to := from
			for to < len(rs) && !crosses(rs[to], x) {
				to++
			}
			if to-from >= 3 {
				if c, n, ok := asColumns(rs, from, to, x); ok && n > bestRows {
					best, bestRows = c, n
				}
			}
			from = max(to, from) + 1
		}
	}
	return best, bestRows > 0
}

// columnEdges lists the left edges that several rows share with text left of
// them.
func columnEdges(rs [][]fragment) []float64 {
	var edges []float64
	for _, row := range rs {
		for _, f := range row {
			edges = append(edges, f.x0)
		}
	}
	slices.Sort(edges)
	var out []float64
	for i := 0; i < len(edges); {
		j := i
		for j < len(edges) && edges[j]-edges[i] < 2 {
			j++
		}
		if j-i >= 3 && len(out) < 60 {
			out = append(out, edges[i])
		}
		i = j
	}
	if len(out) > 0 && out[0] == edges[0] {
		out = out[1:]
	}
	return out
}

// crosses says whether a row has text in the gutter left of x.
func crosses(row []fragment, x float64) bool {
	for _, f := range row {
		if f.x0 < x-0.5 && f.x1 > x-0.6*f.size {
			return true
		}
	}
	return false
}

// asColumns decides whether rows from..to, which x parts, are columns that are
// read one after the other and not lines or table rows with something at their
// end. It returns the rows that both columns cover and their number.
func asColumns(rs [][]fragment, from, to int, x float64) (columns, int, bool) {
	first, last := [2]int{-1, -1}, [2]int{-1, -1}
	var side [2]columnSide
	for i := from; i < to; i++ {
		var here [2]*fragment
		for k := range rs[i] {
			f := &rs[i][k]
			s := 0
			if f.x0 >= x-0.5 {
				s = 1
			}
			if here[s] == nil {
				here[s] = f
			}
			side[s].x1 = math.Max(side[s].x1, f.x1)
			side[s].x0 = math.Min(cmp.Or(side[s].x0, f.x0), f.x0)
		}
		for s, f := range here {
			if f == nil {
				continue
			}
			if first[s] < 0 {
				first[s] = i
			}
			last[s] = i
			side[s].add(f, here[1-s] != nil && math.Abs(here[1-s].base-f.base) < 0.12*f.size)
		}
	}
	if first[0] < 0 || first[1] < 0 || side[0].lines < 3 || side[1].lines < 3 {
		return columns{}, 0, false
	}
	c := columns{from: from, to: to, x: x - 0.5}
	n := min(side[0].lines, side[1].lines)
	switch {
	// Both sides have sections of their own.
	case side[0].headings > 0 && side[1].headings > 0 && side[0].headings < side[0].lines && !side[0].labels() && !side[1].labels():
		return c, n, true
	// Lines that do not stand on each other's baselines belong to nobody else.
	case side[0].aligned*10 < side[0].lines*6 && side[1].aligned*10 < side[1].lines*6:
		return c, n, true
	// A side that is short and always stands beside a line of the other is what
	// that line ends or begins with.
	case side[0].labels() || side[1].labels():
		return columns{}, 0, false
	// Running text on both sides.
	case side[0].running() && side[1].running():
		return c, n, true
	}
	return columns{}, 0, false
}

// columnSide is what one side of a gutter looks like.
type columnSide struct {
	lines, aligned, headings int
	x0, x1                   float64
	cells                    int
	lastBase, chars          float64
}

func (s *columnSide) add(f *fragment, aligned bool) {
	if s.lines == 0 || f.base-s.lastBase > 1.7*f.size {
		s.cells++
	}
	s.lastBase = f.base
	s.lines++
	s.chars += float64(len(f.text))
	if aligned {
		s.aligned++
	}
	if isHeading(f.text) {
		s.headings++
	}
}

// labels says whether the side is single lines and pairs of lines, each beside
// a line of the other side: dates, places, names of skill groups.
func (s *columnSide) labels() bool {
	return s.aligned*10 >= s.lines*8 && float64(s.lines) <= 2.2*float64(s.cells)
}

// running says whether the side is made of long lines.
func (s *columnSide) running() bool { return s.chars/float64(s.lines) >= 20 }

var headingWords = strings.Fields(`summary profile objective about experience employment work history education skills
	languages interests hobbies references certifications certificates certification awards honors projects
	publications contact details achievements training volunteering activities qualifications competencies expertise
	strengths links personal info technologies tools courses`)

// isHeading says whether a line names a section of a resume.
func isHeading(s string) bool {
	s = strings.ToLower(strings.Trim(s, " :•-–—|_"))
	if len(s) > 40 {
		return false
	}
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 4 {
		return false
	}
	for _, w := range words {
		if slices.Contains(headingWords, strings.Trim(w, "&,/:")) {
			return true
		}
	}
	return false
}
