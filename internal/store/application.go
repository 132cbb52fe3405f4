package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/fairlead/fairlead"
)

// held is an application's row.
type held struct {
	fairlead.Application
	revision, fetched int64
	digest            string
	assessment        fairlead.AssessmentID // the one that counts now
}

const applicationColumns = `a.id, a.connection, a.remote, a.candidate, a.job, a.stage, a.stage_name, a.source, a.applied_at, a.url,
	a.revision, a.fetched_at, a.digest, a.assessment`

// scanApplication fills h from applicationColumns.
func scanApplication(scan func(...any) error, h *held) error {
	var applied int64
	err := scan(&h.ID, &h.Connection, &h.Remote, &h.Candidate, &h.Job, &h.Stage, &h.StageName, &h.Source, &applied, &h.URL,
		&h.revision, &h.fetched, &h.digest, &h.assessment)
	h.AppliedAt = timeOf(applied)
	return err
}

// application is sql.ErrNoRows when we do not hold it.
func (t tx) application(ctx context.Context, c fairlead.ConnectionID, remote fairlead.RemoteID) (held, error) {
	var h held
	err := scanApplication(t.row(ctx, `SELECT `+applicationColumns+` FROM applications a WHERE a.connection = ? AND a.remote = ?`+t.forUpdate(),
		string(c), string(remote)).Scan, &h)
	return h, err
}

// settled says whether the assessment that counts has reached the ATS as far as
// it ever will, or is on its way.
func (t tx) settled(ctx context.Context, a held, writesBack bool) (bool, error) {
	if a.assessment == "" {
		return a.digest != "", nil
	}
	last, err := t.lastWriteback(ctx, a.ID, a.assessment)
	if errors.Is(err, sql.ErrNoRows) {
		return !writesBack, nil // assessed in shadow mode
	}
	return last.settled(), err
}

// saveSnapshot stores what a snapshot says of job, candidate and application,
// and returns the application and whose it is. The caller has made sure that
// nothing newer is stored.
func (t tx) saveSnapshot(ctx context.Context, made fairlead.Assessed, old *held) (held, subject, error) {
	job, err := t.saveJob(ctx, made.Connection, made.Job)
	if err != nil {
		return held{}, subject{}, err
	}
	who, err := t.saveCandidate(ctx, made.Connection, made.Candidate)
	if err != nil {
		return held{}, subject{}, err
	}
	h := held{Application: made.Application, revision: micros(made.Revision), fetched: micros(made.FetchedAt)}
	h.Connection, h.Candidate, h.Job = made.Connection, who.id, job
	if old != nil {
		h.ID, h.digest, h.assessment = old.ID, old.digest, old.assessment
		_, err = t.exec(ctx, `UPDATE applications SET candidate = ?, job = ?, stage = ?, stage_name = ?, source = ?, applied_at = ?, url = ?,
			revision = ?, fetched_at = ? WHERE id = ?`,
			string(h.Candidate), string(h.Job), string(h.Stage), valid(h.StageName), valid(h.Source), micros(h.AppliedAt), valid(h.URL),
			h.revision, h.fetched, string(h.ID))
		return h, who, err
	}
	h.ID = fairlead.NewID[fairlead.ApplicationID](t.s.now())
	_, err = t.exec(ctx, `INSERT INTO applications (id, connection, remote, candidate, job, stage, stage_name, source, applied_at, url,
		revision, fetched_at, digest, assessment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')`,
		string(h.ID), string(h.Connection), valid(string(h.Remote)), string(h.Candidate), string(h.Job), string(h.Stage), valid(h.StageName),
		valid(h.Source), micros(h.AppliedAt), valid(h.URL), h.revision, h.fetched)
	return h, who, err
}

func (t tx) saveJob(ctx context.Context, c fairlead.ConnectionID, j fairlead.Job) (fairlead.JobID, error) {
	var old fairlead.Job
	var closed int64
	err := t.row(ctx, `SELECT id, title, description, status, closed_at, url FROM jobs WHERE connection = ? AND remote = ?`, string(c), valid(string(j.Remote))).
		Scan(&old.ID, &old.Title, &old.Description, &old.Status, &closed, &old.URL)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		id := fairlead.NewID[fairlead.JobID](t.s.now())
		err = t.row(ctx, `INSERT INTO jobs (id, connection, remote, title, description, status, closed_at, url) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (connection, remote) DO UPDATE SET title = excluded.title RETURNING id`,
			string(id), string(c), valid(string(j.Remote)), valid(j.Title), valid(j.Description), string(j.Status), micros(j.ClosedAt), valid(j.URL)).Scan(&id)
		return id, err
	case err != nil:
		return "", err
	case old.Title == valid(j.Title) && old.Description == valid(j.Description) && old.Status == j.Status && closed == micros(j.ClosedAt) && old.URL == valid(j.URL):
		return old.ID, nil // applications to one job do not wait for each other
	}
	_, err = t.exec(ctx, `UPDATE jobs SET title = ?, description = ?, status = ?, closed_at = ?, url = ? WHERE id = ?`,
		valid(j.Title), valid(j.Description), string(j.Status), micros(j.ClosedAt), valid(j.URL), string(old.ID))
	return old.ID, err
}

// candidateBody is what is sealed of a candidate.
type candidateBody struct{ Name string }

func candidateKeyOf(id fairlead.CandidateID) string { return "candidate/" + string(id) + "/key" }
func candidateOf(id fairlead.CandidateID) string    { return "candidate/" + string(id) }

func (t tx) saveCandidate(ctx context.Context, c fairlead.ConnectionID, k fairlead.Candidate) (subject, error) {
	// Two events of one person at once: the second waits and finds the first's.
	if err := t.alone(ctx, "candidate/"+string(c)+"/"+string(k.Remote)); err != nil {
		return subject{}, err
	}
	var id fairlead.CandidateID
	var wrapped, sealed []byte
	err := t.row(ctx, `SELECT id, key, sealed FROM candidates WHERE connection = ? AND remote = ?`, string(c), valid(string(k.Remote))).Scan(&id, &wrapped, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		who := subject{id: fairlead.NewID[fairlead.CandidateID](t.s.now())}
		who.key, wrapped = t.s.master.NewSubject(candidateKeyOf(who.id))
		if sealed, err = who.seal(candidateBody{k.Name}, candidateOf(who.id)); err != nil {
			return subject{}, err
		}
		_, err = t.exec(ctx, `INSERT INTO candidates (id, connection, remote, key, sealed) VALUES (?, ?, ?, ?, ?)`,
			string(who.id), string(c), valid(string(k.Remote)), wrapped, sealed)
		return who, err
	}
	if err != nil {
		return subject{}, err
	}
	who := subject{id: id}
	if who.key, err = t.s.master.Subject(wrapped, candidateKeyOf(id)); err != nil {
		return subject{}, err
	}
	var old candidateBody
	if err := who.open(sealed, candidateOf(id), &old); err != nil {
		return subject{}, err
	}
	if old.Name == k.Name {
		return who, nil
	}
	if sealed, err = who.seal(candidateBody{k.Name}, candidateOf(id)); err != nil {
		return subject{}, err
	}
	_, err = t.exec(ctx, `UPDATE candidates SET sealed = ? WHERE id = ?`, sealed, string(id))
	return who, err
}

// subject opens the key of a candidate we hold.
func (t tx) subject(ctx context.Context, id fairlead.CandidateID) (subject, error) {
	var wrapped []byte
	if err := t.row(ctx, `SELECT key FROM candidates WHERE id = ?`, string(id)).Scan(&wrapped); err != nil {
		return subject{}, err
	}
	key, err := t.s.master.Subject(wrapped, candidateKeyOf(id))
	return subject{id: id, key: key}, err
}

// seal and open write and read values as JSON, their Go field names being the
// format: a test holds a value of the first version and fails when a change
// would make it unreadable.
func (w subject) seal(v any, about string) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write as JSON: %w", err)
	}
	return w.key.Seal(b, about), nil
}

func (w subject) open(sealed []byte, about string, v any) error {
	b, err := w.key.Open(sealed, about)
	if err != nil {
		return err
	}
	return fromJSON(string(b), v)
}

// candidateFrom reads a candidate's name with their key.
func (t tx) candidateFrom(id fairlead.CandidateID, c fairlead.ConnectionID, remote fairlead.RemoteID, wrapped, sealed []byte) (fairlead.Candidate, subject, error) {
	who := subject{id: id}
	var err error
	if who.key, err = t.s.master.Subject(wrapped, candidateKeyOf(id)); err != nil {
		return fairlead.Candidate{}, subject{}, err
	}
	var body candidateBody
	if err := who.open(sealed, candidateOf(id), &body); err != nil {
		return fairlead.Candidate{}, subject{}, err
	}
	return fairlead.Candidate{ID: id, Connection: c, Remote: remote, Name: body.Name}, who, nil
}
