// Command fairlead is the one binary: the service, the demo, the simulated
// ATSs and the offline toolbox. Only this package knows all the others.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/document"
)

// version is set by the linker.
var version = "dev"

func main() {
	if document.RunChildIfAsked() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Environ()}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// program is what a command may touch of the outside world, so that a test can
// run one.
type program struct {
	ctx      context.Context
	in       io.Reader
	out, err io.Writer
	env      []string
}

// Exit statuses, promised in the contracts.
const (
	exitDone  = 0
	exitBad   = 1 // the thing asked about is bad
	exitUsage = 2 // wrong usage or configuration
)

type commands struct {
	Demo    demoCommand    `cmd:"" help:"Run the whole main job on this machine: simulated Greenhouse, sixty applications, the console."`
	Serve   serveCommand   `cmd:"" help:"Run the service."`
	Connect connectCommand `cmd:"" help:"Connect an ATS account, or change one that is connected."`
	Sandbox sandboxCommand `cmd:"" help:"Run a simulated ATS with fault injection."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to this version's schema."`
	Export  exportCommand  `cmd:"" help:"Write the audit log, or the state, as NDJSON."`
	Verify  verifyCommand  `cmd:"" help:"Check an audit export: nothing altered, missing or reordered. Needs no server."`
	Read    readCommand    `cmd:"" help:"Show documents as Fairlead sees them. Needs no server."`
	Rubric  rubricCommand  `cmd:"" help:"Show what Fairlead reads out of a job description. Needs no server."`
	Rank    rankCommand    `cmd:"" help:"Score resumes against a job description, best first. Needs no server."`
	Skills  skillsCommand  `cmd:"" help:"Find skills in texts, one a line. Needs no server."`
	Titles  titlesCommand  `cmd:"" help:"Normalise job titles, one a line. Needs no server."`

	SimilarTitles similarTitlesCommand `cmd:"" help:"Find titles that mean the same. Needs no server."`
	Taxonomy      taxonomyCommand      `cmd:"" help:"Import skills and occupations, or show one."`

	Version kong.VersionFlag `help:"Print the version."`
}

// run carries out one command line and returns the exit status.
func (p program) run(ctx context.Context, args []string) int {
	p.ctx = ctx
	var c commands
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("fairlead"),
		kong.Description("AI screening inside the applicant tracking system you already use. It explains; a human decides."),
		kong.UsageOnError(),
		kong.Writers(p.out, p.err),
		kong.Exit(func(code int) { exited = code }),
		kong.Vars{"version": "fairlead " + version},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return p.fail(fmt.Errorf("command line: %w", err), exitUsage)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited >= 0 { // --help and --version have answered
		return exited
	}
	if err != nil {
		return p.usage(err)
	}
	if err := k.Run(&p); err != nil {
		return p.decide(err)
	}
	return exitDone
}

// usage says what was wrong with the command line and where help is.
func (p program) usage(err error) int {
	help := "fairlead --help"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if c := parse.Context.Command(); c != "" {
			help = "fairlead " + strings.Fields(c)[0] + " --help"
		}
	}
	_, _ = fmt.Fprintf(p.err, "fairlead: %v. See: %s\n", err, help)
	return exitUsage
}

// decide turns an error into the sentence and the exit status a person sees;
// the other two places where errors become decisions are web and queue.
func (p program) decide(err error) int {
	var bad badAnswer
	switch {
	case errors.As(err, &bad):
		if bad.sentence == "" {
			return exitBad
		}
		return p.fail(err, exitBad)
	case errors.Is(err, context.Canceled):
		return p.fail(errors.New("stopped"), exitBad)
	case fairlead.CodeOf(err) == fairlead.Invalid, fairlead.CodeOf(err) == fairlead.NotFound:
		return p.fail(err, exitUsage)
	}
	return p.fail(err, exitBad)
}

func (p program) fail(err error, code int) int {
	_, _ = fmt.Fprintln(p.err, "fairlead: "+err.Error())
	return code
}

// badAnswer says that a command did what was asked and the answer is bad.
// Without a sentence everything has been said already.
type badAnswer struct{ sentence string }

func (b badAnswer) Error() string { return b.sentence }
