package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/document"
	"github.com/fairlead/fairlead/internal/scoring"
)

type rankCommand struct {
	JSON    bool     `name:"json" help:"Print one JSON object per resume, best first."`
	Job     string   `required:"" help:"Job description: TXT, HTML, PDF or DOCX." placeholder:"FILE"`
	Rubric  string   `help:"Rubric to use in place of the one read from the job; see fairlead rubric." placeholder:"FILE"`
	AsOf    string   `help:"Date by which \"present\" is reckoned; default today." placeholder:"YYYY-MM-DD"`
	Resumes []string `arg:"" name:"resume" help:"Resumes, or folders of resumes."`
}

func (rankCommand) Help() string {
	return `Scores every resume against one job description, best first, each with its reason. The same file and the same job give the same score whatever else is in the batch. A resume that cannot be read comes last, without a score.

Examples:
  fairlead rank --job advertisement.html resumes/
  fairlead rank --json --job job.txt --as-of 2026-11-23 a.pdf b.docx
  fairlead rubric --job job.txt > rubric.yaml   # edit it, then:
  fairlead rank --job job.txt --rubric rubric.yaml resumes/`
}

type rankOutput struct {
	File           string                 `json:"file"`
	Rank           int                    `json:"rank"`
	Score          *int                   `json:"score"`
	Reasoning      string                 `json:"reasoning"`
	Band           fairlead.Band          `json:"band"`
	Readable       bool                   `json:"readable"`
	Criteria       []judgementOutput      `json:"criteria"`
	Skills         []string               `json:"skills"`
	Flags          []fairlead.ProblemCode `json:"flags"`
	Problems       []problemOutput        `json:"problems"`
	InputSHA256    string                 `json:"input_sha256"`
	RubricSHA256   string                 `json:"rubric_sha256"`
	TaxonomySHA256 string                 `json:"taxonomy_sha256"`
	AsOf           string                 `json:"as_of"`
	Engine         string                 `json:"engine"`
}

type judgementOutput struct {
	ID       string                 `json:"id"`
	Text     string                 `json:"text"`
	Kind     fairlead.CriterionKind `json:"kind"`
	Required bool                   `json:"required"`
	Weight   float64                `json:"weight"`
	Verdict  fairlead.Verdict       `json:"verdict"`
	Points   float64                `json:"points"`
	Because  string                 `json:"because"`
	Evidence []evidenceOutput       `json:"evidence"`
}

type evidenceOutput struct {
	Text  string `json:"text"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

func (c rankCommand) Run(p *program) error {
	asOf, err := p.asOf(c.AsOf)
	if err != nil {
		return err
	}
	files, err := resumeFiles(c.Resumes)
	if err != nil {
		return err
	}
	t, err := p.taxonomy()
	if err != nil {
		return err
	}
	judge := scoring.New(t)
	reader := p.reader()
	defer func() { _ = reader.Close() }() // nothing of ours is lost with it
	job, err := p.readJob(reader, c.Job)
	if err != nil {
		return err
	}
	rubric, err := c.rubric(judge, job)
	if err != nil {
		return err
	}
	jobText := document.TextOfHTML(job.Description)
	bar := p.progress(len(files), "scoring")
	var out []rankOutput
	err = inOrder(p.ctx, files, func(file string) rankOutput {
		doc := readFile(p.ctx, reader, file)
		if problem, copied := document.CopiedJobText(doc.Text, jobText); copied {
			doc.Problems = append(doc.Problems, problem)
		}
		a, _ := judge.Assess(rubric, doc, asOf)
		return rankOutputOf(file, doc, a, asOf)
	}, func(o rankOutput) error {
		_ = bar.Add(1)
		out = append(out, o)
		return nil
	})
	_ = bar.Finish()
	if err != nil {
		return err
	}
	slices.SortFunc(out, func(a, b rankOutput) int {
		return cmp.Or(cmp.Compare(scoreOrLast(b.Score), scoreOrLast(a.Score)), strings.Compare(a.File, b.File))
	})
	for i := range out {
		out[i].Rank = i + 1
	}
	if err := c.print(p, out); err != nil {
		return err
	}
	if len(out) == 1 && out[0].Score == nil {
		return badAnswer{}
	}
	return nil
}

func (c rankCommand) rubric(judge *scoring.Judge, job fairlead.Job) (fairlead.Rubric, error) {
	if c.Rubric == "" {
		return judge.Rubric(job)
	}
	data, err := os.ReadFile(c.Rubric)
	if err != nil {
		return fairlead.Rubric{}, fairlead.Fail(fairlead.Invalid, "Cannot read the rubric "+c.Rubric+". Make one with: fairlead rubric --job "+c.Job, err)
	}
	r, err := scoring.ParseRubric(data)
	if err != nil {
		return r, fmt.Errorf("%s: %w", c.Rubric, err)
	}
	return r, nil
}

func (c rankCommand) print(p *program, out []rankOutput) error {
	if c.JSON {
		for _, o := range out {
			if err := p.line(o); err != nil {
				return err
			}
		}
		return nil
	}
	ink := p.ink()
	for _, o := range out {
		score := "  –"
		word := "needs a human"
		if o.Score != nil {
			score, word = fmt.Sprintf("%3d", *o.Score), string(o.Band)
		}
		p.printf("%3d. %s  %-13s %s\n", o.Rank, ink.bold(score), word, printable(o.File))
		p.printf("     %s\n", printable(o.Reasoning))
		if len(o.Flags) > 0 {
			flags := make([]string, len(o.Flags))
			for i, f := range o.Flags {
				flags[i] = string(f)
			}
			p.printf("     %s %s (does not change the score)\n", ink.bad("look:"), strings.Join(flags, ", "))
		}
		if len(out) == 1 {
			for _, j := range o.Criteria {
				must := "preferred"
				if j.Required {
					must = "required"
				}
				p.printf("     %-10s %4.1f of %4.1f points  %s (%s)", verdictWord(j.Verdict), j.Points*100, j.Weight*100, printable(j.Text), must)
				if j.Because != "" {
					p.printf(": %s", printable(j.Because))
				}
				p.printf("\n")
				for _, e := range j.Evidence {
					p.printf("       %s\n", ink.dim("“"+printable(e.Text)+"”"))
				}
			}
		}
	}
	return nil
}

func verdictWord(v fairlead.Verdict) string {
	switch v {
	case fairlead.Met:
		return "met"
	case fairlead.Partial:
		return "partly"
	case fairlead.NotMet:
		return "not met"
	}
	return "not stated"
}

func scoreOrLast(s *int) int {
	if s == nil {
		return -1
	}
	return *s
}

func rankOutputOf(file string, d fairlead.Document, a fairlead.Assessment, asOf time.Time) rankOutput {
	o := rankOutput{
		File: file, Score: a.Score, Reasoning: a.Reasoning, Band: a.Band, Readable: d.Readable,
		Criteria: []judgementOutput{}, Skills: []string{}, Flags: []fairlead.ProblemCode{}, Problems: []problemOutput{},
		InputSHA256: a.InputSHA256, RubricSHA256: a.RubricSHA256, TaxonomySHA256: a.TaxonomySHA256, AsOf: asOf.Format(time.DateOnly), Engine: a.Engine,
	}
	for _, j := range a.Judgements {
		jo := judgementOutput{
			ID: j.Criterion.ID, Text: j.Criterion.Text, Kind: j.Criterion.Kind, Required: j.Criterion.Required,
			Weight: float64(j.Criterion.Weight) / fairlead.WeightTotal, Verdict: j.Verdict, Points: float64(j.Points) / fairlead.WeightTotal,
			Because: j.Because, Evidence: []evidenceOutput{},
		}
		for _, e := range j.Evidence {
			jo.Evidence = append(jo.Evidence, evidenceOutput{e.Text, e.At.Start, e.At.End})
		}
		o.Criteria = append(o.Criteria, jo)
	}
	for _, s := range a.Skills {
		o.Skills = append(o.Skills, s.Name)
	}
	o.Flags = append(o.Flags, a.Flags...)
	for _, x := range d.Problems {
		o.Problems = append(o.Problems, problemOutput{x.Code, x.Page, x.Detail})
	}
	return o
}

// resumeFiles lists files, going into folders; hidden files are left out. The
// same file named twice is scored once.
func resumeFiles(args []string) ([]string, error) {
	var out []string
	for _, a := range args {
		info, err := os.Stat(a)
		if err != nil || !info.IsDir() {
			out = append(out, a) // what is wrong with it is told in its line
			continue
		}
		err = filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if path != a && strings.HasPrefix(d.Name(), ".") {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if d.Type().IsRegular() {
				out = append(out, path)
			}
			return nil
		})
		if err != nil {
			return nil, fairlead.Fail(fairlead.Invalid, "Cannot list the folder "+a+". Check its permissions.", err)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) == 0 {
		return nil, fairlead.Fail(fairlead.Invalid, "There are no resumes in "+strings.Join(args, ", ")+".", nil)
	}
	return out, nil
}

// readJob reads a job description. HTML and text are handed on as they are,
// other formats as their text.
func (p program) readJob(r *document.Reader, path string) (fairlead.Job, error) {
	doc := readFile(p.ctx, r, path)
	if !doc.Readable {
		return fairlead.Job{}, fairlead.Fail(fairlead.Invalid, "Cannot read the job description "+path+": "+doc.Sentence()+". Use TXT, HTML, PDF or DOCX.", nil)
	}
	job := fairlead.Job{Description: doc.Text, Status: fairlead.JobOpen}
	if doc.MediaType == "text/html" {
		data, err := os.ReadFile(path)
		if err != nil {
			return fairlead.Job{}, fairlead.Fail(fairlead.Invalid, "Cannot read the job description "+path+".", err)
		}
		job.Description = string(data)
		job.Title = htmlTitle(job.Description)
	}
	if job.Title == "" {
		job.Title = firstLine(doc.Text)
	}
	return job, nil
}

// htmlTitle is the first heading, else the page's title.
func htmlTitle(page string) string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return ""
	}
	found := map[string]string{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "h1" || n.Data == "title") && found[n.Data] == "" {
			var b strings.Builder
			for d := range n.Descendants() {
				if d.Type == html.TextNode {
					b.WriteString(d.Data)
				}
			}
			found[n.Data] = strings.Join(strings.Fields(b.String()), " ")
		}
	}
	return cmp.Or(found["h1"], found["title"])
}

// firstLine is the first line with words when it is short enough to be a title.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "#"))
		if line == "" {
			continue
		}
		for _, label := range []string{"job title:", "title:", "position:", "role:"} {
			if len(line) > len(label) && strings.EqualFold(line[:len(label)], label) {
				line = strings.TrimSpace(line[len(label):])
			}
		}
		if len(line) <= 90 && !strings.HasSuffix(line, ".") {
			return line
		}
		return ""
	}
	return ""
}
