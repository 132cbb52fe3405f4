package taxonomy

import (
	"strings"

	"github.com/fairlead/fairlead"
)

// spelled is a word of a name: folds says that its plural and its other
// spelling mean the same. Words of proper names do not fold: Windows is no
// window.
type spelled struct {
	word  string
	folds bool
}

func joinWords(ws []spelled) string {
	var out strings.Builder
	for i, w := range ws {
		if i > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(w.word)
	}
	return out.String()
}

// variants are the ways a name is written that follow from a rule: with and
// without hyphen (e-commerce, ecommerce), in one word and two (Java Script,
// PowerBI).
func variants(name string, kind fairlead.SkillKind) [][]spelled {
	proper := kind == fairlead.KindTool || kind == fairlead.KindTechnology || kind == fairlead.KindLicence || kind == fairlead.KindLanguage
	out := [][]spelled{spell(name, proper)}
	if i := strings.IndexByte(name, '-'); i > 0 && i < len(name)-1 && len(name) >= 6 {
		out = append(out, spell(strings.ReplaceAll(name, "-", ""), proper))
	}
	if proper {
		if s := splitCamel(name); s != name {
			out = append(out, spell(s, proper))
		}
		if a, b, ok := strings.Cut(name, " "); ok && len(a) >= 3 && len(b) >= 2 && !strings.Contains(b, " ") && isUpper(b[0]) && len(name) >= 7 {
			out = append(out, spell(a+b, proper))
		}
	}
	return out
}

func isUpper(c byte) bool { return c-'A' < 26 }
func isLower(c byte) bool { return c-'a' < 26 }

// splitCamel puts spaces where a capital follows a small letter inside a word
// of at least two letters on both sides: PowerPoint, but not iOS or McAfee.
func splitCamel(s string) string {
	var out strings.Builder
	start := 0
	for i := 1; i < len(s); i++ {
		if s[i] == ' ' {
			start = i + 1
			continue
		}
		if isUpper(s[i]) && isLower(s[i-1]) && i-start >= 3 && i+1 < len(s) {
			out.WriteString(s[start:i])
			out.WriteByte(' ')
			return s[:start] + out.String() + s[i:]
		}
	}
	return s
}

// spell cuts a name into words.
func spell(name string, proper bool) []spelled {
	var v vocabulary
	toks := v.scan(name, make([]token, 0, 8))
	out := make([]spelled, len(toks))
	for i, t := range toks {
		raw := name[t.start:t.end]
		w := foldToken(raw)
		out[i] = spelled{w, len(w) >= 4 && plainWord(raw, i == 0 && !proper)}
	}
	return out
}

// plainWord says whether raw is an ordinary word: small letters, after a
// capital when capital allows it.
func plainWord(raw string, capital bool) bool {
	for i := range len(raw) {
		if !isLower(raw[i]) && (i > 0 || !capital || !isUpper(raw[i])) {
			return false
		}
	}
	return true
}

// wordBook numbers words, the same number for a word, its plural and its other
// spelling.
type wordBook struct {
	v     *vocabulary
	exact map[string]int32
	next  int32
}

func (w *wordBook) exactly(word string) int32 {
	if id, ok := w.exact[word]; ok {
		return id
	}
	w.next++
	w.exact[word] = w.next
	w.v.add(word, w.next)
	return w.next
}

func (w *wordBook) number(s spelled) int32 {
	if !s.folds {
		return w.exactly(s.word)
	}
	if id, ok := w.exact[s.word]; ok {
		return id
	}
	base := singular(s.word)
	id, ok := w.exact[base]
	if !ok {
		w.next++
		id = w.next
	}
	var buf [8]string
	for _, form := range spellings(base, buf[:0]) {
		for _, f := range [2]string{form, plural(form)} {
			if _, taken := w.exact[f]; !taken {
				w.exact[f] = id
				w.v.add(f, id)
			}
		}
	}
	if _, taken := w.exact[s.word]; !taken {
		w.exact[s.word] = id
		w.v.add(s.word, id)
	}
	return w.exact[s.word]
}

// singular takes the plural's ending off an English word of four letters and
// more; words whose s belongs to them (analysis, business, campus) keep it.
func singular(w string) string {
	n := len(w)
	switch {
	case n < 4 || w[n-1] != 's' || ownPlural[w]:
		return w
	case strings.HasSuffix(w, "ies") && n > 4:
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "xes"):
		return w[:n-2]
	case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
		return w
	}
	return w[:n-1]
}

// ownPlural are plurals that mean something else than more than one.
var ownPlural = map[string]bool{
	"securities": true, "futures": true, "wills": true, "goods": true, "customs": true, "damages": true, "minutes": true, "operations": true,
	"communications": true, "options": true, "bonds": true, "equities": true, "derivatives": true, "premises": true, "news": true, "graphics": true,
	"economics": true, "physics": true, "ethics": true, "optics": true, "plastics": true, "ceramics": true, "statistics": true, "collections": true,
	"benefits": true, "relations": true, "humanities": true, "arts": true, "letters": true, "headquarters": true, "athletics": true, "logistics": true,
}

func plural(w string) string {
	n := len(w)
	switch {
	case n < 3 || w[n-1] == 's' && !strings.HasSuffix(w, "ss"):
		return w
	case w[n-1] == 'y' && !strings.ContainsRune("aeiou", rune(w[n-2])):
		return w[:n-1] + "ies"
	case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "sh"), strings.HasSuffix(w, "ch"), w[n-1] == 'x':
		return w + "es"
	}
	return w + "s"
}

// endings are spelled in the American and in the British way.
var endings = [...][2]string{
	{"ization", "isation"}, {"izing", "ising"}, {"izer", "iser"}, {"ized", "ised"}, {"ize", "ise"}, {"yzing", "ysing"}, {"yze", "yse"},
	{"license", "licence"}, {"licensed", "licenced"}, {"practice", "practise"}, {"program", "programme"}, {"center", "centre"},
	{"behavior", "behaviour"}, {"behavioral", "behavioural"}, {"labor", "labour"}, {"color", "colour"}, {"catalog", "catalogue"}, {"counseling", "counselling"},
	{"modeling", "modelling"}, {"labeling", "labelling"}, {"traveling", "travelling"}, {"fulfillment", "fulfilment"},
	{"jewelry", "jewellery"}, {"aluminum", "aluminium"}, {"plow", "plough"}, {"mold", "mould"}, {"molding", "moulding"},
	{"pediatric", "paediatric"}, {"orthopedic", "orthopaedic"}, {"anesthesia", "anaesthesia"}, {"gynecology", "gynaecology"}, {"esthetician", "aesthetician"},
	{"defense", "defence"}, {"judgment", "judgement"}, {"instalment", "installment"},
}

// spellings appends w in both spellings.
func spellings(w string, out []string) []string {
	out = append(out, w)
	for _, e := range endings {
		for k := range 2 {
			if stem, ok := strings.CutSuffix(w, e[k]); ok && (stem == "" || len(e[k]) < 6 && e[0][len(e[0])-1] != 'r' && strings.Contains(e[0], "z") && len(stem) >= 3 || e[0] == "ization" && len(stem) >= 3) {
				return append(out, stem+e[1-k])
			}
		}
	}
	return out
}
