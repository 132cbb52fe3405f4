package main

import (
	"strings"

	"github.com/fairlead/fairlead/internal/auth"
)

type serveCommand struct {
	configFlags
	Roles []string `help:"web, worker, or both (default)." placeholder:"ROLE"`
}

func (serveCommand) Help() string {
	lines := []string{
		"Runs the service: webhooks, console and workers in one process. On many machines, one database: PostgreSQL, and any number of processes with --roles worker.",
		"", "Configuration keys, in the file or as FAIRLEAD_… in the environment:",
	}
	for _, k := range keys {
		lines = append(lines, "  "+k.name+"  "+k.means)
	}
	lines = append(lines, "", "Examples:", "  fairlead serve", "  FAIRLEAD_DATABASE=postgres://fairlead@db/fairlead fairlead serve --roles worker", "  fairlead serve --config /etc/fairlead.yaml")
	return strings.Join(lines, "\n")
}

func (c serveCommand) Run(p *program) error {
	conf, err := c.load(p.env)
	if err != nil {
		return err
	}
	if len(c.Roles) > 0 {
		if err := checkRoles(c.Roles); err != nil {
			return err
		}
		conf.Roles = c.Roles
	}
	created, err := conf.makeData()
	if err != nil {
		return err
	}
	if created {
		p.printf("New data folder %s\n", conf.Data)
	} else {
		p.printf("Data folder %s\n", conf.Data)
	}
	s, err := startService(p.ctx, conf, conf.logger(p))
	if err != nil {
		return err
	}
	p.printf("Database    %s\n", conf.where())
	if s.URL != "" {
		p.printf("Console     %s/console/\nWebhooks    %s/webhooks/{connection}\n", conf.PublicURL, conf.PublicURL)
		link, err := auth.FirstRunLink(p.ctx, s.store, conf.PublicURL)
		if err != nil {
			_ = s.close() // the error at hand says more
			return err
		}
		if link != "" {
			p.printf("\nNobody can sign in yet. Open this link within 24 hours and set your password:\n  %s\n", link)
		}
	}
	err = s.wait(p.ctx)
	if closed := s.close(); err == nil {
		err = closed
	}
	return err
}
