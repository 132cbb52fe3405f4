package profile

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// class is a set of word classes of the lexicon, one bit each.
type class uint32

const (
	isMonth class = 1 << iota
	isSeason
	isPresent
	isTo
	isSince
	isHead // the noun a job title turns on: engineer, manager
	isMod  // a word that stands before such a noun: senior, software
	isCompany
	isInstitution
	isStreet
	isCountry
	isState
	isStateName
	isCity
	isLanguage
	isLevel
	isPronoun
	isHonorific
	isParticle
	isFunction
	isVerb
	isGiven
	isCommon   // a name that is also a word
	isPersonal // labels of lines about age, birth, family and the like
	isAddress
	isNameLabel
)

var classNames = map[string]class{
	"month": isMonth, "season": isSeason, "present": isPresent, "to": isTo, "since": isSince, "head": isHead, "mod": isMod,
	"company": isCompany, "institution": isInstitution, "street": isStreet, "country": isCountry, "state": isState,
	"statename": isStateName, "city": isCity, "language": isLanguage, "level": isLevel, "pronoun": isPronoun,
	"honorific": isHonorific, "particle": isParticle, "function": isFunction, "verb": isVerb, "given": isGiven, "common": isCommon,
	"personal": isPersonal, "address": isAddress, "namelabel": isNameLabel,
}

//go:embed lexicon.txt
var lexiconText string

// entry is what the lexicon knows of a word; value is the month of a month name
// and the first month of a season.
type entry struct {
	word  string
	class class
	value int8
}

// lexicon is read once and never changed afterwards.
var lexicon = sync.OnceValue(func() map[string]entry {
	words := make(map[string]entry, 2048)
	for line := range strings.Lines(lexiconText) {
		name, list, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		name, number, _ := strings.Cut(name, ".")
		value, _ := strconv.Atoi(number)
		for _, w := range strings.Fields(list) {
			e := words[w]
			e.word = w
			e.class |= classNames[name]
			if value != 0 {
				e.value = int8(value)
			}
			words[w] = e
		}
	}
	return words
})

type tokenKind uint8

const (
	word   tokenKind = iota // letters, with apostrophes inside
	number                  // decimal digits
	mark                    // one other character, or a run of escaped bytes
)

// token is a word, a number or a mark with its place.
type token struct {
	start, end int
	low        string // in lower case
	kind       tokenKind
	upper      bool  // begins with an upper-case letter (or one of a script without case)
	caps       bool  // more than one letter, none lower-case
	newline    bool  // a line break stands before it
	spaces     uint8 // characters of white space before it, at most 255
	class      class
	value      int // of a number, or of a month or season; -1 beyond 8 digits
}

// tokenize splits text into tokens. A byte that is not UTF-8 is a mark.
func tokenize(text string) []token {
	words := lexicon()
	toks := make([]token, 0, len(text)/5+8)
	fragments := fragmented(text)
	var spaces uint8
	newline := false
	var low [48]byte
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case r == '\n' || r == '\f' || r == '\r' || r == '\v' || r == '\u2028' || r == '\u2029':
			newline = true
			if spaces < 255 {
				spaces++
			}
			i += n
			continue
		case r == 'Â' && (i+n == len(text) || text[i+n] == ' ' || text[i+n] == '\n' || strings.HasPrefix(text[i+n:], "\u00a0")):
			// A hard blank read in the wrong encoding.
			if spaces < 255 {
				spaces++
			}
			i += n
			continue
		case r == ' ' || r == '\t' || r == '\u00a0' || r == '\u200b' || r == '\ufeff' || r >= utf8.RuneSelf && unicode.IsSpace(r):
			if r == '\t' && spaces < 254 {
				spaces++ // a tab sets columns apart, as two blanks do
			}
			if spaces < 255 {
				spaces++
			}
			i += n
			continue
		}
		if fragments && newline && len(toks) > 0 {
			if n := glued(text, toks[len(toks)-1], i); n > 0 {
				spaces, newline = n, false
			}
		}
		t := token{start: i, newline: newline, spaces: spaces}
		spaces, newline = 0, false
		switch {
		case r >= '0' && r <= '9':
			t.kind = number
			j := i
			for j < len(text) && text[j] >= '0' && text[j] <= '9' {
				j++
			}
			if j-i == 8 && twoYears(text[i:j]) {
				j = i + 4 // 20132015: the dash was lost
			}
			t.end = j
			if j-i <= 8 {
				t.value, _ = strconv.Atoi(text[i:j])
			} else {
				t.value = -1
			}
		case r >= utf8.RuneSelf && mojibake(text[i:]) > 0:
			t.kind = mark
			t.end = i + mojibake(text[i:])
		case isLetter(r):
			t.kind = word
			ascii := true
			uppers, lowers := 0, 0
			k := 0
			letters := low[:0]
			j := i
			for j < len(text) {
				c, m := rune(text[j]), 1
				if c >= utf8.RuneSelf {
					c, m = utf8.DecodeRuneInString(text[j:])
				}
				if (c == '\'' || c == '’') && j > i && j+m < len(text) {
					next, _ := utf8.DecodeRuneInString(text[j+m:])
					if !isLetter(next) {
						break
					}
				} else if !isLetter(c) && (c < utf8.RuneSelf || !unicode.IsMark(c)) {
					break
				}
				switch {
				case c >= 'a' && c <= 'z':
					lowers++
				case c >= 'A' && c <= 'Z':
					uppers++
				case c >= utf8.RuneSelf:
					ascii = false
					if unicode.IsUpper(c) {
						uppers++
					} else if unicode.IsLower(c) {
						lowers++
					} else {
						uppers++
					}
				}
				if len(letters) < len(low) && c < utf8.RuneSelf {
					if c >= 'A' && c <= 'Z' {
						c += 'a' - 'A'
					}
					letters = append(letters, byte(c))
				}
				k += m
				j += m
			}
			t.end = j
			t.upper = unicode.IsUpper(r) || r >= utf8.RuneSelf && !unicode.IsLower(r)
			t.caps = lowers == 0 && uppers > 1
			var e entry
			if ascii && k <= len(low) {
				e = words[string(letters)] // no allocation
			} else if j-i <= 64 {
				e = words[strings.ToLower(text[i:j])]
			}
			t.class, t.value = e.class, int(e.value)
			switch {
			case e.word != "":
				t.low = e.word
			case uppers == 0:
				t.low = text[i:j]
			default:
				t.low = strings.ToLower(text[i:j])
			}
		case r == '\\' && escaped(text[i:]):
			t.kind = mark
			t.end = i
			for escaped(text[t.end:]) {
				t.end += 4
			}
		default:
			t.kind = mark
			t.end = i + n
		}
		if t.kind != word {
			t.low = text[t.start:t.end]
		}
		toks = append(toks, t)
		i = t.end
	}
	return toks
}

// twoYears says whether eight digits are two years in order.
func twoYears(s string) bool {
	return (s[0] == '1' && s[1] == '9' || s[0] == '2' && s[1] == '0') && (s[4] == '1' && s[5] == '9' || s[4] == '2' && s[5] == '0') && s[:4] <= s[4:] && s[4:] < "2041" && s[:4] > "1959"
}

// fragmented says whether the text is one of those in which a lone blank line
// parts words of one line, as some extractors write them.
func fragmented(text string) bool {
	n := strings.Count(text, "\n \n")
	return n > 8 && n > 2*strings.Count(text, "\n\n")
}

// glued says whether in a fragmented text the token at byte i goes on with the
// line that last ended, and over how wide a gap: 2 when a blank-and-nothing line
// stands between, 1 when a comma, colon or "to" waits for more, 0 when not.
func glued(text string, last token, i int) uint8 {
	gap := text[last.end:i]
	if strings.Contains(gap, "\n \n") {
		if s := text[i]; s == ',' || s == ':' || last.kind == mark || last.low == "to" || strings.HasPrefix(text[i:], "to ") {
			return 1
		}
		return 2
	}
	if strings.Count(gap, "\n") > 1 || gap[0] != ' ' {
		return 0
	}
	switch s := text[last.start:last.end]; s {
	case ",", ":", "to", "-", "–":
		return 1
	default:
		if last.kind == mark && s[0] >= utf8.RuneSelf && !isBullet(s) {
			return 1
		}
	}
	return 0
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return r != utf8.RuneError && unicode.IsLetter(r)
}

// mojibake is the length of a dash or bullet at the beginning of s that was read
// in the wrong encoding, 0 when there is none. It stands so in the files of some
// producers and so on the reader's screen.
func mojibake(s string) int {
	if s[0] != 0xc3 {
		return 0 // begins with neither ï nor â
	}
	for _, m := range [...]string{"ï¼\u200b", "ï¼", "â€“", "â€”", "â€¢", "â€\u0090"} {
		if strings.HasPrefix(s, m) {
			return len(m)
		}
	}
	return 0
}

// escaped says whether s begins with a byte written as \xe2, which is what is
// left of dashes and bullets in texts that went through a careless export.
func escaped(s string) bool {
	return len(s) >= 4 && s[0] == '\\' && s[1] == 'x' && isHex(s[2]) && isHex(s[3])
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// isDash says whether the mark s joins the two ends of a range or sets parts of
// a heading apart.
func isDash(s string) bool {
	switch s {
	case "-", "–", "—", "―", "‒", "‐", "‑", "−", "－", "﹣", "~", "→", "\ufffd", "\u0096", "\u0097", "ï¼\u200b", "ï¼", "â€“", "â€”", "â€\u0090", `\xe2\x80\x93`, `\xe2\x80\x94`, `\xe2\x80\x90`, `\x96`, `\x97`:
		return true
	}
	return false
}

// isBullet says whether the mark s opens a list item.
func isBullet(s string) bool {
	switch s {
	case "•", "●", "▪", "■", "◦", "○", "‣", "⁃", "∙", "·", "*", "\uf0b7", "\uf0a7", "\uf0d8", "â€¢", "►", "➢", "➤", "✓", "✔", "❖", "◆", "♦", "»", "o",
		`\xe2\x80\xa2`, `\xef\x82\xa7`, `\xef\x82\xb7`, `\xc2\xb7`, `\xe2\x97\x8f`, `\xe2\x96\xaa`:
		return true
	}
	return false
}
