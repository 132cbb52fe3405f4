package document

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// looksLikeText says whether bytes of no known type may be text of some
// encoding: few control characters, or every second byte zero as in UTF-16.
func looksLikeText(data []byte) bool {
	if _, ok := decodeUnicode(data); ok {
		return true
	}
	head := data[:min(len(data), 8192)]
	bad := 0
	for _, c := range head {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1B {
			bad++
		}
	}
	return len(head) > 0 && bad*100 <= len(head) && !bytes.Contains(head, []byte{0, 0})
}

func readText(data []byte) extract {
	s, ok := decodeText(data)
	if !ok {
		return failed(fairlead.Garbled, "the encoding of the text is unknown")
	}
	return extract{text: s}
}

// decodeText finds the encoding of text and decodes it: a byte order mark, then
// UTF-8, then UTF-16 and UTF-32 by their zeros, then the legacy encoding whose
// result looks most like writing. ok is false when none does.
func decodeText(data []byte) (string, bool) {
	if s, ok := decodeUnicode(data); ok {
		return s, true
	}
	best, bestScore := "", -1.0
	for _, e := range []encoding.Encoding{
		charmap.Windows1252, charmap.Macintosh, charmap.Windows1250, charmap.Windows1251, charmap.KOI8R,
		japanese.ShiftJIS, japanese.EUCJP, simplifiedchinese.GBK, traditionalchinese.Big5, korean.EUCKR, japanese.ISO2022JP,
	} {
		out, err := e.NewDecoder().Bytes(data[:min(len(data), 64<<10)])
		if err != nil {
			continue
		}
		if score := plausible(string(out)); score > bestScore+0.02 {
			if whole, err := e.NewDecoder().Bytes(data); err == nil {
				best, bestScore = string(whole), score
			}
		}
	}
	return best, bestScore > 0.5
}

func decodeUnicode(data []byte) (string, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		return strings.ToValidUTF8(string(data[3:]), "\uFFFD"), true
	case bytes.HasPrefix(data, []byte("\xFF\xFE\x00\x00")), bytes.HasPrefix(data, []byte("\x00\x00\xFE\xFF")):
		return decodeUTF32(data[4:], data[0] == 0xFF)
	case bytes.HasPrefix(data, []byte("\xFF\xFE")), bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return decodeUTF16(data)
	}
	// Text without a mark: where are the zeros?
	head := data[:min(len(data), 4096)]
	if bytes.IndexByte(head, 0) < 0 {
		if bytes.IndexByte(head, 0x1B) < 0 && utf8.Valid(data) {
			return string(data), true
		}
		return "", false
	}
	var zeros [4]int
	for i, c := range head {
		if c == 0 {
			zeros[i&3]++
		}
	}
	n := len(head)
	switch {
	case n >= 8 && zeros[1]+zeros[2]+zeros[3] > n/2 && zeros[0] == 0:
		return decodeUTF32(data, true)
	case n >= 8 && zeros[0]+zeros[1]+zeros[2] > n/2 && zeros[3] == 0:
		return decodeUTF32(data, false)
	case zeros[1]+zeros[3] > n/4 && zeros[0]+zeros[2] == 0:
		return decodeUTF16(append([]byte{0xFF, 0xFE}, data...))
	case zeros[0]+zeros[2] > n/4 && zeros[1]+zeros[3] == 0:
		return decodeUTF16(append([]byte{0xFE, 0xFF}, data...))
	}
	return "", false
}

// decodeUTF16 decodes text that begins with a byte order mark.
func decodeUTF16(data []byte) (string, bool) {
	if len(data) < 2 {
		return "", false
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if data[0] == 0xFE {
		order = binary.BigEndian
	}
	data = data[2:]
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units)), true
}

func decodeUTF32(data []byte, little bool) (string, bool) {
	var b strings.Builder
	for ; len(data) >= 4; data = data[4:] {
		v := binary.BigEndian.Uint32(data)
		if little {
			v = binary.LittleEndian.Uint32(data)
		}
		if v > unicode.MaxRune {
			return "", false
		}
		b.WriteRune(rune(v))
	}
	return b.String(), true
}

// decodeHTML decodes HTML by its byte order mark, its own declaration, or as
// text of an unknown encoding.
func decodeHTML(data []byte) (string, bool) {
	if s, ok := decodeUnicode(data); ok {
		return s, true
	}
	if e, _, certain := charset.DetermineEncoding(data[:min(len(data), 1024)], ""); certain {
		if out, err := e.NewDecoder().Bytes(data); err == nil {
			return string(out), true
		}
	}
	return decodeText(data)
}

// plausible is the share of a text's characters beyond ASCII that stand where
// writing has them: letters beside letters of the same script and case, common
// punctuation. Text in ASCII alone is 1.
func plausible(s string) float64 {
	good, all := 0.0, 0.0
	prev := ' '
	for i, r := range s {
		if r < 0x80 {
			if r < 0x20 && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
				all++
			}
			prev = r
			continue
		}
		all++
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		switch {
		case r == 0xFFFD || unicode.IsControl(r):
			good -= 2
		case strings.ContainsRune("–—‘’“”•…·€£©®™°«»½¿¡\u00A0§", r):
			good++
			// Quotes and dashes in the middle of a word are another letter in
			// another encoding, but for the apostrophe.
			if r != '’' && r != '–' && r != '—' && r != '·' && unicode.IsLower(prev) && unicode.IsLower(next) {
				good -= 2
			}
		case r >= 0x3000 && r <= 0x3011, r >= 0xFF01 && r <= 0xFF5E:
			good++ // punctuation of Chinese and Japanese
		case unicode.IsLetter(r):
			good += 0.9
			switch {
			case unicode.IsUpper(r) && unicode.IsLower(prev):
				good -= 2
			case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
				if r >= 0xFF61 && r <= 0xFF9F {
					good -= 0.7 // half-width forms are rare
				} else if unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || commonHan(r) {
					good += 0.1
				} else {
					good -= 0.4
				}
				if prev < 0x80 && unicode.IsLower(prev) && next < 0x80 && unicode.IsLower(next) {
					good -= 2 // inside a Latin word
				}
			case unicode.Is(unicode.Cyrillic, r):
				if prev < 0x80 && unicode.IsLetter(prev) {
					good -= 2
				} else if unicode.Is(unicode.Cyrillic, prev) && unicode.IsLower(r) {
					good += 0.1
				}
			case r > 0x17F:
				good -= 0.5
			case r > 0xFF:
				good -= 0.15
			case unicode.IsLetter(prev) || unicode.IsLetter(next):
				good += 0.1
				if prev >= 0xC0 && prev != 'ß' && unicode.IsLetter(prev) {
					good -= 0.6 // accented letters seldom follow each other
				}
			default:
				good -= 0.3
			}
		default:
			good -= 0.5
		}
		prev = r
	}
	if all == 0 {
		return 1
	}
	return good / all
}

// commonHan says whether a character is in the part of the block that everyday
// writing uses most; decoding with the wrong encoding spreads over all of it.
func commonHan(r rune) bool { return r >= 0x4E00 && r <= 0x9FA5 && r != 0x951F && r != 0x65A4 }
