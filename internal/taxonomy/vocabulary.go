package taxonomy

import (
	"strings"
	"unicode/utf8"
)

// vocabulary gives every word that a name or a rule has a number. It is an
// open-addressed table from the word's hash; the same number for a word and
// its plural. The zero value knows no word.
type vocabulary struct {
	slots []slot
	mask  uint64
	forms []string // word of each slot's form number
	size  int
}

type slot struct {
	hash uint64
	id   int32 // 0: free
	form int32
}

func hashString(s string) uint64 {
	h := uint64(fnvOffset)
	for i := range len(s) {
		h = hashByte(h, s[i])
	}
	return h
}

// spread mixes a hash's high bits into the table index.
func spread(h uint64) uint64 { return h ^ h>>29 }

func (v *vocabulary) find(h uint64) int32 {
	if v.mask == 0 {
		return 0
	}
	for i := spread(h) & v.mask; ; i = (i + 1) & v.mask {
		s := &v.slots[i]
		if s.id == 0 {
			return 0
		}
		if s.hash == h {
			return s.id
		}
	}
}

// add gives the folded word w the number id. The first number a word got stays.
func (v *vocabulary) add(w string, id int32) {
	if 2*(v.size+1) > len(v.slots) {
		v.grow()
	}
	h := hashString(w)
	i := spread(h) & v.mask
	for ; v.slots[i].id != 0; i = (i + 1) & v.mask {
		if v.slots[i].hash == h {
			return
		}
	}
	v.slots[i] = slot{hash: h, id: id, form: int32(len(v.forms))}
	v.forms = append(v.forms, w)
	v.size++
}

func (v *vocabulary) grow() {
	n := max(1024, 2*len(v.slots))
	old := v.slots
	v.slots, v.mask = make([]slot, n), uint64(n-1)
	for _, s := range old {
		if s.id == 0 {
			continue
		}
		i := spread(s.hash) & v.mask
		for v.slots[i].id != 0 {
			i = (i + 1) & v.mask
		}
		v.slots[i] = s
	}
}

// form is the word in the table with the token's hash, "" when none: what a
// match is checked against, because a hash alone proves nothing.
func (v *vocabulary) form(w string) string {
	h := hashString(w)
	for i := spread(h) & v.mask; v.mask != 0; i = (i + 1) & v.mask {
		s := &v.slots[i]
		if s.id == 0 {
			break
		}
		if s.hash == h {
			return v.forms[s.form]
		}
	}
	return ""
}

// scan cuts text into tokens, appended to out. Offsets are exact for any
// bytes: invalid UTF-8 separates. len(text) must be below 4 GiB.
func (v *vocabulary) scan(text string, out []token) []token {
	var buf [utf8.UTFMax]byte
	n := len(text)
	gap := uint8(gapHard | gapNewline | gapList | gapSentence)
	spaces := 0
	// Addresses (jane@gmail.com, linkedin.com/in/jane) name no skills: chunk is
	// the first token since the last space, dead says that it is an address.
	chunk, dead := 0, false
	address := func() {
		dead = true
		for k := chunk; k < len(out); k++ {
			out[k].id = 0
		}
	}
	chunk = len(out)
	for i := 0; i < n; {
		c := text[i]
		switch classOf(c) {
		case wordByte:
		case space:
			i++
			chunk, dead = len(out), false
			if spaces++; spaces > 3 {
				gap |= gapHard | gapList // a column of a table
			}
			continue
		case newline:
			if gap&gapNewline != 0 {
				gap |= gapHard | gapSentence
			}
			gap |= gapNewline | gapList
			spaces, chunk, dead = 0, len(out), false
			i++
			continue
		case soft:
			if c == '/' {
				gap |= gapList
				if len(out) > chunk && isHost(text, out[len(out)-1]) {
					address()
				}
			} else if gap&gapNewline != 0 || spaces > 0 && i+1 < n && classOf(text[i+1]) == space {
				gap |= gapHard | gapList // a bullet or a dash
			}
			i++
			continue
		case dot:
			if i+3 < n && (text[i+1]|0x20) == 'n' && (text[i+2]|0x20) == 'e' && (text[i+3]|0x20) == 't' &&
				(i+4 == n || classOf(text[i+4]) != wordByte) && (i == 0 || classOf(text[i-1]) != wordByte) {
				h := hashString(".net")
				out = append(out, token{uint32(i), uint32(i + 4), v.find(h), gap})
				gap, spaces = 0, 0
				i += 4
				continue
			}
			if i+1 >= n || classOf(text[i+1]) != wordByte && classOf(text[i+1]) != wide {
				gap |= gapHard | gapSentence
			}
			i++
			continue
		case ampersand:
			out = append(out, token{uint32(i), uint32(i + 1), v.find(hashAnd), gap})
			gap, spaces = 0, 0
			i++
			continue
		case sentence:
			gap |= gapHard | gapSentence | gapList
			i++
			continue
		case listSep:
			gap |= gapHard | gapList
			if c == ':' && strings.HasPrefix(text[i:], "://") {
				address()
			} else if !dead || c != ':' {
				chunk, dead = len(out), false
			}
			i++
			continue
		case wide:
			r, size := utf8.DecodeRuneInString(text[i:])
			if r != utf8.RuneError || size > 1 {
				if f, ok := foldRune(r, &buf); ok && len(f) > 0 {
					break
				} else if ok {
					i += size
					continue
				}
			}
			gap |= gapOfRune(r)
			if r == 0xa0 {
				spaces++
			}
			i += size
			continue
		default:
			gap |= gapHard | gapList
			if c == '@' && i > 0 && i+1 < n && classes[text[i-1]] == wordByte && classes[text[i+1]] == wordByte {
				address()
			}
			i++
			continue
		}
		start := i
		h := uint64(fnvOffset)
		for i < n {
			c = text[i]
			if classes[c] == wordByte {
				h = hashByte(h, lower(c))
				i++
				continue
			}
			if c == '\'' && i+1 < n && isLetter(text[i+1]) && i > start {
				i++ // driver's = drivers
				continue
			}
			if c == '.' && i+1 < n && isLetter(text[i+1]) && (i == start+1 || text[i-2] == '.') && isLetter(text[i-1]) &&
				(i+2 >= n || classOf(text[i+2]) != wordByte) {
				i++ // R.N. = RN
				continue
			}
			if c < utf8.RuneSelf {
				break
			}
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == 0x2019 && i+3 < n && isLetter(text[i+3]) {
				i += 3
				continue
			}
			if r == utf8.RuneError && size <= 1 {
				break
			}
			f, ok := foldRune(r, &buf)
			if !ok {
				break
			}
			for _, b := range f {
				h = hashByte(h, b)
			}
			i += size
		}
		id := int32(0)
		if i < n && classes[text[i]] == plusSharp {
			j, hs := i, h
			for j < n && classes[text[j]] == plusSharp && j < i+2 {
				hs = hashByte(hs, text[j])
				j++
			}
			if j == n || !isLetter(text[j]) {
				if id = v.find(hs); id != 0 || v.mask == 0 {
					i = j
				}
			}
		}
		if id == 0 {
			id = v.find(h)
		}
		if id == 0 && isDigit(text[i-1]) {
			id = v.findVersioned(text[start:i])
		}
		if dead {
			id = 0
		}
		out = append(out, token{uint32(start), uint32(i), id, gap})
		gap, spaces = 0, 0
		if i-start == 3 && i < n && text[i] == '.' && strings.EqualFold(text[start:i], "www") {
			address()
		}
	}
	return out
}

// isHost says whether the token ends a host name: the com of linkedin.com.
func isHost(text string, t token) bool {
	if t.start == 0 || text[t.start-1] != '.' {
		return false
	}
	switch strings.ToLower(text[t.start:t.end]) {
	case "com", "org", "edu", "gov", "io", "co", "me", "dev":
		return true
	}
	return false
}

var hashAnd = hashString("and")

// findVersioned looks a word up without the version number at its end: Python3.
func (v *vocabulary) findVersioned(w string) int32 {
	j := len(w)
	for j > 0 && isDigit(w[j-1]) {
		j--
	}
	if j < 3 || len(w)-j > 4 {
		return 0
	}
	h := uint64(fnvOffset)
	for k := range j {
		if !isLetter(w[k]) {
			return 0
		}
		h = hashByte(h, lower(w[k]))
	}
	return v.find(h)
}
