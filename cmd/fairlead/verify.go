package main

import (
	"os"
	"strconv"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/audit"
)

type verifyCommand struct {
	JSON   bool   `name:"json" help:"Print the answer as one JSON object."`
	Export string `arg:"" help:"Audit export, as written by fairlead export audit."`
}

func (verifyCommand) Help() string {
	return `Checks an audit export offline: whether any entry was altered, left out or reordered since it was sealed. Exit status 1 when it was.

Examples:
  fairlead export audit --out audit.ndjson
  fairlead verify audit.ndjson`
}

func (c verifyCommand) Run(p *program) error {
	f, err := os.Open(c.Export)
	if err != nil {
		return fairlead.Fail(fairlead.Invalid, "Cannot open "+c.Export+". Write an export with: fairlead export audit --out FILE", err)
	}
	defer func() { _ = f.Close() }() // only read from
	r, err := audit.Verify(f)
	if err != nil {
		return err
	}
	if c.JSON {
		type output struct {
			OK          bool   `json:"ok"`
			Entries     int64  `json:"entries"`
			FirstBad    *int64 `json:"first_bad"`
			Checkpoints int    `json:"checkpoints"`
			Reason      string `json:"reason"`
		}
		if err := p.line(output{r.OK, r.Entries, r.FirstBad, r.Checkpoints, r.Reason}); err != nil {
			return err
		}
	} else if r.OK {
		p.printf("%s %s in an unbroken chain: none altered, missing or reordered.\n", p.ink().good("ok"), plural(int(r.Entries), "entry", "entries"))
	} else {
		where := ""
		if r.FirstBad != nil {
			where = " First bad entry: " + strconv.FormatInt(*r.FirstBad, 10) + "."
		}
		p.printf("%s %s%s Keep this file, and compare with an export made elsewhere.\n", p.ink().bad("not ok"), printable(r.Reason), where)
	}
	if !r.OK {
		return badAnswer{}
	}
	return nil
}
