package profile

import (
	"strings"

	"github.com/fairlead/fairlead"
)

// certifications finds certificates and licences: well-known letters, names
// that say so ("AWS Certified …", "… License"), and the lines of a section of
// their own. Each is named once.
func (b *builder) certifications() []fairlead.Located {
	var out []fairlead.Located
	seen := map[string]bool{}
	add := func(s seg) {
		s = b.trimSeg(s)
		if s.end <= s.tok {
			return
		}
		v := b.located(b.span(s.tok, s.end))
		key := strings.ToLower(v.Value)
		if seen[key] || len(v.Value) > 120 || overlaps(v.At, out) {
			return
		}
		seen[key] = true
		out = append(out, v)
	}
	for _, p := range b.parts {
		if p.Kind == References || p.Kind == Interests {
			continue
		}
		for i := p.from; i < p.to; i++ {
			l := b.lines[i]
			if p.Kind == Certifications && b.certificateLine(l) {
				for _, s := range b.certificateItems(l) {
					add(s)
				}
				continue
			}
			for k := l.tok; k < l.end; k++ {
				if s, ok := b.certificateAt(k, l); ok {
					add(s)
					k = max(k, s.end-1)
				}
			}
		}
	}
	return out
}

// certificateLine says whether a line of a certifications section is an item
// and not a sentence, a date or a place.
func (b *builder) certificateLine(l line) bool {
	if l.end-l.tok > 26 || l.at.Len() < 2 || l.at.Len() > 140 {
		return false
	}
	if b.str(l.end-1) == "." && l.end-l.tok > 8 && !abbreviated(b.low(l.end-2)) {
		return false
	}
	lower, words := 0, 0
	for k := l.tok; k < l.end; k++ {
		if b.toks[k].kind == word && !b.inDateRange(k) {
			words++
			if !b.toks[k].upper && b.toks[k].class&(isFunction|isParticle) == 0 {
				lower++
			}
		}
	}
	return words > 0 && lower*2 <= words
}

// certificateItems splits a line of certificates at bars, semicolons and, when
// the parts are short, commas; dates end an item.
func (b *builder) certificateItems(l line) []seg {
	var out []seg
	for _, s := range b.segments(l.tok, l.end) {
		from := s.tok
		for k := s.tok; k <= s.end; k++ {
			if k == s.end || b.str(k) == "," || b.str(k) == "(" && k+1 < s.end && b.startsDate(k+1) || b.startsDate(k) {
				if k > from {
					out = append(out, seg{from, k})
				}
				if k < s.end && (b.startsDate(k) || b.str(k) == "(") {
					break // what follows the date is of the date
				}
				from = k + 1
			}
		}
	}
	// "Issued 2019", "Expires May 2020", lone places and numbers are no items.
	kept := out[:0]
	for _, s := range out {
		t := b.trimSeg(s)
		if t.end <= t.tok || b.toks[t.tok].kind != word {
			continue
		}
		switch b.low(t.tok) {
		case "issued", "expires", "expiration", "expiry", "valid", "date", "state", "city", "exp", "since", "in", "from", "to", "and", "present", "current", "currently", "license", "licence", "institute", "certificate":
			if t.end-t.tok < 4 {
				continue
			}
		}
		if at := b.span(t.tok, t.end); at.Len() < 3 || b.toks[t.tok].class&isVerb != 0 && b.toks[t.tok].class&isHead == 0 || !b.toks[t.tok].upper {
			continue
		}
		if t.end-t.tok == 1 && (b.toks[t.tok].class&(isState|isStateName|isCountry|isCity) != 0 && !acronymCertificate(b.str(t.tok)) || b.toks[t.tok].end-b.toks[t.tok].start < 2) {
			continue
		}
		kept = append(kept, t)
	}
	return kept
}

// acronymCertificate says whether s is the usual letters of a certificate or
// licence. Case matters.
func acronymCertificate(s string) bool {
	switch s {
	case "CPA", "PMP", "RN", "LPN", "CNA", "LVN", "CFA", "CISSP", "CISA", "CISM", "CCNA", "CCNP", "CCIE", "CSM", "PHR", "SPHR", "EIT", "FRM", "ACCA", "CMA", "CIA", "CFE", "CFP", "MCSE", "MCSA", "MCP", "MCITP", "MCSD", "MCTS", "MCPD", "ITIL", "OCP", "OCA", "SCJP", "OCJP", "SCWCD", "CEH", "OSCP", "CAPM", "CBAP", "LCSW", "LMSW", "EMT", "CPR", "ACLS", "BLS", "PALS", "BCLS", "CDL", "OSHA", "TOEFL", "IELTS", "CELTA", "TEFL", "LEED", "NCLEX", "APRN", "CRNA", "FINRA", "RHIA", "RHIT", "CPC", "CHRP", "CPSK", "CAMS", "PRINCE2", "SAFe", "ServSafe", "CompTIA", "CMFC", "SHRM":
		return true
	}
	return false
}

// certificateAt reads a certificate named in running text at token k.
func (b *builder) certificateAt(k int, l line) (seg, bool) {
	t := b.toks[k]
	if t.kind != word || k > 0 && touches(b.toks, k) && (b.str(k-1) == "." || b.str(k-1) == "@" || b.str(k-1) == "-") {
		return seg{}, false
	}
	if !t.upper {
		return seg{}, false
	}
	s := b.str(k)
	if acronymCertificate(s) {
		end := k + 1
		switch s {
		case "SHRM":
			if b.str(end) == "-" && (b.str(end+1) == "CP" || b.str(end+1) == "SCP") {
				return seg{k, end + 2}, true
			}
			return seg{}, false
		case "RN", "LPN", "CDL":
			if w := b.low(end); w == "license" || w == "licence" {
				end++
			}
			return seg{k, end}, true
		case "TOEFL", "IELTS", "FINRA", "CMFC":
			return seg{}, false
		case "CompTIA", "OSHA", "CPR", "ITIL", "LEED", "SAFe", "CIA":
			return b.capitals(k, end, l), s != "CIA" || b.low(k-1) == "," || b.low(end) == ","
		case "MCP", "OCP", "OCA":
			if w := b.low(end); w == "server" || w == "servers" {
				return seg{}, false
			}
		}
		return seg{k, end}, true
	}
	low := b.low(k)
	switch low {
	case "certified":
		// "AWS Certified Solutions Architect", "Certified Public Accountant"
		from := k
		for n := 0; from > l.tok && n < 4 && b.toks[from-1].kind == word && b.toks[from-1].upper && b.toks[from].spaces <= 1 && b.toks[from-1].class&(isFunction|isVerb) == 0; n++ {
			from--
		}
		s := b.capitals(from, k+1, l)
		if s.end > k+1 || from < k && k-from <= 3 {
			return s, s.end-s.tok >= 2
		}
	case "licensed", "registered":
		s := b.capitals(k, k+1, l)
		if s.end > k+1 && b.toks[s.end-1].class&isHead != 0 {
			return s, true
		}
	case "certification", "certificate", "license", "licence", "licensure", "credential", "certifications":
		// "Teaching Certificate", "Texas Real Estate License"
		from := k
		for n := 0; from > l.tok && n < 7; n++ {
			p := b.toks[from-1]
			if p.kind == word && b.toks[from].spaces <= 1 && (p.upper && p.class&isVerb == 0 || p.class&isParticle != 0 && b.low(from-1) == "of" || b.low(from-1) == "and" && from-2 > l.tok && b.toks[from-2].upper) && !b.inDateRange(from-1) || p.kind == mark && (b.str(from-1) == "-" || b.str(from-1) == "/" || b.str(from-1) == "&") && n > 0 {
				from--
				continue
			}
			break
		}
		for from < k && (b.toks[from].kind == mark || b.toks[from].class&isFunction != 0 || b.low(from) == "of") {
			from++
		}
		to := k + 1
		if w := b.low(to); (w == "in" || w == "of") && to+1 < l.end && b.toks[to+1].upper {
			s := b.capitals(from, to+2, l)
			return s, true
		}
		if from == k {
			return seg{}, false
		}
		if _, ok := b.degreeAt(from); ok {
			return seg{}, false
		}
		return seg{from, to}, true
	}
	return seg{}, false
}

// capitals extends [from, to) over the capitalised words that follow.
func (b *builder) capitals(from, to int, l line) seg {
	for to < l.end && to-from < 10 {
		t := b.toks[to]
		if t.spaces > 1 || b.inDateRange(to) {
			break
		}
		if t.kind == word && (t.upper && t.class&isVerb == 0 || (b.low(to) == "of" || b.low(to) == "in" || b.low(to) == "for" || b.low(to) == "and") && to+1 < l.end && b.toks[to+1].kind == word && b.toks[to+1].upper) {
			to++
			continue
		}
		if t.kind == number && t.end-t.start <= 3 {
			to++
			continue
		}
		if t.kind == mark {
			m := b.str(to)
			if (m == "-" || m == "/" || m == "+" || m == ".") && touches(b.toks, to) && (m == "+" || to+1 < l.end && touches(b.toks, to+1)) || (m == "-" || m == "–" || m == ":") && to+1 < l.end && b.toks[to+1].upper && b.toks[to].spaces <= 1 && to == from+1 {
				to++
				continue
			}
			if m == "(" && to+2 < l.end && b.str(to+2) == ")" && b.toks[to+1].caps {
				to += 3
				continue
			}
		}
		break
	}
	return seg{from, to}
}

// languages finds the human languages somebody speaks: those of a languages
// section and those a sentence gives a level to. Each once.
func (b *builder) languages() []fairlead.LanguageSkill {
	var out []fairlead.LanguageSkill
	seen := map[string]int{}
	add := func(name string, at fairlead.Span, level string) {
		key := strings.ToLower(name)
		if i, ok := seen[key]; ok {
			if out[i].Level == "" && level != "" {
				out[i].Level, out[i].At = level, at
			}
			return
		}
		seen[key] = len(out)
		out = append(out, fairlead.LanguageSkill{Name: name, Level: level, At: at})
	}
	for _, p := range b.parts {
		if p.Kind == References || p.Kind == Publications {
			continue
		}
		for i := p.from; i < p.to; i++ {
			l := b.lines[i]
			listed := p.Kind == Languages || b.languageLabel(l)
			for k := l.tok; k < l.end; k++ {
				t := b.toks[k]
				if t.kind != word || t.class&isLanguage == 0 || !t.upper {
					continue
				}
				level, at, ok := b.languageLevel(k, l)
				if !ok && listed {
					at, ok = fairlead.Span{Start: t.start, End: t.end}, b.listItem(k, l)
				}
				if !ok && b.spokenBefore(k, l) {
					at, ok = fairlead.Span{Start: t.start, End: t.end}, true
				}
				if !ok {
					continue
				}
				add(b.str(k), at, level)
			}
		}
	}
	return out
}

// languageLabel says whether the line begins "Languages:".
func (b *builder) languageLabel(l line) bool {
	for k := l.tok; k < l.end && k < l.tok+4; k++ {
		if b.str(k) == ":" && k > l.tok {
			switch b.low(l.tok) {
			case "language", "languages", "langues", "sprachen", "idiomas", "spoken", "foreign", "linguistic", "bilingual", "trilingual", "multilingual":
				return true
			}
		}
	}
	return false
}

// listItem says whether token k begins an item of a list or is alone.
func (b *builder) listItem(k int, l line) bool {
	if k == l.tok {
		return true
	}
	p := b.toks[k-1]
	if p.kind == mark || b.toks[k].spaces > 1 {
		return true
	}
	w := b.low(k - 1)
	return w == "and" || w == "und" || w == "et" || w == "y" || w == "in" || p.class&isLevel != 0 || p.class&isLanguage != 0
}

// languageLevel reads the level beside a language: "Spanish (fluent)", "French:
// B2", "German – native", "fluent in Spanish", "native English".
func (b *builder) languageLevel(k int, l line) (string, fairlead.Span, bool) {
	i := k + 1
	opened := false
	if i < l.end {
		switch m := b.str(i); {
		case m == "(" || m == ":" || m == "[" || isDash(m):
			opened = true
			i++
		case b.low(i) == "language":
			i++
		}
	}
	from := i
	for i < l.end && i-from < 6 {
		t := b.toks[i]
		if b.low(i) == "a" || b.low(i) == "b" || b.low(i) == "c" {
			// B2, C1
			if t.upper && i+1 < l.end && touches(b.toks, i+1) && b.toks[i+1].kind == number && b.toks[i+1].value >= 1 && b.toks[i+1].value <= 2 {
				i += 2
				continue
			}
		}
		if t.kind == word && t.class&isLevel != 0 || i > from && (b.low(i) == "working" || b.low(i) == "and" || b.low(i) == "or" || b.low(i) == "in" || b.str(i) == "/" || b.str(i) == "&") {
			i++
			continue
		}
		break
	}
	for i > from && (b.toks[i-1].kind == mark || b.toks[i-1].class&isFunction != 0) {
		i--
	}
	if i > from && (opened || !b.toks[from].upper || !b.toks[from].newline) {
		s := b.span(from, i)
		return squeeze(b.cut(s)), fairlead.Span{Start: b.toks[k].start, End: s.End}, true
	}
	// Before: "Fluent in English and Spanish", "Native French speaker"
	for i := k - 1; i >= l.tok && i >= k-7; i-- {
		t := b.toks[i]
		w := b.low(i)
		if t.class&isLevel != 0 && t.class&isFunction == 0 && speechLevel(w) {
			at := fairlead.Span{Start: t.start, End: b.toks[k].end}
			return b.str(i), at, true
		}
		if t.kind == mark && w != "," && w != "&" && w != "/" || t.kind == word && w != "in" && w != "and" && w != "both" && t.class&isLanguage == 0 && w != "with" && t.class&isLevel == 0 {
			break
		}
	}
	return "", fairlead.Span{}, false
}

func speechLevel(w string) bool {
	switch w {
	case "fluent", "native", "proficient", "bilingual", "conversational", "fluency", "basic", "intermediate", "advanced", "proficiency":
		return true
	}
	return false
}

// spokenBefore says whether the words before token k say that it is spoken.
func (b *builder) spokenBefore(k int, l line) bool {
	for i := k - 1; i >= l.tok && i >= k-8; i-- {
		switch b.low(i) {
		case "speak", "speaks", "speaking", "spoken", "bilingual", "trilingual", "fluent", "fluency":
			return true
		}
	}
	if k+1 < l.end && (b.low(k+1) == "speaker" || b.low(k+1) == "speaking") {
		return true
	}
	return false
}
