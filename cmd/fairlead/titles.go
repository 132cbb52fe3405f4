package main

import (
	"os"
	"strings"

	"github.com/fairlead/fairlead"
)

type titlesCommand struct {
	JSON bool `name:"json" help:"Print one JSON object per title."`
	Top  int  `default:"5" help:"How many occupations at most."`
}

func (titlesCommand) Help() string {
	return `Normalises job titles, one a line on standard input, to a standard title and O*NET-SOC occupations, best first.

Examples:
  echo 'Sr. SWE II' | fairlead titles
  fairlead titles --json --top 3 < titles.txt`
}

type occupationOutput struct {
	Code  string  `json:"code"`
	Name  string  `json:"name"`
	Score float64 `json:"score"`
}

func (c titlesCommand) Run(p *program) error {
	if c.Top < 1 {
		return fairlead.Fail(fairlead.Invalid, "--top must be 1 or more.", nil)
	}
	t, err := p.taxonomy()
	if err != nil {
		return err
	}
	type output struct {
		Title       string             `json:"title"`
		Standard    string             `json:"standard"`
		Occupations []occupationOutput `json:"occupations"`
	}
	return eachLine(p.in, func(title string) error {
		m := t.Title(title, c.Top)
		o := output{Title: title, Standard: m.Standard, Occupations: []occupationOutput{}}
		for _, x := range m.Occupations {
			o.Occupations = append(o.Occupations, occupationOutput{x.Code, x.Name, x.Score})
		}
		if c.JSON {
			return p.line(o)
		}
		p.printf("%s → %s\n", printable(title), printable(o.Standard))
		for _, x := range o.Occupations {
			p.printf("  %.2f  %s  %s\n", x.Score, x.Code, x.Name)
		}
		return nil
	})
}

type similarTitlesCommand struct {
	JSON   bool   `name:"json" help:"Print one JSON object per query."`
	Corpus string `required:"" help:"Titles to search, one a line." placeholder:"FILE"`
	Top    int    `default:"10" help:"How many matches at most."`
}

func (similarTitlesCommand) Help() string {
	return `Finds the titles of a corpus that mean the same as each query, one query a line on standard input.

Example:
  echo 'nurse manager' | fairlead similar-titles --corpus titles.txt --top 3`
}

func (c similarTitlesCommand) Run(p *program) error {
	if c.Top < 1 {
		return fairlead.Fail(fairlead.Invalid, "--top must be 1 or more.", nil)
	}
	f, err := os.Open(c.Corpus)
	if err != nil {
		return fairlead.Fail(fairlead.Invalid, "Cannot open the corpus "+c.Corpus+". It is a text file with one title a line.", err)
	}
	defer func() { _ = f.Close() }() // only read from
	var corpus []string
	if err := eachLine(f, func(s string) error { corpus = append(corpus, s); return nil }); err != nil {
		return err
	}
	t, err := p.taxonomy()
	if err != nil {
		return err
	}
	index := t.IndexTitles(corpus)
	type match struct {
		Line  int     `json:"line"`
		Title string  `json:"title"`
		Score float64 `json:"score"`
	}
	type output struct {
		Title   string  `json:"title"`
		Matches []match `json:"matches"`
	}
	return eachLine(p.in, func(query string) error {
		o := output{Title: query, Matches: []match{}}
		for _, h := range index.Similar(query, c.Top) {
			o.Matches = append(o.Matches, match{h.Line, h.Title, h.Score})
		}
		if c.JSON {
			return p.line(o)
		}
		p.printf("%s\n", printable(query))
		for _, m := range o.Matches {
			p.printf("  %.2f  %s\n", m.Score, printable(strings.TrimSpace(m.Title)))
		}
		return nil
	})
}
