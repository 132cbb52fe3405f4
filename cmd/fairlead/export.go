package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/audit"
	"github.com/fairlead/fairlead/internal/store"
)

type exportCommand struct {
	Audit exportAuditCommand `cmd:"" help:"The audit log: ids, digests and commitments, chained. Check it with fairlead verify."`
	State exportStateCommand `cmd:"" help:"Events, assessments and writebacks by id, for checks and other tools."`
}

type exportAuditCommand struct {
	configFlags
	Out string `help:"File to write; default standard output." placeholder:"FILE"`
}

func (exportAuditCommand) Help() string {
	return `Example:
  fairlead export audit --out audit.ndjson && fairlead verify audit.ndjson`
}

func (c exportAuditCommand) Run(p *program) error {
	return c.export(p, c.Out, func(ctx context.Context, s *store.Store, w io.Writer) error {
		if err := audit.NewSealer(audit.Config{Log: s, Logger: p.quiet()}).Drain(ctx); err != nil {
			return err
		}
		return s.ExportAudit(ctx, w)
	})
}

type exportStateCommand struct {
	configFlags
	Out string `help:"File to write; default standard output." placeholder:"FILE"`
}

func (exportStateCommand) Help() string {
	return `The values written to the ATS are in it: treat the file as personal data.

Example:
  fairlead export state --out state.ndjson`
}

func (c exportStateCommand) Run(p *program) error {
	return c.export(p, c.Out, func(ctx context.Context, s *store.Store, w io.Writer) error { return s.ExportState(ctx, w) })
}

// export opens the store and writes to a file that is whole or not there.
func (f configFlags) export(p *program, out string, write func(context.Context, *store.Store, io.Writer) error) error {
	conf, err := f.load(p.env)
	if err != nil {
		return err
	}
	if !conf.postgres() {
		if _, err := os.Stat(conf.Database); err != nil {
			return fairlead.Fail(fairlead.Invalid, "There is no database "+conf.Database+". Name the data folder with --data or FAIRLEAD_DATA.", nil)
		}
	}
	s, err := openStore(p.ctx, conf, conf.logger(p), false)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // nothing was changed
	if out == "" {
		w := bufio.NewWriter(p.out)
		if err := write(p.ctx, s, w); err != nil {
			return err
		}
		return w.Flush()
	}
	temporary := fmt.Sprintf("%s.%d.part", out, time.Now().UnixNano())
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fairlead.Fail(fairlead.Invalid, "Cannot write "+out+". Check that its folder is there.", err)
	}
	defer func() { _ = os.Remove(temporary) }() // gone already when all went well
	w := bufio.NewWriter(file)
	if err := write(p.ctx, s, w); err != nil {
		_ = file.Close() // the error at hand says more
		return err
	}
	if err := w.Flush(); err != nil {
		_ = file.Close() // the error at hand says more
		return fairlead.Fail(fairlead.Invalid, "Cannot write "+out+". Is the disk full?", err)
	}
	if err := file.Close(); err != nil {
		return fairlead.Fail(fairlead.Invalid, "Cannot write "+out+". Is the disk full?", err)
	}
	if err := os.Rename(temporary, out); err != nil {
		return fairlead.Fail(fairlead.Invalid, "Cannot write "+out+".", err)
	}
	return nil
}
