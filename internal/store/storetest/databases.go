// Package storetest hides how a test gets a database of its own on each engine,
// quickly: SQLite as a copy of a migrated file, PostgreSQL as a database of the
// server named by FAIRLEAD_TEST_POSTGRES, which scripts/with-postgres.sh starts. Without that server its tests are skipped; with
// CI=true they fail.
package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Databases hands out databases. Make one for each test binary.
type Databases struct {
	migrate func(ctx context.Context, dsn string) error

	mu     sync.Mutex
	sqlite []byte   // a migrated file
	free   []string // migrated PostgreSQL databases, empty again
	n      atomic.Int64
}

// New makes Databases whose schema migrate makes.
func New(migrate func(ctx context.Context, dsn string) error) *Databases {
	return &Databases{migrate: migrate}
}

// Each runs f once for each engine as a subtest, with the address of a database
// that nobody else uses.
func (d *Databases) Each(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, d.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, d.Postgres(t)) })
}

// SQLite is the path of a migrated SQLite file in a folder of its own.
func (d *Databases) SQLite(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fairlead.db")
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sqlite == nil {
		if err := d.migrate(t.Context(), path); err != nil {
			t.Fatalf("migrate: %v", err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d.sqlite = data
		return path
	}
	if err := os.WriteFile(path, d.sqlite, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Postgres is the address of a migrated PostgreSQL database. A test that passed
// leaves its database, emptied, to the next: making one takes a second.
func (d *Databases) Postgres(t testing.TB) string {
	t.Helper()
	server := Server(t)
	dsn := d.take()
	if dsn == "" {
		name := fmt.Sprintf("test_%d_%d", os.Getpid(), d.n.Add(1))
		run(t, server, "CREATE DATABASE "+name)
		dsn = at(t, server, name)
		if err := d.migrate(t.Context(), dsn); err != nil {
			t.Fatalf("migrate: %v", err)
		}
	}
	t.Cleanup(func() {
		if !t.Failed() {
			run(t, dsn, emptyAll)
			d.give(dsn)
		}
	})
	return dsn
}

// emptyAll empties every table but those that say which schema it is.
const emptyAll = `DO $$ BEGIN
	EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY' FROM pg_tables
		WHERE schemaname = 'public' AND tablename NOT IN ('goose_db_version', 'river_migration'));
END $$`

func (d *Databases) take() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.free) == 0 {
		return ""
	}
	dsn := d.free[len(d.free)-1]
	d.free = d.free[:len(d.free)-1]
	return dsn
}

func (d *Databases) give(dsn string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free = append(d.free, dsn)
}

// EmptyPostgres is the address of a PostgreSQL database without any table.
func (d *Databases) EmptyPostgres(t testing.TB) string {
	t.Helper()
	server := Server(t)
	name := fmt.Sprintf("empty_%d_%d", os.Getpid(), d.n.Add(1))
	run(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return at(t, server, name)
}

// Server is the address of the PostgreSQL server for tests. Without one it skips
// the test, or fails it with CI=true.
func Server(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("FAIRLEAD_TEST_POSTGRES")
	if dsn == "" && os.Getenv("CI") == "true" {
		t.Fatal("FAIRLEAD_TEST_POSTGRES is not set: run the tests through scripts/with-postgres.sh")
	}
	if dsn == "" {
		t.Skip("no PostgreSQL: run the tests through scripts/with-postgres.sh")
	}
	return dsn
}

func at(t testing.TB, server, database string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("FAIRLEAD_TEST_POSTGRES is not an address")
	}
	u.Path = "/" + database
	return u.String()
}

// run carries out one statement. Cleanups run after the test's context ended.
func run(t testing.TB, server, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
