package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/store"
)

// onEachEmpty runs a test on a database without any table.
func onEachEmpty(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, filepath.Join(t.TempDir(), "a folder #1?", "fairlead.db")) })
	t.Run("postgres", func(t *testing.T) { f(t, databases.EmptyPostgres(t)) })
}

func TestSchema(t *testing.T) {
	onEachEmpty(t, func(t *testing.T, dsn string) {
		if !strings.HasPrefix(dsn, "postgres") {
			if err := os.MkdirAll(filepath.Dir(dsn), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		c := store.Config{DSN: dsn, Master: newMaster(t)}
		refused := func(why, says string) {
			t.Helper()
			s, err := store.Open(t.Context(), c)
			if err == nil {
				_ = s.Close()
			}
			if fairlead.CodeOf(err) != fairlead.Invalid || !strings.Contains(fairlead.MessageOf(err), says) {
				t.Errorf("%s: %v", why, err)
			}
		}
		refused("an empty database", "Run: fairlead migrate")
		var wg sync.WaitGroup
		for range 3 { // several processes start at once
			wg.Go(func() {
				if err := store.Migrate(context.Background(), c); err != nil {
					t.Errorf("migrate: %v", err)
				}
			})
		}
		wg.Wait()
		if err := store.Migrate(t.Context(), c); err != nil {
			t.Errorf("migrate again: %v", err)
		}
		s, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		w := &world{dsn: dsn}
		if !w.postgres() {
			if info, err := os.Stat(dsn); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file may be read by others: %v, %v", info.Mode(), err)
			}
		}
		w.do(t, "DELETE FROM river_migration WHERE version = (SELECT max(version) FROM river_migration)")
		refused("the queue's tables of another version", "Run: fairlead migrate")
		w.do(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, "+map[bool]string{true: "true", false: "1"}[w.postgres()]+")")
		refused("a schema from the future", "newer version of Fairlead")
		if err := store.Migrate(t.Context(), c); fairlead.CodeOf(err) != fairlead.Invalid || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("migrate a schema from the future: %v", err)
		}
	})
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		dsn  string
		code fairlead.Code
	}{
		"no folder":   {filepath.Join(t.TempDir(), "none", "fairlead.db"), fairlead.Invalid},
		"no server":   {"postgres://canary:canary@127.0.0.1:1/x?connect_timeout=1", fairlead.Unavailable},
		"no address":  {"postgres://canary:canary@[", fairlead.Invalid},
		"not SQLite":  {notSQLite(t), fairlead.Internal},
		"a directory": {t.TempDir(), fairlead.Invalid},
	} {
		_, err := store.Open(t.Context(), store.Config{DSN: c.dsn, Master: newMaster(t)})
		if fairlead.CodeOf(err) != c.code {
			t.Errorf("%s: %s, %v", name, fairlead.CodeOf(err), err)
		}
		if strings.Contains(fairlead.MessageOf(err), "canary") {
			t.Errorf("%s: the message holds a password: %v", name, err)
		}
	}
}

func notSQLite(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "fairlead.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Both engines have the same tables with the same columns.
func TestBothSchemasAreTheSame(t *testing.T) {
	read := func(engine string) string {
		data, err := os.ReadFile(filepath.Join("migrations", engine, "00001_first.sql"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	same := strings.NewReplacer("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "INTEGER PRIMARY KEY", "BIGINT", "INTEGER", "BYTEA", "BLOB")
	if got := same.Replace(read("postgres")); got != read("sqlite") {
		t.Error("the migrations differ in more than the engines' names of types")
	}
}

func TestAFullDiskIsUnavailableAndNothingIsAcknowledged(t *testing.T) {
	w := newWorld(t, databases.SQLite(t))
	w.accept(t, "a0")
	if _, err := w.Writer().ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // SQLite: no smaller than it is now
		t.Fatal(err)
	}
	accepted := 0
	var err error
	for range 10_000 {
		e := w.event(fairlead.RemoteID(strings.Repeat("x", 500)))
		if _, _, err = w.AcceptEvents(t.Context(), []fairlead.Event{e}, []fairlead.Entry{w.accepted(e)}); err != nil {
			break
		}
		accepted++
	}
	if fairlead.CodeOf(err) != fairlead.Unavailable || !strings.Contains(fairlead.MessageOf(err), "full") {
		t.Fatalf("after %d: %v", accepted, err)
	}
	b, berr := w.Balance(t.Context())
	if berr != nil || b.Received != int64(accepted+1) || !b.Adds() {
		t.Errorf("reads go on: %+v, %v; %d acknowledged", b, berr, accepted)
	}
	if _, err := w.Writer().ExecContext(t.Context(), "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	w.accept(t, "a1")
	w.checkPromises(t)
}
