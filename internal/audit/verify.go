package audit

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/fairlead/fairlead"
)

// Format is the first line's "format" of an export.
const Format = "fairlead-audit/1"

// maxLine is the longest line of an export that is read, in bytes. An entry is
// a few hundred; the one of a writeback names the events behind it.
const maxLine = 4 << 20

// Report says what Verify found.
type Report struct {
	OK bool
	// Entries is how many entries in a row, from the first, are as they were
	// sealed.
	Entries int64
	// FirstBad is the number of the first entry that is altered, missing, moved
	// or added; nil when all are good or when the trouble is in the first line.
	FirstBad *int64
	// Checkpoints is how many signed states of the log were checked.
	Checkpoints int
	// Reason says in a sentence what is wrong, "" when nothing is.
	Reason string
}

// Verify reads an export of the audit log and checks that every entry is there,
// unaltered and in its place. It needs nothing but the export and holds one line
// of it at a time. The error is about reading r; what is wrong with the export
// is in the report.
func Verify(r io.Reader) (Report, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	line, err := readLine(in)
	if err != nil {
		return headless(err)
	}
	head, wrong := parseObject(line, "format", "entries", "chain")
	if wrong != "" {
		return Report{Reason: "The first line is not that of an audit export: " + wrong + "."}, nil
	}
	if f, ok := head["format"].(string); !ok || f != Format {
		return Report{Reason: "The first line does not say that this is an audit export of format " + Format + "."}, nil
	}
	promised, ok := integer(head["entries"])
	end, isText := head["chain"].(string)
	if !ok || !isText || !isDigest(end) {
		return Report{Reason: "The first line does not say how many entries there are and where they end."}, nil
	}
	v := verifier{promised: promised, end: end}
	for {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return v.finish(), nil
		}
		if errors.Is(err, errLongLine) {
			return v.bad("its line is longer than any entry's"), nil
		}
		if err != nil {
			return v.report(), fairlead.Fail(fairlead.Unavailable, "Cannot read the export to its end.", err)
		}
		if reason := v.next(line); reason != "" {
			return v.bad(reason), nil
		}
	}
}

func headless(err error) (Report, error) {
	switch {
	case errors.Is(err, io.EOF):
		return Report{Reason: "The export is empty."}, nil
	case errors.Is(err, errLongLine):
		return Report{Reason: "The first line is not that of an audit export."}, nil
	}
	return Report{}, fairlead.Fail(fairlead.Unavailable, "Cannot read the export.", err)
}

type verifier struct {
	promised int64
	end      string // the chain value the first line promises
	good     int64
	chain    Chain
}

// next checks one entry's line and says what is wrong with it.
func (v *verifier) next(line []byte) string {
	if v.good == v.promised {
		return "the first line promises " + strconv.FormatInt(v.promised, 10) + " entries and there are more"
	}
	o, wrong := parseObject(line, "seq", "leaf", "chain")
	if wrong != "" {
		return "its line is not an entry: " + wrong
	}
	seq, ok := integer(o["seq"])
	leaf, isLeaf := o["leaf"].(string)
	chain, isChain := o["chain"].(string)
	if !ok || !isLeaf || !isChain {
		return "its line is not an entry"
	}
	if seq != v.good+1 {
		return "in its place stands entry " + strconv.FormatInt(seq, 10)
	}
	next := v.chain.Next([]byte(leaf))
	if next.String() != chain {
		return "its content or its place does not match the chain"
	}
	v.chain = next
	v.good++
	return ""
}

func (v *verifier) report() Report { return Report{Entries: v.good} }

func (v *verifier) bad(reason string) Report {
	r := v.report()
	first := v.good + 1
	r.FirstBad, r.Reason = &first, fmt.Sprintf("Entry %d is not as it was sealed: %s.", first, reason)
	return r
}

func (v *verifier) finish() Report {
	if v.good < v.promised {
		return v.bad(fmt.Sprintf("the export ends before it, and %d entries were promised", v.promised))
	}
	r := v.report()
	if v.chain.String() != v.end {
		r.Reason = "The first line promises another end of the log than the entries have."
		return r
	}
	r.OK = true
	return r
}

var errLongLine = errors.New("line too long")

// readLine returns the next line that holds anything but white space. io.EOF
// when there is none.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, errLongLine
		}
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		}
		if line = bytes.Trim(line, " \t\r\n"); len(line) > 0 {
			return line, nil
		}
		if err != nil {
			return nil, io.EOF
		}
	}
}

// parseObject reads an object of exactly these members, each once: what is not
// under the chain's protection must not be there; or it says what is wrong.
// encoding/json alone would
// take unknown members, repeated ones, and names in another case.
func parseObject(line []byte, names ...string) (members map[string]any, wrong string) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, "it is not a JSON object"
	}
	out := make(map[string]any, len(names))
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, "it is broken off or damaged"
		}
		name, ok := t.(string)
		if !ok || !member(name, names) {
			return nil, "it has a member that does not belong there"
		}
		if _, twice := out[name]; twice {
			return nil, "it has a member twice"
		}
		v, err := d.Token()
		if err != nil {
			return nil, "it is broken off or damaged"
		}
		if _, nested := v.(json.Delim); nested {
			return nil, "it has a member of the wrong type"
		}
		out[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, "it is broken off or damaged"
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, "something follows it"
	}
	if len(out) != len(names) {
		return nil, "it lacks a member"
	}
	return out, ""
}

func member(name string, names []string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// integer is a count as an export writes it.
func integer(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	return i, err == nil && i >= 0
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == len(Chain{}) && hex.EncodeToString(b) == s
}
