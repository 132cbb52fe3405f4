package main

import (
	"strings"

	"github.com/fairlead/fairlead"
)

type taxonomyCommand struct {
	Show   taxonomyShowCommand   `cmd:"" help:"Show a skill or an occupation."`
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
