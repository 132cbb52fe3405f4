package document

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/fairlead/fairlead"
	"github.com/richardlehane/mscfb"
	"golang.org/x/text/encoding/charmap"
)

// readDOC reads a Word 97–2003 document: the piece table and the character
// properties that hide text. See Microsoft's [MS-DOC], 2.4.1 and 2.5.
func readDOC(data []byte) extract {
	streams, err := oleStreams(data)
	if err != nil {
		return failed(fairlead.Corrupt, "the file is damaged")
	}
	if streams["EncryptedPackage"] != nil || streams["EncryptionInfo"] != nil {
		return failed(fairlead.Encrypted, "the file asks for a password")
	}
	word := streams["WordDocument"]
	if len(word) < 0x200 {
		if word == nil {
			return failed(fairlead.Unsupported, "the file is no Word document")
		}
		return failed(fairlead.Corrupt, "the document is damaged")
	}
	d := &docReader{word: word, w: newWriter()}
	flags := d.u16(0x0A)
	if flags&0x0100 != 0 {
		return failed(fairlead.Encrypted, "the file asks for a password")
	}
	d.table = streams["0Table"]
	if flags&0x0200 != 0 {
		d.table = streams["1Table"]
	}
	version := d.u16(0x02)
	if version < 101 {
		return failed(fairlead.Unsupported, "the file is from a version of Word before 6.0")
	}
	if version < 106 || d.table == nil {
		d.oldText()
		return d.finish()
	}
	if !d.pieces() {
		return failed(fairlead.Corrupt, "the document is damaged")
	}
	d.characterRuns()
	d.story()
	return d.finish()
}

const maxOLEStream = 40 << 20

// oleStreams reads the streams of a compound file that matter here.
func oleStreams(data []byte) (map[string][]byte, error) {
	r, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for n := 0; n < 2000; n++ {
		entry, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return out, nil //nolint:nilerr // what was read before the damage may be enough
		}
		switch entry.Name {
		case "WordDocument", "0Table", "1Table", "EncryptedPackage", "EncryptionInfo":
			if len(entry.Path) > 0 && out[entry.Name] != nil {
				continue // of an embedded document
			}
			b, err := io.ReadAll(io.LimitReader(entry, maxOLEStream))
			if err == nil || len(b) > 0 {
				out[entry.Name] = append([]byte{}, b...)
			}
		}
	}
	return out, nil
}

type docReader struct {
	word, table []byte
	text        []docChar // characters in order of their positions
	w           *writer
	runs        []docRun
}

// docChar is a UTF-16 unit and its offset in the WordDocument stream.
type docChar struct {
	unit uint16
	at   uint32
}

// docRun says why the bytes from..to of the WordDocument stream are not seen.
type docRun struct {
	from, to uint32
	reason   string
}

func (d *docReader) u16(at int) int {
	if at < 0 || at+2 > len(d.word) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(d.word[at:]))
}

func (d *docReader) u32(at int) int {
	if at < 0 || at+4 > len(d.word) {
		return 0
	}
	return int(int32(binary.LittleEndian.Uint32(d.word[at:])))
}

// oldText reads Word 6 and 95: one stretch of bytes.
func (d *docReader) oldText() {
	from, to := d.u32(0x18), d.u32(0x1C)
	if from < 0 || to > len(d.word) || from >= to {
		return
	}
	for i, c := range d.word[from:to] {
		r := charmap.Windows1252.DecodeByte(c)
		if c < 0x80 {
			r = rune(c)
		}
		d.text = append(d.text, docChar{uint16(r), uint32(from + i)})
	}
	d.emit(d.text, "")
}

// pieces reads the piece table (Clx) and the text it points to.
func (d *docReader) pieces() bool {
	at, n := d.u32(0x01A2), d.u32(0x01A6)
	if at < 0 || n <= 0 || at+n > len(d.table) {
		return false
	}
	clx := d.table[at : at+n]
	for len(clx) > 5 {
		switch clx[0] {
		case 1: // Prc: properties of pieces
			skip := 3 + int(binary.LittleEndian.Uint16(clx[1:]))
			if skip > len(clx) {
				return false
			}
			clx = clx[skip:]
		case 2: // Pcdt: the piece table
			size := int(binary.LittleEndian.Uint32(clx[1:]))
			if size < 4 || size > len(clx)-5 {
				return false
			}
			return d.readPieces(clx[5 : 5+size])
		default:
			return false
		}
	}
	return false
}

func (d *docReader) readPieces(plc []byte) bool {
	n := (len(plc) - 4) / 12
	for i := range n {
		from := int(binary.LittleEndian.Uint32(plc[4*i:]))
		to := int(binary.LittleEndian.Uint32(plc[4*i+4:]))
		fc := binary.LittleEndian.Uint32(plc[4*(n+1)+8*i+2:])
		if to < from || to-from > 16<<20 || len(d.text)+to-from > 16<<20 {
			return false
		}
		if fc&0x40000000 != 0 { // one byte a character
			start := (fc &^ 0xC0000000) / 2
			if int(start)+to-from > len(d.word) {
				to = from + max(0, len(d.word)-int(start))
			}
			for k := range to - from {
				c := d.word[int(start)+k]
				r := rune(c)
				if c >= 0x80 {
					r = charmap.Windows1252.DecodeByte(c)
				}
				d.text = append(d.text, docChar{uint16(r), start + uint32(k)})
			}
			continue
		}
		start := fc &^ 0xC0000000
		if int(start)+2*(to-from) > len(d.word) {
			to = from + max(0, (len(d.word)-int(start))/2)
		}
		for k := range to - from {
			at := int(start) + 2*k
			d.text = append(d.text, docChar{binary.LittleEndian.Uint16(d.word[at:]), uint32(at)})
		}
	}
	return len(d.text) > 0
}

// characterRuns reads the formatting pages (PlcfBteChpx, ChpxFkp) for text that
// is hidden, deleted, white or tiny.
func (d *docReader) characterRuns() {
	at, n := d.u32(0x00FA), d.u32(0x00FE)
	if at < 0 || n < 12 || at+n > len(d.table) {
		return
	}
	plc := d.table[at : at+n]
	count := (n - 4) / 8
	for i := range min(count, 4096) {
		page := int(binary.LittleEndian.Uint32(plc[4*(count+1)+4*i:])&0x3FFFFF) * 512
		if page+512 > len(d.word) {
			continue
		}
		fkp := d.word[page : page+512]
		runs := int(fkp[511])
		if 4*(runs+1)+runs > 511 {
			continue
		}
		for k := range runs {
			offset := int(fkp[4*(runs+1)+k]) * 2
			if offset == 0 || offset >= 511 {
				continue
			}
			size := int(fkp[offset])
			if offset+1+size > 511 {
				continue
			}
			if reason := hiddenSprm(fkp[offset+1 : offset+1+size]); reason != "" {
				d.runs = append(d.runs, docRun{binary.LittleEndian.Uint32(fkp[4*k:]), binary.LittleEndian.Uint32(fkp[4*k+4:]), reason})
			}
		}
	}
}

// hiddenSprm looks through a list of single property modifiers (2.6.1).
func hiddenSprm(list []byte) string {
	reason := ""
	var l looks
	for len(list) >= 3 {
		op := binary.LittleEndian.Uint16(list)
		size := 1
		switch op >> 13 {
		case 2, 4, 5:
			size = 2
		case 3:
			size = 4
		case 7:
			size = 3
		case 6:
			size = 1 + int(list[2])
		}
		if len(list) < 2+size {
			break
		}
		arg := list[2 : 2+size]
		switch op {
		case 0x083C: // sprmCFVanish
			if arg[0] == 1 {
				reason = "vanish"
			}
		case 0x0800: // sprmCFRMarkDel
			if arg[0] == 1 {
				reason = "deleted"
			}
		case 0x4A43: // sprmCHps, half points
			l.size = float64(binary.LittleEndian.Uint16(arg)) / 2
		case 0x6870: // sprmCCv
			if arg[3] == 0 {
				l.colour = rgb{arg[0], arg[1], arg[2], true}
			}
		case 0x2A42: // sprmCIco
			if arg[0] == 8 {
				l.colour = rgb{255, 255, 255, true}
			}
		case 0xCA71, 0x4866: // sprmCShd, sprmCShd80: some other background
			l.background = rgb{128, 128, 128, true}
		case 0x2A0C: // sprmCHighlight
			if arg[0] != 0 && arg[0] != 8 {
				l.background = rgb{128, 128, 128, true}
			}
		}
		list = list[2+size:]
	}
	if reason != "" {
		return reason
	}
	return l.hiddenBy()
}

// story emits the parts of the text in the order of the file: main text,
// footnotes, headers, comments, endnotes, text boxes.
func (d *docReader) story() {
	from := 0
	for _, part := range []struct {
		length int
		reason string
	}{
		{d.u32(0x4C), ""}, {d.u32(0x50), ""}, {d.u32(0x54), ""}, {d.u32(0x58), "macro"},
		{d.u32(0x5C), "comment"}, {d.u32(0x60), ""}, {d.u32(0x64), ""}, {d.u32(0x68), ""},
	} {
		if part.length < 0 || from >= len(d.text) {
			continue
		}
		to := min(len(d.text), from+part.length)
		d.emit(d.text[from:to], part.reason)
		from = to
		d.w.line()
	}
	if from == 0 {
		d.emit(d.text, "")
	}
}

func (d *docReader) reasonAt(at uint32) string {
	for _, r := range d.runs {
		if at >= r.from && at < r.to {
			return r.reason
		}
	}
	return ""
}

func (d *docReader) emit(text []docChar, why string) {
	var fields []bool // for each open field: are we in its instruction?
	var units []uint16
	reason := why
	flush := func() {
		if len(units) > 0 {
			d.w.put(string(utf16.Decode(units)), reason)
			units = units[:0]
		}
	}
	instruction := func() bool {
		for _, f := range fields {
			if f {
				return true
			}
		}
		return false
	}
	for i, c := range text {
		if now := why; len(d.runs) > 0 || i == 0 {
			if now == "" {
				now = d.reasonAt(c.at)
			}
			if now != reason {
				flush()
				reason = now
			}
		}
		switch c.unit {
		case 0x13:
			fields = append(fields, true)
			continue
		case 0x14:
			if n := len(fields); n > 0 {
				fields[n-1] = false
			}
			continue
		case 0x15:
			if n := len(fields); n > 0 {
				fields = fields[:n-1]
			}
			continue
		}
		if instruction() || len(fields) > 64 {
			continue
		}
		switch c.unit {
		case 0x0D, 0x0B, 0x0C, 0x0E:
			units = append(units, '\n')
		case 0x07:
			units = append(units, ' ', ' ')
		case 0x09:
			units = append(units, ' ', ' ')
		case 0x1E:
			units = append(units, '-')
		case 0xA0:
			units = append(units, ' ')
		default:
			if c.unit >= 0xF020 && c.unit < 0xF100 {
				units = append(units, '•') // a symbol font
			} else if c.unit >= 0x20 {
				units = append(units, c.unit)
			}
		}
	}
	flush()
}

func (d *docReader) finish() extract {
	out := d.w.done()
	var lines []string
	said := map[string]bool{}
	for _, l := range strings.Split(out.text, "\n") {
		l = strings.TrimSpace(l)
		// Headers and footers stand once for each section.
		if len(l) > 12 && said[l] && len(lines) > 0 {
			continue
		}
		said[l] = true
		lines = append(lines, l)
	}
	out.text = tidyLines(strings.Join(lines, "\n"))
	return out
}
