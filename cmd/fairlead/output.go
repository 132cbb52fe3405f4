package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// terminal says whether w is a person's screen.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// ink colours words, on a terminal only and never with NO_COLOR set
// (no-color.org).
type ink bool

func (p program) ink() ink {
	colourless := slices.ContainsFunc(p.env, func(kv string) bool {
		return strings.HasPrefix(kv, "NO_COLOR=") && kv != "NO_COLOR="
	})
	return ink(terminal(p.out) && !colourless)
}

func (i ink) paint(code, s string) string {
	if !i {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (i ink) good(s string) string { return i.paint("32", s) }
func (i ink) bad(s string) string  { return i.paint("31", s) }
func (i ink) dim(s string) string  { return i.paint("2", s) }
func (i ink) bold(s string) string { return i.paint("1", s) }

// progress is a bar on standard error while long work runs; on anything but a
// terminal it draws nothing.
func (p program) progress(total int, what string) *progressbar.ProgressBar {
	if !terminal(p.err) || total < 2 {
		return progressbar.DefaultSilent(int64(total))
	}
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(p.err), progressbar.OptionSetDescription(what), progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
}

// line writes one JSON object.
func (p program) line(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

func (p program) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, format, args...)
}

func (p program) table() *tabwriter.Writer { return tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0) }

// printable makes text from a file harmless on a terminal: escape sequences and
// control characters out, white space to single spaces.
func printable(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)), " ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
