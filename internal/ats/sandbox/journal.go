package sandbox

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"
)

// Journal is what a simulated ATS remembers about everybody who touched it: the
// evidence the checker judges by. It only grows. Safe for concurrent use.
type Journal struct {
	now func() time.Time

	mu         sync.Mutex
	seq        int64
	requests   []*Request
	history    []Change
	notes      []*NoteRecord
	tags       []*TagRecord
	violations []Violation
	overLimit  int
}

// NewJournal makes an empty journal that reads the time from now.
func NewJournal(now func() time.Time) *Journal { return &Journal{now: now} }

// Request is one request an ATS got over its API. Times are UTC.
type Request struct {
	Seq    int64     `json:"seq"`
	Time   time.Time `json:"time"`
	Author string    `json:"author"` // client id, "" before authentication
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query,omitempty"`
	// Status is what was answered, 0 when the connection was cut instead.
	Status int    `json:"status"`
	Fault  string `json:"fault,omitempty"` // kinds of fault that hit it, comma separated
	// Changes are the effective changes the request made: none when a value was
	// already there.
	Changes []Change `json:"changes,omitempty"`
}

// Change is one field of one object getting another value. Old and New are JSON.
type Change struct {
	Seq    int64           `json:"seq"`
	Time   time.Time       `json:"time"`
	Object string          `json:"object"` // application, candidate, job, job_post, attachment
	ID     int64           `json:"id"`
	Field  string          `json:"field"` // a custom field's key, or a column's name after "."
	Author string          `json:"author"`
	Old    json.RawMessage `json:"old"`
	New    json.RawMessage `json:"new"`
	// Request is the seq of the API request that did it, 0 for everybody else.
	Request int64 `json:"request,omitempty"`
}

// NoteRecord is one note, and who did something to it after it was written.
type NoteRecord struct {
	ID          int64     `json:"id"`
	Time        time.Time `json:"time"`
	Author      string    `json:"author"`
	Candidate   int64     `json:"candidate"`
	Application int64     `json:"application,omitempty"`
	Body        string    `json:"body"`
	Visibility  string    `json:"visibility"`
	ChangedBy   string    `json:"changed_by,omitempty"`
	RemovedBy   string    `json:"removed_by,omitempty"`
}

// TagRecord is one application of a tag to a candidate.
type TagRecord struct {
	ID        int64     `json:"id"`
	Time      time.Time `json:"time"`
	Author    string    `json:"author"`
	Candidate int64     `json:"candidate"`
	Tag       string    `json:"tag"`
	RemovedBy string    `json:"removed_by,omitempty"`
}

// Violation is something an API client must never do.
type Violation struct {
	Seq    int64     `json:"seq"`
	Time   time.Time `json:"time"`
	Author string    `json:"author"`
	// Kind is decision (move, reject, hire and the like), foreign_key (a write
	// that carries a key which is not ours), foreign_write (a write of a kind we
	// have no business with) or foreign_tag (removing somebody else's tag).
	Kind   string `json:"kind"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Detail string `json:"detail,omitempty"`
}

// Begin starts a request's record. The caller fills Status, Author and Fault
// through End.
func (j *Journal) Begin(method, path, query string) *Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	r := &Request{Seq: j.seq, Time: j.now().UTC(), Method: method, Path: path, Query: query}
	j.requests = append(j.requests, r)
	return r
}

// End completes a request's record.
func (j *Journal) End(r *Request, author string, status int, fault string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.Author, r.Status, r.Fault = author, status, fault
}

// Changed records that a field got another value and reports whether it did: an
// equal value is no change. r is nil for everybody but API clients.
func (j *Journal) Changed(r *Request, author, object string, id int64, field string, before, after any) bool {
	o, n := mustJSON(before), mustJSON(after)
	if bytes.Equal(o, n) {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	c := Change{Seq: j.seq, Time: j.now().UTC(), Object: object, ID: id, Field: field, Author: author, Old: o, New: n}
	if r != nil {
		c.Request = r.Seq
		r.Changes = append(r.Changes, c)
	}
	j.history = append(j.history, c)
	return true
}

// Noted records a new note.
func (j *Journal) Noted(n NoteRecord) {
	j.mu.Lock()
	defer j.mu.Unlock()
	n.Time = j.now().UTC()
	j.notes = append(j.notes, &n)
}

// NoteRemoved records who removed a note.
func (j *Journal) NoteRemoved(id int64, author string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, n := range j.notes {
		if n.ID == id {
			n.RemovedBy = author
		}
	}
}

// Tagged records a tag put on a candidate.
func (j *Journal) Tagged(t TagRecord) {
	j.mu.Lock()
	defer j.mu.Unlock()
	t.Time = j.now().UTC()
	j.tags = append(j.tags, &t)
}

// TagAuthor is who put a tag on, "" when nobody did.
func (j *Journal) TagAuthor(id int64) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, t := range j.tags {
		if t.ID == id {
			return t.Author
		}
	}
	return ""
}

// TagRemoved records who took a tag off.
func (j *Journal) TagRemoved(id int64, author string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, t := range j.tags {
		if t.ID == id {
			t.RemovedBy = author
		}
	}
}

// Violated records a violation by an API client.
func (j *Journal) Violated(author, kind, method, path, detail string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	j.violations = append(j.violations, Violation{
		Seq: j.seq, Time: j.now().UTC(), Author: author, Kind: kind, Method: method, Path: path, Detail: detail,
	})
}

// OverLimit counts a request refused by a rate limit: a client that reads the
// headers causes none.
func (j *Journal) OverLimit() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.overLimit++
}

// Report is a journal as GET /_sandbox/journal answers it.
type Report struct {
	Vendor string    `json:"vendor"`
	Time   time.Time `json:"time"`
	// Clients are the authors that are API clients: ours, as far as the
	// simulator can tell.
	Clients []string `json:"clients"`
	// OurFields are the keys an API client may write.
	OurFields  []string         `json:"our_fields"`
	Requests   []Request        `json:"requests"`
	History    []Change         `json:"history"`
	Notes      []NoteRecord     `json:"notes"`
	Tags       []TagRecord      `json:"tags"`
	Deliveries []DeliveryRecord `json:"deliveries"`
	Violations []Violation      `json:"violations"`
	// OverLimit is how many requests a rate limit refused.
	OverLimit int `json:"over_limit"`
}

// Report copies the journal; the caller fills what belongs to the dialect.
func (j *Journal) Report() Report {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := Report{
		Time: j.now().UTC(), OverLimit: j.overLimit,
		Requests: []Request{}, Notes: []NoteRecord{}, Tags: []TagRecord{}, Deliveries: []DeliveryRecord{},
		History: append([]Change{}, j.history...), Violations: append([]Violation{}, j.violations...),
	}
	for _, q := range j.requests {
		c := *q
		c.Changes = append([]Change(nil), q.Changes...)
		r.Requests = append(r.Requests, c)
	}
	for _, n := range j.notes {
		r.Notes = append(r.Notes, *n)
	}
	for _, t := range j.tags {
		r.Tags = append(r.Tags, *t)
	}
	return r
}

// mustJSON writes a value the simulator itself made; such a value marshals.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: a value of our own does not marshal: " + err.Error())
	}
	return b
}
