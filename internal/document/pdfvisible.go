package document

import "math"

// Whether text can be seen is decided in two steps. Cheap rules on colour,
// place and painting order find what is surely hidden and what is suspicious;
// a suspicion is then settled by painting the page with and without the text
// and comparing the pixels where its glyphs stand.

// paint is an object other than text that may lie under or over text.
type paint struct {
	z                 int
	x0, top, x1, foot float64 // as the page is held
	colour            [3]float64
	plain             bool // one colour; else a picture or a gradient
	opaque            bool
}

// scene is the painting order of a page.
type scene struct {
	z        map[uint64]int // of text objects
	paints   []paint
	clips    map[uint64][4]float64 // of text objects: x0, top, x1, foot
	pictures int
	covered  float64 // share of the page that pictures cover
}

const (
	maxObjects = 20_000
	maxPaints  = 2_000
	maxNesting = 8
)

// matrix maps (x, y) to (a·x + c·y + e, b·x + d·y + f).
type matrix [6]float64

func (m matrix) at(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

// after applies m first, then n.
func (m matrix) after(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// look walks the objects of a page in painting order.
func (e *pdfEngine) look(page uint64, v view) *scene {
	s := &scene{z: map[uint64]int{}, clips: map[uint64][4]float64{}}
	left := maxObjects
	n := int(int32(e.call("FPDFPage_CountObjects", page)))
	e.walk(s, v, matrix{1, 0, 0, 1, 0, 0}, n, &left, 0, func(i int) uint64 { return e.call("FPDFPage_GetObject", page, uint64(i)) })
	return s
}

func (e *pdfEngine) walk(s *scene, v view, m matrix, n int, left *int, depth int, object func(int) uint64) {
	scratch := uint64(e.scratch)
	for i := 0; i < n && *left > 0 && e.err == nil; i++ {
		o := object(i)
		if o == 0 {
			continue
		}
		*left--
		z := maxObjects - *left
		switch kind := e.call("FPDFPageObj_GetType", o); kind {
		case pageObjectText:
			s.z[o] = z
			if box, ok := e.clip(o, v, m); ok {
				s.clips[o] = box
			}
		case pageObjectForm:
			if depth >= maxNesting {
				continue
			}
			var own matrix
			e.call("FPDFPageObj_GetMatrix", o, scratch)
			e.floats(own[:])
			count := int(int32(e.call("FPDFFormObj_CountObjects", o)))
			e.walk(s, v, own.after(m), count, left, depth+1, func(i int) uint64 { return e.call("FPDFFormObj_GetObject", o, uint64(i)) })
		case pageObjectPath, pageObjectImage, pageObjectShading:
			e.addPaint(s, o, kind, z, v, m)
		}
	}
}

func (e *pdfEngine) addPaint(s *scene, o, kind uint64, z int, v view, m matrix) {
	if len(s.paints) >= maxPaints {
		return
	}
	scratch := uint64(e.scratch)
	if e.call("FPDFPageObj_GetBounds", o, scratch, scratch+4, scratch+8, scratch+12) == 0 {
		return
	}
	var b [4]float64 // left, bottom, right, top
	e.floats(b[:])
	if !finite(b[:]) {
		return
	}
	box := v.box(m, b[0], b[1], b[2], b[3])
	p := paint{z: z, x0: box[0], top: box[1], x1: box[2], foot: box[3], opaque: true}
	if p.x1-p.x0 < 3 || p.foot-p.top < 3 {
		return
	}
	switch kind {
	case pageObjectPath:
		e.call("FPDFPath_GetDrawMode", o, scratch, scratch+4)
		var mode [1]uint32
		e.uints(mode[:])
		if mode[0] == 0 {
			return
		}
		var c [4]uint32
		e.call("FPDFPageObj_GetFillColor", o, scratch, scratch+4, scratch+8, scratch+12)
		e.uints(c[:])
		if c[3] == 0 {
			return
		}
		p.plain, p.opaque = true, c[3] > 128
		p.colour = [3]float64{float64(c[0]), float64(c[1]), float64(c[2])}
	case pageObjectImage:
		s.pictures++
		w := math.Min(p.x1, v.width) - math.Max(p.x0, 0)
		h := math.Min(p.foot, v.height) - math.Max(p.top, 0)
		if w > 0 && h > 0 && v.width*v.height > 0 {
			s.covered += w * h / (v.width * v.height)
		}
	}
	s.paints = append(s.paints, p)
}

// box maps a rectangle of an object to the page as it is held: x0, top, x1, foot.
func (v view) box(m matrix, left, bottom, right, top float64) [4]float64 {
	out := [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, corner := range [4][2]float64{{left, bottom}, {left, top}, {right, bottom}, {right, top}} {
		x, y := v.at(m.at(corner[0], corner[1]))
		out[0], out[1] = math.Min(out[0], x), math.Min(out[1], y)
		out[2], out[3] = math.Max(out[2], x), math.Max(out[3], y)
	}
	return out
}

// clip returns the box an object is cut to, when it is cut.
func (e *pdfEngine) clip(o uint64, v view, m matrix) ([4]float64, bool) {
	path := e.call("FPDFPageObj_GetClipPath", o)
	if path == 0 {
		return [4]float64{}, false
	}
	n := int(int32(e.call("FPDFClipPath_CountPaths", path)))
	if n <= 0 {
		return [4]float64{}, false
	}
	scratch := uint64(e.scratch)
	out := [4]float64{math.Inf(-1), math.Inf(-1), math.Inf(1), math.Inf(1)}
	for i := range min(n, 8) {
		count := int(int32(e.call("FPDFClipPath_CountPathSegments", path, uint64(i))))
		if count <= 0 || count > 64 {
			continue
		}
		l, b, r, t := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for k := range count {
			segment := e.call("FPDFClipPath_GetPathSegment", path, uint64(i), uint64(k))
			if segment == 0 || e.call("FPDFPathSegment_GetPoint", segment, scratch, scratch+4) == 0 {
				continue
			}
			var p [2]float64
			e.floats(p[:])
			l, r = math.Min(l, p[0]), math.Max(r, p[0])
			b, t = math.Min(b, p[1]), math.Max(t, p[1])
		}
		if l > r {
			continue
		}
		box := v.box(m, l, b, r, t)
		out[0], out[1] = math.Max(out[0], box[0]), math.Max(out[1], box[1])
		out[2], out[3] = math.Min(out[2], box[2]), math.Min(out[3], box[3])
	}
	return out, !math.IsInf(out[0], 0)
}

// suspect finds why the text of a run may not be seen; "" when nothing speaks
// for it. box is where the run stands.
func (s *scene) suspect(t *textRun, box [4]float64) string {
	c := t.colour()
	if math.Min(c[0], math.Min(c[1], c[2])) > 190 {
		return "white_on_white"
	}
	if t.alpha() < 100 {
		return "transparent"
	}
	if t.layer {
		return "hidden_layer"
	}
	if t.blank {
		return "blank_glyphs"
	}
	if clip, ok := s.clips[t.handle]; ok {
		x, y := (box[0]+box[2])/2, (box[1]+box[3])/2
		if x < clip[0] || x > clip[2] || y < clip[1] || y > clip[3] || clip[2]-clip[0] < 0.6*(box[2]-box[0]) {
			return "clipped"
		}
	}
	z, ok := s.z[t.handle]
	if !ok {
		return ""
	}
	for _, p := range s.paints {
		w := math.Min(p.x1, box[2]) - math.Max(p.x0, box[0])
		h := math.Min(p.foot, box[3]) - math.Max(p.top, box[1])
		if w <= 0.3*(box[2]-box[0]) || h <= 0.3*(box[3]-box[1]) {
			continue
		}
		switch {
		case p.z > z && p.plain:
			return "covered"
		case p.z > z:
			return "behind_image"
		case !p.plain:
			return "same_colour_as_picture"
		case near(p.colour, c):
			return "same_colour_as_background"
		}
	}
	return ""
}

func near(a, b [3]float64) bool {
	for i := range a {
		if math.Abs(a[i]-b[i]) > 60 {
			return false
		}
	}
	return true
}

func (t *textRun) colour() [3]float64 {
	c := t.fill
	if t.mode == 1 || t.mode == 5 {
		c = t.stroke
	}
	return [3]float64{float64(c[0]), float64(c[1]), float64(c[2])}
}

func (t *textRun) alpha() uint32 {
	if t.mode == 1 || t.mode == 5 {
		return t.stroke[3]
	}
	return t.fill[3]
}

// judge marks the glyphs that a person does not see with the reason.
func (e *pdfEngine) judge(page uint64, v view, glyphs []glyph, runs []textRun) (s *scene, hidden []string) {
	hidden = make([]string, len(glyphs))
	s = e.look(page, v)
	boxes := make([][4]float64, len(runs))
	for i := range boxes {
		boxes[i] = [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	}
	for _, g := range glyphs {
		b := &boxes[g.run]
		b[0], b[1] = math.Min(b[0], g.x0), math.Min(b[1], g.top)
		b[2], b[3] = math.Max(b[2], g.x1), math.Max(b[3], g.foot)
	}
	suspects := make([]string, len(runs))
	var handles []uint64
	for i := range runs {
		t := &runs[i]
		if t.hidden != "" || math.IsInf(boxes[i][0], 0) {
			continue
		}
		if suspects[i] = s.suspect(t, boxes[i]); suspects[i] != "" {
			handles = append(handles, t.handle)
		}
	}
	for i, g := range glyphs {
		hidden[i] = runs[g.run].hidden
		if hidden[i] == "" && ((g.x0+g.x1)/2 < 0 || (g.x0+g.x1)/2 > v.width || (g.top+g.foot)/2 < 0 || (g.top+g.foot)/2 > v.height) {
			hidden[i] = "off_page"
		}
	}
	if len(handles) > 0 {
		e.settle(page, v, glyphs, suspects, handles, hidden)
	}
	return s, hidden
}

// leastContrast is the difference of a pixel, in any colour, from which a
// person sees it: light grey on white is 255 against 235.
const leastContrast = 20

// settle paints the page with and without the suspicious text.
func (e *pdfEngine) settle(page uint64, v view, glyphs []glyph, suspects []string, handles []uint64, hidden []string) {
	scale := math.Min(1.5, 1600/math.Max(v.width, v.height))
	w, h := int(v.width*scale), int(v.height*scale)
	if w < 1 || h < 1 {
		return
	}
	with := e.render(page, w, h)
	for _, o := range handles {
		e.call("FPDFPageObj_SetIsActive", o, 0)
	}
	without := e.render(page, w, h)
	for _, o := range handles {
		e.call("FPDFPageObj_SetIsActive", o, 1)
	}
	if with == nil || without == nil || e.err != nil {
		return
	}
	type tally struct{ seen, all int }
	tallies := make([]tally, len(suspects))
	shown := make([]bool, len(glyphs))
	for i, g := range glyphs {
		if suspects[g.run] == "" || isSpace(g.r) {
			continue
		}
		t := &tallies[g.run]
		t.all++
		if differs(with, without, w, h, g.x0*scale, g.top*scale, g.x1*scale, g.foot*scale) {
			shown[i] = true
			t.seen++
		}
	}
	for i, g := range glyphs {
		reason := suspects[g.run]
		if reason == "" || hidden[i] != "" {
			continue
		}
		t := tallies[g.run]
		switch {
		case t.all == 0 || t.seen*10 >= t.all*6:
		case t.seen*10 <= t.all:
			hidden[i] = reason
		case !shown[i] && !isSpace(g.r):
			hidden[i] = reason
		}
	}
}

func differs(a, b []byte, w, h int, x0, top, x1, foot float64) bool {
	for y := max(0, int(top)); y <= min(h-1, int(foot)); y++ {
		for x := max(0, int(x0)); x <= min(w-1, int(x1)); x++ {
			at := 4 * (y*w + x)
			for k := range 3 {
				if d := int(a[at+k]) - int(b[at+k]); d >= leastContrast || d <= -leastContrast {
					return true
				}
			}
		}
	}
	return false
}

// render paints a page on white; four bytes a pixel, blue, green, red, unused.
func (e *pdfEngine) render(page uint64, w, h int) []byte {
	bitmap := e.call("FPDFBitmap_Create", uint64(w), uint64(h), 0)
	if bitmap == 0 {
		return nil
	}
	defer e.call("FPDFBitmap_Destroy", bitmap)
	e.call("FPDFBitmap_FillRect", bitmap, 0, 0, uint64(w), uint64(h), 0xFFFFFFFF)
	e.call("FPDF_RenderPageBitmap", bitmap, page, 0, 0, uint64(w), uint64(h), 0, 0)
	buffer := e.call("FPDFBitmap_GetBuffer", bitmap)
	stride := int(e.call("FPDFBitmap_GetStride", bitmap))
	raw := e.bytes(uint32(buffer), uint32(stride*h))
	if raw == nil || stride < 4*w {
		return nil
	}
	out := make([]byte, 4*w*h)
	for y := range h {
		copy(out[4*w*y:4*w*(y+1)], raw[stride*y:])
	}
	return out
}
