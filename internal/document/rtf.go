package document

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

const maxRTFDepth = 500

// rtfState is what a group inherits and what ends with it.
type rtfState struct {
	destination string // "" for text, "skip", "fonts", "colours", "comment"
	font        int
	size        float64
	colour      int
	background  int // character background
	shade       int // paragraph or cell background
	hidden      string
	fallback    int // characters to skip after \u
}

// rtfReader reads the Rich Text Format, specification 1.9.1.
type rtfReader struct {
	w       *writer
	data    []byte
	at      int
	state   rtfState
	stack   []rtfState
	page    encoding.Encoding
	fonts   map[int]encoding.Encoding
	colours []rgb
	mixing  rgb
	pending []byte // bytes of the current code page, not decoded yet
	skip    int    // characters still to skip after \u
	high    rune   // first half of a surrogate pair
	star    bool   // \* came: an unknown destination is skipped
}

func readRTF(data []byte) extract {
	r := &rtfReader{w: newWriter(), data: data, page: charmap.Windows1252, fonts: map[int]encoding.Encoding{}, state: rtfState{fallback: 1, colour: -1, background: -1, shade: -1}}
	if start := bytes.Index(data, []byte(`{\rt`)); start > 0 {
		r.at = start
	}
	if !r.read() {
		return failed(fairlead.FileTooLarge, "the document is nested beyond what is allowed")
	}
	return r.w.done()
}

func (r *rtfReader) read() bool {
	for r.at < len(r.data) {
		c := r.data[r.at]
		r.at++
		switch c {
		case '{':
			r.emit()
			if len(r.stack) >= maxRTFDepth {
				return false
			}
			r.stack = append(r.stack, r.state)
			r.skip, r.star = 0, false
		case '}':
			r.emit()
			if n := len(r.stack); n > 0 {
				if r.state.destination == "comment" && r.stack[n-1].destination != "comment" {
					r.w.flush()
				}
				r.state = r.stack[n-1]
				r.stack = r.stack[:n-1]
			}
			if len(r.stack) == 0 {
				return true
			}
			r.skip = 0
		case '\\':
			r.control()
		case '\r', '\n':
		default:
			if r.state.destination == "colours" {
				if c == ';' {
					r.colours = append(r.colours, r.mixing)
					r.mixing = rgb{}
				}
				continue
			}
			r.literal(c)
		}
	}
	r.emit()
	return true
}

func (r *rtfReader) literal(c byte) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if r.state.destination != "" && r.state.destination != "comment" {
		return
	}
	r.pending = append(r.pending, c)
}

// emit decodes the bytes collected so far.
func (r *rtfReader) emit() {
	if len(r.pending) == 0 {
		return
	}
	e := r.fonts[r.state.font]
	if e == nil {
		e = r.page
	}
	s, err := e.NewDecoder().Bytes(r.pending)
	if err != nil {
		s = bytes.ToValidUTF8(r.pending, []byte("\uFFFD"))
	}
	r.pending = r.pending[:0]
	r.put(string(s))
}

func (r *rtfReader) put(s string) {
	switch r.state.destination {
	case "":
		r.w.put(s, r.reason())
	case "comment":
		r.w.put(s, "comment")
	}
}

func (r *rtfReader) reason() string {
	l := looks{reason: r.state.hidden, size: r.state.size, colour: r.colourAt(r.state.colour)}
	l.background = r.colourAt(r.state.background)
	if !l.background.ok {
		l.background = r.colourAt(r.state.shade)
	}
	return l.hiddenBy()
}

func (r *rtfReader) colourAt(i int) rgb {
	if i < 0 || i >= len(r.colours) {
		return rgb{}
	}
	return r.colours[i]
}

// control reads what follows a backslash.
func (r *rtfReader) control() {
	if r.at >= len(r.data) {
		return
	}
	c := r.data[r.at]
	if c < 'a' || c > 'z' {
		if c < 'A' || c > 'Z' {
			r.at++
			r.symbol(c)
			return
		}
	}
	start := r.at
	for r.at < len(r.data) && r.at-start < 40 && (r.data[r.at]|0x20) >= 'a' && (r.data[r.at]|0x20) <= 'z' {
		r.at++
	}
	word := string(r.data[start:r.at])
	start = r.at
	if r.at < len(r.data) && r.data[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.data) && r.at-start < 12 && r.data[r.at] >= '0' && r.data[r.at] <= '9' {
		r.at++
	}
	n, err := strconv.Atoi(string(r.data[start:r.at]))
	given := err == nil
	if r.at < len(r.data) && r.data[r.at] == ' ' {
		r.at++
	}
	r.word(word, n, given)
}

func (r *rtfReader) symbol(c byte) {
	switch c {
	case '\'':
		if r.at+2 <= len(r.data) {
			if v, err := strconv.ParseUint(string(r.data[r.at:r.at+2]), 16, 8); err == nil {
				r.at += 2
				r.literal(byte(v))
			}
		}
	case '\\', '{', '}':
		r.literal(c)
	case '~':
		r.emit()
		r.put("\u00A0")
	case '_':
		r.emit()
		r.put("-")
	case '*':
		r.star = true
	case '\r', '\n':
		r.breakLine()
	case '\t':
		r.emit()
		r.put("  ")
	}
}

func (r *rtfReader) breakLine() {
	r.emit()
	r.high = 0
	if r.state.destination == "" {
		if r.reason() == "" {
			r.w.put("\n", "")
		} else {
			r.w.line()
		}
	}
}

var rtfSymbols = map[string]string{
	"tab": "  ", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "•",
	"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "nestcell": "  ",
}

func (r *rtfReader) word(word string, n int, given bool) {
	if s, ok := rtfSymbols[word]; ok {
		r.emit()
		if r.skip > 0 {
			r.skip--
			return
		}
		r.put(s)
		return
	}
	value := !given || n != 0
	switch word {
	case "par", "line", "sect", "page", "row", "nestrow", "column":
		r.breakLine()
		return
	case "cell":
		r.emit()
		r.put("  ")
		return
	case "u":
		r.emit()
		r.unicode(rune(n))
		r.skip = r.state.fallback
		return
	case "bin":
		r.at = min(len(r.data), r.at+max(n, 0))
		return
	}
	r.emit()
	switch word {
	case "uc":
		r.state.fallback = min(max(n, 0), 16)
	case "ansi":
		r.page = charmap.Windows1252
	case "mac":
		r.page = charmap.Macintosh
	case "pc", "pca":
		r.page = charmap.CodePage437
		if word == "pca" {
			r.page = charmap.CodePage850
		}
	case "ansicpg":
		r.page = codePage(n)
	case "f":
		r.state.font = n
	case "fcharset":
		if r.state.destination == "fonts" {
			if e := fontCharset(n); e != nil && len(r.fonts) < 4096 {
				r.fonts[r.state.font] = e
			}
		}
	case "red":
		r.mixing.r, r.mixing.ok = uint8(n), true
	case "green":
		r.mixing.g, r.mixing.ok = uint8(n), true
	case "blue":
		r.mixing.b, r.mixing.ok = uint8(n), true
	case "v", "webhidden":
		r.state.hidden = ""
		if value {
			r.state.hidden = "vanish"
		}
	case "deleted":
		r.state.hidden = ""
		if value {
			r.state.hidden = "deleted"
		}
	case "plain":
		r.state.hidden, r.state.size, r.state.colour, r.state.background = "", 0, -1, -1
	case "pard", "trowd":
		r.state.shade = -1
	case "fs":
		r.state.size = max(float64(n)/2, 0.01)
	case "cf":
		r.state.colour = n
	case "cb", "highlight", "chcbpat":
		r.state.background = n
	case "cbpat", "clcbpat":
		r.state.shade = n
	default:
		r.enter(word)
	}
	r.star = false
}

// enter begins a destination: a group that is not text of the page.
func (r *rtfReader) enter(word string) {
	switch word {
	case "fonttbl":
		r.state.destination = "fonts"
	case "colortbl":
		r.state.destination = "colours"
	case "annotation", "atnid", "atnauthor":
		r.state.destination = "skip"
		if word == "annotation" {
			r.state.destination = "comment"
		}
	case "stylesheet", "info", "pict", "object", "objdata", "fldinst", "themedata", "colorschememapping", "datastore", "latentstyles",
		"listtable", "listoverridetable", "rsidtbl", "generator", "xmlnstbl", "wgrffmtfilter", "filetbl", "revtbl", "bkmkstart", "bkmkend",
		"template", "nonshppict", "private", "operator", "mmathPr", "pgptbl", "sn", "sv", "shpgrp", "falt", "panose", "do", "xe", "tc", "rxe", "formfield":
		r.state.destination = "skip"
	case "shptxt", "dptxbxtext":
		r.state.destination = ""
	case "listtext", "pntext":
	default:
		if r.star && word != "shpinst" && word != "shp" && word != "shppict" && word != "cs" && word != "ud" {
			r.state.destination = "skip"
		}
	}
}

// unicode takes a \u character, a signed 16-bit unit of UTF-16.
func (r *rtfReader) unicode(u rune) {
	if u < 0 {
		u += 0x10000
	}
	switch {
	case u >= 0xD800 && u < 0xDC00:
		r.high = u
		return
	case u >= 0xDC00 && u < 0xE000:
		if r.high != 0 {
			r.put(string(0x10000 + (r.high-0xD800)<<10 + (u - 0xDC00)))
		}
		r.high = 0
		return
	}
	r.high = 0
	if u >= 0xF020 && u < 0xF100 {
		u = '•' // a symbol font
	}
	r.put(strings.ToValidUTF8(string(u), "\uFFFD"))
}

func codePage(n int) encoding.Encoding {
	switch n {
	case 437:
		return charmap.CodePage437
	case 850:
		return charmap.CodePage850
	case 852:
		return charmap.CodePage852
	case 866:
		return charmap.CodePage866
	case 874:
		return charmap.Windows874
	case 932:
		return japanese.ShiftJIS
	case 936:
		return simplifiedchinese.GBK
	case 949:
		return korean.EUCKR
	case 950:
		return traditionalchinese.Big5
	case 1250:
		return charmap.Windows1250
	case 1251:
		return charmap.Windows1251
	case 1253:
		return charmap.Windows1253
	case 1254:
		return charmap.Windows1254
	case 1255:
		return charmap.Windows1255
	case 1256:
		return charmap.Windows1256
	case 1257:
		return charmap.Windows1257
	case 1258:
		return charmap.Windows1258
	case 10000:
		return charmap.Macintosh
	case 65001:
		return unicode.UTF8
	}
	return charmap.Windows1252
}

// fontCharset maps \fcharset to a code page; nil leaves the document's.
func fontCharset(n int) encoding.Encoding {
	switch n {
	case 77:
		return charmap.Macintosh
	case 128:
		return japanese.ShiftJIS
	case 129:
		return korean.EUCKR
	case 134:
		return simplifiedchinese.GBK
	case 136:
		return traditionalchinese.Big5
	case 161:
		return charmap.Windows1253
	case 162:
		return charmap.Windows1254
	case 163:
		return charmap.Windows1258
	case 177:
		return charmap.Windows1255
	case 178:
		return charmap.Windows1256
	case 186:
		return charmap.Windows1257
	case 204:
		return charmap.Windows1251
	case 222:
		return charmap.Windows874
	case 238:
		return charmap.Windows1250
	}
	return nil
}
