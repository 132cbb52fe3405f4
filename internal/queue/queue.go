// Package queue hides River: how tasks are stored in the caller's transaction,
// carried out, tried again, snoozed and given up. Besides web and cmd it is the
// only place where an error becomes a decision.
//
// A task is done when its work returned nil, or when it was given up and what
// it was about has been parked with a reason. It is never dropped: a worker
// that dies is noticed within seconds and its tasks go to others; a task of a
// kind that this version does not know waits for one that does.
package queue

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/fairlead/fairlead"
)

// Engine is the kind of database tasks are stored in.
type Engine string

// Engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Config is what a Queue needs.
type Config struct {
	Engine Engine
	// DB is where tasks are stored; for SQLite the one connection that writes.
	DB *sql.DB
	// Listen is used by workers on PostgreSQL to hear of new tasks at once.
	Listen *pgxpool.Pool
	Logger *slog.Logger
	// StopTimeout is how long a stopping worker waits for running tasks before
	// it interrupts them; 0 means twenty seconds.
	StopTimeout time.Duration
}

// Queue stores tasks and carries them out. Safe for concurrent use.
type Queue struct {
	c      Config
	insert *river.Client[*sql.Tx]
}

// New makes a Queue that stores tasks; Work makes it carry them out too.
func New(c Config) (*Queue, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.StopTimeout == 0 {
		c.StopTimeout = stopTimeout
	}
	insert, err := river.NewClient(c.driver(nil), &river.Config{
		Logger: quiet(c.Logger), MaxAttempts: riverAttempts,
		FetchCooldown: fetchCooldown, FetchPollInterval: fetchPoll, // also the least time between two calls to workers
	})
	if err != nil {
		return nil, fmt.Errorf("make queue: %w", err)
	}
	return &Queue{c: c, insert: insert}, nil
}

func (c Config) driver(listen *pgxpool.Pool) riverdriver.Driver[*sql.Tx] {
	switch {
	case c.Engine == SQLite:
		return riversqlite.New(c.DB)
	case listen != nil:
		return riverdatabasesql.NewWithPgxListener(c.DB, listen)
	default:
		return riverdatabasesql.New(c.DB)
	}
}

// Enqueue stores tasks in the caller's transaction: they exist when it commits
// and not otherwise.
func (q *Queue) Enqueue(ctx context.Context, tx *sql.Tx, tasks ...fairlead.Task) error {
	if len(tasks) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(tasks))
	for i, t := range tasks {
		args, err := argsOf(t)
		if err != nil {
			return err
		}
		params[i] = river.InsertManyParams{Args: args}
	}
	if _, err := q.insert.InsertManyFastTx(ctx, tx, params); err != nil {
		return fmt.Errorf("store tasks: %w", err)
	}
	return nil
}

// What River stores of a task: ids and nothing else.
type (
	assessArgs struct {
		Event fairlead.EventID `json:"event"`
	}
	writeBackArgs struct {
		Writeback fairlead.WritebackID `json:"writeback"`
	}
)

// Kind is the task's kind, as River knows it.
func (assessArgs) Kind() string { return string(fairlead.TaskAssess) }

// Kind is the task's kind, as River knows it.
func (writeBackArgs) Kind() string { return string(fairlead.TaskWriteBack) }

func argsOf(t fairlead.Task) (river.JobArgs, error) {
	switch t.Kind {
	case fairlead.TaskAssess:
		return assessArgs{t.Event}, nil
	case fairlead.TaskWriteBack:
		return writeBackArgs{t.Writeback}, nil
	}
	return nil, fairlead.Fail(fairlead.Internal, "There is no task of kind "+string(t.Kind)+".", nil)
}

// live are River's states of a task that will run or is running.
const live = `('available','pending','retryable','running','scheduled')`

// Waiting is SQL that selects the ids (of events for TaskAssess, of writebacks
// for TaskWriteBack) that a live task is about. With it the store finds what is
// open and has no task, whatever the cause.
func Waiting(e Engine, k fairlead.TaskKind) string {
	name := "event"
	if k == fairlead.TaskWriteBack {
		name = "writeback"
	}
	id := "json_extract(args, '$." + name + "')"
	if e == Postgres {
		id = "args->>'" + name + "'"
	}
	return "SELECT " + id + " FROM river_job WHERE kind = '" + string(k) + "' AND state IN " + live
}

// Migrate brings River's tables to this version.
func Migrate(ctx context.Context, c Config) error {
	m, err := rivermigrate.New(c.driver(nil), &rivermigrate.Config{Logger: quiet(c.Logger)})
	if err != nil {
		return fmt.Errorf("migrate queue: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate queue: %w", err)
	}
	return nil
}

// Migrated says whether River's tables are there and of this version.
func Migrated(ctx context.Context, c Config) (bool, error) {
	m, err := rivermigrate.New(c.driver(nil), &rivermigrate.Config{Logger: quiet(c.Logger)})
	if err != nil {
		return false, fmt.Errorf("check queue: %w", err)
	}
	r, err := m.Validate(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("check queue: %w", err)
	}
	return r.OK, nil
}

// quiet passes on River's warnings and errors only; what matters about a task
// we log ourselves.
func quiet(l *slog.Logger) *slog.Logger {
	if l == nil {
		l = slog.New(slog.DiscardHandler)
	}
	return slog.New(warnings{l.Handler()})
}

type warnings struct{ slog.Handler }

// Enabled lets warnings and errors through.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// WithAttrs keeps the filter.
func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }

// WithGroup keeps the filter.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
