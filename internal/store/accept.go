package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/queue"
)

// maxBatch is how many deliveries one transaction takes at most.
const maxBatch = 256

// acceptor turns many callers into one transaction: making a transaction
// durable costs the same for one delivery as for a hundred. Callers that come
// while one is being committed make up the next; nobody waits for company.
type acceptor struct {
	s    *Store
	in   chan *delivery
	stop chan struct{}
	done sync.WaitGroup

	// SQLite only, where parsing a statement costs as much as running it.
	insertEvent, insertEntry *sql.Stmt
}

// delivery is one AcceptEvents call.
type delivery struct {
	ctx     context.Context
	events  []fairlead.Event
	entries []fairlead.Entry
	leaves  [][]byte

	accepted int
	err      error
	ready    chan struct{}
}

func newAcceptor(ctx context.Context, s *Store) (*acceptor, error) {
	a := &acceptor{s: s, in: make(chan *delivery), stop: make(chan struct{})}
	if s.engine == queue.SQLite {
		var err error
		if a.insertEvent, err = s.write.PrepareContext(ctx, insertEvent); err != nil {
			return nil, s.fail("prepare", err)
		}
		if a.insertEntry, err = s.write.PrepareContext(ctx, insertEntry); err != nil {
			return nil, s.fail("prepare", err)
		}
	}
	a.done.Go(a.run)
	return a, nil
}

func (a *acceptor) close() {
	close(a.stop)
	a.done.Wait()
	if a.insertEvent != nil {
		_ = a.insertEvent.Close()
		_ = a.insertEntry.Close()
	}
}

// AcceptEvents stores events with their entries (entries[i] says so of
// events[i]) and, for open ones, their tasks. When it returns nil they are on
// the disk; when it returns an error nothing of them is, except after ctx ended:
// then they may be, and the sender's retry counts as a duplicate. An event whose
// delivery key is known on its connection, however long ago, is counted and not
// stored again.
func (s *Store) AcceptEvents(ctx context.Context, events []fairlead.Event, entries []fairlead.Entry) (accepted, duplicates int, err error) {
	if len(events) == 0 {
		return 0, 0, nil
	}
	if len(events) != len(entries) {
		return 0, 0, fairlead.Fail(fairlead.Internal, "Every event needs its entry.", nil)
	}
	d := &delivery{ctx: ctx, events: events, entries: entries, leaves: make([][]byte, len(entries)), ready: make(chan struct{})}
	for i := range events {
		if err := checkEvent(events[i], entries[i]); err != nil {
			return 0, 0, err
		}
		d.leaves[i] = entries[i].Leaf()
	}
	select {
	case s.accept.in <- d:
	case <-s.accept.stop:
		return 0, 0, fairlead.Fail(fairlead.Unavailable, "Fairlead is stopping.", nil)
	case <-ctx.Done():
		return 0, 0, fairlead.Fail(fairlead.Unavailable, "The database took too long.", ctx.Err())
	}
	select {
	case <-d.ready:
	case <-ctx.Done():
		return 0, 0, fairlead.Fail(fairlead.Unavailable, "The database took too long.", ctx.Err())
	}
	if d.err != nil {
		return 0, 0, s.fail("accept events", d.err)
	}
	return d.accepted, len(events) - d.accepted, nil
}

// checkEvent refuses what would make a whole batch fail.
func checkEvent(e fairlead.Event, entry fairlead.Entry) error {
	if e.ID == "" || e.Connection == "" || e.DeliveryKey == "" || e.State == "" || entry.ID == "" || entry.Kind == "" {
		return fairlead.Fail(fairlead.Internal, "An event lacks its id, connection, delivery key, state or entry.", nil)
	}
	if (e.State == fairlead.EventOpen) != e.EndedAt.IsZero() {
		return fairlead.Fail(fairlead.Internal, "An event is open or has ended, not both.", nil)
	}
	for _, v := range []string{string(e.Application), string(e.Candidate), string(e.Job), string(e.MergedInto), e.DeliveryKey, e.RemoteKind, e.Reason} {
		if strings.ContainsRune(v, 0) {
			return fairlead.Fail(fairlead.Invalid, "The delivery holds an identifier with a NUL character.", nil)
		}
	}
	return nil
}

func (a *acceptor) run() {
	for {
		var batch []*delivery
		select {
		case d := <-a.in:
			batch = append(batch, d)
		case <-a.stop:
			return
		}
		for more := true; more && len(batch) < maxBatch; {
			select {
			case d := <-a.in:
				batch = append(batch, d)
			default:
				more = false
			}
		}
		a.commit(batch)
	}
}

// commit stores a batch. When it fails, each delivery is tried alone, so that
// one bad delivery does not take others with it.
func (a *acceptor) commit(batch []*delivery) {
	ctx := context.Background() // one caller's leaving must not undo the others' work
	err := a.s.once(ctx, a.s.write, nil, func(t tx) error { return a.store(ctx, t, batch) })
	for _, d := range batch {
		d.err = err
		if err != nil && len(batch) > 1 {
			one := []*delivery{d}
			d.err = a.s.once(ctx, a.s.write, nil, func(t tx) error { return a.store(ctx, t, one) })
		}
		close(d.ready)
	}
}

func (a *acceptor) store(ctx context.Context, t tx, batch []*delivery) error {
	fresh, err := a.insert(ctx, t, batch)
	if err != nil {
		return err
	}
	type count struct{ events, duplicates int }
	counts := map[fairlead.ConnectionID]*count{}
	var tasks []fairlead.Task
	n := 0
	for _, d := range batch {
		d.accepted = 0
		for _, e := range d.events {
			c := counts[e.Connection]
			if c == nil {
				c = &count{}
				counts[e.Connection] = c
			}
			isFresh := fresh[n]
			n++
			if !isFresh {
				c.duplicates++
				continue
			}
			c.events++
			d.accepted++
			if e.State == fairlead.EventOpen {
				tasks = append(tasks, fairlead.Task{Kind: fairlead.TaskAssess, Event: e.ID})
			}
		}
	}
	if err := a.s.queue.Enqueue(ctx, t.sqlTx(), tasks...); err != nil {
		return err
	}
	connections := make([]fairlead.ConnectionID, 0, len(counts))
	for c := range counts {
		connections = append(connections, c)
	}
	slices.Sort(connections) // the same order everywhere, or two processes lock each other out
	for _, id := range connections {
		if err := t.count(ctx, id, counts[id].events, counts[id].duplicates); err != nil {
			return err
		}
	}
	return nil
}

// count keeps what came in, beside the events themselves: the balance compares.
func (t tx) count(ctx context.Context, id fairlead.ConnectionID, events, duplicates int) error {
	_, err := t.exec(ctx, `INSERT INTO received (connection, events, duplicates) VALUES (?, ?, ?)
		ON CONFLICT (connection) DO UPDATE SET events = received.events + excluded.events, duplicates = received.duplicates + excluded.duplicates`,
		string(id), events, duplicates)
	return err
}

const eventColumns = `id, connection, kind, remote_kind, delivery_key, application, candidate, job, merged_into, body_sha256,
	received_at, state, reason, ended_at, accepted_entry, ended_entry`

const insertEvent = `INSERT INTO events (` + eventColumns + `)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (connection, delivery_key) DO NOTHING`

const insertEntry = `INSERT INTO entries (id, about, leaf) VALUES (?, ?, ?)`

func eventValues(e fairlead.Event, entry fairlead.EntryID) []any {
	ended := ""
	if e.State != fairlead.EventOpen {
		ended = string(entry)
	}
	return []any{
		string(e.ID), string(e.Connection), string(e.Kind), valid(e.RemoteKind), valid(e.DeliveryKey), valid(string(e.Application)),
		valid(string(e.Candidate)), valid(string(e.Job)), valid(string(e.MergedInto)), e.BodySHA256,
		micros(e.ReceivedAt), string(e.State), valid(e.Reason), micros(e.EndedAt), string(entry), ended,
	}
}

// valid is s with anything that is not UTF-8 replaced: PostgreSQL refuses it.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// insert stores the events that are new, with their entries, and says for each
// event of the batch, in order, whether it is.
func (a *acceptor) insert(ctx context.Context, t tx, batch []*delivery) ([]bool, error) {
	if a.s.engine == queue.Postgres {
		return a.insertMany(ctx, t, batch)
	}
	inner := t.sqlTx()
	event, entry := inner.StmtContext(ctx, a.insertEvent), inner.StmtContext(ctx, a.insertEntry) //nolint:sqlclosecheck // they end with the transaction
	var fresh []bool
	for _, d := range batch {
		for i, e := range d.events {
			r, err := event.ExecContext(ctx, eventValues(e, d.entries[i].ID)...)
			if err != nil {
				return nil, err
			}
			n, err := r.RowsAffected()
			if err != nil {
				return nil, err
			}
			fresh = append(fresh, n == 1)
			if n == 0 {
				continue
			}
			if _, err := entry.ExecContext(ctx, string(d.entries[i].ID), "", d.leaves[i]); err != nil {
				return nil, err
			}
		}
	}
	return fresh, nil
}

// insertMany is insert in two statements, whatever the size of the batch.
func (a *acceptor) insertMany(ctx context.Context, t tx, batch []*delivery) ([]bool, error) {
	columns := make([][]string, 14)
	times := make([][]int64, 2)
	var ids []string
	for _, d := range batch {
		for i, e := range d.events {
			s, n := 0, 0
			for _, v := range eventValues(e, d.entries[i].ID) {
				switch v := v.(type) {
				case string:
					columns[s] = append(columns[s], v)
					s++
				case int64:
					times[n] = append(times[n], v)
					n++
				}
			}
			ids = append(ids, string(e.ID))
		}
	}
	// The order of eventColumns: ten texts, a time, two texts, a time, two texts.
	args := make([]any, 0, 16)
	for _, c := range columns[:10] {
		args = append(args, c)
	}
	args = append(args, times[0], columns[10], columns[11], times[1], columns[12], columns[13])
	stored := make(map[string]bool, len(ids))
	err := t.each(ctx, func(r *sql.Rows) error {
		var id string
		if err := r.Scan(&id); err != nil {
			return err
		}
		stored[id] = true
		return nil
	}, `INSERT INTO events (`+eventColumns+`) SELECT * FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
		?::text[], ?::text[], ?::bigint[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::text[])
		ON CONFLICT (connection, delivery_key) DO NOTHING RETURNING id`, args...)
	if err != nil {
		return nil, err
	}
	fresh := make([]bool, len(ids))
	var entryIDs []string
	var leaves [][]byte
	n := 0
	for _, d := range batch {
		for i := range d.events {
			if fresh[n] = stored[ids[n]]; fresh[n] {
				entryIDs = append(entryIDs, string(d.entries[i].ID))
				leaves = append(leaves, d.leaves[i])
			}
			n++
		}
	}
	if len(entryIDs) > 0 {
		_, err = t.exec(ctx, `INSERT INTO entries (id, leaf) SELECT * FROM unnest(?::text[], ?::bytea[])`, entryIDs, leaves)
	}
	return fresh, err
}

// sqlTx is the transaction itself, for River.
func (t tx) sqlTx() *sql.Tx {
	inner, ok := t.run.(*sql.Tx)
	if !ok {
		panic(fmt.Sprintf("store: %T is not a transaction", t.run)) // a caller inside this package passed reading()
	}
	return inner
}
