package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/queue"
)

// openEvent is an open event's row, locked.
type openEvent struct {
	event     fairlead.Event
	writeback fairlead.WritebackID // it waits for this one
}

func (t tx) openEvent(ctx context.Context, id fairlead.EventID) (openEvent, error) {
	var e fairlead.Event
	var received int64
	var writeback string
	err := t.row(ctx, `SELECT id, connection, kind, remote_kind, delivery_key, application, candidate, job, merged_into, body_sha256,
		received_at, state, writeback FROM events WHERE id = ? AND state = 'open'`+t.forUpdate(), string(id)).
		Scan(&e.ID, &e.Connection, &e.Kind, &e.RemoteKind, &e.DeliveryKey, &e.Application, &e.Candidate, &e.Job, &e.MergedInto,
			&e.BodySHA256, &received, &e.State, &writeback)
	if errors.Is(err, sql.ErrNoRows) {
		return openEvent{}, fairlead.Fail(fairlead.NotFound, "The event has ended.", nil)
	}
	e.ReceivedAt = timeOf(received)
	return openEvent{event: e, writeback: fairlead.WritebackID(writeback)}, err
}

// endEvent ends an open event and writes the entry, with the state filled in.
func (t tx) endEvent(ctx context.Context, id fairlead.EventID, end fairlead.Ending, assessment fairlead.AssessmentID, entry fairlead.Entry, who *subject) error {
	if end.State == "" || end.State == fairlead.EventOpen {
		return fairlead.Fail(fairlead.Internal, "An event cannot end as open.", nil)
	}
	n, err := t.exec(ctx, `UPDATE events SET state = ?, reason = ?, ended_at = ?, ended_entry = ?, assessment = ? WHERE id = ? AND state = 'open'`,
		string(end.State), valid(end.Reason), micros(entry.Time), string(entry.ID), string(assessment), string(id))
	if err != nil {
		return err
	}
	if n != 1 {
		return fairlead.Fail(fairlead.NotFound, "The event has ended.", nil)
	}
	return t.record(ctx, with(entry, map[string]string{"state": string(end.State)}), who, assessment)
}

// BeginAssessment returns an open event with what is needed to act on it;
// NotFound when it has ended or waits for its writeback only.
func (s *Store) BeginAssessment(ctx context.Context, id fairlead.EventID) (w fairlead.EventWork, err error) {
	err = s.look(ctx, "begin assessment", func(t tx) error {
		e, err := t.openEvent(ctx, id)
		if err != nil {
			return err
		}
		if e.writeback != "" {
			return fairlead.Fail(fairlead.NotFound, "The event is assessed and waits for its writeback.", nil)
		}
		w.Event = e.event
		if w.Connection, err = t.connection(ctx, e.event.Connection); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return fairlead.Fail(fairlead.NeedsHuman, "The connection was removed. Set it up again, then retry.", nil)
			}
			return err
		}
		if e.event.Application == "" {
			return nil
		}
		a, err := t.application(ctx, e.event.Connection, e.event.Application)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		w.Known, w.Revision = &a.Application, timeOf(a.revision)
		settled, err := t.settled(ctx, a, w.Connection.WriteBack)
		if settled {
			w.Digest = a.digest
		}
		return err
	})
	return w, err
}

// EndEvent ends an open event that waits for no writeback.
func (s *Store) EndEvent(ctx context.Context, id fairlead.EventID, end fairlead.Ending, entry fairlead.Entry) error {
	return s.change(ctx, "end event", func(t tx) error {
		e, err := t.openEvent(ctx, id)
		if err != nil {
			return err
		}
		if e.writeback != "" {
			return fairlead.Fail(fairlead.NotFound, "The event is assessed and waits for its writeback.", nil)
		}
		if entry.Connection == "" {
			entry.Connection = e.event.Connection
		}
		return t.endEvent(ctx, id, end, "", entry, nil)
	})
}

// FanOut ends parent in favour of children, which are stored open with their
// tasks. entries are one for each child and then the parent's.
func (s *Store) FanOut(ctx context.Context, parent fairlead.EventID, children []fairlead.Event, end fairlead.Ending, entries []fairlead.Entry) error {
	if len(entries) != len(children)+1 {
		return fairlead.Fail(fairlead.Internal, "Every event needs its entry.", nil)
	}
	for i, c := range children {
		if err := checkEvent(c, entries[i]); err != nil {
			return err
		}
	}
	return s.change(ctx, "fan out", func(t tx) error {
		e, err := t.openEvent(ctx, parent)
		if err != nil {
			return err
		}
		tasks := make([]fairlead.Task, 0, len(children))
		for i, c := range children {
			n, err := t.exec(ctx, insertEvent, eventValues(c, entries[i].ID)...)
			if err != nil {
				return err
			}
			if n == 0 {
				return fairlead.Fail(fairlead.Internal, "An event was fanned out before.", nil)
			}
			if err := t.record(ctx, entries[i], nil, ""); err != nil {
				return err
			}
			tasks = append(tasks, fairlead.Task{Kind: fairlead.TaskAssess, Event: c.ID})
		}
		if err := s.queue.Enqueue(ctx, t.sqlTx(), tasks...); err != nil {
			return err
		}
		if err := t.count(ctx, e.event.Connection, len(children), 0); err != nil {
			return err
		}
		return t.endEvent(ctx, parent, end, "", entries[len(children)], nil)
	})
}

// Requeue stores tasks for what is open and has none, and says for how many. It
// cannot happen as far as we know; a service that promises to lose nothing looks
// all the same, at start and now and then. Tasks younger than a minute are left
// alone. No entry: nothing changes but that the work is done.
func (s *Store) Requeue(ctx context.Context) (int, error) {
	var tasks []fairlead.Task
	err := s.change(ctx, "requeue", func(t tx) error {
		tasks = nil
		before := micros(s.now()) - 60_000_000
		err := t.each(ctx, func(r *sql.Rows) error {
			var id fairlead.EventID
			err := r.Scan(&id)
			tasks = append(tasks, fairlead.Task{Kind: fairlead.TaskAssess, Event: id})
			return err
		}, `SELECT id FROM events WHERE state = 'open' AND writeback = '' AND received_at < ? AND id NOT IN (`+queue.Waiting(s.engine, fairlead.TaskAssess)+`)`, before)
		if err != nil {
			return err
		}
		err = t.each(ctx, func(r *sql.Rows) error {
			var id fairlead.WritebackID
			err := r.Scan(&id)
			tasks = append(tasks, fairlead.Task{Kind: fairlead.TaskWriteBack, Writeback: id})
			return err
		}, `SELECT id FROM writebacks WHERE state = 'open' AND created_at < ? AND id NOT IN (`+queue.Waiting(s.engine, fairlead.TaskWriteBack)+`)`, before)
		if err != nil {
			return err
		}
		return s.queue.Enqueue(ctx, t.sqlTx(), tasks...)
	})
	return len(tasks), err
}

// ApplicationsOfCandidate lists the applications of a candidate that we hold.
func (s *Store) ApplicationsOfCandidate(ctx context.Context, c fairlead.ConnectionID, candidate fairlead.RemoteID) ([]fairlead.RemoteID, error) {
	return s.remotes(ctx, `SELECT a.remote FROM applications a JOIN candidates c ON c.id = a.candidate
		WHERE c.connection = ? AND c.remote = ? ORDER BY a.remote`, string(c), string(candidate))
}

// ApplicationsOfJob lists the applications to a job that we hold.
func (s *Store) ApplicationsOfJob(ctx context.Context, c fairlead.ConnectionID, job fairlead.RemoteID) ([]fairlead.RemoteID, error) {
	return s.remotes(ctx, `SELECT a.remote FROM applications a JOIN jobs j ON j.id = a.job
		WHERE j.connection = ? AND j.remote = ? ORDER BY a.remote`, string(c), string(job))
}

func (s *Store) remotes(ctx context.Context, query string, args ...any) ([]fairlead.RemoteID, error) {
	var out []fairlead.RemoteID
	err := s.reading().each(ctx, func(r *sql.Rows) error {
		var id fairlead.RemoteID
		err := r.Scan(&id)
		out = append(out, id)
		return err
	}, query, args...)
	return out, s.fail("list applications", err)
}

// Balance is promise I1 in numbers. What was received is counted as it came in,
// apart from the events themselves, so that the sum can tell when one is gone.
func (s *Store) Balance(ctx context.Context) (fairlead.Balance, error) {
	var b fairlead.Balance
	counts := map[string]*int64{
		"received": &b.Received, "duplicates": &b.Duplicates,
		string(fairlead.EventOpen): &b.Open, string(fairlead.EventWritten): &b.Written, string(fairlead.EventSuperseded): &b.Superseded,
		string(fairlead.EventIgnored): &b.Ignored, string(fairlead.EventWithheld): &b.Withheld, string(fairlead.EventParked): &b.Parked,
		string(fairlead.EventErased): &b.Erased,
	}
	// One statement: it sees one state of the database.
	err := s.reading().each(ctx, func(r *sql.Rows) error {
		var name string
		var n int64
		if err := r.Scan(&name, &n); err != nil {
			return err
		}
		if name == "oldest" {
			b.OldestOpen = timeOf(n)
		} else if c := counts[name]; c != nil {
			*c = n
		}
		return nil
	}, `SELECT state, count(*) FROM events GROUP BY state
		UNION ALL SELECT 'received', CAST(coalesce(sum(events), 0) AS BIGINT) FROM received
		UNION ALL SELECT 'duplicates', CAST(coalesce(sum(duplicates), 0) AS BIGINT) FROM received
		UNION ALL SELECT 'oldest', coalesce(min(received_at), 0) FROM events WHERE state = 'open'`)
	return b, s.fail("read balance", err)
}

// Troubles lists the newest parked events.
func (s *Store) Troubles(ctx context.Context, limit int) ([]fairlead.Trouble, error) {
	var out []fairlead.Trouble
	err := s.reading().each(ctx, func(r *sql.Rows) error {
		var t fairlead.Trouble
		var at int64
		err := r.Scan(&t.Event, &t.Kind, &t.Connection, &t.Application, &t.Assessment, &t.Reason, &at)
		t.At = timeOf(at)
		out = append(out, t)
		return err
	}, `SELECT e.id, e.kind, e.connection, coalesce(a.id, ''), e.assessment, e.reason, e.ended_at FROM events e
		LEFT JOIN applications a ON a.connection = e.connection AND a.remote = e.application
		WHERE e.state = 'parked' ORDER BY e.received_at DESC, e.id DESC LIMIT ?`, limit)
	return out, s.fail("list troubles", err)
}

// in is "?, ?, ?" for n parameters.
func in(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
