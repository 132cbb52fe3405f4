package console

import (
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
)

// distribution is how many of a job's applications are in each band, drawn as
// one bar and said in words beside it.
type distribution struct {
	Parts []part
	Words string // the text alternative: "3 strong, 10 good of 20 scored"
}

// part is one piece of the bar; X and Width are hundredths of its length.
type part struct {
	Class, Word string
	N           int
	X, Width    string
}

// distribute keeps the order of bands, best first.
func distribute(bands map[fairlead.Band]int) distribution {
	total := 0
	for _, b := range bandWords() {
		total += bands[b.Band]
	}
	var d distribution
	if total == 0 {
		d.Words = "nobody scored yet"
		return d
	}
	var said []string
	before := 0
	for _, b := range bandWords() {
		n := bands[b.Band]
		if n == 0 {
			continue
		}
		d.Parts = append(d.Parts, part{Class: string(b.Band), Word: b.Word, N: n, X: hundredths(before, total), Width: hundredths(n, total)})
		said = append(said, num(n)+" "+strings.ToLower(b.Word))
		before += n
	}
	d.Words = strings.Join(said, ", ") + " of " + num(total) + " scored"
	return d
}

// hundredths is 100·n/total with two decimals.
func hundredths(n, total int) string {
	return strconv.FormatFloat(float64(n)*100/float64(total), 'f', 2, 64)
}
