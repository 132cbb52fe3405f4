package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/queue"
)

// writebackBody is what is sealed of a writeback, under the key of its
// assessment's candidate.
type writebackBody struct {
	Intended, Before, Found fairlead.Values
}

func writebackOf(id fairlead.WritebackID) string { return "writeback/" + string(id) }

// briefWriteback is as much of a writeback as decides what comes next.
type briefWriteback struct {
	id     fairlead.WritebackID
	state  fairlead.WritebackState
	looked bool
}

// settled says whether a writeback that ended leaves nothing to be written: the
// ATS holds the values, or a person has to act first. One that was given up
// before anybody saw what the ATS holds does leave something.
func (b briefWriteback) settled() bool {
	switch b.state {
	case fairlead.WritebackOpen, fairlead.WritebackWritten:
		return true
	case fairlead.WritebackParked:
		return b.looked
	}
	return false
}

// lastWriteback is the newest writeback of an application for an assessment,
// locked so that it does not end while an event joins it; sql.ErrNoRows when
// there is none.
func (t tx) lastWriteback(ctx context.Context, app fairlead.ApplicationID, a fairlead.AssessmentID) (briefWriteback, error) {
	var b briefWriteback
	var looked int64
	err := t.row(ctx, `SELECT id, state, looked FROM writebacks WHERE application = ? AND assessment = ? ORDER BY n DESC LIMIT 1`+t.forUpdate(), string(app), string(a)).
		Scan(&b.id, &b.state, &looked)
	b.looked = looked == 1
	return b, err
}

// openWriteback stores a writeback and its task.
func (f finishing) openWriteback(ctx context.Context, app held, a fairlead.AssessmentID) (fairlead.WritebackID, error) {
	// Sealed by whoever's key the assessment is sealed with: after a merge that
	// may be another than the application's candidate.
	var owner fairlead.CandidateID
	if err := f.row(ctx, `SELECT candidate FROM assessments WHERE id = ?`, string(a)).Scan(&owner); err != nil {
		return "", err
	}
	who, err := f.subject(ctx, owner)
	if err != nil {
		return "", err
	}
	intended := f.made.Intended
	if a != f.made.Assessment.ID { // the audit id is that of the assessment that exists
		intended = fairlead.Values{}
		for o, v := range f.made.Intended {
			intended[o] = v
		}
		intended[fairlead.OutAuditID] = fairlead.Value{string(a)}
	}
	now := f.s.now()
	id := fairlead.NewID[fairlead.WritebackID](now)
	sealed, err := who.seal(writebackBody{Intended: intended}, writebackOf(id))
	if err != nil {
		return "", err
	}
	_, err = f.exec(ctx, `INSERT INTO writebacks (id, connection, assessment, application, state, sealed, created_at, received_at, n)
		VALUES (?, ?, ?, ?, 'open', ?, ?, ?, (SELECT coalesce(max(n), 0) + 1 FROM writebacks WHERE application = ?))`,
		string(id), string(f.made.Connection), string(a), string(app.ID), sealed, micros(now), micros(f.event.ReceivedAt), string(app.ID))
	if err != nil {
		return "", err
	}
	return id, f.s.queue.Enqueue(ctx, f.sqlTx(), fairlead.Task{Kind: fairlead.TaskWriteBack, Writeback: id})
}

const writebackColumns = `w.id, w.assessment, w.application, w.state, w.reason, w.sealed, w.created_at, w.finished_at`

// storedWriteback is a writeback's row before it is opened.
type storedWriteback struct {
	fairlead.Writeback
	sealed []byte
}

func scanWriteback(scan func(...any) error, w *storedWriteback, more ...any) error {
	var created, finished int64
	err := scan(append([]any{&w.ID, &w.Assessment, &w.Application, &w.State, &w.Reason, &w.sealed, &created, &finished}, more...)...)
	w.CreatedAt, w.FinishedAt = timeOf(created), timeOf(finished)
	return err
}

func (w *storedWriteback) open(who subject) error {
	var b writebackBody
	err := who.open(w.sealed, writebackOf(w.ID), &b)
	w.Intended, w.Before, w.Found = b.Intended, b.Before, b.Found
	return err
}

// BeginWriteback leases an open writeback for the time given. NotFound when it
// has ended; RateLimited, with the time left, when another worker holds a lease
// on the same application.
func (s *Store) BeginWriteback(ctx context.Context, id fairlead.WritebackID, lease time.Duration) (w fairlead.WritebackWork, err error) {
	err = s.change(ctx, "begin writeback", func(t tx) error {
		w = fairlead.WritebackWork{}
		var row storedWriteback
		var connection fairlead.ConnectionID
		var owner fairlead.CandidateID
		var received, n, begun int64
		var score sql.NullInt64
		// The application's row is what workers of one application meet at.
		err := scanWriteback(t.row(ctx, `SELECT `+writebackColumns+`, w.connection, w.received_at, w.n, w.begun, a.remote, c.remote, s.candidate, s.score
			FROM writebacks w JOIN applications a ON a.id = w.application JOIN candidates c ON c.id = a.candidate JOIN assessments s ON s.id = w.assessment
			WHERE w.id = ? AND w.state = 'open'`+t.forUpdate(), string(id)).Scan, &row,
			&connection, &received, &n, &begun, &w.Application, &w.Candidate, &owner, &score)
		if errors.Is(err, sql.ErrNoRows) {
			return fairlead.Fail(fairlead.NotFound, "The writeback has ended.", nil)
		}
		if err != nil {
			return err
		}
		now, err := t.dbNow(ctx)
		if err != nil {
			return err
		}
		if err := t.noLease(ctx, row.Application, now); err != nil {
			return err
		}
		who, err := t.subject(ctx, owner)
		if err != nil {
			return err
		}
		if err := row.open(who); err != nil {
			return err
		}
		w.Writeback, w.ReceivedAt, w.Unreadable = row.Writeback, timeOf(received), !score.Valid
		w.Connection, err = t.connection(ctx, connection)
		if errors.Is(err, sql.ErrNoRows) { // removed; the writeback can still be parked
			w.Connection = fairlead.Connection{ID: connection}
		} else if err != nil {
			return err
		}
		if err := t.history(ctx, &w, n, begun > 0); err != nil {
			return err
		}
		w.Lease = rand.Text()
		_, err = t.exec(ctx, `UPDATE writebacks SET begun = begun + 1, lease = ?, lease_until = ? WHERE id = ?`, w.Lease, now+lease.Microseconds(), string(id))
		return err
	})
	if err != nil {
		return fairlead.WritebackWork{}, err
	}
	return w, nil
}

// noLease is RateLimited while somebody writes to the application.
func (t tx) noLease(ctx context.Context, app fairlead.ApplicationID, now int64) error {
	var until int64
	if err := t.row(ctx, `SELECT coalesce(max(lease_until), 0) FROM writebacks WHERE application = ? AND lease <> ''`, string(app)).Scan(&until); err != nil {
		return err
	}
	if until <= now {
		return nil
	}
	return &fairlead.Error{Code: fairlead.RateLimited, Message: "Another worker writes to this application.", RetryAfter: time.Duration(until-now) * time.Microsecond}
}

// history fills in what the application's other writebacks leave behind: values
// known to be ours, values that may be in the ATS and would be ours, and whether
// a newer writeback exists.
func (t tx) history(ctx context.Context, w *fairlead.WritebackWork, n int64, begunBefore bool) error {
	type earlier struct {
		storedWriteback
		owner         fairlead.CandidateID
		begun, number int64
	}
	var all []earlier
	err := t.each(ctx, func(r *sql.Rows) error {
		var e earlier
		err := scanWriteback(r.Scan, &e.storedWriteback, &e.owner, &e.begun, &e.number)
		all = append(all, e)
		return err
	}, `SELECT `+writebackColumns+`, s.candidate, w.begun, w.n FROM writebacks w JOIN assessments s ON s.id = w.assessment
		WHERE w.application = ? AND w.id <> ? ORDER BY w.n`, string(w.Writeback.Application), string(w.Writeback.ID))
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.number > n {
			w.Superseded = true
			continue
		}
		if e.begun == 0 {
			continue
		}
		who, err := t.subject(ctx, e.owner)
		if err != nil {
			return err
		}
		if err := e.open(who); err != nil {
			return err
		}
		if e.Found == nil { // nobody knows what became of it
			w.Attempted = append(w.Attempted, complete(e.Intended))
			continue
		}
		for _, o := range fairlead.Outputs() {
			if !e.Found[o].Equal(e.Intended[o]) {
				continue
			}
			if w.LastWritten == nil {
				w.LastWritten = fairlead.Values{}
			}
			w.LastWritten[o] = e.Found[o]
			for i := range w.Attempted { // this field's outcome is known again
				delete(w.Attempted[i], o)
			}
		}
	}
	if begunBefore {
		w.Attempted = append(w.Attempted, complete(w.Writeback.Intended))
	}
	return nil
}

// complete has a key for every output: to have attempted to empty a field is
// not the same as not to know.
func complete(v fairlead.Values) fairlead.Values {
	all := make(fairlead.Values, len(fairlead.Outputs()))
	for _, o := range fairlead.Outputs() {
		all[o] = v[o]
	}
	return all
}

// dbNow is the time leases are reckoned by, in microseconds since 1970: one
// clock for all workers.
func (t tx) dbNow(ctx context.Context) (int64, error) {
	if t.s.engine != queue.Postgres {
		return micros(time.Now()), nil // one machine
	}
	var now int64
	err := t.row(ctx, `SELECT (extract(epoch from clock_timestamp()) * 1000000)::bigint`).Scan(&now)
	return now, err
}

// ReleaseWriteback gives a lease back. No entry: nobody could ask about it.
func (s *Store) ReleaseWriteback(ctx context.Context, id fairlead.WritebackID, lease string) error {
	return s.change(ctx, "release writeback", func(t tx) error {
		_, err := t.exec(ctx, `UPDATE writebacks SET lease = '', lease_until = 0 WHERE id = ? AND lease = ? AND lease <> ''`, string(id), lease)
		return err
	})
}

// eventStateOf is how the events behind a writeback end.
func eventStateOf(s fairlead.WritebackState) (fairlead.EventState, bool) {
	switch s {
	case fairlead.WritebackWritten:
		return fairlead.EventWritten, true
	case fairlead.WritebackSuperseded:
		return fairlead.EventSuperseded, true
	case fairlead.WritebackWithheld:
		return fairlead.EventWithheld, true
	case fairlead.WritebackParked:
		return fairlead.EventParked, true
	}
	return "", false
}

// FinishWriteback ends a writeback and the events that wait for it. The entry,
// to which the store adds the events' ids, speaks for all of them.
func (s *Store) FinishWriteback(ctx context.Context, w fairlead.Writeback, lease string, entry fairlead.Entry) error {
	state, ok := eventStateOf(w.State)
	if !ok {
		return fairlead.Fail(fairlead.Internal, "A writeback cannot end as "+string(w.State)+".", nil)
	}
	return s.change(ctx, "finish writeback", func(t tx) error {
		var holder string
		var owner fairlead.CandidateID
		err := t.row(ctx, `SELECT w.lease, s.candidate FROM writebacks w JOIN assessments s ON s.id = w.assessment
			WHERE w.id = ? AND w.state = 'open'`+t.forUpdate(), string(w.ID)).Scan(&holder, &owner)
		if errors.Is(err, sql.ErrNoRows) {
			return fairlead.Fail(fairlead.NotFound, "The writeback has ended.", nil)
		}
		if err != nil {
			return err
		}
		if lease == "" || holder != lease {
			return fairlead.Fail(fairlead.Conflict, "Another worker has taken over this writeback.", nil)
		}
		who, err := t.subject(ctx, owner)
		if err != nil {
			return err
		}
		sealed, err := who.seal(writebackBody{w.Intended, w.Before, w.Found}, writebackOf(w.ID))
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE writebacks SET state = ?, reason = ?, sealed = ?, finished_at = ?, finished_entry = ?, looked = ?, lease = '', lease_until = 0
			WHERE id = ?`, string(w.State), valid(w.Reason), sealed, micros(w.FinishedAt), string(entry.ID), truth(w.Found != nil), string(w.ID)); err != nil {
			return err
		}
		var events []string
		if err := t.each(ctx, func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			events = append(events, id)
			return err
		}, `SELECT id FROM events WHERE writeback = ? AND state = 'open' ORDER BY id`, string(w.ID)); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE events SET state = ?, reason = ?, ended_at = ?, ended_entry = ? WHERE writeback = ? AND state = 'open'`,
			string(state), valid(w.Reason), micros(w.FinishedAt), string(entry.ID), string(w.ID)); err != nil {
			return err
		}
		entry = with(entry, map[string]string{"events": strings.Join(events, " "), "events_count": strconv.Itoa(len(events))})
		return t.record(ctx, entry, &who, w.Assessment)
	})
}

// Latency is from webhook to verified field over the newest written writebacks.
func (s *Store) Latency(ctx context.Context, newest int) (fairlead.Latency, error) {
	var took []time.Duration
	err := s.reading().each(ctx, func(r *sql.Rows) error {
		var us int64
		err := r.Scan(&us)
		took = append(took, time.Duration(us)*time.Microsecond)
		return err
	}, `SELECT finished_at - received_at FROM writebacks WHERE state = 'written' ORDER BY finished_at DESC LIMIT ?`, newest)
	if err != nil || len(took) == 0 {
		return fairlead.Latency{}, s.fail("read latency", err)
	}
	slices.Sort(took)
	return fairlead.Latency{N: len(took), P50: percentile(took, 50), P95: percentile(took, 95)}, nil
}

// percentile of sorted durations, nearest rank.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[(len(sorted)*p+99)/100-1]
}
