package main

import (
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/taxonomy"
)

type taxonomyCommand struct {
	Import taxonomyImportCommand `cmd:"" help:"Import an O*NET release or ESCO CSVs into the data folder."`
	Show   taxonomyShowCommand   `cmd:"" help:"Show a skill or an occupation."`
}

type taxonomyImportCommand struct {
	Path string `arg:"" help:"Folder or zip of an O*NET database release, or folder of ESCO CSVs."`
}

func (taxonomyImportCommand) Help() string {
	return `Adds occupations, titles and skills to the local taxonomy below $FAIRLEAD_DATA/taxonomy. When a table that is needed is missing or damaged, nothing is changed.

Examples:
  fairlead taxonomy import db_29_3_text.zip
  fairlead taxonomy import esco/`
}

func (c taxonomyImportCommand) Run(p *program) error {
	conf, err := configFlags{}.load(p.env)
	if err != nil {
		return err
	}
	if _, err := conf.makeData(); err != nil {
		return err
	}
	report, err := taxonomy.Import(c.Path, conf.taxonomyDir())
	if err != nil {
		return err
	}
	p.printf("Imported %s into %s\n", report.Source, conf.taxonomyDir())
	p.printf("  tables       %s\n  occupations  %d with %d titles\n  skills       %d, of them %d new; the others joined skills that were known\n",
		strings.Join(report.Tables, ", "), report.Occupations, report.Titles, report.Skills, report.NewSkills)
	return nil
}

type taxonomyShowCommand struct {
	ID string `arg:"" help:"Skill id, name or alias, or O*NET-SOC code."`
}

func (c taxonomyShowCommand) Run(p *program) error {
	t, err := p.taxonomy()
	if err != nil {
		return err
	}
	if o, ok := t.Occupation(c.ID); ok {
		p.printf("%s  %s\n", o.Code, o.Name)
		return nil
	}
	s, ok := t.Skill(fairlead.SkillID(c.ID))
	if !ok {
		s, ok = t.Lookup(c.ID)
	}
	if !ok {
		return fairlead.Fail(fairlead.NotFound, "The taxonomy has no skill or occupation "+c.ID+".", nil)
	}
	p.printf("%s  %s  (%s)\n", s.ID, s.Name, s.Kind)
	list := func(name string, ids []fairlead.SkillID) {
		if len(ids) == 0 {
			return
		}
		words := make([]string, len(ids))
		for i, id := range ids {
			words[i] = string(id)
		}
		p.printf("  %-9s %s\n", name, strings.Join(words, ", "))
	}
	if aliases := t.Aliases(s.ID); len(aliases) > 0 {
		p.printf("  %-9s %s\n", "also", strings.Join(aliases, ", "))
	}
	list("broader", s.Broader)
	list("implies", s.Implies)
	list("similar", s.Similar)
	return nil
}
