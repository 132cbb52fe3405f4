package taxonomy

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

// matcher finds names in text: a trie over word numbers. Texts are cut into
// tokens once; only a token that begins some name is followed into the trie.
type matcher struct {
	vocab   vocabulary
	first   []int32 // node a name beginning with the word leads to, by word number
	nodes   []node
	edges   edges
	pats    []pattern
	rules   []rule
	denials denials
	strong  []bool // by skill: counts as company for an ambiguous name
	pool    sync.Pool
}

type node struct {
	pat  int32 // pattern ending here + 1
	more bool  // longer names go on
}

type pattern struct {
	skill int32
	rule  int32 // -1: none
}

// edges is the trie's transitions, one open-addressed table for all nodes.
type edges struct {
	keys []uint64 // node<<32 | word; 0 free
	to   []int32
	size int
}

func mix(k uint64) uint64 { k *= 0x9e3779b97f4a7c15; return k ^ k>>32 }

func (e *edges) next(n, word int32) int32 {
	k := uint64(n)<<32 | uint64(uint32(word))
	mask := uint64(len(e.keys) - 1)
	for i := mix(k) & mask; ; i = (i + 1) & mask {
		switch e.keys[i] {
		case k:
			return e.to[i]
		case 0:
			return 0
		}
	}
}

func (e *edges) put(n, word, to int32) {
	if 2*(e.size+1) > len(e.keys) {
		old := *e
		size := max(1024, 2*len(e.keys))
		e.keys, e.to, e.size = make([]uint64, size), make([]int32, size), 0
		for i, k := range old.keys {
			if k != 0 {
				e.insert(k, old.to[i])
			}
		}
	}
	e.insert(uint64(n)<<32|uint64(uint32(word)), to)
}

func (e *edges) insert(k uint64, to int32) {
	mask := uint64(len(e.keys) - 1)
	i := mix(k) & mask
	for e.keys[i] != 0 {
		i = (i + 1) & mask
	}
	e.keys[i], e.to[i] = k, to
	e.size++
}

// mention is a name found: bytes of the text and the skill's place.
type mention struct {
	start, end int
	skill      int32
}

// candidate is a name found whose context is still to be judged.
type candidate struct {
	from, to int32 // tokens, to exclusive
	pat      int32
	verdict  int8 // 1 in, 0 wants company, -1 out
}

// piece is how much text is looked at at once: it bounds memory and keeps the
// tokens in the cache. Pieces end at a line's end, else at a space, so that a
// name is cut only where a line is longer than a piece.
const piece = 128 << 10

type scratch struct {
	tokens []token
	cands  []candidate
}

// find calls yield with every skill of text, in order.
func (m *matcher) find(text string, yield func(mention)) {
	s, ok := m.pool.Get().(*scratch)
	if !ok {
		s = &scratch{}
	}
	defer m.pool.Put(s)
	for base := 0; base < len(text); {
		part := text[base:]
		if len(part) > piece {
			part = part[:piece]
			if i := strings.LastIndexByte(part, '\n'); i > piece/2 {
				part = part[:i+1]
			} else if i := strings.LastIndexByte(part, ' '); i > 0 {
				part = part[:i+1]
			} else {
				for i := len(part); i > piece-utf8.UTFMax; i-- {
					if utf8.RuneStart(text[base+i]) {
						part = part[:i]
						break
					}
				}
			}
		}
		m.findPiece(part, base, s, yield)
		base += len(part)
	}
}

func (m *matcher) findPiece(text string, base int, s *scratch, yield func(mention)) {
	toks := m.vocab.scan(text, s.tokens[:0])
	cands := s.cands[:0]
	denied := false
	waiting := false
	first := m.first
	for i := 0; i < len(toks); i++ {
		id := toks[i].id
		if id == 0 {
			continue
		}
		n := first[id]
		if n <= 0 {
			denied = denied || n < 0
			continue
		}
		if m.denials.isLead(id) {
			denied = true
		}
		best, end := int32(0), 0
		var bestVerdict int8
		for j := i; ; {
			nd := m.nodes[n]
			if nd.pat != 0 {
				if v := m.judge(text, toks, i, j+1, nd.pat-1); v >= 0 {
					best, end, bestVerdict = nd.pat, j+1, v
				}
			}
			if j++; !nd.more || j >= len(toks) || toks[j].id == 0 || toks[j].gap&gapHard != 0 {
				break
			}
			if n = m.edges.next(n, toks[j].id); n == 0 {
				break
			}
		}
		if best == 0 {
			continue
		}
		waiting = waiting || bestVerdict == 0
		cands = append(cands, candidate{int32(i), int32(end), best - 1, bestVerdict})
		i = end - 1
	}
	s.tokens, s.cands = toks, cands
	if waiting {
		m.settle(cands)
	}
	if denied {
		m.deny(toks, cands)
	}
	for _, c := range cands {
		if c.verdict > 0 {
			yield(mention{base + int(toks[c.from].start), base + int(toks[c.to-1].end), m.pats[c.pat].skill})
		}
	}
}

// written says whether the tokens are the pattern's words indeed: the trie
// compared hashes.
func (m *matcher) written(text string, toks []token) bool {
	for _, t := range toks {
		w := text[t.start:t.end]
		f := foldToken(w)
		if m.vocab.form(f) == f {
			continue
		}
		stem := strings.TrimRight(f, "0123456789")
		if m.vocab.form(stem) != stem {
			return false
		}
	}
	return true
}

// whole is the skill a whole string names.
func (m *matcher) whole(name string) (int32, bool) {
	toks := m.vocab.scan(name, nil)
	if len(toks) == 0 || len(toks) > 32 {
		return 0, false
	}
	n := int32(0)
	for i, t := range toks {
		switch {
		case t.id == 0:
			return 0, false
		case i == 0:
			n = m.first[t.id]
		default:
			n = m.edges.next(n, t.id)
		}
		if n <= 0 {
			return 0, false
		}
	}
	p := m.nodes[n].pat
	if p == 0 || !m.written(name, toks) {
		return 0, false
	}
	return m.pats[p-1].skill, true
}

// maxNameWords is the longest name followed; longer ones are no names but
// sentences.
const maxNameWords = 12

// buildMatcher puts every name and its variants into the trie.
func (b *builder) buildMatcher() *matcher {
	// Sizes are guessed from the number of skills: growing costs more than the
	// building itself.
	guess := 4 * len(b.skills)
	m := &matcher{nodes: make([]node, 1, 4*guess), pats: make([]pattern, 0, 2*guess)}
	w := &wordBook{v: &m.vocab, exact: make(map[string]int32, guess)}
	type name struct {
		words   []spelled
		written string
		skill   int32
	}
	names := make([]name, 0, 2*guess)
	collect := func(i int, written string) {
		for _, v := range variants(written, b.skills[i].Kind) {
			if len(v) == 0 || len(v) > maxNameWords {
				continue
			}
			names = append(names, name{v, written, int32(i)})
			for _, s := range v {
				if !s.folds {
					w.exactly(s.word)
				}
			}
		}
	}
	// A skill's own name goes before any other's alias.
	for i := range b.skills {
		collect(i, b.skills[i].Name)
	}
	for i := range b.skills {
		for _, a := range b.skills[i].aliases {
			collect(i, a)
		}
	}
	m.compileRules(b.rules, w)
	m.denials = compileDenials(b.denials, w)
	byName := ruleIndex(b.rules, w)
	var key []byte
	m.strong = make([]bool, len(b.skills))
	for i := range b.skills {
		k := b.skills[i].Kind
		m.strong[i] = k == fairlead.KindTool || k == fairlead.KindTechnology
	}
	ids := make([]int32, 0, maxNameWords)
	for _, nm := range names {
		ids = ids[:0]
		for _, s := range nm.words {
			ids = append(ids, w.number(s))
		}
		if have, other := m.put(ids, nm.skill); !have && other != nm.skill {
			b.collisions = append(b.collisions, collision{joinWords(nm.words), b.skills[other].ID, b.skills[nm.skill].ID, b.skills[nm.skill].origin})
		} else if have {
			p := &m.pats[len(m.pats)-1]
			p.rule = -1
			key = key[:0]
			for _, id := range ids {
				key = appendNumber(key, id)
			}
			if r, ok := byName[string(key)]; ok {
				p.rule = r
			} else if b.imported >= 0 && int(nm.skill) >= b.imported && len(nm.words) == 1 {
				p.rule = m.importedRule(nm.written, b.skills[nm.skill].Kind)
			}
		}
	}
	m.markDenials(w.next + 1)
	return m
}

// put adds a name. have is false when the name is taken, by other.
func (m *matcher) put(ids []int32, skill int32) (have bool, other int32) {
	n := int32(0)
	for i, id := range ids {
		if i == 0 {
			for int(id) >= len(m.first) {
				m.first = append(m.first, make([]int32, max(1024, len(m.first)))...)
			}
			if m.first[id] == 0 {
				m.nodes = append(m.nodes, node{})
				m.first[id] = int32(len(m.nodes) - 1)
			}
			n = m.first[id]
			continue
		}
		to := int32(0)
		if m.nodes[n].more {
			to = m.edges.next(n, id)
		}
		if to == 0 {
			m.nodes = append(m.nodes, node{})
			to = int32(len(m.nodes) - 1)
			m.edges.put(n, id, to)
			m.nodes[n].more = true
		}
		n = to
	}
	if p := m.nodes[n].pat; p != 0 {
		return false, m.pats[p-1].skill
	}
	m.pats = append(m.pats, pattern{skill: skill, rule: -1})
	m.nodes[n].pat = int32(len(m.pats))
	return true, skill
}
