package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fairlead/fairlead"
)

type skillsCommand struct {
	JSON   bool `name:"json" help:"Print one JSON object per line of input."`
	NDJSON bool `name:"ndjson" help:"Each line of input is a JSON object with a text."`
}

func (skillsCommand) Help() string {
	return `Finds skills in texts, one text a line on standard input, normalised to one taxonomy (JS and ECMAScript are JavaScript). Skills somebody says they do not have are left out.

Examples:
  echo 'Five years of JS and Postgres, no experience with Java' | fairlead skills
  fairlead skills --json --ndjson < texts.ndjson`
}

func (c skillsCommand) Run(p *program) error {
	t, err := p.taxonomy()
	if err != nil {
		return err
	}
	type output struct {
		Skills []skillOutput `json:"skills"`
		Error  string        `json:"error,omitempty"`
	}
	number := 0
	return eachLine(p.in, func(line string) error {
		number++
		if c.NDJSON {
			var object struct {
				Text *string `json:"text"`
			}
			if err := json.Unmarshal([]byte(line), &object); err != nil || object.Text == nil {
				_, _ = fmt.Fprintf(p.err, "fairlead: line %d is no JSON object with a text; it is answered with no skills\n", number)
				return p.line(output{Skills: []skillOutput{}, Error: "not a JSON object with a text"})
			}
			line = *object.Text
		}
		found := skillOutputs(t.Find(line))
		if c.JSON || c.NDJSON {
			return p.line(output{Skills: found})
		}
		names := make([]string, 0, len(found))
		for _, s := range uniqueSkills(found) {
			names = append(names, s.Name)
		}
		p.printf("%s\n", strings.Join(names, ", "))
		return nil
	})
}

// maxLine is the longest line of standard input, in bytes.
const maxLine = 64 << 20

// eachLine calls do for every line of r, without its end.
func eachLine(r io.Reader, do func(string) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), maxLine)
	for s.Scan() {
		if err := do(strings.TrimSuffix(s.Text(), "\r")); err != nil {
			return err
		}
	}
	if err := s.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return fairlead.Fail(fairlead.Invalid, "A line of the input is longer than 64 MB. Split it.", nil)
		}
		return fairlead.Fail(fairlead.Invalid, "Cannot read the input.", err)
	}
	return nil
}
