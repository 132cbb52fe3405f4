package profile

import (
	"strings"

	"github.com/fairlead/fairlead"
)

// titleScore says how much a segment reads like a job title; 3 and more does.
func (b *builder) titleScore(s seg) int {
	if s.end <= s.tok || b.toks[s.tok].kind == mark {
		return 0
	}
	words, head, lastHead, firstHead, mod, firm, function, lower, verb := 0, 0, false, false, 0, 0, 0, 0, 0
	of := false
	for k := s.tok; k < s.end; k++ {
		t := b.toks[k]
		if t.kind == number && t.end-t.start > 2 {
			return 0
		}
		if t.kind != word {
			if m := b.str(k); m == "@" || m == ":" || m == "$" || m == "%" || m == "!" || m == "?" {
				return 0
			}
			continue
		}
		lastHead = false
		words++
		cl := t.class
		if (cl&isHead != 0 || plural(b, k)) && !b.product[t.start] {
			head++
			lastHead = true
			if words == 1 {
				firstHead = true
			}
		}
		if cl&isMod != 0 {
			mod++
		}
		if cl&isCompany != 0 && cl&(isHead|isMod) == 0 {
			firm++
		}
		switch b.low(k) {
		case "of", "and", "for", "de", "in", "to", "du", "des", "für", "i", "-":
			of = true
		default:
			if cl&isFunction != 0 {
				function++
			}
			if !t.upper && cl&isParticle == 0 && cl&isHead == 0 && cl&isMod == 0 {
				lower++
			}
			if cl&isVerb != 0 && k == s.tok && cl&isHead == 0 {
				verb++
			}
		}
	}
	if words == 0 || words > 9 {
		return 0
	}
	score := 0
	switch {
	case lastHead:
		score += 4
	case firstHead && (of || words > 1):
		score += 3
	case head > 0:
		score += 2
	}
	if head > 0 && mod > 0 {
		score++
	}
	if head == 0 && b.tax != nil && words <= 6 && lower == 0 && function == 0 && firm == 0 && b.tax.LooksLikeTitle(b.cut(b.span(s.tok, s.end))) {
		score += 3
	}
	score -= 2*function + 3*verb + lower
	switch {
	case firm > 0 && lastHead:
		score -= firm // "Department Manager"
	case firm > 0 && !firstHead:
		score -= 2 * firm
	}
	if b.toks[s.tok].kind == word && !b.toks[s.tok].upper && score > 0 {
		score--
	}
	return score
}

// plural says whether token k is a head noun in the plural: Managers.
func plural(b *builder, k int) bool {
	s := b.low(k)
	return len(s) > 4 && s[len(s)-1] == 's' && lexicon()[s[:len(s)-1]].class&isHead != 0
}

// firmScore says how much a segment reads like the name of an employer.
func (b *builder) firmScore(s seg) int {
	if s.end <= s.tok {
		return -9
	}
	score, words, lower := 0, 0, 0
	for k := s.tok; k < s.end; k++ {
		t := b.toks[k]
		if t.kind != word {
			if m := b.str(k); m == "@" || m == "%" || m == "!" || m == "?" {
				score -= 2
			}
			continue
		}
		words++
		if t.class&isCompany != 0 {
			score += 3
		}
		if !t.upper && t.class&(isParticle|isFunction) == 0 {
			lower++
		}
		if t.class&isFunction != 0 && t.class&isParticle == 0 && b.low(k) != "of" && b.low(k) != "and" && b.low(k) != "for" && b.low(k) != "the" && b.low(k) != "at" {
			score--
		}
	}
	if words == 0 || words > 12 {
		return -9
	}
	if b.toks[s.tok].upper || b.toks[s.tok].kind == number {
		score++
	}
	if last := b.toks[s.end-1]; last.class&isHead != 0 && last.class&isCompany == 0 {
		score -= 3 // firms do not end in "Manager"
	}
	return score - lower
}

// header is what the lines around a date say of a position.
type header struct {
	title, firm seg
	titleScore  int
	firmScore   int
}

// anchor is a line that dates a position.
type anchor struct {
	line int
	d    date
	from int // first header line
	to   int // behind the last header line
}

// positions reads the jobs somebody held, in the order of the text.
func (b *builder) positions(c card) []fairlead.Position {
	var out []fairlead.Position
	for _, s := range b.parts {
		switch s.Kind {
		case Experience, Header, Summary, Volunteering, Other, Projects, Awards, Skills, Personal:
			out = append(out, b.positionsIn(s, c)...)
		}
	}
	out = dedupePositions(out)
	for i := range out {
		if b.tax != nil && out[i].Title != "" {
			out[i].Occupation = occupation(b.tax, out[i].Title)
		}
	}
	return out
}

// dedupePositions drops jobs told twice, as on a page that stands twice in a
// file.
func dedupePositions(in []fairlead.Position) []fairlead.Position {
	type key struct {
		title, employer string
		start, end      fairlead.YearMonth
	}
	seen := make(map[key]bool, len(in))
	out := in[:0]
	for _, p := range in {
		k := key{p.Title, p.Employer, p.Start, p.End}
		if p.Start.IsZero() && p.Employer == "" || !seen[k] {
			seen[k] = true
			out = append(out, p)
		}
	}
	return out
}

func (b *builder) positionsIn(s part, c card) []fairlead.Position {
	first := s.from
	if s.Kind == Header {
		first = min(c.block, s.to)
		if s.to > first && b.has(Experience) {
			// Text between the contact block and the first heading is a summary.
			return b.prose(first, s.to)
		}
	}
	var out []fairlead.Position
	switch s.Kind {
	case Experience:
		out = b.dated(first, s.to, s.Kind)
	case Header, Summary, Other, Projects, Awards, Skills:
		// A job may stand under a heading we do not know, or none.
		out = b.dated(first, s.to, s.Kind)
	}
	// Titles told in sentences or by labels.
	dated := out
	for _, p := range b.prose(first, s.to) {
		// Inside a dated position "served as liaison" tells of it, not of another.
		if !known(out, p) && (p.DatesAt.Len() > 0 || !b.inBody(dated, p)) {
			out = append(out, p)
		}
	}
	if s.Kind == Experience {
		for _, p := range b.undated(first, s.to) {
			if !known(out, p) {
				out = append(out, p)
			}
		}
	}
	sortPositions(out)
	return out
}

// has says whether the text has a section of the kind.
func (b *builder) has(kind Kind) bool {
	for _, s := range b.parts {
		if s.Kind == kind {
			return true
		}
	}
	return false
}

// known says whether p's title stands inside a position's heading already.
func known(have []fairlead.Position, p fairlead.Position) bool {
	for _, h := range have {
		if p.At.Start < h.At.End && p.At.End > h.At.Start {
			return true
		}
	}
	return false
}

// inBody says whether p is told within the description of one of have that has
// a title of its own.
func (b *builder) inBody(have []fairlead.Position, p fairlead.Position) bool {
	for _, h := range have {
		if h.Title != "" && p.At.Start >= h.At.End && p.At.End <= h.Body.End && h.Body.Len() < 4000 {
			return true
		}
	}
	return false
}

func sortPositions(ps []fairlead.Position) {
	for i := 1; i < len(ps); i++ {
		for k := i; k > 0 && ps[k].At.Start < ps[k-1].At.Start; k-- {
			ps[k], ps[k-1] = ps[k-1], ps[k]
		}
	}
}

// headerLike says whether a line could be part of a position's heading: short,
// no sentence, no list item.
func (b *builder) headerLike(i int) bool {
	l := b.lines[i]
	if l.bullet && !b.strongTitleLine(i) || l.at.Len() > 130 {
		return false
	}
	words, lower, function := 0, 0, 0
	for k := l.tok; k < l.end; k++ {
		t := b.toks[k]
		if t.kind != word || b.inDate(k) {
			continue
		}
		words++
		if t.class&isFunction != 0 {
			function++
		}
		if !t.upper && t.class&(isFunction|isParticle|isMonth|isPresent|isTo) == 0 {
			lower++
		}
	}
	if words > 16 || !b.toks[l.tok].upper && b.toks[l.tok].kind == word && b.toks[l.tok].class&(isHead|isMod) == 0 {
		return false
	}
	if b.toks[l.tok].class&isVerb != 0 && b.toks[l.tok].class&isHead == 0 {
		return false
	}
	if last := b.str(l.end - 1); last == "." && !abbreviated(b.low(l.end-2)) && words > 5 {
		return false
	}
	return lower*2 <= words && function <= 4
}

func (b *builder) strongTitleLine(i int) bool {
	l := b.lines[i]
	if l.at.Len() > 70 {
		return false
	}
	ds := b.lineDates(l)
	end := l.end
	if len(ds) > 0 && ds[0].tok > l.tok {
		end = ds[0].tok
	}
	segs := b.segments(l.tok, end)
	if len(segs) == 0 {
		return false
	}
	s := b.trimSeg(segs[0])
	return s.end > s.tok && b.titleScore(s) >= 4
}

// anchors finds the lines of [from, to) that date something.
func (b *builder) anchors(from, to int) []anchor {
	var out []anchor
	for i := from; i < to; i++ {
		l := b.lines[i]
		ds := b.lineDates(l)
		if len(ds) == 0 {
			continue
		}
		var d date
		found := false
		for _, x := range ds {
			if x.ranged {
				d, found = x, true
				break
			}
		}
		if !found {
			// Two lone dates at the end of a row are a start and an end; one
			// dates a short heading.
			d = ds[0]
			if d.start.Year > b.asOf.Year+1 {
				continue
			}
		}
		before, after := d.tok-l.tok, l.end-d.next
		rest := before + after
		if d.ranged {
			if rest > 26 && before > 14 || l.bullet && rest > 14 && !b.leads(d, l) {
				continue
			}
			if before > 0 && after > 6 && !b.separated(d, l) || before == 0 && after > 20 && !b.leads(d, l) {
				continue
			}
		} else if rest > 12 || l.bullet || after > 3 && before > 2 || !b.headerLike(i) {
			continue
		}
		if before > 0 && !b.headerWords(l.tok, d.tok) {
			continue
		}
		out = append(out, anchor{line: i, d: d})
	}
	return out
}

// leads says whether the date opens the line and a title follows: "• 2004–2006:
// Legal Officer, Acme, responsible for …".
func (b *builder) leads(d date, l line) bool {
	if d.tok != l.tok || d.next >= l.end {
		return false
	}
	k := d.next
	for k < l.end && b.toks[k].kind == mark {
		k++
	}
	segs := b.headerSegments(k, min(l.end, k+14))
	return len(segs) > 0 && b.titleScore(b.trimSeg(segs[0])) >= 3
}

// separated says whether a mark, a gap or a bracket sets the date apart from
// the words before it.
func (b *builder) separated(d date, l line) bool {
	if d.tok == l.tok {
		return true
	}
	return b.toks[d.tok-1].kind == mark || b.toks[d.tok].spaces > 1
}

// headerWords says whether the tokens read like a heading, not a sentence.
func (b *builder) headerWords(from, to int) bool {
	words, lower, function := 0, 0, 0
	for k := from; k < to; k++ {
		t := b.toks[k]
		if t.kind != word {
			continue
		}
		words++
		if t.class&isFunction != 0 && t.class&isParticle == 0 && b.low(k) != "at" && b.low(k) != "of" && b.low(k) != "and" && b.low(k) != "from" && b.low(k) != "the" && b.low(k) != "for" && b.low(k) != "with" {
			function++
		}
		if !t.upper && t.class&(isFunction|isParticle|isHead|isMod|isSince) == 0 {
			lower++
		}
	}
	if t := b.toks[from]; t.kind == word && !t.upper && t.class&(isHead|isMod|isSince) == 0 && words > 3 {
		return false
	}
	return function <= 2 && lower*2 <= words+1
}

// dated reads the positions of lines [from, to) that have dates.
func (b *builder) dated(from, to int, kind Kind) []fairlead.Position {
	as := b.anchors(from, to)
	if len(as) == 0 {
		return nil
	}
	// How many lines stand above the first date tells the layout.
	above := as[0].line - from
	if above > 4 || kind != Experience {
		above = 2
	}
	if above == 0 {
		above = -1 // the date's line comes first
	}
	var out []fairlead.Position
	floor := from
	var bodies []int
	for n := range as {
		a := &as[n]
		next := to
		if n+1 < len(as) {
			next = as[n+1].line
		}
		h, ok := b.readHeader(a, floor, next, above)
		if !ok {
			continue
		}
		if kind != Experience && (h.titleScore < 4 || !a.d.ranged) {
			continue
		}
		p := fairlead.Position{Start: a.d.start, End: a.d.end, Current: a.d.current}
		if !a.d.ranged {
			// A lone date says when, not how long.
			p.Start, p.End = a.d.start, fairlead.YearMonth{}
			if a.d.start != a.d.end {
				p.End = a.d.end
			}
		}
		if h.title.end > h.title.tok {
			p.TitleAt = b.span(h.title.tok, h.title.end)
			p.Title = squeeze(b.cut(p.TitleAt))
		}
		if h.firm.end > h.firm.tok {
			p.EmployerAt = b.span(h.firm.tok, h.firm.end)
			p.Employer = squeeze(b.cut(p.EmployerAt))
		}
		p.DatesAt = a.d.at
		p.At = fairlead.Span{Start: b.lines[a.from].at.Start, End: b.lines[a.to-1].at.End}
		out = append(out, p)
		bodies = append(bodies, a.from)
		floor = a.to
	}
	for i := range out {
		end := to
		if i+1 < len(bodies) {
			end = bodies[i+1]
		}
		out[i].Body = fairlead.Span{Start: out[i].At.Start, End: max(out[i].At.End, b.lines[end-1].at.End)}
	}
	return out
}

// readHeader gathers the lines around an anchor that tell title and employer.
// It fails when neither is told.
func (b *builder) readHeader(a *anchor, floor, next, above int) (header, bool) {
	var h header
	h.firmScore = -1
	a.from, a.to = a.line, a.line+1
	b.readLine(a.line, a.d, &h)
	complete := func() bool { return h.titleScore >= 3 && h.firm.end > h.firm.tok }
	up := func() {
		for n := 0; n < max(above, 1) && a.from > floor && !complete(); n++ {
			i := a.from - 1
			if !b.headerLike(i) || len(b.lineDates(b.lines[i])) > 0 && b.lineDates(b.lines[i])[0].ranged {
				return
			}
			t, f := h.titleScore, h.firm
			b.readLine(i, date{}, &h)
			if h.titleScore == t && h.firm == f && n > 0 {
				return
			}
			a.from = i
		}
	}
	down := func(limit int) {
		for n := 0; n < limit && a.to < next && !complete(); n++ {
			i := a.to
			if !b.headerLike(i) || len(b.lineDates(b.lines[i])) > 0 {
				return
			}
			if b.lines[i].bullet {
				return
			}
			// A line that heads the next date belongs to it.
			if next < len(b.lines) && above > 0 && i >= next-above && i+1 < len(b.lines) && next-i <= above && b.lines[i].gap {
				return
			}
			before := h
			b.readLine(i, date{}, &h)
			if h.titleScore == before.titleScore && h.firm == before.firm {
				return
			}
			a.to = i + 1
		}
	}
	if above > 0 {
		up()
		down(1)
	} else {
		down(2)
		if h.titleScore < 3 && h.firm.end == h.firm.tok {
			up()
		}
	}
	return h, h.titleScore >= 3 || h.firm.end > h.firm.tok
}

// readLine puts what the segments of line i say into h.
func (b *builder) readLine(i int, d date, h *header) {
	l := b.lines[i]
	runs := [][2]int{{l.tok, l.end}}
	if d.next > 0 && d.tok >= l.tok && d.next <= l.end {
		runs = [][2]int{{l.tok, d.tok}, {d.next, l.end}}
	}
	for _, r := range runs {
		if r[1] <= r[0] {
			continue
		}
		segs := b.headerSegments(r[0], r[1])
		for _, s := range segs {
			b.place(s, h)
		}
	}
}

// place takes a segment as title or employer where it is the better one.
func (b *builder) place(s seg, h *header) {
	s = b.trimSeg(s)
	for s.tok < s.end && b.toks[s.tok].class&isSince != 0 && b.low(s.tok) != "desde" {
		s.tok++ // "from", "since" before the date that was taken out
	}
	s = b.trimSeg(s)
	if s.end <= s.tok {
		return
	}
	if end, ok := b.placeEnd(s.tok, s.end); ok && end >= s.end-1 {
		return // a place
	}
	if b.employment(s) {
		return
	}
	for k := s.tok; k < s.end; k++ {
		if b.toks[k].kind == number && b.toks[k].end-b.toks[k].start > 4 {
			return
		}
	}
	t := b.titleScore(s)
	f := b.firmScore(s)
	if t >= 3 && t > f && t > h.titleScore {
		if h.titleScore >= 3 && h.firm.end == h.firm.tok {
			h.firm, h.firmScore = h.title, 0
		}
		h.title, h.titleScore = s, t
		return
	}
	if t >= 3 && h.titleScore >= 3 && f < 1 {
		return
	}
	if f >= 1 && f > h.firmScore && s.end-s.tok <= 14 {
		h.firm, h.firmScore = s, f
	}
}

// employment says whether the segment only tells the kind of contract.
func (b *builder) employment(s seg) bool {
	if s.end-s.tok > 4 {
		return false
	}
	switch strings.ToLower(squeeze(b.cut(b.span(s.tok, s.end)))) {
	case "full-time", "full time", "part-time", "part time", "contract", "remote", "temporary", "seasonal", "hybrid", "on-site", "onsite", "permanent", "freelance", "city", "state", "city , state", "city, state", "dates", "duration", "period", "present", "current", "usa", "uk", "india", "to", "from", "responsibilities", "duties", "job description", "description", "client", "self", "n/a", "and", "at", "in", "hours", "salary", "company", "employer":
		return true
	}
	t := b.toks[s.tok]
	return s.end-s.tok == 1 && t.class&(isCity|isCountry|isStateName|isState) != 0 && (t.class&isState == 0 || t.caps && t.end-t.start == 2)
}

// headerSegments splits a heading further than segments does: at commas that
// part a title from a firm, at "at" and "@", and at colons and brackets.
func (b *builder) headerSegments(tok, end int) []seg {
	var out []seg
	for _, s := range b.segments(tok, end) {
		from := s.tok
		for k := s.tok; k < s.end; k++ {
			m := b.str(k)
			t := b.toks[k]
			cut := false
			switch {
			case b.inDate(k):
			case t.kind == mark && (m == ":" || m == "@" || m == "(" || m == "[" || m == "ï"):
				cut = k > from
			case t.kind == mark && m == ",":
				// "Inc" and a place keep their comma's side.
				cut = k > from && !b.commaStays(from, k, s)
			case k > from && t.kind == word && t.upper && b.toks[k-1].class&isHead != 0 && t.class&(isHead|isMod) == 0 && b.placeToEnd(k, s.end) && b.titleScore(seg{from, k}) >= 4:
				// "Web Developer North Hollywood, CA"
				out = append(out, seg{from, k})
				from = s.end
				k = s.end
			case k > from && t.kind == word && t.upper && b.toks[k-1].class&isHead != 0 && b.toks[s.end-1].class&isHead == 0 && b.firmScore(seg{k, s.end}) >= 3 && b.titleScore(seg{from, k}) >= 4:
				// "Lead Teller First National Bank"
				out = append(out, seg{from, k})
				from = k
			case t.kind == word && (m == "at" || m == "chez" || m == "bei" || m == "At" || m == "AT" && k > from) && k > from && k+1 < s.end && b.titleScore(seg{from, k}) >= 3:
				cut = true
			case t.kind == word && (m == "in" || m == "with" || m == "for") && k > from && k+1 < s.end && b.titleScore(seg{from, k}) >= 4 && b.firmScore(seg{k + 1, s.end}) >= 3:
				cut = true
			}
			if cut {
				out = append(out, seg{from, k})
				from = k + 1
				if end, ok := b.placeEnd(from, s.end); from < s.end && ok && end >= s.end-1 {
					from = s.end
					break
				}
			}
		}
		if from < s.end {
			out = append(out, seg{from, s.end})
		}
	}
	return out
}

// commaStays says whether the comma at k belongs to a name: "Acme, Inc", a
// city and its state, a title that goes on, words that go on in lower case.
func (b *builder) commaStays(from, k int, s seg) bool {
	if k+1 < s.end {
		t := b.toks[k+1]
		if t.kind == word && !t.upper {
			return true
		}
		if t.class&isCompany != 0 && s.end-k <= 3 && t.end-t.start <= 4 {
			return true
		}
	}
	return b.titleGoesOn(from, k, s.end) || b.placeAround(k, s)
}

// titleGoesOn says whether the comma at k parts the words of one title:
// "Director, Sales", "Vice President, Corporate Finance".
func (b *builder) titleGoesOn(from, k, end int) bool {
	if b.titleScore(seg{from, k}) < 3 || k+1 >= end {
		return false
	}
	n := 0
	for i := k + 1; i < end && b.str(i) != ","; i++ {
		if b.toks[i].kind == mark && (b.str(i) == "&" || b.str(i) == "/") || b.low(i) == "and" {
			continue
		}
		if b.toks[i].kind != word || b.toks[i].class&isMod == 0 || b.toks[i].class&(isCompany|isHead) != 0 {
			return false
		}
		n++
	}
	return n > 0 && n <= 3
}

// placeToEnd says whether the tokens from k on are a place and nothing else.
func (b *builder) placeToEnd(k, end int) bool {
	to, ok := b.placeEnd(k, end)
	return ok && to >= end-1
}

// placeAround says whether the comma at k stands between a city and its state.
func (b *builder) placeAround(k int, s seg) bool {
	if k+1 >= s.end {
		return false
	}
	t := b.toks[k+1]
	return t.class&isState != 0 && t.caps && t.end-t.start == 2 && k+2 >= s.end && k-s.tok <= 2 && b.titleScore(seg{s.tok, k}) < 3
}

// undated finds headings in an experience section that are a title and no
// date: a line of its own.
func (b *builder) undated(from, to int) []fairlead.Position {
	var out []fairlead.Position
	for i := from; i < to; i++ {
		l := b.lines[i]
		if l.bullet || l.at.Len() > 90 || !b.headerLike(i) || len(b.lineDates(l)) > 0 {
			continue
		}
		var h header
		h.firmScore = -1
		b.readLine(i, date{}, &h)
		if h.titleScore < 4 || !b.toks[h.title.tok].upper {
			continue
		}
		p := fairlead.Position{TitleAt: b.span(h.title.tok, h.title.end), At: l.at, Body: l.at}
		p.Title = squeeze(b.cut(p.TitleAt))
		if h.firm.end > h.firm.tok && h.firmScore >= 3 {
			p.EmployerAt = b.span(h.firm.tok, h.firm.end)
			p.Employer = squeeze(b.cut(p.EmployerAt))
		}
		out = append(out, p)
	}
	return out
}

// occupation is the code of the occupation a title means, "" when none is close.
func occupation(t Taxonomy, title string) string {
	m := t.Title(title, 1)
	if len(m.Occupations) == 0 || m.Occupations[0].Score < closeTitle {
		return ""
	}
	return m.Occupations[0].Code
}

// closeTitle is the least score at which a title's occupation is believed.
const closeTitle = 0.6
