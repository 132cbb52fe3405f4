package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/fairlead/fairlead"
)

// Worker does what tasks ask for. Its methods are called concurrently, possibly
// twice for one task, and must be safe to run again after they failed anywhere.
type Worker interface {
	Assess(context.Context, fairlead.EventID) error
	WriteBack(context.Context, fairlead.WritebackID) error
	// GiveUp parks what a task is about, with the cause as the reason a person
	// reads. When it fails the task stays.
	GiveUp(ctx context.Context, t fairlead.Task, cause error) error
}

const (
	// taskTimeout is how long a task may run.
	taskTimeout = time.Minute
	// rescueAfter is when a task that still runs is taken for dead although its
	// worker lives.
	rescueAfter = taskTimeout + 30*time.Second
	// giveUpTimeout is how long parking may take, after the task's own time may
	// have run out.
	giveUpTimeout = 10 * time.Second
	// fetchCooldown is the least time between looks for new tasks. River's
	// default of 100 ms would be most of an event's way.
	fetchCooldown = 5 * time.Millisecond
	fetchPoll     = 250 * time.Millisecond
	keepDone      = 15 * time.Minute
	stopTimeout   = 20 * time.Second
)

// Work carries out tasks, at most workers at a time, until ctx ends; then it
// waits for running ones, StopTimeout at most, and puts back what is not done.
// It returns nil after an orderly end.
func (q *Queue) Work(ctx context.Context, w Worker, workers int) error {
	id := string(fairlead.NewID[fairlead.EntryID](time.Now()))
	bundle := river.NewWorkers()
	river.AddWorker(bundle, &assessWorker{q: q, w: w})
	river.AddWorker(bundle, &writeBackWorker{q: q, w: w})
	client, err := river.NewClient(q.c.driver(q.c.Listen), &river.Config{
		ID:                          id,
		Logger:                      quiet(q.c.Logger),
		Workers:                     bundle,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		FetchCooldown:               fetchCooldown,
		FetchPollInterval:           fetchPoll,
		FetchOnlyKnownKinds:         true,
		JobTimeout:                  taskTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		MaxAttempts:                 riverAttempts,
		RetryPolicy:                 schedule{},
		CompletedJobRetentionPeriod: keepDone,
		SoftStopTimeout:             q.c.StopTimeout,
	})
	if err != nil {
		return fmt.Errorf("make worker: %w", err)
	}
	alive := pulse{db: q.c.DB, engine: q.c.Engine, id: id}
	if err := alive.beat(ctx); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	// The client stops by itself when ctx ends; it must not be cut off before.
	if err := client.Start(ctx); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { alive.run(beating, q.c.Logger) })
	<-client.Stopped()
	stop()
	wg.Wait()
	alive.end(ctx)
	return nil
}

// schedule is when River tries a failed task again.
type schedule struct{}

// NextRetry is waitAfter from now.
func (schedule) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(waitAfter(job.Attempt, job.ID))
}

type assessWorker struct {
	river.WorkerDefaults[assessArgs]
	q *Queue
	w Worker
}

// Work carries out one task.
func (a *assessWorker) Work(ctx context.Context, job *river.Job[assessArgs]) error {
	return a.q.carryOut(ctx, a.w, job.JobRow, fairlead.Task{Kind: fairlead.TaskAssess, Event: job.Args.Event})
}

type writeBackWorker struct {
	river.WorkerDefaults[writeBackArgs]
	q *Queue
	w Worker
}

// Work carries out one task.
func (b *writeBackWorker) Work(ctx context.Context, job *river.Job[writeBackArgs]) error {
	return b.q.carryOut(ctx, b.w, job.JobRow, fairlead.Task{Kind: fairlead.TaskWriteBack, Writeback: job.Args.Writeback})
}

// carryOut runs a task and decides about its error. What it returns is for
// River: nil is done, a snooze comes back later, anything else is tried again.
func (q *Queue) carryOut(ctx context.Context, w Worker, row *rivertype.JobRow, t fairlead.Task) error {
	age := time.Since(row.CreatedAt)
	if row.Attempt > maxAttempts { // it took every worker down with it
		return q.giveUp(ctx, w, t, age, fairlead.Fail(fairlead.Internal, "This failed too often. Look at the log, then have it assessed again.", nil))
	}
	err := safely(func() error { return run(ctx, w, t) })
	if err == nil {
		return nil
	}
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		err = fairlead.Fail(fairlead.Unavailable, "It took too long.", err)
	} else if ctx.Err() != nil { // we are being stopped: River puts the task back
		return err
	}
	switch v := decide(err, row.Attempt, age); v.do {
	case snooze:
		return river.JobSnooze(v.wait)
	case retry:
		q.c.Logger.WarnContext(ctx, "task failed and is tried again", "task", t.Kind, "event", t.Event, "writeback", t.Writeback,
			"attempt", row.Attempt, "wait", waitAfter(row.Attempt, row.ID).Round(time.Second), "error", err)
		return stored(err)
	default:
		return q.giveUp(ctx, w, t, age, err)
	}
}

// giveUp parks what the task is about. When even that fails, the task stays.
func (q *Queue) giveUp(ctx context.Context, w Worker, t fairlead.Task, age time.Duration, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpTimeout)
	defer cancel()
	err := safely(func() error { return w.GiveUp(ctx, t, cause) })
	if err == nil {
		return nil
	}
	if v := decide(err, 1, age); v.do == snooze {
		return river.JobSnooze(v.wait)
	}
	q.c.Logger.ErrorContext(ctx, "task could not be parked and is tried again", "task", t.Kind, "event", t.Event, "writeback", t.Writeback, "error", err)
	return stored(err)
}

func run(ctx context.Context, w Worker, t fairlead.Task) error {
	switch t.Kind {
	case fairlead.TaskAssess:
		return w.Assess(ctx, t.Event)
	default:
		return w.WriteBack(ctx, t.Writeback)
	}
}

// safely turns a panic into an internal error that carries where it was.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fairlead.Fail(fairlead.Internal, "Something went wrong on our side. Look at the log for this time.", fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return f()
}

// stored is what River keeps of an error: no cause, since a cause may quote
// what an ATS said.
func stored(err error) error {
	return errors.New(string(fairlead.CodeOf(err)) + ": " + fairlead.MessageOf(err))
}
