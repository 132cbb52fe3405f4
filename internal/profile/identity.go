package profile

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/fairlead/fairlead"
	"golang.org/x/text/unicode/norm"
)

// Identity is every part of text that tells or hints who somebody is, sorted
// and without overlaps: the name wherever it stands, e-mails, phones, links,
// the contact block but for the headline, addresses, lines about age, birth,
// family, nationality, gender, religion or a photo, honorifics and pronouns,
// and the years of schooling (not the degree). p is the text's own profile.
//
// Spans cover whole tokens, and what stands between two parts of one thing (a
// middle initial, a hyphen, the bars of a contact line) belongs to the span, so
// that a text in which each span is replaced by the same placeholder does not
// change when a name, address, pronoun or school year is swapped for another.
func Identity(text string, p fairlead.Profile) []fairlead.Span {
	if text == "" {
		return nil
	}
	b := &builder{page: newPage(text, nil), asOf: fairlead.YearMonth{Year: maxYear, Month: 12}}
	b.parts = b.sections()
	h := hider{builder: b, profile: p}
	h.reach()
	h.names()
	h.block()
	h.personal()
	h.pronouns()
	h.schoolYears()
	return h.merged()
}

// hider collects the spans to hide.
type hider struct {
	*builder
	profile fairlead.Profile
	out     []fairlead.Span
	// blockEnd is the byte the contact block ends at: within it spans that only
	// marks and blanks part are one.
	blockEnd int
}

func (h *hider) hide(s fairlead.Span) {
	if s.Len() > 0 {
		h.out = append(h.out, s)
	}
}

// reach hides e-mails, links and phones wherever they stand.
func (h *hider) reach() {
	for i := range h.toks {
		if h.toks[i].kind == mark && h.text[h.toks[i].start] == '@' {
			if s, ok := email(h.text, h.toks[i].start); ok {
				h.hide(s)
			} else if s, ok := h.spacedEmail(i); ok {
				h.hide(s)
			}
		}
	}
	var mails []fairlead.Located
	for _, s := range h.out {
		mails = append(mails, fairlead.Located{At: s})
	}
	for _, l := range h.links(mails) {
		h.hide(l.At)
	}
	for i := 0; i < len(h.toks); i++ {
		from, to, ok := h.phoneRun(i)
		if !ok {
			continue
		}
		if _, ok := h.e164(from, to, "US"); ok || h.plausiblePhone(from, to) {
			h.hide(h.span(from, to))
		}
		i = to - 1
	}
	for _, l := range h.profile.Phones {
		h.hide(l.At)
	}
	for _, l := range h.profile.Emails {
		h.hide(l.At)
	}
}

// plausiblePhone says whether digits without a known country are a phone: at
// least nine of them in two groups or more.
func (h *hider) plausiblePhone(from, to int) bool {
	digits, groups := 0, 0
	for k := from; k < to; k++ {
		if h.toks[k].kind == number {
			digits += h.toks[k].end - h.toks[k].start
			groups++
		}
	}
	return digits >= 9 && groups >= 2 || digits == 10
}

// part of a name: the word in lower case, without accents too, and whether it
// is also a common word, so that only its context tells.
type namePart struct {
	word, plain string
	common      bool
}

// names hides the name's parts wherever they stand as whole words.
func (h *hider) names() {
	at := h.profile.Name.At
	if at.Len() == 0 || at.End > len(h.text) {
		return
	}
	h.hide(at)
	parts, initials, particles := h.nameParts(at)
	glued := gluedNames(parts)
	hit := make(map[int]bool) // tokens that are parts of the name
	match := func(i int) (namePart, bool) {
		if h.toks[i].kind != word {
			return namePart{}, false
		}
		low := h.toks[i].low
		for _, suffix := range [...]string{"'s", "’s", "'", "’"} {
			low = strings.TrimSuffix(low, suffix)
		}
		plain := fold(low)
		for _, p := range parts {
			if low == p.word || plain == p.plain {
				return p, true
			}
		}
		return namePart{}, false
	}
	for i := range h.toks {
		p, ok := match(i)
		if !ok {
			if h.toks[i].kind == word && h.toks[i].end-h.toks[i].start >= 4 && slices.Contains(glued, h.toks[i].low) {
				hit[i] = true
			}
			continue
		}
		if h.inDateRange(i) {
			continue
		}
		if !p.common && !h.skillHere(i) || h.nameContext(i, match) {
			hit[i] = true
		}
	}
	for i := range h.toks {
		if !hit[i] {
			continue
		}
		s := fairlead.Span{Start: h.toks[i].start, End: h.toks[i].end}
		// The possessive stays: it says nothing.
		low := h.toks[i].low
		for _, suffix := range [...]string{"'s", "’s"} {
			if strings.HasSuffix(low, suffix) {
				s.End -= len(suffix)
				break
			}
		}
		// Particles before a surname that stands alone: Ms. van der Berg.
		for j := i - 1; j >= 0 && j >= i-5 && !h.toks[j+1].newline; j-- {
			if slices.Contains(particles, h.low(j)) {
				s.Start = h.toks[j].start
			} else if m := h.str(j); m != "." && m != "-" {
				break
			}
		}
		// Initials and marks up to the next part: Jane Q. Doe, Doe, Jane.
		k := i + 1
		for k < len(h.toks) && k <= i+6 && !h.toks[k].newline {
			if hit[k] {
				s.End = h.toks[k].start
				break
			}
			t := h.toks[k]
			m := h.str(k)
			initial := t.kind == word && t.end-t.start <= 2 && t.upper && slices.Contains(initials, h.low(k))
			if !initial && m != "." && m != "-" && m != "," && m != "‐" && m != "‑" && !slices.Contains(particles, h.low(k)) {
				break
			}
			k++
		}
		h.hide(s)
	}
	h.hideIdeographs(at)
}

// nameParts are the words of the name, its initials, and the small words in it
// that are no name by themselves (van, de, St).
func (h *hider) nameParts(at fairlead.Span) (parts []namePart, initials, particles []string) {
	for i := range h.toks {
		t := h.toks[i]
		if t.start < at.Start || t.end > at.End || t.kind != word {
			continue
		}
		low := h.toks[i].low
		if first := []rune(low); len(first) > 0 {
			initials = append(initials, string(first[0]))
		}
		if t.end-t.start == 1 || t.class&isHonorific != 0 || low == "dr" {
			continue
		}
		if len(parts) > 0 && (t.class&isParticle != 0 && t.class&isGiven == 0 || low == "al" || low == "st") || !t.upper && t.class&isParticle != 0 {
			particles = append(particles, low)
			continue
		}
		const telling = isGiven | isPronoun | isHonorific
		parts = append(parts, namePart{word: low, plain: fold(low), common: t.class&^telling != 0 || t.class&isCommon != 0})
	}
	return parts, initials, particles
}

// fold takes the accents off.
func fold(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'ı': // capital I in Turkish is lower-case i elsewhere
			return 'i'
		case r == 'ł':
			return 'l'
		case r == 'ø':
			return 'o'
		}
		return r
	}, norm.NFD.String(s))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// gluedNames are the ways people write their name as one word: janedoe, jdoe,
// doejane, janed.
func gluedNames(parts []namePart) []string {
	if len(parts) < 2 {
		return nil
	}
	a, z := parts[0].plain, parts[len(parts)-1].plain
	first := func(s string) string { return string([]rune(s)[:1]) }
	return []string{a + z, z + a, first(a) + z, a + first(z), z + first(a)}
}

// skillHere says whether the profile has a skill at token i.
func (h *hider) skillHere(i int) bool {
	at := h.toks[i].start
	for _, s := range h.profile.Skills {
		if s.At.Start > at {
			return false
		}
		if at < s.At.End {
			return true
		}
	}
	return false
}

// nameContext says whether token i, a part of the name that is also a common
// word or a skill, is meant as the name.
func (h *hider) nameContext(i int, match func(int) (namePart, bool)) bool {
	t := h.toks[i]
	if t.start < h.profile.Name.At.End && t.end > h.profile.Name.At.Start {
		return true
	}
	if !t.upper || i+1 < len(h.toks) && h.toks[i+1].kind == number && h.toks[i+1].spaces <= 1 && !h.toks[i+1].newline {
		return false // "Page 2"
	}
	other := func(k int) bool {
		if k < 0 || k >= len(h.toks) {
			return false
		}
		_, ok := match(k)
		return ok && h.toks[k].upper
	}
	// Beside another part, over an initial or a mark.
	for d := 1; d <= 4; d++ {
		k := i + d
		if k >= len(h.toks) || h.toks[k].newline {
			break
		}
		if other(k) {
			return true
		}
		if m := h.str(k); m != "." && m != "," && m != "-" && h.toks[k].end-h.toks[k].start > 1 && h.toks[k].class&isParticle == 0 && h.low(k) != "st" {
			break
		}
	}
	for d := 1; d <= 4; d++ {
		k := i - d
		if k < 0 || h.toks[k+1].newline {
			break
		}
		if other(k) {
			return true
		}
		if m := h.str(k); m != "." && m != "," && m != "-" && h.toks[k].end-h.toks[k].start > 1 && h.toks[k].class&isParticle == 0 && h.low(k) != "st" {
			break
		}
	}
	if i > 0 && (h.honorific(i-1) || h.str(i-1) == "." && i > 1 && h.honorific(i-2)) {
		return true
	}
	low := h.toks[i].low
	if strings.HasSuffix(low, "'s") || strings.HasSuffix(low, "’s") {
		return true
	}
	if i+1 < len(h.toks) && !h.toks[i+1].newline {
		switch w := h.low(i + 1); w {
		case "is", "was", "has", "had", "enjoys", "holds", "brings", "works", "lives", "loves", "leads", "manages", "joined", "earned", "graduated", "received", "grew", "became", "began", "started", "speaks", "volunteers", "excels", "thrives", "took", "won", "spent", "ran", "helped", "also", "currently", "serves", "continues", "wants", "hopes", "seeks":
			return h.str(i+2) != "used"
		default:
			if h.toks[i+1].class&isVerb != 0 && !h.toks[i+1].upper && strings.HasSuffix(w, "ed") || w == "led" || w == "built" || w == "wrote" || w == "oversaw" || w == "taught" {
				return true
			}
		}
	}
	if h.skillHere(i) {
		return false
	}
	// Capital in the middle of a sentence, and no part of a longer name.
	if i > 0 && !t.newline && !t.caps && h.toks[i-1].kind == word && !h.toks[i-1].upper && t.class&(isCity|isCountry|isStateName|isLanguage) == 0 {
		return i+1 >= len(h.toks) || h.toks[i+1].kind != word || !h.toks[i+1].upper || h.toks[i+1].newline
	}
	return false
}

// honorific says whether token k is Mr, Ms and the like; MS is a degree.
func (h *hider) honorific(k int) bool {
	t := h.toks[k]
	return t.kind == word && t.class&isHonorific != 0 && t.upper && !t.caps
}

// hideIdeographs hides a name in a script without blanks inside running text.
func (h *hider) hideIdeographs(at fairlead.Span) {
	name := h.cut(at)
	for _, r := range name {
		if !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) && r != ' ' && r != '·' && r != '　' {
			return
		}
	}
	for from := 0; ; {
		k := strings.Index(h.text[from:], name)
		if k < 0 {
			return
		}
		h.hide(fairlead.Span{Start: from + k, End: from + k + len(name)})
		from += k + len(name)
	}
}

// block hides the contact block but for titles, credentials and sentences.
func (h *hider) block() {
	var mails []fairlead.Located
	for _, s := range h.out {
		mails = append(mails, fairlead.Located{At: s})
	}
	n := h.builder.block(card{emails: mails})
	for i := 0; i < n; i++ {
		l := h.lines[i]
		h.blockEnd = l.at.End
		if _, _, ok := h.heading(i); ok && !h.isResumeWord(l) {
			continue
		}
		h.hideLine(l)
	}
	for _, s := range h.parts {
		if s.Kind != Contact {
			continue
		}
		for i := s.from; i < s.to && i < s.from+10; i++ {
			h.hideLine(h.lines[i])
		}
	}
}

// hideLine hides a line of the contact block segment by segment.
func (h *hider) hideLine(l line) {
	for _, s := range h.segments(l.tok, l.end) {
		// What stands before the name and behind it (earned letters, a title)
		// is judged without it.
		from, to := s.end, s.end
		for k := s.tok; k < s.end; k++ {
			if h.toks[k].start < h.profile.Name.At.End && h.toks[k].end > h.profile.Name.At.Start {
				from, to = min(from, k), k+1
			}
		}
		for _, piece := range [...]seg{{s.tok, from}, {to, s.end}} {
			piece = h.trimSeg(piece)
			if piece.end > piece.tok && !h.keeps(piece) {
				h.hide(h.span(piece.tok, piece.end))
			}
		}
	}
}

// keeps says whether a segment of the contact block says what somebody can do.
func (h *hider) keeps(s seg) bool {
	at := h.span(s.tok, s.end)
	if at.Start < h.profile.Headline.At.End && at.End > h.profile.Headline.At.Start {
		return true
	}
	words, lower, credentials := 0, 0, 0
	for k := s.tok; k < s.end; k++ {
		t := h.toks[k]
		if t.kind != word || h.hidden(t.start) {
			continue
		}
		words++
		if !t.upper && t.class&isParticle == 0 {
			lower++
		}
		if credential(h.str(k)) || acronymCertificate(h.str(k)) {
			credentials++
		}
	}
	if h.addressLike(s) {
		return false
	}
	if words > 0 && credentials == words {
		return true
	}
	if at.Len() > 100 || lower >= 4 {
		return true
	}
	return h.titleScore(s) >= 3
}

// hidden says whether byte k is in a span found so far.
func (h *hider) hidden(k int) bool {
	for _, s := range h.out {
		if k >= s.Start && k < s.End {
			return true
		}
	}
	return false
}

// addressLike says whether a segment has what addresses have: a house number
// with a street's word, a post code, a city with its state.
func (h *hider) addressLike(s seg) bool {
	street, digits, place := false, false, false
	for k := s.tok; k < s.end; k++ {
		t := h.toks[k]
		switch {
		case t.kind == number && t.end-t.start <= 6:
			digits = true
		case t.kind == word && t.class&isStreet != 0:
			street = true
		}
		if _, ok := h.placeEnd(k, s.end); ok {
			place = true
		}
	}
	return place || street && digits
}

// personal hides lines that tell age, birth, family and the like, and
// addresses with a label, wherever they stand.
func (h *hider) personal() {
	for i, l := range h.lines {
		k, address := h.personalLabel(l)
		if k > 0 {
			h.hide(h.span(l.tok, l.end))
			if address {
				h.addressLines(i + 1)
			}
			continue
		}
		for k := l.tok; k < l.end; k++ {
			if to := h.personalPhrase(k, l.end); to > k {
				h.hide(h.span(k, to))
				k = to - 1
			}
		}
	}
}

// addressLines hides the lines an address goes on over.
func (h *hider) addressLines(i int) {
	for n := 0; n < 3 && i < len(h.lines); i, n = i+1, n+1 {
		l := h.lines[i]
		if l.bullet || l.gap || l.at.Len() > 80 {
			return
		}
		if _, _, ok := h.heading(i); ok {
			return
		}
		for k := l.tok; k < min(l.end, l.tok+4); k++ {
			if h.str(k) == ":" {
				return
			}
		}
		if !h.addressLike(seg{l.tok, l.end}) {
			return
		}
		h.hide(l.at)
	}
}

// personalLabel says whether a line begins with a label of something personal;
// it returns the token behind the label, 0 for none.
func (h *hider) personalLabel(l line) (next int, address bool) {
	k := l.tok
	words := 0
	var key strings.Builder
	for k < l.end && words < 4 && h.toks[k].kind == word {
		if words > 0 {
			key.WriteByte(' ')
		}
		key.WriteString(h.low(k))
		words++
		k++
		label := key.String()
		switch cl := lexicon()[strings.ReplaceAll(label, " ", "_")].class; {
		case cl&isPersonal != 0:
			sentence := strings.HasPrefix(label, "geboren") || strings.HasPrefix(label, "né") || label == "born"
			if k < l.end && (h.toks[k].kind == mark || h.toks[k].spaces > 1 || sentence) {
				return k, false
			}
			if k == l.end && (label == "photo" || words > 1) {
				return k, false
			}
		case cl&isAddress != 0:
			if k == l.end || h.str(k) == ":" || isDash(h.str(k)) {
				return k, true
			}
		case cl&isNameLabel != 0:
			if k < l.end && (h.str(k) == ":" || isDash(h.str(k))) {
				return k, false
			}
		}
	}
	return 0, false
}

// personalPhrase reads "34 years old", "aged 34", "born in 1990", "single
// mother" beginning at token k; it returns the token behind it.
func (h *hider) personalPhrase(k, end int) int {
	t := h.toks[k]
	low := ""
	if t.kind == word {
		low = h.low(k)
	} else if t.kind != number {
		return 0
	}
	num := func(i int) bool {
		return i < end && h.toks[i].kind == number && h.toks[i].value >= 14 && h.toks[i].value <= 99
	}
	switch {
	case num(k) && k+2 < end && (h.low(k+1) == "years" || h.low(k+1) == "year") && h.low(k+2) == "old":
		return k + 3
	case num(k) && k+4 < end && h.str(k+1) == "-" && h.low(k+2) == "year" && h.str(k+3) == "-" && h.low(k+4) == "old":
		return k + 5
	case low == "aged" && num(k+1), low == "age" && (num(k+1) || k+1 < end && h.str(k+1) == ":" && num(k+2)):
		to := k + 2
		if !num(k + 1) {
			to++
		}
		return to
	case low == "born":
		for _, d := range h.dates {
			if d.tok > k && d.tok <= k+3 {
				return d.next
			}
		}
	case low == "dob" || low == "d" && h.str(k+1) == "." && h.low(k+2) == "o":
		for _, d := range h.dates {
			if d.tok > k && d.tok <= k+8 {
				return d.next
			}
		}
	case low == "married" || low == "unmarried" || low == "divorced" || low == "widowed" || low == "widow" || low == "widower":
		return k + 1
	case low == "male" || low == "female":
		return k + 1
	}
	return 0
}

// pronouns hides pronouns of the third person and honorifics.
func (h *hider) pronouns() {
	for k := range h.toks {
		t := h.toks[k]
		if t.kind != word {
			continue
		}
		if h.honorific(k) {
			s := fairlead.Span{Start: t.start, End: t.end}
			if k+1 < len(h.toks) && h.str(k+1) == "." && touches(h.toks, k+1) {
				s.End = h.toks[k+1].end
			}
			h.hide(s)
			continue
		}
		if !thirdPerson(h.low(k)) || t.caps && h.low(k) == "his" && !h.capsLine(k) {
			continue
		}
		// she/her/hers is one statement.
		to := k + 1
		for to+1 < len(h.toks) && h.str(to) == "/" && thirdPerson(h.low(to+1)) {
			to += 2
		}
		h.hide(h.span(k, to))
	}
}

// capsLine says whether the words around token k are in capitals too.
func (h *hider) capsLine(k int) bool {
	around := func(i int) bool {
		return i >= 0 && i < len(h.toks) && h.toks[i].kind == word && (h.toks[i].caps || h.toks[i].end-h.toks[i].start == 1)
	}
	return around(k-1) && around(k+1)
}

func thirdPerson(s string) bool {
	switch s {
	case "he", "she", "him", "her", "his", "hers", "himself", "herself", "they", "them", "their", "theirs", "themself", "themselves", "ze", "zir", "hir", "xe", "xem", "he's", "she's", "he’s", "she’s", "they're", "they’re":
		return true
	}
	return false
}

// schoolYears hides the dates of schooling: all of an education section, and
// those beside a degree, a class or a graduation elsewhere.
func (h *hider) schoolYears() {
	for _, s := range h.parts {
		for i := s.from; i < s.to && i < len(h.lines); i++ {
			l := h.lines[i]
			ds := h.lineDates(l)
			if s.Kind == Educations {
				for _, d := range ds {
					h.hide(d.at)
				}
				h.shortYears(l)
				continue
			}
			for _, d := range ds {
				if h.schooling(d, l) {
					h.hide(d.at)
				}
			}
		}
	}
	for _, e := range h.profile.Education {
		h.hide(e.YearAt)
	}
}

// shortYears hides '14 in an education section.
func (h *hider) shortYears(l line) {
	for k := l.tok; k+1 < l.end; k++ {
		if m := h.str(k); (m == "'" || m == "’" || m == "‘") && touches(h.toks, k+1) && h.toks[k+1].kind == number && h.toks[k+1].end-h.toks[k+1].start == 2 {
			h.hide(h.span(k, k+2))
		}
	}
}

// schooling says whether a date outside an education section tells when
// somebody was at school.
func (h *hider) schooling(d date, l line) bool {
	for k := d.tok - 1; k >= l.tok && k >= d.tok-6; k-- {
		switch h.low(k) {
		case "graduated", "graduation", "graduating", "graduate", "class", "passed":
			return true
		}
		if h.str(k) == "." && h.toks[k].spaces == 0 && k+1 < len(h.toks) && h.toks[k+1].upper && h.toks[k+1].spaces > 0 && !abbreviated(h.low(k-1)) {
			break
		}
	}
	for k := max(l.tok, d.tok-16); k < d.tok; k++ {
		if g, ok := h.degreeAt(k); ok && d.tok-g.end <= 12 && l.end-l.tok < 40 {
			return true
		}
	}
	for k := d.next; k < l.end && k < d.next+4; k++ {
		if _, ok := h.degreeAt(k); ok && l.end-l.tok < 40 {
			return true
		}
	}
	return false
}

// merged sorts the spans and joins those that overlap, touch or have only white
// space between them on one line; in the contact block marks between them and
// line breaks join too.
func (h *hider) merged() []fairlead.Span {
	slices.SortFunc(h.out, func(a, b fairlead.Span) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	var out []fairlead.Span
	for _, s := range h.out {
		if len(out) > 0 {
			last := &out[len(out)-1]
			if s.Start <= last.End || h.joins(h.text[last.End:s.Start], s.Start <= h.blockEnd) {
				last.End = max(last.End, s.End)
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

func (h *hider) joins(gap string, block bool) bool {
	if len(gap) > 40 {
		return false
	}
	for _, r := range gap {
		switch {
		case r == ' ' || r == '\t' || r == '\u00a0':
		case block && !unicode.IsLetter(r) && !unicode.IsDigit(r):
		default:
			return false
		}
	}
	return true
}
