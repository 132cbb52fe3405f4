// Package store hides the database: SQLite (the default, one file) and
// PostgreSQL, their schema, transactions, group commit, and that everything
// about a person is sealed under that person's key before it is written.
//
// One exported method is one transaction is one step of the story, and a method
// that changes something takes the audit Entry that says so and writes it in the
// same transaction. The exceptions change nothing anybody could ask about later:
// sessions, invites before they are redeemed, leases, lost tasks stored again,
// and the sealing of entries themselves.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver named sqlite

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/queue"
	"github.com/fairlead/fairlead/internal/secret"
)

// Config is what a Store needs.
type Config struct {
	// DSN is a postgres:// address, or the path of a SQLite file, which is made
	// when it is not there.
	DSN    string
	Master *secret.Master
	Now    func() time.Time
	Logger *slog.Logger
}

// Store keeps everything. Safe for concurrent use; Close it.
type Store struct {
	master *secret.Master
	clock  func() time.Time
	log    *slog.Logger

	engine queue.Engine
	// write is for transactions that change something; with SQLite it has one
	// connection, so that writers wait in line here and never for a lock. read
	// is for all others.
	write, read *sql.DB
	pool        *pgxpool.Pool // under write and read; nil with SQLite
	listen      *pgxpool.Pool // for workers to hear of tasks; nil with SQLite
	queue       *queue.Queue

	accept    *acceptor
	statement sync.Map // SQL with ? to SQL of the engine
}

// postgresConns is how many connections are used at most unless the address
// says otherwise (pool_max_conns).
const postgresConns = 24

// Open opens the database. It refuses (Invalid) one whose schema is missing,
// too old or newer than this version knows, and says what to do: see Migrate.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.checkSchema(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.queue, err = queue.New(s.queueConfig()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.accept, err = newAcceptor(ctx, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect opens the database without looking at its schema.
func connect(ctx context.Context, c Config) (*Store, error) {
	s := &Store{master: c.Master, clock: c.Now, log: c.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if isPostgres(c.DSN) {
		return s, s.connectPostgres(ctx, c.DSN)
	}
	return s, s.connectSQLite(ctx, c.DSN)
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func (s *Store) connectPostgres(ctx context.Context, dsn string) error {
	s.engine = queue.Postgres
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// The cause may hold the password.
		return fairlead.Fail(fairlead.Invalid, "The database address is not valid. It must be postgres://user:password@host/name.", nil)
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = postgresConns
	}
	listen := config.Copy()
	listen.MaxConns, listen.MinConns, listen.MinIdleConns = 1, 0, 0
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return fairlead.Fail(fairlead.Unavailable, "The database does not answer.", err)
	}
	if s.listen, err = pgxpool.NewWithConfig(ctx, listen); err != nil {
		s.pool.Close()
		return fairlead.Fail(fairlead.Unavailable, "The database does not answer.", err)
	}
	s.write = stdlib.OpenDBFromPool(s.pool)
	s.read = s.write
	if err := s.write.PingContext(ctx); err != nil {
		return errors.Join(fairlead.Fail(fairlead.Unavailable, "The database does not answer. Check its address and that it runs.", err), s.Close())
	}
	return nil
}

// readers is how many SQLite connections read at a time, beside the one that
// writes.
const readers = 4

func (s *Store) connectSQLite(ctx context.Context, path string) error {
	s.engine = queue.SQLite
	// Before SQLite makes it readable by everybody.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fairlead.Fail(fairlead.Invalid, "Cannot open the database file "+path+". Check that its folder is there and that this user may write in it.", err)
	}
	if err := f.Close(); err != nil {
		return fairlead.Fail(fairlead.Invalid, "Cannot open the database file "+path+".", err)
	}
	// synchronous=FULL: a commit is on the disk when it returns. secure_delete:
	// what is deleted is overwritten. Both are what promises rest on.
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)",
		"wal_autocheckpoint(4000)", "journal_size_limit(67108864)", "cache_size(-32000)", "temp_store(MEMORY)",
	}}
	address := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	writing := url.Values{"_pragma": pragmas["_pragma"], "_txlock": {"immediate"}}
	if s.write, err = sql.Open("sqlite", address+writing.Encode()); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	reading := url.Values{"_pragma": append([]string{"query_only(1)"}, pragmas["_pragma"]...)}
	reading["_pragma"] = append(reading["_pragma"][1:], "query_only(1)")
	if s.read, err = sql.Open("sqlite", address+reading.Encode()); err != nil {
		return errors.Join(fmt.Errorf("open database: %w", err), s.Close())
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	if err := s.write.PingContext(ctx); err != nil {
		return errors.Join(s.fail("open database", err), s.Close())
	}
	return nil
}

// Close stops accepting, then closes the connections. Workers must have ended.
func (s *Store) Close() error {
	if s.accept != nil {
		s.accept.close()
	}
	var err error
	if s.read != nil && s.read != s.write {
		err = s.read.Close()
	}
	if s.write != nil {
		err = errors.Join(err, s.write.Close())
	}
	if s.listen != nil {
		s.listen.Close()
	}
	if s.pool != nil {
		s.pool.Close()
	}
	return err
}

// Queue is where this store's tasks are; call its Work to carry them out.
func (s *Store) Queue() *queue.Queue { return s.queue }

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.write.ExecContext(ctx, "SELECT 1"); err != nil {
		return s.fail("ping database", err)
	}
	return nil
}

func (s *Store) queueConfig() queue.Config {
	return queue.Config{Engine: s.engine, DB: s.write, Listen: s.listen, Logger: s.log}
}

func (s *Store) now() time.Time { return s.clock() }
