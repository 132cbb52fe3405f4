package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/document"
	"github.com/fairlead/fairlead/internal/profile"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

type readCommand struct {
	JSON  bool     `name:"json" help:"Print one JSON object per file."`
	Job   string   `help:"Job description; flags text copied from it." placeholder:"FILE"`
	AsOf  string   `help:"Date by which \"present\" is reckoned; default today." placeholder:"YYYY-MM-DD"`
	Files []string `arg:"" name:"file" help:"Resumes: PDF, DOCX, ODT, RTF, HTML, TXT, DOC, images."`
}

func (readCommand) Help() string {
	return `Shows a document as Fairlead sees it: the text a person sees, what was hidden, what is wrong with the file, and the profile found in it.

Examples:
  fairlead read resume.pdf
  fairlead read --json resumes/*.pdf > read.ndjson
  fairlead read --job advertisement.html resume.docx`
}

func (c readCommand) Run(p *program) error {
	asOf, err := p.asOf(c.AsOf)
	if err != nil {
		return err
	}
	t, err := p.taxonomy()
	if err != nil {
		return err
	}
	reader := p.reader()
	defer func() { _ = reader.Close() }() // nothing of ours is lost with it
	var job string
	if c.Job != "" {
		j, err := p.readJob(reader, c.Job)
		if err != nil {
			return err
		}
		job = document.TextOfHTML(j.Description)
	}
	bar := p.progress(len(c.Files), "reading")
	bad := 0
	err = inOrder(p.ctx, c.Files, func(file string) readOutput {
		doc := readFile(p.ctx, reader, file)
		if problem, copied := document.CopiedJobText(doc.Text, job); job != "" && copied {
			doc.Problems = append(doc.Problems, problem)
		}
		return readOutputOf(file, doc, profile.Build(t, doc, asOf))
	}, func(o readOutput) error {
		_ = bar.Add(1)
		if !o.Readable {
			bad++
		}
		if c.JSON {
			return p.line(o)
		}
		c.show(p, o)
		return nil
	})
	_ = bar.Finish()
	if err != nil {
		return err
	}
	if bad > 0 && len(c.Files) == 1 {
		return badAnswer{}
	}
	return nil
}

// show prints a document for a person.
func (c readCommand) show(p *program, o readOutput) {
	ink := p.ink()
	state := ink.good("readable")
	if !o.Readable {
		state = ink.bad("cannot be read; a person must look")
	}
	pages := ""
	if o.Pages > 0 {
		pages = ", " + plural(o.Pages, "page", "pages")
	}
	p.printf("%s  %s%s  %s\n", ink.bold(printable(o.File)), o.MediaType, pages, state)
	for _, problem := range o.Problems {
		p.printf("  %s  %s\n", ink.bad(string(problem.Code)), printable(problem.Detail))
	}
	if o.Readable {
		f := o.Profile
		row := func(name, value string) {
			if value != "" {
				p.printf("  %s %s\n", ink.dim(fmt.Sprintf("%-14s", name)), printable(value))
			}
		}
		row("name", f.Name)
		row("contact", strings.Join(append(append([]string{}, f.Emails...), f.Phones...), ", "))
		row("location", f.Location)
		if f.YearsExperience != nil {
			row("experience", fmt.Sprintf("%.1f years in dated positions", *f.YearsExperience))
		}
		for _, j := range f.Positions {
			end := j.End
			if j.Current {
				end = "now"
			}
			row("position", fmt.Sprintf("%s, %s (%s to %s)", j.Title, j.Employer, j.Start, end))
		}
		for _, e := range f.Education {
			row("education", fmt.Sprintf("%s, %s", e.Name, e.Institution))
		}
		row("certificates", strings.Join(f.Certifications, ", "))
		names := make([]string, 0, len(f.Skills))
		for _, s := range uniqueSkills(f.Skills) {
			names = append(names, s.Name)
		}
		row("skills", strings.Join(names, ", "))
	}
	for _, h := range o.HiddenText {
		p.printf("  %s %s: %s\n", ink.dim("hidden"), h.Reason, printable(h.Text))
	}
	if len(c.Files) == 1 && o.Text != "" {
		p.printf("\n%s\n", cleanLines(o.Text))
	} else {
		p.printf("\n")
	}
}

func uniqueSkills(all []skillOutput) []skillOutput {
	seen := map[string]bool{}
	var out []skillOutput
	for _, s := range all {
		if !seen[s.ID] {
			seen[s.ID] = true
			out = append(out, s)
		}
	}
	return out
}

// cleanLines is printable, line by line.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return strings.Join(lines, "\n")
}

// inOrder maps items on all cores and hands over the results in the order of
// the items, each as soon as those before it are there.
func inOrder[In, Out any](ctx context.Context, items []In, work func(In) Out, done func(Out) error) error {
	n := min(max(runtime.GOMAXPROCS(0), 1), max(len(items), 1))
	results := make([]chan Out, len(items))
	for i := range results {
		results[i] = make(chan Out, 1)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// The worker that takes item i has taken all before it, so a window of
	// results is never held back by one that nobody works on.
	next := make(chan int)
	go func() {
		defer close(next)
		for i := range items {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	for range n {
		go func() {
			for i := range next {
				results[i] <- work(items[i])
			}
		}()
	}
	for _, r := range results {
		select {
		case o := <-r:
			if err := done(o); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// readFile reads a document; what is wrong with it, its absence too, is in it.
func readFile(ctx context.Context, r *document.Reader, path string) fairlead.Document {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return cannotRead(fairlead.Unsupported, "is a folder; name the files in it")
	}
	if err == nil && info.Size() > maxDocument {
		return cannotRead(fairlead.FileTooLarge, fmt.Sprintf("%d MB; at most %d MB are read", info.Size()>>20, maxDocument>>20))
	}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return cannotRead(fairlead.FileNotFound, "there is no such file")
	case err != nil:
		return cannotRead(fairlead.FileNotFound, "the file cannot be opened; check its permissions")
	}
	return r.Read(ctx, path, data)
}

// maxDocument is the most bytes of a file that are read.
const maxDocument = 20 << 20

func cannotRead(code fairlead.ProblemCode, detail string) fairlead.Document {
	return fairlead.Document{Problems: []fairlead.Problem{{Code: code, Detail: detail}}}
}

// reader is the document reader of the offline commands.
func (p program) reader() *document.Reader { return document.New(document.Config{}) }

// taxonomy is the embedded one with what was imported into the data folder.
func (p program) taxonomy() (*taxonomy.Taxonomy, error) {
	c, err := configFlags{}.load(p.env)
	if err != nil {
		return nil, err
	}
	return taxonomy.Open(c.taxonomyDir())
}

// asOf parses a date; "" is today.
func (p program) asOf(s string) (time.Time, error) {
	if s == "" {
		return time.Now().UTC().Truncate(24 * time.Hour), nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fairlead.Fail(fairlead.Invalid, fmt.Sprintf("--as-of %q is no date. Write it as 2026-11-23.", s), nil)
	}
	return t, nil
}

// years is months in years, to one decimal, nil for unknown.
func years(months *int) *float64 {
	if months == nil {
		return nil
	}
	y := math.Round(float64(*months)/12*10) / 10
	return &y
}
