package main

import (
	"github.com/fairlead/fairlead/internal/scoring"
)

type rubricCommand struct {
	JSON bool   `name:"json" help:"Print one JSON object."`
	Job  string `required:"" help:"Job description: TXT, HTML, PDF or DOCX." placeholder:"FILE"`
}

func (rubricCommand) Help() string {
	return `Shows the criteria Fairlead reads out of a job description, and what it left out and why. The output can be edited and handed to fairlead rank --rubric.

Examples:
  fairlead rubric --job advertisement.html
  fairlead rubric --job job.txt > rubric.yaml`
}

func (c rubricCommand) Run(p *program) error {
	t, err := p.taxonomy()
	if err != nil {
		return err
	}
	reader := p.reader()
	defer func() { _ = reader.Close() }() // nothing of ours is lost with it
	job, err := p.readJob(reader, c.Job)
	if err != nil {
		return err
	}
	r, err := scoring.New(t).Rubric(job)
	if err != nil {
		return err
	}
	encode := scoring.EncodeRubric
	if c.JSON {
		encode = scoring.EncodeRubricJSON
	}
	data, err := encode(r)
	if err != nil {
		return err
	}
	p.printf("%s", data)
	return nil
}
