package main

import (
	"time"

	"github.com/fairlead/fairlead/internal/secret"
	"github.com/fairlead/fairlead/internal/store"
)

type migrateCommand struct {
	configFlags
}

func (migrateCommand) Help() string {
	return `Brings the database to this version's schema, forward only, and says where it stands. fairlead serve does the same when it starts; running it first keeps a deployment of many processes in step.

Example:
  FAIRLEAD_DATABASE=postgres://fairlead@db/fairlead fairlead migrate`
}

func (c migrateCommand) Run(p *program) error {
	conf, err := c.load(p.env)
	if err != nil {
		return err
	}
	if _, err := conf.makeData(); err != nil {
		return err
	}
	master, _, err := secret.Load(conf.KeyFile)
	if err != nil {
		return err
	}
	if err := store.Migrate(p.ctx, store.Config{DSN: conf.Database, Master: master, Now: time.Now, Logger: conf.logger(p)}); err != nil {
		return err
	}
	p.printf("The schema of %s is up to date.\n", conf.where())
	return nil
}
