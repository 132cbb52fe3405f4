// Command checker judges a run of Fairlead from outside: it reads what the
// simulated ATS saw (its journal) and what Fairlead says it did (the export of
// its state and of its audit log) and decides whether the promises I1, I2, I3,
// I5 and I7 of the design held. It hides how each promise is checked and shares
// no code with the service, so that one mistake cannot hide in both.
//
//	go run ./tools/checker --journal J.json --state S.ndjson --audit A.ndjson
//
// It prints one line for each promise that held and one for each violation, and
// exits 0 when all held, 1 when one did not, 2 when it could not judge.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run judges the files the arguments name and returns the exit status.
func run(args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("checker", flag.ContinueOnError)
	flags.SetOutput(errs)
	journal := flags.String("journal", "", "the simulator's `file` from GET /_sandbox/journal")
	state := flags.String("state", "", "the `file` from fairlead export state")
	audit := flags.String("audit", "", "the `file` from fairlead export audit")
	connection := flags.String("connection", "", "judge only this connection (default: all of the journal's vendor)")
	author := flags.String("author", "", "our authors in the journal, comma separated (default: its clients)")
	final := flags.Bool("final", false, "the run has come to rest: nothing may be open")
	asJSON := flags.Bool("json", false, "print one JSON object per promise")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *journal == "" || *state == "" || *audit == "" || flags.NArg() > 0 {
		_, _ = fmt.Fprintln(errs, "checker: --journal, --state and --audit are needed. See: checker --help")
		return 2
	}
	run, err := load(*journal, *state, *audit)
	if err == nil {
		err = run.choose(*connection, *author)
	}
	if err != nil {
		_, _ = fmt.Fprintf(errs, "checker: %v\n", err)
		return 2
	}
	run.final = *final
	verdicts := run.judge()
	if err := report(out, verdicts, *asJSON); err != nil {
		_, _ = fmt.Fprintf(errs, "checker: %v\n", err)
		return 2
	}
	for _, v := range verdicts {
		if len(v.Violations) > 0 {
			return 1
		}
	}
	if verdicts[0].N == 0 {
		_, _ = fmt.Fprintln(errs, "checker: there was nothing to judge: no delivery and no event. Did the service run, and is this its export?")
		return 2
	}
	return 0
}

// verdict is what became of one promise.
type verdict struct {
	Promise string `json:"promise"`
	OK      bool   `json:"ok"`
	// N is how many things were looked at: a promise that held over nothing
	// has not been tested.
	N          int      `json:"n"`
	Detail     string   `json:"detail,omitempty"`
	Violations []string `json:"violations"`
}

func (v *verdict) violate(format string, args ...any) {
	v.Violations = append(v.Violations, fmt.Sprintf(format, args...))
}

func report(out io.Writer, verdicts []verdict, asJSON bool) error {
	for _, v := range verdicts {
		v.OK = len(v.Violations) == 0
		if asJSON {
			if v.Violations == nil {
				v.Violations = []string{}
			}
			if err := json.NewEncoder(out).Encode(v); err != nil {
				return fmt.Errorf("write report: %w", err)
			}
			continue
		}
		var b strings.Builder
		if v.OK {
			fmt.Fprintf(&b, "%s ok (n=%d)", v.Promise, v.N)
			if v.Detail != "" {
				b.WriteString(" " + v.Detail)
			}
			b.WriteByte('\n')
		}
		for _, what := range v.Violations {
			fmt.Fprintf(&b, "%s violated: %s\n", v.Promise, what)
		}
		if _, err := io.WriteString(out, b.String()); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}
