package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/queue"
)

//go:embed migrations
var migrations embed.FS

// oldest is the oldest schema this version runs on: the one before the newest,
// so that a new program can be rolled out before its migration and back after.
func oldest(newest int64) int64 { return max(1, newest-1) }

// Migrate brings the database to this version's schema, making the SQLite file
// when there is none. Any number may do so at once. It refuses (Invalid) a
// schema newer than it knows.
func Migrate(ctx context.Context, c Config) (err error) {
	s, err := connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	release, err := s.migrateAlone(ctx)
	if err != nil {
		return err
	}
	defer release()
	for range migrateRounds {
		if err = s.migrate(ctx); err == nil || fairlead.CodeOf(err) == fairlead.Invalid || ctx.Err() != nil {
			break
		}
	}
	return err
}

// migrateRounds is how often a migration is begun. Each step is a transaction,
// so beginning again is safe; it is needed where another process migrates the
// same SQLite file: who comes second fails at a table that is there already, and
// then finds nothing left to do.
const migrateRounds = 5

func (s *Store) migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	from, to, err := p.GetVersions(ctx)
	if err != nil {
		return s.fail("read schema version", err)
	}
	if from > to {
		return newer(from, to)
	}
	if _, err := p.Up(ctx); err != nil {
		return s.fail("migrate", err)
	}
	if err := queue.Migrate(ctx, s.queueConfig()); err != nil {
		return s.fail("migrate", err)
	}
	return nil
}

// migrateAlone makes migrations of other processes wait, where the engine can.
func (s *Store) migrateAlone(ctx context.Context) (release func(), err error) {
	if s.engine != queue.Postgres {
		return func() {}, nil
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, s.fail("lock schema", err)
	}
	const key = "hashtextextended('fairlead/migrate', 0)"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock("+key+")"); err != nil {
		return nil, errors.Join(s.fail("lock schema", err), conn.Close())
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock("+key+")") // closing it would do as well
		_ = conn.Close()
	}, nil
}

func (s *Store) provider() (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if s.engine == queue.Postgres {
		dialect = goose.DialectPostgres
	}
	files, err := fs.Sub(migrations, "migrations/"+string(s.engine))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, s.write, files, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// checkSchema refuses a schema this version does not run on.
func (s *Store) checkSchema(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	_, newest, err := p.GetVersions(ctx)
	if err != nil {
		return s.fail("read schema version", err)
	}
	var have sql.NullInt64
	if err := s.write.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&have); err != nil {
		return s.fail("read schema version", err)
	}
	switch {
	case have.Int64 == 0:
		return fairlead.Fail(fairlead.Invalid, "The database is empty. Run: fairlead migrate", nil)
	case have.Int64 < oldest(newest):
		return fairlead.Fail(fairlead.Invalid, fmt.Sprintf("The database has schema %d and this version of Fairlead needs %d. Run: fairlead migrate", have.Int64, newest), nil)
	case have.Int64 > newest:
		return newer(have.Int64, newest)
	}
	ok, err := queue.Migrated(ctx, s.queueConfig())
	if err != nil {
		return s.fail("read schema version", err)
	}
	if !ok {
		return fairlead.Fail(fairlead.Invalid, "The task queue's tables are not of this version. Run: fairlead migrate", nil)
	}
	return nil
}

func newer(have, know int64) error {
	return fairlead.Fail(fairlead.Invalid, fmt.Sprintf("The database has schema %d, made by a newer version of Fairlead; this one knows %d. Run that newer version, or restore a backup from before it.", have, know), nil)
}
