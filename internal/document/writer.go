package document

import (
	"math"
	"strconv"
	"strings"
)

// writer collects what a parser of a flowing format reads: text a person sees,
// and text a person does not see with the reason.
type writer struct {
	text   []byte
	out    *extract
	hidden strings.Builder
	reason string
}

// put adds text. reason says why a person does not see it, "" when they do.
func (w *writer) put(s, reason string) {
	if s == "" || len(w.text)+w.hidden.Len() > 2*maxText {
		return
	}
	if reason != w.reason {
		w.flush()
		w.reason = reason
	}
	if reason == "" {
		w.text = append(w.text, s...)
		return
	}
	w.hidden.WriteString(s)
}

// line ends the line, unless nothing stands on it.
func (w *writer) line() {
	if w.reason != "" {
		w.hidden.WriteByte('\n')
	}
	if n := len(w.text); n > 0 && w.text[n-1] != '\n' {
		w.text = append(w.text, '\n')
	}
}

func (w *writer) flush() {
	if w.hidden.Len() > 0 {
		w.out.hide(0, strings.Join(strings.Fields(w.hidden.String()), " "), w.reason)
		w.hidden.Reset()
	}
}

// done returns what was read.
func (w *writer) done() extract {
	w.flush()
	w.out.text = strings.TrimSpace(string(w.text))
	return *w.out
}

func newWriter() *writer { return &writer{out: &extract{}} }

// looks is how a run of a flowing format is drawn. Colours are red, green and
// blue from 0 to 255; ok is false where the format's own default holds: black
// on white.
type looks struct {
	reason     string // hidden by a plain property: vanish, display none, …
	size       float64
	colour     rgb
	background rgb
}

type rgb struct {
	r, g, b uint8
	ok      bool
}

// hiddenBy says why text that looks so is not seen, "" when it is.
func (l looks) hiddenBy() string {
	if l.reason != "" {
		return l.reason
	}
	if l.size > 0 && l.size < tinySize {
		return "tiny"
	}
	front, back := l.colour, l.background
	if !front.ok {
		front = rgb{0, 0, 0, true}
	}
	if !back.ok {
		back = rgb{255, 255, 255, true}
	}
	if distance(front, back) < leastContrast {
		if back == (rgb{255, 255, 255, true}) {
			return "white_on_white"
		}
		return "same_colour_as_background"
	}
	return ""
}

func distance(a, b rgb) float64 {
	return math.Max(math.Abs(float64(a.r)-float64(b.r)), math.Max(math.Abs(float64(a.g)-float64(b.g)), math.Abs(float64(a.b)-float64(b.b))))
}

// hexColour reads RRGGBB or RGB, with or without a leading #.
func hexColour(s string) rgb {
	s = strings.TrimPrefix(strings.TrimSpace(s), "#")
	if len(s) == 3 {
		s = string([]byte{s[0], s[0], s[1], s[1], s[2], s[2]})
	}
	if len(s) < 6 {
		return rgb{}
	}
	n, err := strconv.ParseUint(s[:6], 16, 32)
	if err != nil {
		return rgb{}
	}
	return rgb{uint8(n >> 16), uint8(n >> 8), uint8(n), true}
}
