package profile

import (
	"strings"

	"github.com/fairlead/fairlead"
)

// date is one date or range as people write them, with its place.
type date struct {
	at         fairlead.Span
	tok, next  int // tokens [tok, next)
	start, end fairlead.YearMonth
	ranged     bool // two ends, or "since"
	current    bool // the second end is now
	years      bool // it names a year; false for "present" alone
	precise    bool // a single date with a day, or more than a bare year
}

// atom is one end of a range. first and last differ for seasons and quarters.
type atom struct {
	first, last fairlead.YearMonth
	next        int
	present     bool
	bare        bool // a year and nothing else
	day         bool
}

const (
	minYear = 1940
	maxYear = 2099
)

func isYear(t token) bool {
	return t.kind == number && t.end-t.start == 4 && t.value >= minYear && t.value <= maxYear
}

// findDates lists the dates and ranges of a text in order; they do not overlap.
func findDates(text string, toks []token) []date {
	var out []date
	for i := 0; i < len(toks); {
		d, ok := dateAt(text, toks, i)
		if !ok {
			i++
			continue
		}
		d.tok = i
		d.at = fairlead.Span{Start: toks[i].start, End: toks[d.next-1].end}
		out = append(out, d)
		i = d.next
	}
	return out
}

func dateAt(text string, toks []token, i int) (date, bool) {
	t := toks[i]
	if t.kind == mark && text[t.start] != '\'' && text[t.start:t.end] != "’" {
		return date{}, false
	}
	if t.kind == word && t.class&(isMonth|isSeason|isSince) == 0 && !calendarWord(text[t.start:t.end]) {
		return date{}, false
	}
	if i > 0 && touches(toks, i) {
		// Part of a longer token: v2.2019, ISO-2019, $2019, 1.2019.
		p := toks[i-1]
		if p.kind == word && t.kind == number && !calendarWord(text[p.start:p.end]) && p.class&isMonth == 0 {
			return date{}, false
		}
		if p.kind == mark {
			switch text[p.start:p.end] {
			case "$", "€", "£", "#", "@", "_", "%", "+":
				return date{}, false
			case ".", ",", "-", "/", "(":
				if t.kind == number && text[p.start] != '(' && i > 1 && touches(toks, i-1) && toks[i-2].kind == number {
					return date{}, false
				}
			}
		}
	}
	if t.class&isSince != 0 && i+1 < len(toks) {
		a, ok := atomAt(text, toks, i+1, false)
		if ok && !a.present {
			if d, ok := rangeFrom(text, toks, a); ok {
				return d, true
			}
			// "from" and "onwards" open nothing by themselves.
			switch low := t.low; low {
			case "since", "seit", "depuis", "desde", "ab":
				return date{start: a.first, ranged: true, current: true, years: true, next: a.next}, true
			}
		}
		return date{}, false
	}
	a, ok := atomAt(text, toks, i, false)
	if !ok || a.present {
		return date{}, false
	}
	if d, ok := rangeFrom(text, toks, a); ok {
		return d, true
	}
	d := date{start: a.first, end: a.last, years: true, next: a.next, precise: a.day || !a.bare}
	if a.next < len(toks) && !toks[a.next].newline {
		// "2017 onwards", "2017-"
		if w := toks[a.next].low; w == "onwards" || w == "onward" {
			d.ranged, d.current, d.end, d.next = true, true, fairlead.YearMonth{}, a.next+1
		}
	}
	return d, true
}

// rangeFrom reads "– Present", "to 03/2019" and the like behind a first date.
func rangeFrom(text string, toks []token, a atom) (date, bool) {
	i := a.next
	if i >= len(toks) {
		return date{}, false
	}
	joined := false
	// A comma or a closing bracket may stand before the connector.
	if text[toks[i].start:toks[i].end] == "," && i+1 < len(toks) {
		i++
	}
	dashes := 0
	for i < len(toks) && dashes < 3 && toks[i].kind == mark && isDash(text[toks[i].start:toks[i].end]) {
		i++
		dashes++
		joined = true
	}
	if i < len(toks) && toks[i].class&isTo != 0 && (joined || toks[i].spaces > 0) {
		// "to", "till"; in "to present" and "- till date" the same.
		i++
		joined = true
	} else if !joined && i < len(toks) && text[toks[i].start:toks[i].end] == "?" && toks[i].spaces > 0 {
		i++ // a dash that lost its encoding
		joined = true
	}
	if i >= len(toks) {
		return date{}, false
	}
	if !joined && touches(toks, i) && a.bare && (isYear(toks[i]) || toks[i].class&isPresent != 0) {
		joined = true // 20132015, 2016present
	}
	if !joined {
		// The dash between two columns or a dropped one: 2006  Present.
		if toks[i].newline || toks[i].spaces < 1 {
			return date{}, false
		}
	}
	// "to the present", "till date"
	if joined && toks[i].class == isFunction && strings.EqualFold(text[toks[i].start:toks[i].end], "the") && i+1 < len(toks) && toks[i+1].class&isPresent != 0 {
		i++
	}
	b, ok := atomAt(text, toks, i, joined)
	if !ok {
		// 2015-18, 2015/16: two digits end a range a bare year began.
		if joined && a.bare && toks[i].kind == number && toks[i].end-toks[i].start == 2 && toks[i].spaces <= 1 {
			y := a.first.Year/100*100 + toks[i].value
			if y > a.first.Year && y <= a.first.Year+40 && (i+1 >= len(toks) || !touches(toks, i+1) || toks[i+1].kind == mark) {
				return date{start: a.first, end: fairlead.YearMonth{Year: y}, ranged: true, years: true, next: i + 1}, true
			}
		}
		// "January - March 2019": the year stands once. Handled by monthRange.
		return date{}, false
	}
	if !joined {
		if toks[i].spaces < 2 && !b.present {
			return date{}, false
		}
		if b.present {
			if w := toks[i].low; w != "present" && w != "current" {
				return date{}, false
			}
		} else if a.bare != b.bare || before(b.last, a.first) || a.first == b.first {
			return date{}, false
		}
	}
	d := date{start: a.first, end: b.last, ranged: true, years: true, next: b.next}
	if b.present {
		d.current, d.end = true, fairlead.YearMonth{}
		return d, true
	}
	if before(b.last, a.first) {
		if before(b.first, a.last) && joined && b.last.Year != 0 {
			// Newest first, as some write: 2019 – 2015.
			d.start, d.end = b.first, a.last
		}
	}
	return d, true
}

// before compares months; an unknown month is equal to any of its year.
func before(a, b fairlead.YearMonth) bool {
	if a.Year != b.Year {
		return a.Year < b.Year
	}
	return a.Month != 0 && b.Month != 0 && a.Month < b.Month
}

func touches(toks []token, i int) bool { return i > 0 && toks[i].spaces == 0 }

// calendarWord are words beside months and seasons that begin a date.
func calendarWord(s string) bool {
	switch s {
	case "Q", "q", "FY", "H", "Early", "early", "Mid", "mid", "Late", "late", "Fin", "Début", "Ende", "Anfang", "Mitte":
		return true
	}
	return false
}

// atomAt reads one date at token i. end says that it closes a range, where a
// lone two-digit year and "now" make sense.
func atomAt(text string, toks []token, i int, end bool) (atom, bool) {
	t := toks[i]
	at := func(k int) string {
		if k < 0 || k >= len(toks) {
			return ""
		}
		return text[toks[k].start:toks[k].end]
	}
	// year reads a year at k: 2018, '18, ’18.
	year := func(k int) (int, int) {
		if k >= len(toks) {
			return 0, 0
		}
		if isYear(toks[k]) {
			return toks[k].value, k + 1
		}
		if (at(k) == "'" || at(k) == "’" || at(k) == "‘" || at(k) == "`") && k+1 < len(toks) && touches(toks, k+1) && toks[k+1].kind == number && toks[k+1].end-toks[k+1].start == 2 {
			return century(toks[k+1].value), k + 2
		}
		return 0, 0
	}
	one := func(y, m, next int) (atom, bool) {
		ym := fairlead.YearMonth{Year: y, Month: m}
		return atom{first: ym, last: ym, next: next, bare: m == 0}, true
	}
	switch {
	case t.kind == word && t.class&isPresent != 0:
		next := i + 1
		// "date" alone is a word like any other; "to date" is now.
		return atom{present: true, next: next}, true
	case t.kind == word && end && (strings.EqualFold(at(i), "till") || strings.EqualFold(at(i), "to")) && i+1 < len(toks) && toks[i+1].class&isPresent != 0:
		return atom{present: true, next: i + 2}, true
	case t.kind == word && end && strings.EqualFold(at(i), "ce") && strings.EqualFold(at(i+1), "jour"),
		t.kind == word && end && strings.EqualFold(at(i), "la") && (strings.EqualFold(at(i+1), "fecha") || strings.EqualFold(at(i+1), "actualidad")),
		t.kind == word && end && strings.EqualFold(at(i), "en") && strings.EqualFold(at(i+1), "cours"):
		return atom{present: true, next: i + 2}, true
	case t.kind == word && t.class&isMonth != 0 && (t.upper || len(at(i)) > 3 || touchesYear(toks, i)):
		m := t.value
		k := i + 1
		if at(k) == "." && toks[k].spaces == 0 {
			k++
		}
		// Jan 2019, Jan-2019, Jan/2019, Jan, 2019, Jan '19, enero de 2019
		day := false
		if k < len(toks) && toks[k].kind == number && toks[k].end-toks[k].start <= 2 && toks[k].value >= 1 && toks[k].value <= 31 && !toks[k].newline {
			// Jan 5, 2019 · Jan 5th 2019
			n := k + 1
			if n < len(toks) && touches(toks, n) && isOrdinal(at(n)) {
				n++
			}
			if at(n) == "," {
				n++
			}
			if y, next := year(n); y != 0 && n < len(toks) && !toks[n].newline {
				a, ok := one(y, m, next)
				a.day = true
				return a, ok
			}
			// Jan 19, Jan-19: two digits are a year when nothing else follows.
			if toks[k].end-toks[k].start == 2 {
				return twoDigit(text, toks, m, k)
			}
			return atom{}, false
		}
		if k < len(toks) && (at(k) == "," || at(k) == "-" || at(k) == "/" || at(k) == "–" || at(k) == "." || strings.EqualFold(at(k), "de") || strings.EqualFold(at(k), "of")) {
			k2 := k + 1
			if y, next := year(k2); y != 0 && (at(k) != "–" && at(k) != "-" || touches(toks, k2) || toks[k2].spaces <= 1) {
				return one(y, m, next)
			}
			if (at(k) == "-" || at(k) == "/") && touches(toks, k) && k2 < len(toks) && touches(toks, k2) && toks[k2].kind == number && toks[k2].end-toks[k2].start == 2 {
				return twoDigit(text, toks, m, k2)
			}
		}
		if y, next := year(k); y != 0 && (!toks[k].newline || toks[k].spaces <= 2) {
			a, ok := one(y, m, next)
			a.day = day
			return a, ok
		}
		// January – March 2019: the year of the second end.
		if k < len(toks) && (isDash(at(k)) || toks[k].class&isTo != 0) && k+1 < len(toks) && toks[k+1].class&isMonth != 0 {
			n := k + 2
			if at(n) == "." && touches(toks, n) {
				n++
			}
			if y, _ := year(n); y != 0 && n < len(toks) && !toks[n].newline {
				return one(y, m, k)
			}
		}
		return atom{}, false
	case t.kind == word && t.class&isSeason != 0:
		k := i + 1
		if at(k) == "," || strings.EqualFold(at(k), "of") || strings.EqualFold(at(k), "term") || strings.EqualFold(at(k), "semester") {
			k++
		}
		if y, next := year(k); y != 0 && !toks[k].newline {
			if t.value == 12 {
				return one(y, 0, next)
			}
			return atom{first: fairlead.YearMonth{Year: y, Month: t.value}, last: fairlead.YearMonth{Year: y, Month: t.value + 2}, next: next}, true
		}
		return atom{}, false
	case t.kind == word && (at(i) == "Q" || at(i) == "q" || at(i) == "H"):
		if i+1 >= len(toks) || !touches(toks, i+1) || toks[i+1].kind != number {
			return atom{}, false
		}
		n, span := toks[i+1].value, 3
		if at(i) == "H" {
			span = 6
		}
		if n < 1 || n > 12/span || toks[i+1].end-toks[i+1].start != 1 {
			return atom{}, false
		}
		k := i + 2
		if at(k) == "/" || at(k) == "-" || at(k) == "," {
			k++
		}
		if y, next := year(k); y != 0 {
			return atom{first: fairlead.YearMonth{Year: y, Month: (n-1)*span + 1}, last: fairlead.YearMonth{Year: y, Month: n * span}, next: next}, true
		}
		return atom{}, false
	case t.kind == word && calendarWord(at(i)):
		k := i + 1
		if at(k) == "-" || at(k) == "." {
			k++
		}
		if y, next := year(k); y != 0 && !toks[k].newline {
			return one(y, 0, next)
		}
		return atom{}, false
	case t.kind == mark:
		// '15 – '18
		y, next := year(i)
		if y == 0 {
			return atom{}, false
		}
		if !end {
			// Needs its other half, or it is a cut word or a foot mark.
			if k := next; k+1 >= len(toks) || !isDash(at(k)) && toks[k].class&isTo == 0 {
				return atom{}, false
			}
		}
		return one(y, 0, next)
	case t.kind != number:
		return atom{}, false
	}
	return numericAtom(text, toks, i)
}

// numericAtom reads the dates that begin with digits.
func numericAtom(text string, toks []token, i int) (atom, bool) {
	t := toks[i]
	at := func(k int) string {
		if k < 0 || k >= len(toks) {
			return ""
		}
		return text[toks[k].start:toks[k].end]
	}
	num := func(k, min, lo, hi int) bool {
		return k < len(toks) && toks[k].kind == number && toks[k].end-toks[k].start >= min && toks[k].end-toks[k].start <= 2 && toks[k].value >= lo && toks[k].value <= hi
	}
	sep := func(k int) bool {
		// Blanks around the mark occur in texts out of tables: "03 / 2019".
		return k+1 < len(toks) && (at(k) == "/" || at(k) == "-" || at(k) == "." || at(k) == "–") && !toks[k].newline && !toks[k+1].newline
	}
	tight := func(k int) bool { return sep(k) && touches(toks, k) && touches(toks, k+1) }
	ym := func(y, m, next int, day bool) (atom, bool) {
		v := fairlead.YearMonth{Year: y, Month: m}
		return atom{first: v, last: v, next: next, bare: m == 0, day: day}, true
	}
	if isYear(t) {
		// 2019-03, 2019/03, 2019.03, 2019-03-01
		if tight(i+1) && num(i+2, 1, 1, 12) && at(i+1) != "–" {
			if tight(i+3) && at(i+3) == at(i+1) && num(i+4, 1, 1, 31) {
				return ym(t.value, toks[i+2].value, i+5, true)
			}
			if i+3 >= len(toks) || !touches(toks, i+3) || toks[i+3].kind != word {
				return ym(t.value, toks[i+2].value, i+3, false)
			}
		}
		// 2019年3月
		if at(i+1) == "年" || strings.HasPrefix(at(i+1), "年") {
			if num(i+2, 1, 1, 12) && strings.HasPrefix(at(i+3), "月") {
				return ym(t.value, toks[i+2].value, i+4, false)
			}
			return ym(t.value, 0, i+2, false)
		}
		// 2019 March
		if i+1 < len(toks) && toks[i+1].class&isMonth != 0 && !toks[i+1].newline && toks[i+1].upper && (i+2 >= len(toks) || !isYear(toks[i+2])) && toks[i+1].spaces <= 1 {
			return ym(t.value, toks[i+1].value, i+2, false)
		}
		if i+1 < len(toks) && touches(toks, i+1) {
			n := toks[i+1]
			if n.kind == word && at(i+1) != "s" {
				// "2019Present" lost its dash; "2019a" is a number of something.
				return atom{first: fairlead.YearMonth{Year: t.value}, last: fairlead.YearMonth{Year: t.value}, next: i + 1, bare: true}, n.upper || n.class&isPresent != 0 || n.class&isTo != 0 && n.end-n.start > 1
			}
			if at(i+1) == "%" || at(i+1) == "s" || at(i+1) == "+" {
				return atom{}, false
			}
			if (at(i+1) == "," || at(i+1) == ".") && i+2 < len(toks) && touches(toks, i+2) && toks[i+2].kind == number {
				return atom{}, false
			}
		}
		return ym(t.value, 0, i+1, false)
	}
	if !num(i, 1, 1, 31) {
		return atom{}, false
	}
	// 5 January 2019, 5th Jan 2019, 05-Jan-2019
	k := i + 1
	if k < len(toks) && touches(toks, k) && isOrdinal(at(k)) {
		k++
	} else if at(k) == "." && touches(toks, k) {
		k++
	} else if tight(k) {
		k++
	}
	if strings.EqualFold(at(k), "of") || strings.EqualFold(at(k), "de") {
		k++
	}
	if k < len(toks) && toks[k].class&isMonth != 0 && !toks[k].newline && (toks[k].upper || len(at(k)) > 3) {
		m := toks[k].value
		n := k + 1
		for n < len(toks) && (at(n) == "." || at(n) == "," || at(n) == "-" || at(n) == "/" || strings.EqualFold(at(n), "de")) && n < k+3 {
			n++
		}
		if n < len(toks) && isYear(toks[n]) && !toks[n].newline {
			return ym(toks[n].value, m, n+1, true)
		}
		return atom{}, false
	}
	// 03/2019, 03-2019, 03.2019
	if num(i, 1, 1, 12) && sep(i+1) && i+2 < len(toks) && isYear(toks[i+2]) && (touches(toks, i+1) || toks[i+1].spaces <= 1 && toks[i+2].spaces <= 1 && at(i+1) == "/") {
		if i+4 < len(toks) && touches(toks, i+3) && touches(toks, i+4) && at(i+3) == "." && toks[i+4].kind == number {
			return atom{}, false // a version
		}
		return ym(toks[i+2].value, t.value, i+3, false)
	}
	// 01/31/2019, 31.01.2019
	if tight(i+1) && num(i+2, 1, 1, 31) && tight(i+3) && at(i+3) == at(i+1) && i+4 < len(toks) && isYear(toks[i+4]) {
		a, b := t.value, toks[i+2].value
		switch {
		case at(i+1) == "." && b <= 12: // day first wherever dots are used
			return ym(toks[i+4].value, b, i+5, true)
		case a <= 12 && b > 12:
			return ym(toks[i+4].value, a, i+5, true)
		case a > 12 && b <= 12:
			return ym(toks[i+4].value, b, i+5, true)
		case a <= 12 && b <= 12:
			if a == b {
				return ym(toks[i+4].value, a, i+5, true)
			}
			return ym(toks[i+4].value, a, i+5, true) // month first, as most resumes we see
		}
		return atom{}, false
	}
	// 03/19 – 05/21: only as a half of a range with the same shape.
	if num(i, 1, 1, 12) && at(i+1) == "/" && tight(i+1) && num(i+2, 2, 0, 99) && (i+3 >= len(toks) || !touches(toks, i+3) || at(i+3) != "/" && at(i+3) != "%") {
		k := i + 3
		if k+1 < len(toks) && (isDash(at(k)) || toks[k].class&isTo != 0) {
			n := k + 1
			if toks[n].class&isPresent != 0 || num(n, 1, 1, 12) && at(n+1) == "/" && num(n+2, 2, 0, 99) {
				return ym(century(toks[i+2].value), t.value, i+3, false)
			}
		}
		if i >= 4 && (isDash(at(i-1)) || toks[i-1].class&isTo != 0) && toks[i-2].kind == number && at(i-3) == "/" {
			return ym(century(toks[i+2].value), t.value, i+3, false)
		}
	}
	return atom{}, false
}

// twoDigit reads Jan 19 as January 2019 unless the digits are a day.
func twoDigit(text string, toks []token, month, k int) (atom, bool) {
	if k+1 < len(toks) && touches(toks, k+1) {
		switch text[toks[k+1].start:toks[k+1].end] {
		case ")", ",", ".", "-", "–", "—", ":", ";", "|", "/":
		default:
			return atom{}, false
		}
	}
	ym := fairlead.YearMonth{Year: century(toks[k].value), Month: month}
	if ym.Year == 0 {
		return atom{}, false
	}
	return atom{first: ym, last: ym, next: k + 1}, true
}

// century turns a two-digit year into the one meant: to 39 it is of this
// century, from 40 of the last.
func century(y int) int {
	if y < 40 {
		return 2000 + y
	}
	return 1900 + y
}

func isOrdinal(s string) bool {
	switch s {
	case "st", "nd", "rd", "th", "er", "ST", "ND", "RD", "TH", "º", "ª":
		return true
	}
	return false
}

func touchesYear(toks []token, i int) bool {
	return i+1 < len(toks) && (isYear(toks[i+1]) || i+2 < len(toks) && isYear(toks[i+2]))
}

// interval is a run of months, counted from year 0, both ends included.
type interval struct{ from, to int }

// months turns a date range into an interval. A bare year stands for its
// middle, so that 2015–2018 is three years and 2015–2018, 2018–2020 five. A
// single bare year or an open range that is not current gives nothing. Nothing
// lasts beyond asOf.
func months(start, end fairlead.YearMonth, current bool, asOf fairlead.YearMonth) (interval, bool) {
	if start.IsZero() || end.IsZero() && !current {
		return interval{}, false
	}
	if current {
		end = asOf
	}
	v := interval{from: start.Year*12 + start.Month - 1, to: end.Year*12 + end.Month - 1}
	if start.Month == 0 {
		v.from = start.Year*12 + 6
	}
	if end.Month == 0 {
		v.to = end.Year*12 + 5
	}
	if start.Year == end.Year && v.to < v.from {
		if start.Month == 0 && end.Month == 0 {
			v = interval{from: start.Year*12 + 3, to: start.Year*12 + 8} // within one year: half of it
		} else if start.Month == 0 {
			v.from = v.to
		} else {
			v.to = v.from
		}
	}
	if now := asOf.Year*12 + asOf.Month - 1; v.to > now {
		v.to = now
	}
	return v, v.to >= v.from
}
