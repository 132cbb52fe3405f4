package profile

import (
	"strings"
	"unicode"

	"github.com/fairlead/fairlead"
)

// name finds who the resume is about: a labelled name, "Curriculum Vitae of
// …", or the first lines. A line that could as well be a title, a heading, a
// place or a firm is not taken, unless an e-mail address says the same.
func (b *builder) name(c card) fairlead.Located {
	for i := 0; i < len(b.lines) && i < 40; i++ {
		if s, ok := b.labelledName(b.lines[i]); ok {
			return b.located(s)
		}
	}
	var best fairlead.Span
	bestScore := 0
	for i := 0; i < min(len(b.lines), max(c.block, 1), 8); i++ {
		l := b.lines[i]
		if _, _, ok := b.heading(i); ok {
			if !b.isResumeWord(l) {
				if i > 2 {
					break
				}
			}
			continue
		}
		from := l.tok
		// "Resume of Jane Doe", "CURRICULUM VITAE – Jane Doe"
		if k := b.afterResumeWord(l); k > from {
			if k >= l.end {
				continue
			}
			from = k
		}
		for _, seg := range b.segments(from, l.end) {
			s, score := b.nameIn(seg.tok, seg.end, c, i)
			if from > l.tok {
				score += 2
			}
			if score > bestScore {
				best, bestScore = s, score
			}
			break // a name stands first in its line
		}
		if bestScore >= 4 {
			break // the first that is one
		}
	}
	if bestScore >= 3 {
		return b.located(best)
	}
	return fairlead.Located{}
}

// seg is a run of tokens between separators.
type seg struct{ tok, end int }

// segments splits tokens at bars, bullets, wide gaps, semicolons and dashes
// that stand between blanks.
func (b *page) segments(tok, end int) []seg {
	var out []seg
	from := tok
	for k := tok; k < end; k++ {
		t := b.toks[k]
		cutBefore := k > from && t.spaces >= 2 && !b.inDate(k)
		s := b.str(k)
		separator := t.kind == mark && !b.inDate(k) && (s == "|" || s == "•" || s == "·" || s == ";" || s == "●" || s == "◦" || s == "▪" || s == "￨" || s == "，" || s == "❖" || s == "♦" || s == "⋄" || s == "∙" ||
			(isDash(s) || s == "/" || s == "~") && t.spaces > 0 && (k+1 >= end || b.toks[k+1].spaces > 0))
		if separator || cutBefore {
			if k > from {
				out = append(out, seg{from, k})
			}
			from = k
			if separator {
				from = k + 1
			}
		}
	}
	if end > from {
		out = append(out, seg{from, end})
	}
	return out
}

// labelledName reads "Name: Jane Doe".
func (b *builder) labelledName(l line) (fairlead.Span, bool) {
	k := l.tok
	for k < l.end && k < l.tok+3 && b.toks[k].kind == word {
		switch b.low(k) {
		case "full", "candidate", "applicant", "nom", "nombre", "candidate's", "my", "first":
			k++
			continue
		case "name", "complet", "completo":
		default:
			return fairlead.Span{}, false
		}
		k++
		break
	}
	if k == l.tok || k >= l.end-1 || b.str(k) != ":" && b.str(k) != "-" && b.str(k) != "–" {
		return fairlead.Span{}, false
	}
	k++
	for k < l.end && b.toks[k].kind == mark {
		k++
	}
	end := k
	for end < l.end && end-k < 8 {
		t := b.toks[end]
		s := b.str(end)
		if t.kind == word && (end == k || t.spaces <= 2) || t.kind == mark && (s == "." || s == "-") && touches(b.toks, end) {
			end++
			continue
		}
		break
	}
	for end > k && b.toks[end-1].kind == mark && b.str(end-1) != "." {
		end--
	}
	if end == k || !b.toks[k].upper || end-k > 7 || notName(b.low(k)) {
		return fairlead.Span{}, false
	}
	return b.span(k, end), true
}

// isResumeWord says whether the line is a title of the document itself.
func (b *builder) isResumeWord(l line) bool { return b.afterResumeWord(l) >= l.end }

// afterResumeWord is the token behind "Resume of", "Curriculum Vitae –" and the
// like at the line's beginning, or the line's first token.
func (b *builder) afterResumeWord(l line) int {
	k := l.tok
	switch b.low(k) {
	case "resume", "résumé", "resumé", "cv", "lebenslauf", "currículum", "biodata":
		k++
		if b.low(k) == "vitae" {
			k++
		}
	case "curriculum":
		k++
		if strings.HasPrefix(b.low(k), "vita") {
			k++
		}
	default:
		return l.tok
	}
	for k < l.end && (b.toks[k].kind == mark || b.low(k) == "of" || b.low(k) == "de" || b.low(k) == "for" || b.low(k) == "von") {
		k++
	}
	return min(k, l.end)
}

// nameIn reads a name at the beginning of the tokens and says how likely it is
// one: 3 and more is taken.
func (b *builder) nameIn(tok, end int, c card, lineNo int) (fairlead.Span, int) {
	k := tok
	for k < end && b.toks[k].kind == mark && strings.Contains("\"“”'*_«<[(", b.str(k)) {
		k++
	}
	for k < end && (b.toks[k].class&isHonorific != 0 || b.low(k) == "dr" || b.low(k) == "prof") {
		k++
		if k < end && b.str(k) == "." {
			k++
		}
	}
	from := k
	words, given, initials, plain, caps := 0, false, 0, 0, 0
	last := from
	for k < end && words < 6 {
		t := b.toks[k]
		s := b.str(k)
		if t.kind == mark {
			if (s == "." || s == "-" || s == "‐" || s == "‑") && touches(b.toks, k) && words > 0 {
				k++
				if s == "." {
					last = k
				}
				continue
			}
			break // a comma, a bracket: what follows is no name
		}
		if t.kind != word || t.newline && words > 0 {
			break
		}
		if !t.upper && t.class&isParticle == 0 {
			// "jane doe", all lower-case, as some write themselves
			if lineNo != 0 || !b.allLower(tok, end) {
				break
			}
		}
		if credential(s) && words >= 2 {
			break
		}
		if t.end-t.start == 1 {
			initials++
		} else {
			plain++
		}
		if t.class&isGiven != 0 {
			given = true
		}
		if t.caps {
			caps++
		}
		words++
		k++
		last = k
	}
	// A head noun or a firm's word ends the name unless it may be a surname.
	if words == 0 || plain == 0 || last == from {
		return fairlead.Span{}, 0
	}
	// "Doe, Jane": the surname first.
	reversed := false
	if k < end-1 && b.str(k) == "," && words <= 3 {
		i, n := k+1, 0
		for i < end && (b.toks[i].kind == word && b.toks[i].upper && !credential(b.str(i)) && (b.toks[i].class&(isCountry|isStateName|isCompany) == 0 || b.toks[i].class&isGiven != 0) || b.toks[i].kind == mark && (b.str(i) == "." || b.str(i) == "-") && touches(b.toks, i)) {
			if b.toks[i].kind == word {
				n++
				given = given || b.toks[i].class&isGiven != 0
			}
			i++
		}
		if i == end && n >= 1 && n <= 3 && (b.toks[end-1].class&isHead == 0 || b.toks[end-1].class&isGiven != 0) && (n > 1 || !b.toks[k+1].caps || b.toks[k+1].class&isState == 0) {
			k, last, words, reversed = end, end, words+n, true
		}
	}
	whole := k >= end || b.str(k) == "," || b.str(k) == "(" || credential(b.str(k))
	s := b.span(from, last)
	if overlaps(s, c.emails) || overlaps(s, c.links) {
		return fairlead.Span{}, 0
	}
	score := 0
	score += 2 * b.matchesEmail(from, last, c)
	title, firm, skill := 0, 0, 0
	for i := from; i < last; i++ {
		cl := b.toks[i].class
		if notName(b.low(i)) {
			title += 2
		}
		if cl&(isGiven|isCommon) != 0 {
			continue // may be a name as well
		}
		if cl&(isHead|isMod) != 0 {
			title++
		}
		if cl&(isCompany|isInstitution|isCountry|isStateName|isCity|isLanguage) != 0 {
			firm++
		}
		if cl&(isFunction|isVerb|isPresent) != 0 && cl&isParticle == 0 {
			skill += 2
		}
	}
	// "Head Cook" is nobody's name, "Chase Cook" is.
	if !given && words > 1 && b.toks[last-1].class&isHead != 0 && b.toks[from].class&(isMod|isHead) != 0 {
		title++
	}
	if _, ok := b.placeEnd(from, end); ok && !reversed && (lineNo > 0 || !given) {
		firm++
	}
	switch {
	case words >= 2 && words <= 5:
		score += 3
	case words == 1 && whole && ideographs(b.cut(s)):
		score += 3
	case words == 1 && whole:
		score++
	case words == 1:
	}
	if words == 1 && !whole {
		return s, 0
	}
	if given {
		score += 2
	}
	if lineNo == 0 {
		score++
	}
	if !whole {
		score -= 2
	}
	score -= 3*title + 3*firm + 2*skill
	if title > 0 && score < 5 && b.tax != nil && b.tax.LooksLikeTitle(b.cut(s)) {
		score -= 2
	}
	if len(c.emails) == 0 && len(c.phones) == 0 && title == 0 && words == 1 {
		score--
	}
	return s, score
}

// notName are words of labels and addresses that stand where a name could.
func notName(s string) bool {
	switch s {
	case "street", "avenue", "ave", "road", "rd", "blvd", "boulevard", "nagar", "phone", "number", "mobile", "email", "mail", "address", "name", "birth", "date", "tel", "telephone", "contact", "your", "resume", "resumé", "résumé", "cv", "sample", "template", "objective", "summary", "skills", "experience", "education", "profile", "linkedin", "github", "www", "http", "https", "nationality", "gender", "personal", "details", "information", "confidential", "example", "build", "curriculum", "vitae", "job", "seeker", "san", "los", "las", "fort":
		return true
	}
	return false
}

// ideographs says whether s is 2 to 5 characters of a script that writes names
// without blanks.
func ideographs(s string) bool {
	n := 0
	for _, r := range s {
		if !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			return false
		}
		n++
	}
	return n >= 2 && n <= 5
}

func (b *builder) allLower(tok, end int) bool {
	for k := tok; k < end; k++ {
		if b.toks[k].kind == number || b.toks[k].upper {
			return false
		}
	}
	return end-tok <= 4
}

// matchesEmail counts the name's words that stand in an e-mail's local part.
func (b *builder) matchesEmail(from, to int, c card) int {
	n := 0
	for k := from; k < to; k++ {
		if b.toks[k].kind != word || b.toks[k].end-b.toks[k].start < 3 {
			continue
		}
		for _, e := range c.emails {
			local, _, _ := strings.Cut(strings.ToLower(e.Value), "@")
			if strings.Contains(local, b.low(k)) {
				n++
				break
			}
		}
	}
	return min(n, 2)
}

// credential says whether s is one of the letters people put behind their name.
func credential(s string) bool {
	switch s {
	case "CPA", "MBA", "PhD", "Ph", "MD", "RN", "BSN", "MSN", "PMP", "CFA", "PE", "EIT", "JD", "Esq", "CISSP", "PHR", "SPHR", "SHRM", "MA", "MS", "BA", "BS", "BSc", "MSc", "LCSW", "LPN", "CNA", "DDS", "PharmD", "EdD", "DO", "LLM", "LLB", "CMA", "CIA", "ACCA", "FCA", "CA", "LEED", "AIA", "CSM", "ITIL", "MEd", "M", "NP", "FNP", "APRN", "DNP", "CCNA":
		return s != "M" && s != "CA"
	}
	return false
}

// location finds where somebody lives: "City, ST", "City, Country" in the
// contact block, a labelled place, or the place beside the e-mail.
func (b *builder) location(c card) fairlead.Located {
	for i := 0; i < c.block && i < len(b.lines); i++ {
		l := b.lines[i]
		for k := l.tok; k < l.end; k++ {
			if s, ok := b.placeAt(k, l.end); ok {
				if s.Start < c.name.At.End && s.End > c.name.At.Start {
					continue
				}
				return b.located(s)
			}
		}
	}
	for i := 0; i < len(b.lines); i++ {
		l := b.lines[i]
		if l.end-l.tok >= 3 && b.str(l.tok+1) == ":" && l.at.Len() < 80 {
			switch b.low(l.tok) {
			case "location", "ubicación", "ort", "wohnort", "ville":
				return b.located(b.span(l.tok+2, l.end))
			}
		}
	}
	// Alone on a line of the contact block: a known city or country.
	for i := 0; i < c.block && i < len(b.lines); i++ {
		l := b.lines[i]
		for _, s := range b.segments(l.tok, l.end) {
			if s.end-s.tok <= 2 && b.toks[s.tok].upper && b.toks[s.tok].class&(isCity|isCountry|isStateName) != 0 && b.toks[s.tok].class&isGiven == 0 && b.toks[s.end-1].kind == word {
				return b.located(b.span(s.tok, s.end))
			}
		}
	}
	return fairlead.Located{}
}

// placeAt reads "Boston, MA", "Lyon, France", "Bengaluru, Karnataka",
// "San Francisco, CA" beginning at token k.
func (b *page) placeAt(k, end int) (fairlead.Span, bool) {
	to, ok := b.placeEnd(k, end)
	if !ok {
		return fairlead.Span{}, false
	}
	return b.span(k, to), true
}

func (b *page) placeEnd(k, end int) (int, bool) {
	if k >= min(end, len(b.toks)) || b.toks[k].kind != word || !b.toks[k].upper || k > 0 && b.toks[k-1].kind == word && touches(b.toks, k) {
		return 0, false
	}
	if b.toks[k].class&isStreet != 0 && k > 0 && b.toks[k-1].kind == word && b.toks[k-1].upper && !b.toks[k].newline && b.toks[k].spaces < 2 {
		return 0, false // "Main Street, Boston"
	}
	i := k
	words := 0
	for i < end && words < 4 && b.toks[i].kind == word && (b.toks[i].upper || words > 0 && b.toks[i].class&isParticle != 0) && (i == k || !b.toks[i].newline && b.toks[i].spaces < 3) {
		words++
		i++
		if i < end && (b.str(i) == "." || b.str(i) == "-") && touches(b.toks, i) && i+1 < end && b.toks[i+1].kind == word {
			i++
		}
	}
	if words == 0 || i >= end {
		return 0, false
	}
	if b.str(i) != "," && b.str(i) != "，" {
		// Boston MA 02110
		zip := b.toks[i].kind == number && b.toks[i].end-b.toks[i].start == 5
		return i, zip && i-1 > k && b.toks[i-1].caps && b.toks[i-1].class&isState != 0
	}
	i++
	if i >= end || b.toks[i].kind != word || !b.toks[i].upper || b.toks[i].newline && b.toks[i].spaces > 2 {
		return 0, false
	}
	t := b.toks[i]
	switch {
	case t.caps && t.end-t.start == 2 && t.class&isState != 0,
		t.class&(isCountry|isStateName) != 0:
		i++
		// New York, Nova Scotia, United Kingdom, North Carolina: two words.
	case i+1 < end && b.toks[i+1].class&(isStateName|isCountry) != 0 && twoWordPlace(b.low(i)):
		i += 2
	case i+1 < end && pairPlace(b.low(i), b.low(i+1)):
		i += 2
	case t.class&(isGiven|isCommon|isMonth|isHead) == 0 && b.cityBefore(k, i):
		i++
	default:
		return 0, false
	}
	// Bengaluru, Karnataka, India
	if i+1 < end && b.str(i) == "," && b.toks[i+1].class&isCountry != 0 && b.toks[i+1].upper {
		i += 2
	}
	return i, true
}

// cityBefore says whether a known city stands in [k, to).
func (b *page) cityBefore(k, to int) bool {
	for ; k < to; k++ {
		if b.toks[k].class&isCity != 0 {
			return true
		}
	}
	return false
}

func twoWordPlace(first string) bool {
	switch first {
	case "north", "south", "west", "new", "united", "saudi", "sri", "costa", "great", "british", "nova", "rhode", "the", "uttar", "andhra", "tamil", "madhya":
		return true
	}
	return false
}

func pairPlace(a, b string) bool {
	switch a + " " + b {
	case "new york", "new jersey", "new mexico", "new hampshire", "rhode island", "north carolina", "south carolina", "north dakota", "south dakota", "west virginia",
		"united states", "united kingdom", "united arab", "saudi arabia", "sri lanka", "costa rica", "hong kong", "puerto rico", "south africa", "south korea", "british columbia", "nova scotia",
		"uttar pradesh", "andhra pradesh", "madhya pradesh", "tamil nadu", "west bengal", "czech republic", "new zealand", "new delhi", "dominican republic", "el salvador", "new south":
		return true
	}
	return false
}

// headline is the title somebody gives themselves: in the contact block, or
// the first line when that is a title.
func (b *builder) headline(c card) fairlead.Located {
	for i := 0; i < len(b.lines) && i < max(c.block, 1) && i < 8; i++ {
		l := b.lines[i]
		if _, _, ok := b.heading(i); ok {
			continue
		}
		if l.at.Len() > 160 {
			break
		}
		for _, s := range b.segments(l.tok, l.end) {
			at := b.span(s.tok, s.end)
			if c.name.At.Len() > 0 && at.Start < c.name.At.End && at.End > c.name.At.Start {
				// "Jane Doe, Accountant": what stands behind the name.
				for s.tok < s.end && b.toks[s.tok].start < c.name.At.End {
					s.tok++
				}
				for s.tok < s.end && b.toks[s.tok].kind == mark {
					s.tok++
				}
				if s.tok >= s.end || credential(b.str(s.tok)) && s.end-s.tok < 3 {
					continue
				}
			}
			s = b.trimSeg(s)
			if s.tok >= s.end || s.end-s.tok > 10 {
				continue
			}
			if b.titleScore(s) >= 3 {
				return b.located(b.span(s.tok, s.end))
			}
		}
	}
	return fairlead.Located{}
}

// trimSeg takes marks off both ends, all but a closing bracket, plus or dot
// that belongs to a word.
func (b *page) trimSeg(s seg) seg {
	for s.tok < s.end && b.toks[s.tok].kind == mark && b.str(s.tok) != "." {
		s.tok++
	}
	open := 0
	for k := s.tok; k < s.end; k++ {
		if b.str(k) == "(" {
			open++
		}
	}
	for s.end > s.tok && b.toks[s.end-1].kind == mark {
		m := b.str(s.end - 1)
		if m == ")" && open > 0 || (m == "+" || m == "#") && touches(b.toks, s.end-1) {
			break
		}
		if m == "." && s.end-2 >= s.tok && abbreviated(b.low(s.end-2)) {
			break
		}
		s.end--
	}
	return s
}

func abbreviated(s string) bool {
	switch s {
	case "inc", "ltd", "co", "corp", "jr", "sr", "llc", "dept", "mgr", "univ", "b", "s", "a", "m", "d":
		return true
	}
	return false
}
