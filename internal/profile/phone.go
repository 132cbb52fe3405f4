package profile

import (
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/nyaruka/phonenumbers"
)

// region guesses the country of national phone numbers from the contact block,
// "" when it says none.
func (b *builder) region(block int) string {
	for i := 0; i < block; i++ {
		l := b.lines[i]
		for k := l.tok; k < l.end; k++ {
			t := b.toks[k]
			if t.kind != word {
				continue
			}
			if t.class&isCountry != 0 && t.upper {
				if r := regionOf(b.low(k)); r != "" && (r != "US" || t.caps || len(b.str(k)) > 2) {
					return r
				}
			}
			if t.class&isCity != 0 && t.upper {
				if r := cityRegion(b.low(k)); r != "" {
					return r
				}
			}
			if t.class&isStateName != 0 && t.upper {
				switch b.low(k) {
				case "karnataka", "maharashtra", "telangana", "kerala", "gujarat", "punjab", "haryana", "rajasthan", "bihar":
					return "IN"
				case "bayern", "bavaria", "hessen":
					return "DE"
				}
			}
		}
	}
	return ""
}

func regionOf(country string) string {
	switch country {
	case "france":
		return "FR"
	case "germany", "deutschland":
		return "DE"
	case "spain", "españa":
		return "ES"
	case "italy", "italia":
		return "IT"
	case "uk", "england", "scotland", "wales":
		return "GB"
	case "ireland":
		return "IE"
	case "india":
		return "IN"
	case "switzerland", "schweiz", "suisse":
		return "CH"
	case "austria", "österreich":
		return "AT"
	case "netherlands":
		return "NL"
	case "belgium":
		return "BE"
	case "portugal":
		return "PT"
	case "sweden":
		return "SE"
	case "norway":
		return "NO"
	case "denmark":
		return "DK"
	case "finland":
		return "FI"
	case "poland":
		return "PL"
	case "brazil", "brasil":
		return "BR"
	case "mexico":
		return "MX"
	case "argentina":
		return "AR"
	case "australia":
		return "AU"
	case "japan":
		return "JP"
	case "china":
		return "CN"
	case "singapore":
		return "SG"
	case "pakistan":
		return "PK"
	case "kenya":
		return "KE"
	case "nigeria":
		return "NG"
	case "turkey", "türkiye":
		return "TR"
	case "canada":
		return "CA"
	case "usa", "us", "america":
		return "US"
	}
	return ""
}

func cityRegion(city string) string {
	switch city {
	case "paris", "lyon", "marseille", "toulouse", "lille", "bordeaux", "nantes":
		return "FR"
	case "berlin", "munich", "münchen", "hamburg", "frankfurt", "stuttgart", "cologne", "köln", "leipzig":
		return "DE"
	case "madrid", "barcelona", "valencia", "sevilla", "seville":
		return "ES"
	case "bangalore", "bengaluru", "mumbai", "delhi", "hyderabad", "chennai", "pune", "kolkata", "noida", "gurgaon", "gurugram", "ahmedabad", "jaipur":
		return "IN"
	case "zurich", "zürich", "geneva":
		return "CH"
	case "vienna", "wien":
		return "AT"
	case "milan", "rome", "turin":
		return "IT"
	case "dublin":
		return "IE"
	}
	return ""
}

// phones finds numbers written as people write phones, as E.164 where the
// country is known and else as written. Dates, years and long ids are none.
func (b *builder) phones(c card, region string) []fairlead.Located {
	var out []fairlead.Located
	seen := map[string]bool{}
	for i := 0; i < len(b.toks); i++ {
		from, to, ok := b.phoneRun(i)
		if !ok {
			continue
		}
		s := b.span(from, to)
		i = to - 1
		if overlaps(s, c.emails) || overlaps(s, c.links) {
			continue
		}
		v, ok := b.e164(from, to, region)
		if !ok || seen[v] {
			continue
		}
		seen[v] = true
		out = append(out, fairlead.Located{Value: v, At: s})
	}
	return out
}

func overlaps(s fairlead.Span, in []fairlead.Located) bool {
	for _, l := range in {
		if s.Start < l.At.End && s.End > l.At.Start {
			return true
		}
	}
	return false
}

// phoneRun reads a run of digit groups from token i that could be a phone.
func (b *builder) phoneRun(i int) (from, to int, ok bool) {
	s := b.str(i)
	if b.toks[i].kind != number && s != "+" && s != "(" {
		return 0, 0, false
	}
	if i > 0 && touches(b.toks, i) {
		p := b.toks[i-1]
		if p.kind == number || p.kind == word && !phoneLabel(b.low(i-1)) {
			return 0, 0, false
		}
		switch b.str(i - 1) {
		case "$", "#", "€", "£", "/", "_", "@", "=", "-":
			return 0, 0, false
		case ".":
			if i > 1 && touches(b.toks, i-1) && b.toks[i-2].kind == number {
				return 0, 0, false
			}
		}
	}
	if i > 0 && !b.toks[i].newline && (b.str(i-1) == "$" || b.str(i-1) == "€" || b.str(i-1) == "£") {
		return 0, 0, false
	}
	digits, groups, k, last := 0, 0, i, i
	for k < len(b.toks) && k-i < 24 {
		t := b.toks[k]
		if k > i && (t.newline || t.spaces > 2) {
			break
		}
		if t.kind == number {
			if digits+t.end-t.start > 15 {
				break
			}
			digits += t.end - t.start
			groups++
			k++
			last = k
			continue
		}
		m := b.str(k)
		if t.kind == mark && (m == "+" && k <= i+1 || m == "(" || m == ")" || m == "-" || m == "." || m == "–" || m == "‐" || m == "‑" || m == "/" && groups > 0) {
			k++
			if m == ")" && groups > 0 && digits > 8 {
				break
			}
			continue
		}
		break
	}
	if digits < 7 || digits > 15 {
		return 0, 0, false
	}
	// Nothing a date or an amount could be.
	for _, d := range b.dates {
		if d.at.Start < b.toks[last-1].end && d.at.End > b.toks[i].start {
			if d.ranged || digits < 10 || d.precise && d.at.Len() > 8 {
				return 0, 0, false
			}
		}
	}
	if last < len(b.toks) && touches(b.toks, last) && (b.toks[last].kind == word && !b.toks[last].upper || b.str(last) == "%" || b.str(last) == "@") && b.low(last) != "x" && b.low(last) != "ext" {
		return 0, 0, false
	}
	return i, last, true
}

func phoneLabel(s string) bool {
	switch s {
	case "phone", "mobile", "tel", "cell", "ph", "telephone", "m", "p", "t", "c", "h", "home", "work", "fax", "mob", "no", "contact", "téléphone", "telefon", "teléfono", "móvil", "handy", "portable", "mobil", "tél", "whatsapp", "number":
		return true
	}
	return false
}

// labelled says whether a phone label stands just before token i.
func (b *builder) labelled(i int) bool {
	for k := i - 1; k >= 0 && k >= i-4; k-- {
		if b.toks[k].kind == word {
			return phoneLabel(b.low(k))
		}
		if b.toks[k].kind == number {
			return false
		}
	}
	return false
}

func (b *builder) e164(from, to int, region string) (string, bool) {
	var digits []byte
	shape := make([]byte, 0, 8) // lengths of the groups
	plus, paren := false, false
	for k := from; k < to; k++ {
		switch {
		case b.toks[k].kind == number:
			digits = append(digits, b.str(k)...)
			shape = append(shape, byte('0'+min(9, b.toks[k].end-b.toks[k].start)))
		case b.str(k) == "+":
			plus = true
		case b.str(k) == "(":
			paren = true
		}
	}
	form := string(shape)
	northAmerican := form == "334" || form == "1334" || (form == "37" || form == "64") && paren
	labelled := b.labelled(from)
	if form == "9" && len(digits) == 10 && (labelled || region == "US") || form == "64" && labelled {
		northAmerican = region == "" || region == "US" || region == "CA"
	}
	if plus || len(digits) > 2 && digits[0] == '0' && digits[1] == '0' && len(digits) >= 11 {
		s := string(digits)
		if !plus {
			s = s[2:]
		}
		// +44 (0)20 …: the trunk zero is not dialled from abroad.
		if i := strings.Index(b.cut(b.span(from, to)), "(0)"); i > 0 {
			s = strings.Replace(s, "0", "", 1)
			if !strings.HasPrefix(string(digits), s[:2]) {
				s = string(digits)
			}
		}
		n, err := phonenumbers.Parse("+"+s, "")
		if err == nil && phonenumbers.IsPossibleNumber(n) {
			return phonenumbers.Format(n, phonenumbers.E164), true
		}
		if len(digits) >= 9 && plus {
			return b.cut(b.span(from, to)), true
		}
		return "", false
	}
	if region != "" && region != "US" && region != "CA" {
		n, err := phonenumbers.Parse(string(digits), region)
		if err == nil && phonenumbers.IsValidNumber(n) {
			return phonenumbers.Format(n, phonenumbers.E164), true
		}
	}
	if northAmerican {
		if len(digits) == 10 && digits[0] != '0' {
			return "+1" + string(digits), true
		}
		if len(digits) == 11 && digits[0] == '1' {
			return "+" + string(digits), true
		}
	}
	if labelled && len(digits) >= 7 {
		return squeeze(b.cut(b.span(from, to))), true
	}
	return "", false
}
