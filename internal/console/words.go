package console

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/fairlead/fairlead"
)

// moment is a time as people read it, with the exact one behind it.
type moment struct{ ISO, Exact, Ago string }

// at says when t was, seen from now. The zero time gives the zero moment, which
// templates show as nothing.
func at(t, now time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	t = t.UTC()
	return moment{ISO: t.Format(time.RFC3339), Exact: t.Format("2 Jan 2006, 15:04:05 UTC"), Ago: ago(now.Sub(t), t)}
}

func ago(d time.Duration, t time.Time) string {
	switch {
	case d < 0:
		return t.Format("2 Jan 2006")
	case d < 10*time.Second:
		return "just now"
	case d < 30*24*time.Hour:
		return age(d) + " ago"
	}
	return t.Format("2 Jan 2006")
}

// age says how long in one unit, rounded down.
func age(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < 2*time.Minute:
		return plural(int64(d/time.Second), "second", "seconds")
	case d < 2*time.Hour:
		return plural(int64(d/time.Minute), "minute", "minutes")
	case d < 48*time.Hour:
		return plural(int64(d/time.Hour), "hour", "hours")
	}
	return plural(int64(d/(24*time.Hour)), "day", "days")
}

// seconds says a latency with the precision that matters.
func seconds(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// num groups digits by three with commas.
func num[N int | int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "−", s[1:]
	}
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return sign + b.String()
}

func plural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return num(n) + " " + many
}

// points says basis points as points of a hundred: 1250 is 12.5.
func points(bp int) string {
	return strconv.FormatFloat(float64(bp)/100, 'f', -1, 64)
}

// bandWords are bands as people say them, best first.
func bandWords() []bandWord {
	return []bandWord{
		{fairlead.Strong, "Strong"}, {fairlead.Good, "Good"}, {fairlead.Possible, "Possible"}, {fairlead.Weak, "Weak"},
	}
}

type bandWord struct {
	Band fairlead.Band
	Word string
}

func wordOf(b fairlead.Band) string {
	for _, w := range bandWords() {
		if w.Band == b {
			return w.Word
		}
	}
	return "No band"
}

// verdictView is a verdict as a sign and a word, never a colour alone.
type verdictView struct{ Class, Sign, Word string }

func verdictOf(v fairlead.Verdict) verdictView {
	switch v {
	case fairlead.Met:
		return verdictView{"met", "✓", "met"}
	case fairlead.Partial:
		return verdictView{"partial", "◐", "partly met"}
	case fairlead.NotMet:
		return verdictView{"not-met", "✕", "not met"}
	}
	return verdictView{"not-stated", "?", "not stated"}
}

// stateView is what became of a writeback.
type stateView struct{ Class, Word, Why string }

func stateOf(s fairlead.WritebackState, reason string) stateView {
	switch s {
	case fairlead.WritebackWritten:
		return stateView{"written", "In the ATS", reason}
	case fairlead.WritebackOpen:
		return stateView{"open", "On its way", reason}
	case fairlead.WritebackWithheld:
		return stateView{"withheld", "Not sent", reason}
	case fairlead.WritebackSuperseded:
		return stateView{"superseded", "Superseded", reason}
	case fairlead.WritebackParked:
		return stateView{"human", "Needs a human", reason}
	}
	return stateView{"open", "Not sent yet", reason}
}

// outside is an address in the ATS that is safe to link to, or "".
func outside(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return u.String()
}

// clean makes hostile one-line text harmless to its surroundings: no control
// characters, no characters that turn the direction of text around, white space
// to single spaces. html/template escapes it, bdi keeps its direction in.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		if turns(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return strings.Join(strings.Fields(s), " ")
}

// turns says whether r overrides or embeds direction (UAX 9, X1 to X8).
func turns(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// visible is text of many lines in which what would turn text around, or draw
// nothing at all, is shown as a replacement character.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r == '\r' {
			return -1 // line ends come as LF; what is left of CRLF would double them
		}
		if r == '\f' || r == '\v' {
			return '\n'
		}
		if unicode.IsControl(r) || turns(r) {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

func nameOf(c fairlead.Candidate) string {
	if n := clean(c.Name); n != "" {
		return n
	}
	return "Name not known"
}

func titleOf(j fairlead.Job) string {
	if t := clean(j.Title); t != "" {
		return t
	}
	return "Job without a title"
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// shorten cuts at a word, at most n characters and an ellipsis.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	cut := string(r[:n])
	if i := strings.LastIndexByte(cut, ' '); i > n/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.") + "…"
}
