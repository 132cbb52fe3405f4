package taxonomy

import (
	"unicode"
	"unicode/utf8"
)

// What stands between two tokens.
const (
	gapHard     = 1 << iota // no name reaches across it: comma, bracket, sentence end, blank line
	gapNewline              // a line ended
	gapList                 // reads as the separator of a list: comma, slash, bullet, bar, line end
	gapSentence             // a clause ended: negation does not reach across it
)

// A token is one word of a text as names are compared: letters and digits,
// lower case, accents off, with the symbols that make a name (C++, C#, .NET).
type token struct {
	start, end uint32 // byte offsets into the scanned piece
	id         int32  // of the vocabulary, 0 when no name has the word
	gap        uint8  // what stands before it
}

// class sorts ASCII bytes for the scanner.
type class uint8

const (
	other    class = iota // separates, hard
	wordByte              // letter or digit
	space
	newline
	soft      // may stand within a name: - / _ '
	dot       // ends a sentence or joins Node.js
	plusSharp // C++ C#
	ampersand
	sentence // ; ! ?
	listSep  // , | * ( ) :
	wide     // first byte of a rune beyond ASCII
)

var classes = [256]class{
	' ': space, '\r': space, '\t': listSep, '\v': newline, '\f': newline, '\n': newline,
	'-': soft, '_': soft, '\'': soft, '/': soft, '.': dot, '+': plusSharp, '#': plusSharp, '&': ampersand,
	';': sentence, '!': sentence, '?': sentence,
	',': listSep, '|': listSep, '*': listSep, '(': listSep, ')': listSep, ':': listSep, '[': listSep, ']': listSep,
	'0': wordByte, '1': wordByte, '2': wordByte, '3': wordByte, '4': wordByte, '5': wordByte, '6': wordByte, '7': wordByte, '8': wordByte, '9': wordByte,
	'A': wordByte, 'B': wordByte, 'C': wordByte, 'D': wordByte, 'E': wordByte, 'F': wordByte, 'G': wordByte, 'H': wordByte, 'I': wordByte,
	'J': wordByte, 'K': wordByte, 'L': wordByte, 'M': wordByte, 'N': wordByte, 'O': wordByte, 'P': wordByte, 'Q': wordByte, 'R': wordByte,
	'S': wordByte, 'T': wordByte, 'U': wordByte, 'V': wordByte, 'W': wordByte, 'X': wordByte, 'Y': wordByte, 'Z': wordByte,
	'a': wordByte, 'b': wordByte, 'c': wordByte, 'd': wordByte, 'e': wordByte, 'f': wordByte, 'g': wordByte, 'h': wordByte, 'i': wordByte,
	'j': wordByte, 'k': wordByte, 'l': wordByte, 'm': wordByte, 'n': wordByte, 'o': wordByte, 'p': wordByte, 'q': wordByte, 'r': wordByte,
	's': wordByte, 't': wordByte, 'u': wordByte, 'v': wordByte, 'w': wordByte, 'x': wordByte, 'y': wordByte, 'z': wordByte,
	// 0x80 and up: wide, see classOf.
}

func classOf(c byte) class {
	if c >= utf8.RuneSelf {
		return wide
	}
	return classes[c]
}

// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func lower(c byte) byte {
	if c-'A' < 26 {
		return c | 0x20
	}
	return c
}

func hashByte(h uint64, c byte) uint64 { return (h ^ uint64(c)) * fnvPrime }

func isLetter(c byte) bool { return (c|0x20)-'a' < 26 }
func isDigit(c byte) bool  { return c-'0' < 10 }

// foldRune writes a rune beyond ASCII as the letters names are compared by:
// lower case, Latin accents off, ligatures of PDF fonts spelled out. ok is
// false when the rune is no part of a word; a rune that is part of a word but
// has no letter of its own (soft hyphen, combining accent) gives "".
func foldRune(r rune, buf *[utf8.UTFMax]byte) (folded []byte, ok bool) {
	switch {
	case r == 0xad || r == 0x200b || r == 0x200c || r == 0x200d || r == 0xfeff || r >= 0x300 && r < 0x370:
		return nil, true
	case r >= 0xc0 && r < 0x180:
		if s := latin[r-0xc0]; s != 0 {
			buf[0] = s
			return buf[:1], true
		}
		switch r {
		case 0xc6, 0xe6:
			return append(buf[:0], "ae"...), true
		case 0x152, 0x153:
			return append(buf[:0], "oe"...), true
		case 0xdf:
			return append(buf[:0], "ss"...), true
		}
	case r >= 0xfb00 && r <= 0xfb06:
		return append(buf[:0], [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-0xfb00]...), true
	case r >= 0xff10 && r <= 0xff5a: // full width
		a := byte(r - 0xfee0)
		if isLetter(a) || isDigit(a) {
			buf[0] = lower(a)
			return buf[:1], true
		}
		return nil, false
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return utf8.AppendRune(buf[:0], unicode.ToLower(r)), true
	}
	return nil, false
}

// latin is the unaccented lower-case letter for U+00C0 to U+017F, 0 where
// there is none.
var latin = func() (t [0x180 - 0xc0]byte) {
	rows := []struct {
		base byte
		all  string
	}{
		{'a', "ÀÁÂÃÄÅàáâãäåĀāĂăĄą"}, {'c', "ÇçĆćĈĉĊċČč"}, {'d', "ĎďĐđ"}, {'e', "ÈÉÊËèéêëĒēĔĕĖėĘęĚě"},
		{'g', "ĜĝĞğĠġĢģ"}, {'h', "ĤĥĦħ"}, {'i', "ÌÍÎÏìíîïĨĩĪīĬĭĮįİı"}, {'j', "Ĵĵ"}, {'k', "Ķķ"}, {'l', "ĹĺĻļĽľĿŀŁł"},
		{'n', "ÑñŃńŅņŇň"}, {'o', "ÒÓÔÕÖØòóôõöøŌōŎŏŐő"}, {'r', "ŔŕŖŗŘř"}, {'s', "ŚśŜŝŞşŠš"}, {'t', "ŢţŤťŦŧ"},
		{'u', "ÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲų"}, {'w', "Ŵŵ"}, {'y', "ÝýÿŶŷŸ"}, {'z', "ŹźŻżŽž"},
	}
	for _, row := range rows {
		for _, r := range row.all {
			t[r-0xc0] = row.base
		}
	}
	return t
}()

// gapOfRune says how a rune beyond ASCII that is no part of a word separates.
func gapOfRune(r rune) uint8 {
	switch r {
	case 0xa0, 0x2002, 0x2003, 0x2009, 0x202f, 0x2010, 0x2011, 0x2018, 0x2019: // spaces, hyphens, quotes
		return 0
	case 0x2013, 0x2014: // dashes
		return gapHard
	}
	return gapHard | gapList // bullets and whatever else, invalid bytes included
}

// words calls yield for every token of s in order. It is the slow twin of
// matcher.scan for building and for titles; both must cut alike (tested).
func words(s string) []string {
	var v vocabulary
	var out []string
	for _, t := range v.scan(s, nil) {
		out = append(out, foldToken(s[t.start:t.end]))
	}
	return out
}

// foldToken is a token's text as names are compared.
func foldToken(s string) string {
	if s == "&" {
		return "and"
	}
	out := make([]byte, 0, len(s))
	var buf [utf8.UTFMax]byte
	single := isAcronym(s)
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case classes[c] == wordByte:
				out = append(out, lower(c))
			case c == '\'':
			case c == '.' && single:
			default:
				out = append(out, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r == 0x2019 {
			continue
		}
		f, _ := foldRune(r, &buf)
		out = append(out, f...)
	}
	return string(out)
}

// isAcronym says whether s is letters with dots between them: R.N.
func isAcronym(s string) bool {
	if len(s) < 3 || s[0] == '.' {
		return false
	}
	for i := range len(s) {
		if i%2 == 0 && !isLetter(s[i]) || i%2 == 1 && s[i] != '.' {
			return false
		}
	}
	return true
}
