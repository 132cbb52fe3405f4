package store_test

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx
)

// raw runs a statement behind the store's back.
func (w *world) raw(t *testing.T, f func(db *sql.DB)) {
	t.Helper()
	driver, dsn := "sqlite", "file:"+(&url.URL{Path: w.dsn}).EscapedPath()+"?_pragma=busy_timeout(5000)"
	if w.postgres() {
		driver, dsn = "pgx", w.dsn
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f(db)
}

func (w *world) postgres() bool { return strings.HasPrefix(w.dsn, "postgres") }

func (w *world) do(t *testing.T, statements ...string) {
	t.Helper()
	w.raw(t, func(db *sql.DB) {
		for _, s := range statements {
			if _, err := db.ExecContext(context.Background(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	})
}

// count is the one number a query gives.
func (w *world) count(t *testing.T, query string) int {
	t.Helper()
	n := 0
	w.raw(t, func(db *sql.DB) {
		if err := db.QueryRowContext(context.Background(), query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	})
	return n
}

// tasks is how many tasks are stored.
func (w *world) tasks(t *testing.T) int { return w.count(t, "SELECT count(*) FROM river_job") }

// hideTasks makes storing tasks fail until showTasks.
func (w *world) hideTasks(t *testing.T) { w.do(t, "ALTER TABLE river_job RENAME TO hidden_job") }
func (w *world) showTasks(t *testing.T) { w.do(t, "ALTER TABLE hidden_job RENAME TO river_job") }

func (w *world) scan(t *testing.T, query string, into ...any) {
	t.Helper()
	w.raw(t, func(db *sql.DB) {
		if err := db.QueryRowContext(context.Background(), query).Scan(into...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	})
}

// dump is every row of every table of a PostgreSQL database, bytes included.
func (w *world) dump(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	w.raw(t, func(db *sql.DB) {
		for _, table := range read(t, db, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'") {
			for _, value := range read(t, db, "SELECT * FROM "+table) {
				b.WriteString(value + "\n")
			}
		}
	})
	return b.String()
}

// read is every text or bytes a query gives.
func read(t *testing.T, db *sql.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			switch v := (*v.(*any)).(type) {
			case []byte:
				out = append(out, string(v))
			case string:
				out = append(out, v)
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
