package store

import (
	"context"
	"database/sql"
	"maps"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/queue"
	"github.com/fairlead/fairlead/internal/secret"
)

// subject is a candidate with the key everything about them is sealed with.
type subject struct {
	id  fairlead.CandidateID
	key secret.Subject
}

// record writes an entry. With a subject it names it and replaces what is to be
// committed to by commitments under the subject's key. about is the assessment
// whose page shows the entry, or "".
func (t tx) record(ctx context.Context, e fairlead.Entry, who *subject, about fairlead.AssessmentID) error {
	if e.ID == "" || e.Kind == "" {
		return fairlead.Fail(fairlead.Internal, "A change lacks its audit entry.", nil)
	}
	if who != nil {
		e.Subject = who.id
	}
	if len(e.Commit) > 0 {
		if who == nil {
			return fairlead.Fail(fairlead.Internal, "An audit entry commits to values of nobody.", nil)
		}
		e.Commitments = make(map[string]string, len(e.Commit))
		for name, value := range e.Commit {
			e.Commitments[name] = who.key.Commit(name, value)
		}
	}
	_, err := t.exec(ctx, insertEntry, string(e.ID), string(about), e.Leaf())
	return err
}

// with is the entry with more facts; those of e stay as they are.
func with(e fairlead.Entry, facts map[string]string) fairlead.Entry {
	all := maps.Clone(e.Facts)
	if all == nil {
		all = make(map[string]string, len(facts))
	}
	maps.Copy(all, facts)
	e.Facts = all
	return e
}

// SealEntries gives up to limit stored entries their place in the audit log
// (audit.Log). Among all processes one seals at a time.
func (s *Store) SealEntries(ctx context.Context, limit int, extend func(prev, leaf []byte) []byte) (int, error) {
	// Most of the time there is nothing to seal; then no writer is held up.
	var waiting bool
	if err := s.reading().row(ctx, `SELECT EXISTS (SELECT 1 FROM entries WHERE seq IS NULL)`).Scan(&waiting); err != nil {
		return 0, s.fail("seal entries", err)
	}
	if !waiting {
		return 0, nil
	}
	sealed := 0
	err := s.change(ctx, "seal entries", func(t tx) error {
		sealed = 0
		if err := t.alone(ctx, "fairlead/seal"); err != nil {
			return err
		}
		seq, chain, err := t.lastSealed(ctx)
		if err != nil {
			return err
		}
		type entry struct {
			n    int64
			leaf []byte
		}
		var batch []entry
		err = t.each(ctx, func(r *sql.Rows) error {
			var e entry
			err := r.Scan(&e.n, &e.leaf)
			batch = append(batch, e)
			return err
		}, `SELECT n, leaf FROM entries WHERE seq IS NULL ORDER BY id LIMIT ?`, limit)
		if err != nil {
			return err
		}
		ns, seqs, chains := make([]int64, len(batch)), make([]int64, len(batch)), make([][]byte, len(batch))
		for i, e := range batch {
			seq++
			chain = extend(chain, e.leaf)
			ns[i], seqs[i], chains[i] = e.n, seq, chain
		}
		sealed = len(batch)
		return t.placeEntries(ctx, ns, seqs, chains)
	})
	return sealed, err
}

func (t tx) placeEntries(ctx context.Context, ns, seqs []int64, chains [][]byte) error {
	if t.s.engine == queue.Postgres {
		_, err := t.exec(ctx, `UPDATE entries SET seq = p.seq, chain = p.chain
			FROM unnest(?::bigint[], ?::bigint[], ?::bytea[]) AS p (n, seq, chain) WHERE entries.n = p.n AND entries.seq IS NULL`, ns, seqs, chains)
		return err
	}
	for i := range ns {
		if _, err := t.exec(ctx, `UPDATE entries SET seq = ?, chain = ? WHERE n = ? AND seq IS NULL`, seqs[i], chains[i], ns[i]); err != nil {
			return err
		}
	}
	return nil
}

// lastSealed is the end of the audit log: 0 and nil when it is empty.
func (t tx) lastSealed(ctx context.Context) (seq int64, chain []byte, err error) {
	err = t.each(ctx, func(r *sql.Rows) error { return r.Scan(&seq, &chain) },
		`SELECT seq, chain FROM entries WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1`)
	return seq, chain, err
}
