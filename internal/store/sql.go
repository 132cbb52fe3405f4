package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/queue"
)

// runner is a *sql.Tx or a *sql.DB.
type runner interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// tx is a transaction, or the database for single reads. Its SQL has ? for
// parameters on both engines.
type tx struct {
	s        *Store
	run      runner
	readOnly bool
}

func (t tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := t.run.ExecContext(ctx, t.s.sql(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t tx) row(ctx context.Context, query string, args ...any) *sql.Row {
	return t.run.QueryRowContext(ctx, t.s.sql(query), args...)
}

// each calls scan for every row.
func (t tx) each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := t.run.QueryContext(ctx, t.s.sql(query), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // read to its end, or failed already
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// forUpdate is what a SELECT ends with when its row must stay as it is until
// the transaction ends. With SQLite the one writer is alone anyway.
func (t tx) forUpdate() string {
	if t.s.engine == queue.Postgres && !t.readOnly {
		return " FOR UPDATE"
	}
	return ""
}

// alone makes the transaction wait until no other has the same name locked.
func (t tx) alone(ctx context.Context, name string) error {
	if t.s.engine != queue.Postgres {
		return nil
	}
	_, err := t.exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", name)
	return err
}

// sql is the query as the engine wants it.
func (s *Store) sql(query string) string {
	if s.engine != queue.Postgres {
		return query
	}
	if q, ok := s.statement.Load(query); ok {
		return q.(string) //nolint:errcheck // only strings are stored
	}
	var b strings.Builder
	n := 0
	for _, c := range query {
		if c != '?' {
			b.WriteRune(c)
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	s.statement.Store(query, b.String())
	return b.String()
}

// transactions that lost against another are run again this often.
const rounds = 3

// change runs f in a transaction that changes something. doing says in a verb
// what it is for, for errors.
func (s *Store) change(ctx context.Context, doing string, f func(tx) error) error {
	var err error
	for range rounds {
		if err = s.once(ctx, s.write, nil, f); !lost(err) {
			break
		}
	}
	return s.fail(doing, err)
}

// look runs f in a transaction that sees one state of the database throughout.
func (s *Store) look(ctx context.Context, doing string, f func(tx) error) error {
	options := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	if s.engine == queue.SQLite {
		options = nil // the driver knows neither; WAL gives it and the connection is query_only
	}
	return s.fail(doing, s.once(ctx, s.read, options, f))
}

func (s *Store) once(ctx context.Context, db *sql.DB, options *sql.TxOptions, f func(tx) error) error {
	t, err := db.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	if err := f(tx{s: s, run: t, readOnly: db == s.read && db != s.write || options != nil}); err != nil {
		_ = t.Rollback() // the first error says more
		return err
	}
	return t.Commit()
}

func (s *Store) reading() tx { return tx{s: s, run: s.read, readOnly: true} }

// lost says whether a transaction failed only because of another.
func lost(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && (p.Code == "40001" || p.Code == "40P01")
}

// fail makes a database error one of ours. Ours pass as they are.
func (s *Store) fail(doing string, err error) error {
	if err == nil {
		return nil
	}
	var ours *fairlead.Error
	if errors.As(err, &ours) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, fairlead.Fail(fairlead.Unavailable, "The database took too long.", err))
	}
	code, message := fairlead.Unavailable, "The database does not answer."
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			message = "The disk of the database is full. Free some space; nothing was lost."
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			message = "The database is locked by another program."
		case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
			message = "The database file cannot be written. Check its disk and its owner."
		default:
			code, message = fairlead.Internal, "Something is wrong with the database. Look at the log for this time."
		}
	case errors.As(err, &pg):
		switch {
		case pg.Code == "53100":
			message = "The disk of the database is full. Free some space; nothing was lost."
		case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "57"),
			strings.HasPrefix(pg.Code, "40"), strings.HasPrefix(pg.Code, "55"), pg.Code == "25006":
		default:
			code, message = fairlead.Internal, "Something is wrong with the database. Look at the log for this time."
			// Detail and Where quote rows.
			err = errors.New("postgres " + pg.Code + " in " + pg.TableName + ": " + pg.Message)
		}
	case errors.Is(err, sql.ErrNoRows):
		code, message = fairlead.Internal, "Something is missing in the database. Look at the log for this time."
	}
	return fmt.Errorf("%s: %w", doing, fairlead.Fail(code, message, err))
}

// unique says whether err is a violated UNIQUE or PRIMARY KEY.
func unique(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// Times are microseconds since 1970; 0 is the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// plainJSON writes values that always marshal.
func plainJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write as JSON: %w", err)
	}
	return string(b), nil
}

func fromJSON(s string, v any) error {
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fairlead.Fail(fairlead.Internal, "A stored value is damaged.", err)
	}
	return nil
}
