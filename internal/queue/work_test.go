package queue_test

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/queue"
	"github.com/fairlead/fairlead/internal/store"
	"github.com/fairlead/fairlead/internal/store/storetest"
)

var databases = storetest.New(func(ctx context.Context, dsn string) error {
	return store.Migrate(ctx, store.Config{DSN: dsn})
})

// onEach runs a test on a queue of each engine.
func onEach(t *testing.T, f func(t *testing.T, q *bench)) {
	databases.Each(t, func(t *testing.T, dsn string) {
		b := &bench{worker: worker{done: make(chan fairlead.Task, 100)}}
		c := queue.Config{Engine: queue.SQLite, StopTimeout: time.Millisecond}
		driver, address := "sqlite", "file:"+dsn+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_txlock=immediate"
		if strings.HasPrefix(dsn, "postgres") {
			pool, err := pgxpool.New(t.Context(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pool.Close)
			driver, address = "pgx", dsn
			c.Engine, c.Listen = queue.Postgres, pool
		}
		var err error
		if b.db, err = sql.Open(driver, address); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.db.Close() })
		if c.Engine == queue.SQLite {
			b.db.SetMaxOpenConns(1)
		}
		c.DB = b.db
		if b.queue, err = queue.New(c); err != nil {
			t.Fatal(err)
		}
		b.engine = c.Engine
		f(t, b)
	})
}

// bench is a queue and a worker that says what it did.
type bench struct {
	db     *sql.DB
	queue  *queue.Queue
	engine queue.Engine
	worker worker
}

type worker struct {
	do      func(context.Context) error
	done    chan fairlead.Task
	mu      sync.Mutex
	givenUp []fairlead.Task
}

func (w *worker) Assess(ctx context.Context, id fairlead.EventID) error {
	return w.run(ctx, fairlead.Task{Kind: fairlead.TaskAssess, Event: id})
}

func (w *worker) WriteBack(ctx context.Context, id fairlead.WritebackID) error {
	return w.run(ctx, fairlead.Task{Kind: fairlead.TaskWriteBack, Writeback: id})
}

func (w *worker) run(ctx context.Context, t fairlead.Task) error {
	w.done <- t
	if w.do != nil {
		return w.do(ctx)
	}
	return nil
}

func (w *worker) GiveUp(_ context.Context, t fairlead.Task, _ error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.givenUp = append(w.givenUp, t)
	w.done <- t
	return nil
}

// work starts a worker and returns what ends it.
func (b *bench) work(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.queue.Work(ctx, &b.worker, 4) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("work: %v", err)
		}
	}
}

func (b *bench) enqueue(t *testing.T, commit bool, tasks ...fairlead.Task) {
	t.Helper()
	tx, err := b.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := b.queue.Enqueue(t.Context(), tx, tasks...); err != nil {
		t.Fatal(err)
	}
	if commit {
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *bench) next(t *testing.T) fairlead.Task {
	t.Helper()
	select {
	case task := <-b.worker.done:
		return task
	case <-time.After(30 * time.Second):
		t.Fatal("nothing is carried out")
		return fairlead.Task{}
	}
}

func (b *bench) do(t *testing.T, statement string) {
	t.Helper()
	if _, err := b.db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (b *bench) one(t *testing.T, query string) string {
	t.Helper()
	var s string
	if err := b.db.QueryRowContext(t.Context(), query).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

func TestTasksExistWhenTheirTransactionCommits(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench) {
		b.enqueue(t, false, fairlead.Task{Kind: fairlead.TaskAssess, Event: "undone"})
		b.enqueue(t, true, fairlead.Task{Kind: fairlead.TaskAssess, Event: "e1"}, fairlead.Task{Kind: fairlead.TaskWriteBack, Writeback: "w1"})
		stop := b.work(t)
		got := map[fairlead.Task]bool{b.next(t): true, b.next(t): true}
		if !got[fairlead.Task{Kind: fairlead.TaskAssess, Event: "e1"}] || !got[fairlead.Task{Kind: fairlead.TaskWriteBack, Writeback: "w1"}] {
			t.Errorf("carried out %v", got)
		}
		// While it works: heard of at once, not at the next poll.
		start := time.Now()
		b.enqueue(t, true, fairlead.Task{Kind: fairlead.TaskAssess, Event: "e2"})
		if task := b.next(t); task.Event != "e2" {
			t.Errorf("carried out %v", task)
		}
		t.Logf("insert to start: %v", time.Since(start))
		stop()
		if n := b.one(t, "SELECT count(*) FROM river_job WHERE state = 'completed'"); n != "3" {
			t.Errorf("%s tasks completed", n)
		}
		if n := b.one(t, "SELECT count(*) FROM workers"); n != "0" {
			t.Errorf("%s workers said to live", n)
		}
	})
}

func TestUnknownKindsOfTaskWait(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench) {
		b.enqueue(t, true, fairlead.Task{Kind: fairlead.TaskAssess, Event: "future"})
		b.do(t, "UPDATE river_job SET kind = 'of_a_later_version'")
		b.enqueue(t, true, fairlead.Task{Kind: fairlead.TaskAssess, Event: "e1"})
		stop := b.work(t)
		if task := b.next(t); task.Event != "e1" {
			t.Errorf("carried out %v", task)
		}
		stop()
		if got := b.one(t, "SELECT state || ' ' || attempt FROM river_job WHERE kind = 'of_a_later_version'"); got != "available 0" {
			t.Errorf("a task of a later version is %s", got)
		}
	})
}

func TestTasksOfADeadWorkerAreTakenOver(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench) {
		b.enqueue(t, true, fairlead.Task{Kind: fairlead.TaskAssess, Event: "orphan"}, fairlead.Task{Kind: fairlead.TaskAssess, Event: "held"})
		// As kill -9 leaves them: running, by a worker that was seen long ago;
		// and one by a worker that lives somewhere else.
		by := `jsonb('["%"]')`
		at := "strftime('%Y-%m-%d %H:%M:%f','now')"
		if b.engine == queue.Postgres {
			by, at = `'{%}'`, "now()"
		}
		for n, who := range map[string]string{"orphan": "dead", "held": "elsewhere"} {
			where := "json_extract(args, '$.event')"
			if b.engine == queue.Postgres {
				where = "args->>'event'"
			}
			b.do(t, "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = "+at+", attempted_by = "+strings.Replace(by, "%", who, 1)+" WHERE "+where+" = '"+n+"'")
		}
		b.do(t, "INSERT INTO workers (id, seen_at) VALUES ('dead', 1), ('elsewhere', 9000000000000000)")
		stop := b.work(t)
		if task := b.next(t); task.Event != "orphan" {
			t.Errorf("taken over %v", task)
		}
		stop()
		if n := b.one(t, "SELECT count(*) FROM river_job WHERE state = 'running'"); n != "1" {
			t.Errorf("%s tasks run, want that of the living worker", n)
		}
	})
}

func TestAStoppedWorkerPutsItsTaskBackUncounted(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench) {
		b.worker.do = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		b.enqueue(t, true, fairlead.Task{Kind: fairlead.TaskAssess, Event: "e1"})
		stop := b.work(t)
		b.next(t)
		stop()
		if got := b.one(t, "SELECT state || ' ' || attempt FROM river_job"); got != "available 0" {
			t.Errorf("the interrupted task is %s", got)
		}
		if len(b.worker.givenUp) != 0 {
			t.Error("given up because we were stopped")
		}
	})
}

func TestSnoozedTasksDoNotCountAndGivenUpTasksAreDone(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench) {
		b.worker.do = func(context.Context) error {
			return &fairlead.Error{Code: fairlead.RateLimited, Message: "Slow down.", RetryAfter: time.Hour}
		}
		b.enqueue(t, true, fairlead.Task{Kind: fairlead.TaskAssess, Event: "e1"})
		stop := b.work(t)
		b.next(t)
		stop()
		if got := b.one(t, "SELECT state || ' ' || attempt FROM river_job"); got != "scheduled 0" {
			t.Errorf("the snoozed task is %s", got)
		}
		b.do(t, "DELETE FROM river_job")
		b.worker.do = func(context.Context) error { return fairlead.Fail(fairlead.NeedsHuman, "Look at it.", nil) }
		b.enqueue(t, true, fairlead.Task{Kind: fairlead.TaskWriteBack, Writeback: "w1"})
		stop = b.work(t)
		b.next(t)
		if task := b.next(t); task.Writeback != "w1" {
			t.Errorf("given up %v", task)
		}
		stop()
		if got := b.one(t, "SELECT state FROM river_job"); got != "completed" {
			t.Errorf("the task that was given up is %s", got)
		}
	})
}
