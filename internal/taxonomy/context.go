package taxonomy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
)

// ruleRow is a line of data/words/ambiguous.txt.
type ruleRow struct {
	name                               []spelled
	as                                 []string
	caps, capital, list, never         bool
	near                               int
	after, before, notAfter, notBefore []string
}

// rule is a row with its words numbered.
type rule struct {
	as                                 []string
	caps, capital, list, never         bool
	near                               int
	after, before, notAfter, notBefore []int32 // sorted
}

// readRules reads data/words/ambiguous.txt, whose head tells the format.
func (b *builder) readRules(file, body string) error {
	return lines(body, func(n int, line string) error {
		names, conditions, ok := strings.Cut(line, "|")
		if !ok {
			return damaged(file, n, "has no conditions")
		}
		var r ruleRow
		for c := range strings.SplitSeq(conditions, ";") {
			c = strings.TrimSpace(c)
			key, value, _ := strings.Cut(c, ":")
			var ws []string
			for w := range strings.FieldsSeq(value) {
				ws = append(ws, w)
			}
			switch key {
			case "as":
				r.as = ws
			case "caps":
				r.caps = true
			case "capital":
				r.capital = true
			case "list":
				r.list = true
			case "never":
				r.never = true
			case "after":
				r.after = ws
			case "before":
				r.before = ws
			case "not after":
				r.notAfter = ws
			case "not before":
				r.notBefore = ws
			case "":
			default:
				d, ok := strings.CutPrefix(c, "near ")
				steps, err := strconv.Atoi(d)
				if !ok || err != nil || steps < 1 {
					return damaged(file, n, "has the unknown condition "+c)
				}
				r.near = steps
			}
		}
		for name := range strings.SplitSeq(names, ",") {
			r := r
			if r.name = spell(strings.TrimSpace(name), false); len(r.name) == 0 {
				return damaged(file, n, "has an empty name")
			}
			b.rules = append(b.rules, r)
		}
		return nil
	})
}

// ruleIndex finds a rule by the numbers of its name's words, so that it holds
// for the plural and the other spelling, too. The last row for a name counts.
func ruleIndex(rows []ruleRow, w *wordBook) map[string]int32 {
	out := make(map[string]int32, len(rows))
	for i, r := range rows {
		var key []byte
		for _, s := range r.name {
			key = appendNumber(key, w.number(s))
		}
		out[string(key)] = int32(i)
	}
	return out
}

func appendNumber(key []byte, id int32) []byte {
	return append(key, byte(id), byte(id>>8), byte(id>>16), byte(id>>24))
}

func (m *matcher) compileRules(rows []ruleRow, w *wordBook) {
	number := func(ws []string) []int32 {
		var out []int32
		for _, s := range ws {
			out = append(out, w.number(spelled{foldToken(s), len(s) >= 4}))
		}
		slices.Sort(out)
		return out
	}
	for _, r := range rows {
		m.rules = append(m.rules, rule{
			as: r.as, caps: r.caps, capital: r.capital, list: r.list, never: r.never, near: r.near,
			after: number(r.after), before: number(r.before), notAfter: number(r.notAfter), notBefore: number(r.notBefore),
		})
	}
	// The rules for imported names of one word, which nobody looked at.
	m.rules = append(m.rules, rule{capital: true}, rule{capital: true, near: 6}, rule{caps: true, near: 8}, rule{list: true})
}

// importedRule is the rule for an imported name of one word. One with small
// letters and a capital or a digit inside (PostGIS) is hardly an ordinary word;
// another one needs company, and what is no tool must stand in a list.
func (m *matcher) importedRule(written string, kind fairlead.SkillKind) int32 {
	n := int32(len(m.rules))
	switch {
	case kind != fairlead.KindTool && kind != fairlead.KindTechnology:
		return n - 1
	case len(written) <= 3, strings.ToUpper(written) == written:
		return n - 2
	case strings.IndexFunc(written[1:], func(r rune) bool { return r < 'a' || r > 'z' }) >= 0:
		return n - 4
	}
	return n - 3
}

// judge says what the context of the name pat at tokens [from,to) makes of it:
// 1 a mention, 0 a mention if it has company, -1 none.
func (m *matcher) judge(text string, toks []token, from, to int, pat int32) int8 {
	if !m.written(text, toks[from:to]) {
		return -1
	}
	p := &m.pats[pat]
	if p.rule < 0 {
		return 1
	}
	r := &m.rules[p.rule]
	raw := text[toks[from].start:toks[to-1].end]
	switch {
	case r.never:
		return -1
	case len(r.as) > 0:
		if !slices.Contains(r.as, raw) {
			return -1
		}
	case r.caps:
		if capitals := strings.TrimSuffix(strings.TrimSuffix(raw, "s"), "'"); strings.ToUpper(capitals) != capitals { // KPIs
			return -1
		}
	case r.capital:
		if isLower(raw[0]) {
			return -1
		}
	}
	if from > 0 && toks[from].gap&gapHard == 0 && in(r.notAfter, toks[from-1].id) {
		return -1
	}
	last := to == len(toks)
	if !last && toks[to].gap&gapHard == 0 && in(r.notBefore, toks[to].id) {
		return -1
	}
	if r.near == 0 && !r.list && len(r.after) == 0 && len(r.before) == 0 {
		return 1
	}
	if from > 0 && toks[from].gap&gapSentence == 0 && in(r.after, toks[from-1].id) {
		return 1
	}
	if !last && toks[to].gap&gapSentence == 0 && in(r.before, toks[to].id) {
		return 1
	}
	if r.list && (toks[from].gap&gapList != 0 || from > 0 && m.denials.joins(toks[from-1].id)) &&
		(last || toks[to].gap&(gapList|gapSentence) != 0 || m.denials.joins(toks[to].id)) {
		return 1
	}
	if r.near > 0 {
		return 0
	}
	return -1
}

func in(sorted []int32, id int32) bool {
	if len(sorted) == 0 || id == 0 {
		return false
	}
	_, ok := slices.BinarySearch(sorted, id)
	return ok
}

// settle decides the candidates that want company: another tool or technology,
// itself beyond doubt, within so many words.
func (m *matcher) settle(cands []candidate) {
	for i := range cands {
		c := &cands[i]
		if c.verdict != 0 {
			continue
		}
		near := int32(m.rules[m.pats[c.pat].rule].near)
		company := false
		for k := i - 1; k >= 0 && c.from-cands[k].to < near && !company; k-- {
			company = cands[k].verdict == 1 && m.strong[m.pats[cands[k].pat].skill] && m.pats[cands[k].pat].skill != m.pats[c.pat].skill
		}
		for k := i + 1; k < len(cands) && cands[k].from-c.to < near && !company; k++ {
			company = cands[k].verdict == 1 && m.strong[m.pats[cands[k].pat].skill] && m.pats[cands[k].pat].skill != m.pats[c.pat].skill
		}
		if company {
			c.verdict = 2 // in, but no company for others: order must not matter
		} else {
			c.verdict = -1
		}
	}
}

// denial is a row of data/words/denials.txt.
type denial struct {
	kind  string // before, around, after, unless, stop
	words []string
	tail  []string
}

// denials are the rows with their words numbered.
type denials struct {
	before, after, unless [][]int32
	around                []struct{ lead, tail []int32 }
	stop, fill            []int32 // sorted
	lead                  []int32 // sorted: words that begin a row
	and, or               int32
}

func (d *denials) isLead(id int32) bool { return in(d.lead, id) }
func (d *denials) joins(id int32) bool  { return id != 0 && (id == d.and || id == d.or) }

// readDenials reads data/words/denials.txt, whose head tells the format.
func (b *builder) readDenials(file, body string) error {
	return lines(body, func(n int, line string) error {
		kind, rest, ok := strings.Cut(line, "|")
		kind = strings.TrimSpace(kind)
		if !ok || !slices.Contains([]string{"before", "around", "after", "unless", "stop", "fill"}, kind) {
			return damaged(file, n, "has an unknown kind of row")
		}
		head, tail, _ := strings.Cut(rest, "|")
		row := denial{kind: kind, words: words(head), tail: words(tail)}
		if len(row.words) == 0 || (kind == "around") != (len(row.tail) > 0) {
			return damaged(file, n, "has too few or too many columns")
		}
		b.denials = append(b.denials, row)
		return nil
	})
}

func compileDenials(rows []denial, w *wordBook) denials {
	var d denials
	number := func(ws []string) (out []int32) {
		for _, s := range ws {
			out = append(out, w.number(spelled{s, false}))
		}
		return out
	}
	d.and, d.or = w.exactly("and"), w.exactly("or")
	for _, r := range rows {
		ids := number(r.words)
		switch r.kind {
		case "before":
			d.before = append(d.before, ids)
			d.lead = append(d.lead, ids[0])
		case "after":
			d.after = append(d.after, ids)
			d.lead = append(d.lead, ids[0])
		case "unless":
			d.unless = append(d.unless, ids)
		case "around":
			tail := number(r.tail)
			slices.Sort(tail)
			d.around = append(d.around, struct{ lead, tail []int32 }{ids, tail})
			d.lead = append(d.lead, ids[0])
		case "stop":
			d.stop = append(d.stop, ids...)
		case "fill":
			d.fill = append(d.fill, ids...)
		}
	}
	slices.Sort(d.stop)
	slices.Sort(d.fill)
	slices.Sort(d.lead)
	d.lead = slices.Compact(d.lead)
	return d
}

// markDenials marks the words that may begin a denial in the table that the
// scan looks at anyway.
func (m *matcher) markDenials(words int32) {
	for int(words) >= len(m.first) {
		m.first = append(m.first, make([]int32, max(1024, len(m.first)))...)
	}
	for _, id := range m.denials.lead {
		if m.first[id] == 0 {
			m.first[id] = -1
		}
	}
}

// denialReach is how many words a denial speaks for: a list of a dozen tools.
const denialReach = 24

// deny strikes the candidates that the text says are not there.
func (m *matcher) deny(toks []token, cands []candidate) {
	d := &m.denials
	for i := range toks {
		if !d.isLead(toks[i].id) || slices.ContainsFunc(d.unless, func(p []int32) bool { return d.phrase(toks, i, p, 0) > 0 }) {
			continue
		}
		for _, p := range d.before {
			if end := d.phrase(toks, i, p, 2); end > 0 {
				strike(cands, end, d.end(toks, end))
			}
		}
		for _, a := range d.around {
			if end := d.phrase(toks, i, a.lead, 0); end > 0 {
				stop := min(d.end(toks, end), end+8)
				for k := end + 1; k < stop; k++ {
					if in(a.tail, toks[k].id) {
						strike(cands, end, k)
						break
					}
				}
			}
		}
		for _, p := range d.after {
			if end := d.phrase(toks, i, p, 0); end > 0 && i > 0 && toks[i].gap&gapSentence == 0 {
				strikeLast(toks, cands, i)
			}
		}
	}
}

// phrase says where the phrase that begins at token i ends, 0 when it does not
// stand there. Between its words up to skip fillers may stand.
func (d *denials) phrase(toks []token, i int, p []int32, skip int) int {
	for k, id := range p {
		n := 0
		for k > 0 && i < len(toks) && toks[i].id != id && n < skip && toks[i].gap&gapSentence == 0 && (toks[i].id == 0 || in(d.fill, toks[i].id)) {
			i, n = i+1, n+1
		}
		if i >= len(toks) || toks[i].id != id || k > 0 && toks[i].gap&gapSentence != 0 {
			return 0
		}
		i++
	}
	return i
}

// end is where a denial that ends at token from stops speaking.
func (d *denials) end(toks []token, from int) int {
	k := from
	for ; k < len(toks) && k < from+denialReach; k++ {
		if toks[k].gap&gapSentence != 0 || in(d.stop, toks[k].id) || k > from && toks[k].gap&gapNewline != 0 {
			break
		}
	}
	return k
}

func strike(cands []candidate, from, to int) {
	for i := range cands {
		if c := &cands[i]; int(c.from) >= from && int(c.from) < to {
			c.verdict = -1
		}
	}
}

// strikeLast strikes the candidate that ends where token i begins.
func strikeLast(toks []token, cands []candidate, i int) {
	for k := range cands {
		if c := &cands[k]; int(c.to) == i || int(c.to) == i-1 && toks[i-1].gap&gapSentence == 0 {
			c.verdict = -1
		}
	}
}
