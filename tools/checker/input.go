package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// maxLine is the longest line of an export we read.
const maxLine = 16 << 20

// evidence is everything the checker judges by.
type evidence struct {
	journal journal
	state   state
	audit   audit

	connections map[string]connection // those judged
	ours        []string              // our authors in the journal
	final       bool
}

// journal is what the simulated ATS remembers.
type journal struct {
	Vendor     string      `json:"vendor"`
	Clients    []string    `json:"clients"`
	Requests   []request   `json:"requests"`
	History    []change    `json:"history"`
	Notes      []note      `json:"notes"`
	Tags       []tag       `json:"tags"`
	Deliveries []delivery  `json:"deliveries"`
	Violations []violation `json:"violations"`
}

type request struct {
	Seq    int64  `json:"seq"`
	Author string `json:"author"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
}

type change struct {
	Seq    int64           `json:"seq"`
	Object string          `json:"object"`
	ID     json.Number     `json:"id"`
	Field  string          `json:"field"`
	Author string          `json:"author"`
	Old    json.RawMessage `json:"old"`
	New    json.RawMessage `json:"new"`
}

type note struct {
	ID          json.Number `json:"id"`
	Author      string      `json:"author"`
	Candidate   json.Number `json:"candidate"`
	Application json.Number `json:"application"`
	Body        string      `json:"body"`
	ChangedBy   string      `json:"changed_by"`
	RemovedBy   string      `json:"removed_by"`
}

type tag struct {
	ID        json.Number `json:"id"`
	Author    string      `json:"author"`
	Candidate json.Number `json:"candidate"`
	Tag       string      `json:"tag"`
	RemovedBy string      `json:"removed_by"`
}

type delivery struct {
	EventID    string    `json:"event_id"`
	Action     string    `json:"action"`
	BodySHA256 string    `json:"body_sha256"`
	Attempts   []attempt `json:"attempts"`
}

type attempt struct {
	EventID   string `json:"event_id"`
	Signature string `json:"signature"`
	Status    int    `json:"status"`
}

type violation struct {
	Author string `json:"author"`
	Kind   string `json:"kind"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

// state is the export of what Fairlead holds.
type state struct {
	connections []connection
	duplicates  map[string]int
	events      []event
	assessments []assessment
	writebacks  []writeback
}

type connection struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Fields []struct {
		Output string `json:"output"`
		Key    string `json:"key"`
	} `json:"fields"`
}

// output is the output a field takes, "" when the field is not ours.
func (c connection) output(key string) string {
	for _, f := range c.Fields {
		if f.Key == key {
			return f.Output
		}
	}
	return ""
}

type event struct {
	ID            string `json:"id"`
	Connection    string `json:"connection"`
	Kind          string `json:"kind"`
	DeliveryKey   string `json:"delivery_key"`
	BodySHA256    string `json:"body_sha256"`
	Application   string `json:"application"`
	Candidate     string `json:"candidate"`
	State         string `json:"state"`
	Reason        string `json:"reason"`
	EndedAt       string `json:"ended_at"`
	Assessment    string `json:"assessment"`
	AcceptedEntry string `json:"accepted_entry"`
	EndedEntry    string `json:"ended_entry"`
}

type assessment struct {
	ID          string `json:"id"`
	Connection  string `json:"connection"`
	Application string `json:"application"`
	Candidate   string `json:"candidate"`
	Input       string `json:"input_sha256"`
	Rubric      string `json:"rubric_sha256"`
	Taxonomy    string `json:"taxonomy_sha256"`
	Engine      string `json:"engine"`
	Entry       string `json:"entry"`
}

type writeback struct {
	ID            string              `json:"id"`
	Assessment    string              `json:"assessment"`
	Connection    string              `json:"connection"`
	Application   string              `json:"application"`
	State         string              `json:"state"`
	Reason        string              `json:"reason"`
	Intended      map[string][]string `json:"intended"`
	FinishedEntry string              `json:"finished_entry"`
}

// audit is the export of the audit log, as it stands: the judge verifies it.
type audit struct {
	Format  string `json:"format"`
	Entries int    `json:"entries"`
	Chain   string `json:"chain"`
	lines   []auditLine
}

type auditLine struct {
	Seq   int    `json:"seq"`
	Leaf  string `json:"leaf"`
	Chain string `json:"chain"`
}

func load(journalFile, stateFile, auditFile string) (*evidence, error) {
	e := &evidence{}
	raw, err := os.ReadFile(journalFile)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	if err := json.Unmarshal(raw, &e.journal); err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	if e.journal.Vendor == "" {
		return nil, errors.New("read the journal: it names no vendor; is it from GET /_sandbox/journal?")
	}
	if err := eachLine(stateFile, e.state.add); err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	if err := eachLine(auditFile, e.audit.add); err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	if e.audit.Format != "fairlead-audit/1" {
		return nil, fmt.Errorf("read the audit log: its format is %q, not fairlead-audit/1", e.audit.Format)
	}
	return e, nil
}

// choose says whom to judge.
func (e *evidence) choose(connectionID, authors string) error {
	e.connections = map[string]connection{}
	for _, c := range e.state.connections {
		if connectionID == c.ID || connectionID == "" && c.Kind == e.journal.Vendor {
			e.connections[c.ID] = c
		}
	}
	if len(e.connections) == 0 {
		return fmt.Errorf("the state has no connection %q of kind %s to judge", connectionID, e.journal.Vendor)
	}
	e.ours = e.journal.Clients
	if authors != "" {
		e.ours = strings.Split(authors, ",")
	}
	if len(e.ours) == 0 {
		return errors.New("nobody in the journal is us: name our client id with --author")
	}
	return nil
}

func (e *evidence) isOurs(author string) bool { return slices.Contains(e.ours, author) }

func eachLine(file string, add func([]byte) error) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	return lines(f, add)
}

func lines(r io.Reader, add func([]byte) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; s.Scan(); n++ {
		line := bytes.TrimSpace(s.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := add(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	return nil
}

// add takes one line of the state export. Types we do not know are skipped:
// more may be added.
func (s *state) add(line []byte) error {
	var kind struct {
		Type       string `json:"type"`
		Connection string `json:"connection"`
		Count      int    `json:"count"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	switch kind.Type {
	case "connection":
		return appendTo(&s.connections, line)
	case "duplicates":
		if s.duplicates == nil {
			s.duplicates = map[string]int{}
		}
		s.duplicates[kind.Connection] += kind.Count
	case "event":
		return appendTo(&s.events, line)
	case "assessment":
		return appendTo(&s.assessments, line)
	case "writeback":
		return appendTo(&s.writebacks, line)
	case "":
		return errors.New("the line has no type")
	}
	return nil
}

func appendTo[T any](list *[]T, line []byte) error {
	var v T
	if err := json.Unmarshal(line, &v); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	*list = append(*list, v)
	return nil
}

// add takes one line of the audit export: the heading first, then entries.
func (a *audit) add(line []byte) error {
	if a.Format == "" {
		if err := json.Unmarshal(line, a); err != nil || a.Format == "" {
			return errors.New("the first line is no heading")
		}
		return nil
	}
	return appendTo(&a.lines, line)
}
