package profile

import (
	"testing"

	"github.com/fairlead/fairlead"
)

func TestDates(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"2019–present", "2019/now"},
		{"2019 - Present", "2019/now"},
		{"2019-now", "2019/now"},
		{"June 2019 – Present", "2019-06/now"},
		{"Jun. 2019 to date", "2019-06/now"},
		{"06/2015 - till date", "2015-06/now"},
		{"July 2009 to Till Date", "2009-07/now"},
		{"Jan. 2012 to Current", "2012-01/now"},
		{"Sept '18", "2018-09"},
		{"Sept '18 – Mar '20", "2018-09/2020-03"},
		{"Sep’18 – Present", "2018-09/now"},
		{"'15 – '18", "2015/2018"},
		{"03/2019", "2019-03"},
		{"03/2019 - 05/2021", "2019-03/2021-05"},
		{"3/2019–5/2021", "2019-03/2021-05"},
		{"03.2019 – 05.2021", "2019-03/2021-05"},
		{"03/19 - 05/21", "2019-03/2021-05"},
		{"2019-03", "2019-03"},
		{"2019-03 — 2021-05", "2019-03/2021-05"},
		{"2013-09 — Present", "2013-09/now"},
		{"2019-03-01 to 2021-05-31", "2019-03/2021-05"},
		{"Summer 2015", "2015-06/2015-08"},
		{"Fall 2014 - Spring 2015", "2014-09/2015-05"},
		{"Winter 2015", "2015"},
		{"Q3 2018", "2018-07/2018-09"},
		{"Q3 2018 – Q1 2020", "2018-07/2020-03"},
		{"since 2017", "2017/now"},
		{"Since March 2017", "2017-03/now"},
		{"seit 03/2017", "2017-03/now"},
		{"depuis septembre 2017", "2017-09/now"},
		{"desde enero de 2017", "2017-01/now"},
		{"from May 2007 to June 2009", "2007-05/2009-06"},
		{"May 2007  to June 2009", "2007-05/2009-06"},
		{"2006  Present", "2006/now"},
		{"2002  2006", "2002/2006"},
		{`2002 \xe2\x80\x93 2006`, "2002/2006"},
		{"2015-18", "2015/2018"},
		{"2015–2018", "2015/2018"},
		{"2015 to 2018", "2015/2018"},
		{"January – March 2019", "2019-01/2019-03"},
		{"Jan 5, 2014 - Feb 3, 2016", "2014-01/2016-02"},
		{"5 January 2014 – 3rd February 2016", "2014-01/2016-02"},
		{"01/31/2014 - 02/28/2016", "2014-01/2016-02"},
		{"31.01.2014 – 28.02.2016", "2014-01/2016-02"},
		{"04-09-2003 to 19-12-2007", "2003-04/2007-12"},
		{"janvier 2012 – août 2014", "2012-01/2014-08"},
		{"Février 2012 à aujourd'hui", "2012-02/now"},
		{"März 2012 bis heute", "2012-03/now"},
		{"Okt. 2012 – Dez. 2014", "2012-10/2014-12"},
		{"enero 2012 – actualidad", "2012-01/now"},
		{"enero de 2012 a marzo de 2014", "2012-01/2014-03"},
		{"2017 onwards", "2017/now"},
		{"JAN 2017 - DEC 2018", "2017-01/2018-12"},
		{"2019年3月", "2019-03"},
		{"May/2008 - May/2016", "2008-05/2016-05"},
		{"Jan-2012 to Mar-2014", "2012-01/2014-03"},
		{"early 2018", "2018"},
		{"2016present", "2016/now"},
		{"20132015", "2013/2015"},
		{"20131225", ""},
		// No dates.
		{"3 years", ""},
		{"room 2019a", ""},
		{"$2019", ""},
		{"2019%", ""},
		{"(617) 555-2019", ""},
		{"version 10.2019.3", ""},
		{"I may go", ""},
		{"may 5 people", ""},
		{"12,2019 items", ""},
		{"in march of progress", ""},
	} {
		toks := tokenize(c.text)
		got := ""
		for _, d := range findDates(c.text, toks) {
			if got != "" {
				got += " "
			}
			got += d.start.String()
			switch {
			case d.current:
				got += "/now"
			case d.end != d.start:
				got += "/" + d.end.String()
			}
		}
		if got != c.want {
			t.Errorf("%q: read %q, want %q", c.text, got, c.want)
		}
	}
}

func TestMonths(t *testing.T) {
	ym := func(y, m int) fairlead.YearMonth { return fairlead.YearMonth{Year: y, Month: m} }
	asOf := ym(2026, 11)
	for _, c := range []struct {
		name       string
		start, end fairlead.YearMonth
		current    bool
		want       int
	}{
		{"both months count", ym(2014, 1), ym(2014, 10), false, 10},
		{"a year to a year is that many years", ym(2015, 0), ym(2018, 0), false, 36},
		{"within one year: half of it", ym(2015, 0), ym(2015, 0), false, 6},
		{"to now", ym(2026, 1), ym(0, 0), true, 11},
		{"from a year to now", ym(2025, 0), ym(0, 0), true, 17},
		{"nothing beyond now", ym(2026, 10), ym(2030, 1), false, 2},
		{"open and not current is unknown", ym(2015, 3), ym(0, 0), false, 0},
		{"no start is unknown", ym(0, 0), ym(2015, 1), false, 0},
		{"wrong way round is unknown", ym(2018, 1), ym(2015, 1), false, 0},
		{"in the future", ym(2028, 1), ym(2029, 1), false, 0},
	} {
		got := 0
		if v, ok := months(c.start, c.end, c.current, asOf); ok {
			got = v.to - v.from + 1
		}
		if got != c.want {
			t.Errorf("%s: %d months, want %d", c.name, got, c.want)
		}
	}
}

func TestUnion(t *testing.T) {
	for _, c := range []struct {
		runs []interval
		want int
	}{
		{nil, 0},
		{[]interval{{0, 11}}, 12},
		{[]interval{{0, 11}, {6, 17}}, 18},
		{[]interval{{6, 17}, {0, 23}}, 24},
		{[]interval{{0, 5}, {12, 17}}, 12},
		{[]interval{{0, 5}, {6, 11}}, 12},
		{[]interval{{0, 11}, {0, 11}}, 12},
	} {
		if got := union(c.runs); got != c.want {
			t.Errorf("union of %v: %d months, want %d", c.runs, got, c.want)
		}
	}
}
