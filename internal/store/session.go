package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Sessions keeps console sessions (the CtxStore and IterableCtxStore of
// alexedwards/scs). They are no part of the audit log: who signed in is.
type Sessions struct{ s *Store }

// Sessions of this store.
func (s *Store) Sessions() *Sessions { return &Sessions{s} }

// FindCtx returns a session's data; false when there is none or it has expired.
func (k *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	err := k.s.reading().row(ctx, `SELECT data FROM sessions WHERE token = ? AND expires_at > ?`, token, micros(k.s.now())).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, k.s.fail("find session", err)
}

// CommitCtx stores a session, and forgets those that have expired.
func (k *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return k.s.change(ctx, "store session", func(t tx) error {
		if _, err := t.exec(ctx, `DELETE FROM sessions WHERE expires_at < ?`, micros(k.s.now())); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO sessions (token, data, expires_at) VALUES (?, ?, ?)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`, token, data, micros(expiry))
		return err
	})
}

// DeleteCtx forgets a session. Not an error when there is none.
func (k *Sessions) DeleteCtx(ctx context.Context, token string) error {
	return k.s.change(ctx, "delete session", func(t tx) error {
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE token = ?`, token)
		return err
	})
}

// AllCtx returns every session that has not expired, by token.
func (k *Sessions) AllCtx(ctx context.Context) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := k.s.reading().each(ctx, func(r *sql.Rows) error {
		var token string
		var data []byte
		err := r.Scan(&token, &data)
		all[token] = data
		return err
	}, `SELECT token, data FROM sessions WHERE expires_at > ?`, micros(k.s.now()))
	return all, k.s.fail("list sessions", err)
}

// Find is FindCtx for callers without a context.
func (k *Sessions) Find(token string) ([]byte, bool, error) {
	return k.FindCtx(context.Background(), token)
}

// Commit is CommitCtx for callers without a context.
func (k *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return k.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx for callers without a context.
func (k *Sessions) Delete(token string) error { return k.DeleteCtx(context.Background(), token) }

// All is AllCtx for callers without a context.
func (k *Sessions) All() (map[string][]byte, error) { return k.AllCtx(context.Background()) }
