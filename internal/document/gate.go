package document

import (
	"strings"
	"unicode"

	"github.com/fairlead/fairlead"
)

// gate says why text may not be judged.
func gate(text string, x extract) (fairlead.Problem, bool) {
	letters := 0
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters++
		}
	}
	if x.unreadable > 20 && x.unreadable*4 > x.letters {
		return fairlead.Problem{Code: fairlead.Garbled, Detail: "the fonts do not say which letters they show"}, true
	}
	if letters == 0 {
		return fairlead.Problem{Code: fairlead.EmptyText, Detail: "the file holds no text that a person sees"}, true
	}
	if reason := garbled(text); reason != "" {
		return fairlead.Problem{Code: fairlead.Garbled, Detail: reason}, true
	}
	return fairlead.Problem{}, false
}

// mojibake counts what UTF-8 looks like when it is read as Windows-1252 or
// Latin-1.
func mojibake(text string) int {
	n := 0
	var prev rune
	for _, r := range text {
		second := r >= 0x80 && r <= 0xBF || strings.ContainsRune("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ", r)
		switch {
		case prev == 'Ã' && (second || r == ' '), prev == 'â' && r == '€', (prev == 'Â' || prev == 'Ð' || prev == 'Ñ') && second, prev == 'ï' && (r == '»' || r == '¼'):
			n++
		}
		prev = r
	}
	return n
}

// garbled says why text is not writing: letters of other fonts, mojibake, or
// words that no language has. It measures shares, so that a formula or a list
// of product names in a resume does no harm.
func garbled(text string) string {
	var letters, bad, odd, latin, vowels, all, signs int
	for _, r := range text {
		if unicode.IsSpace(r) {
			continue
		}
		all++
		switch {
		case r == 0xFFFD || unicode.IsControl(r) || unicode.Is(unicode.Co, r) || !unicode.IsPrint(r):
			bad++
		case unicode.IsLetter(r):
			letters++
			if r < 0x250 {
				latin++
				if strings.ContainsRune("aeiouyAEIOUYàáâãäåæèéêëìíîïòóôõöøùúûüýÿœÀÁÂÃÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖØÙÚÛÜÝąęėįųūőűıİăîâ", r) {
					vowels++
				}
			}
		case unicode.IsDigit(r):
		case strings.ContainsRune("._-•*=·–—|…", r): // leaders and rules are made of these
		case unicode.IsPunct(r):
			signs++
		default:
			odd++
		}
	}
	if all > 100 && (signs+odd)*5 > all {
		return "letters and signs are mixed as in no writing"
	}
	if all == 0 {
		return ""
	}
	if bad*20 > all {
		return "many characters are none of writing"
	}
	if n := mojibake(text); n > 15 && n*25 > letters {
		return "the text was read in the wrong encoding before it was saved"
	}
	if letters*3 < all && odd*4 > all {
		return "most characters are signs and not letters"
	}
	if latin > 100 && latin*2 > letters {
		if share := float64(vowels) / float64(latin); share < 0.22 || share > 0.62 {
			return "the letters form no words"
		}
		if share := oddWords(text); share > 0.4 {
			return "the letters form no words"
		}
	}
	if letters*10 < all*3 && all > 200 && !mostlyDigits(text) {
		return "hardly any character is a letter"
	}
	return ""
}

func mostlyDigits(s string) bool {
	n, all := 0, 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		all++
		if unicode.IsDigit(r) || unicode.IsPunct(r) {
			n++
		}
	}
	return n*10 > all*7
}

// oddWords is the share of words that no language of Latin letters has: no
// vowel in four letters and more, signs or capitals among small letters, runs
// of consonants.
func oddWords(text string) float64 {
	odd, all := 0, 0
	for _, w := range strings.Fields(text) {
		w = strings.Trim(w, ".,;:()[]{}\"'“”‘’•-–—/&|*·")
		if len([]rune(w)) < 3 || strings.ContainsAny(w, "@/.+#&:_=\\") || strings.HasPrefix(w, "http") {
			continue
		}
		var letters, vowels, inner, longest, consonants, others int
		lowerBefore := false
		for _, r := range w {
			switch {
			case !unicode.IsLetter(r):
				if !unicode.IsDigit(r) && r != '-' && r != '\'' && r != '’' && r != '–' {
					others++
				}
				lowerBefore = false
				continue
			case r > 0x24F:
				letters++
				vowels++
				continue
			}
			letters++
			if strings.ContainsRune("aeiouyáéíóúàèìòùäëïöüâêîôûåæøœąęėįųūőűı", unicode.ToLower(r)) {
				vowels++
				consonants = 0
			} else if consonants++; consonants > longest {
				longest = consonants
			}
			if unicode.IsUpper(r) && lowerBefore {
				inner++
			}
			lowerBefore = unicode.IsLower(r)
		}
		if letters < 3 {
			continue
		}
		all++
		upper := strings.ToUpper(w) == w
		switch {
		case others > 0, inner > 1, longest > 5 && !upper, vowels == 0 && letters > 3 && !upper:
			odd++
		}
	}
	if all < 30 {
		return 0
	}
	return float64(odd) / float64(all)
}
