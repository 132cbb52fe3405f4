package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/fairlead/fairlead"
)

func TestDecide(t *testing.T) {
	later := func(code fairlead.Code, after time.Duration) error {
		return fmt.Errorf("fetch application: %w", &fairlead.Error{Code: code, Message: "m", RetryAfter: after})
	}
	for _, c := range []struct {
		name    string
		err     error
		attempt int
		age     time.Duration
		want    verdict
	}{
		{"rate limited, told when", later(fairlead.RateLimited, 42*time.Second), 1, 0, verdict{snooze, 42 * time.Second}},
		{"rate limited, not told", later(fairlead.RateLimited, 0), 1, 0, verdict{snooze, untoldSnooze}},
		{"rate limited, told nonsense", later(fairlead.RateLimited, -time.Hour), 1, 0, verdict{snooze, shortestSnooze}},
		{"rate limited for longer than we wait", later(fairlead.RateLimited, 30*time.Hour), 1, 0, verdict{snooze, longestSnooze}},
		{"rate limited after the last attempt", later(fairlead.RateLimited, time.Second), maxAttempts, 0, verdict{snooze, time.Second}},
		{"rate limited for more than a week", later(fairlead.RateLimited, time.Second), 1, patience + 1, verdict{do: giveUp}},
		{"unavailable, told when", later(fairlead.Unavailable, time.Minute), 1, 0, verdict{snooze, time.Minute}},
		{"unavailable", later(fairlead.Unavailable, 0), 1, 0, verdict{do: retry}},
		{"unavailable at the last attempt", later(fairlead.Unavailable, 0), maxAttempts, 0, verdict{do: giveUp}},
		{"internal", later(fairlead.Internal, 0), maxAttempts - 1, 0, verdict{do: retry}},
		{"nobody's error", errors.New("what"), 1, 0, verdict{do: retry}},
		{"lost lease", later(fairlead.Conflict, 0), 1, 0, verdict{do: retry}},
		{"invalid", later(fairlead.Invalid, 0), 1, 0, verdict{do: giveUp}},
		{"forbidden", later(fairlead.Forbidden, 0), 1, 0, verdict{do: giveUp}},
		{"needs a human", later(fairlead.NeedsHuman, 0), 1, 0, verdict{do: giveUp}},
		{"not found", later(fairlead.NotFound, 0), 1, 0, verdict{do: giveUp}},
		{"too large", later(fairlead.TooLarge, 0), 1, 0, verdict{do: giveUp}},
		{"unauthenticated", later(fairlead.Unauthenticated, 0), 1, 0, verdict{do: giveUp}},
	} {
		if got := decide(c.err, c.attempt, c.age); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestWaitsGrowAndCoverFifteenHours(t *testing.T) {
	for _, task := range []int64{1, 2, 77, 1 << 40} {
		var total, last time.Duration
		for attempt := 1; attempt < maxAttempts; attempt++ {
			wait := waitAfter(attempt, task)
			if wait > longestWait || wait < firstWait*9/10 {
				t.Errorf("after attempt %d: %v", attempt, wait)
			}
			if wait < last && wait < longestWait*9/10 {
				t.Errorf("after attempt %d: %v, shorter than %v before", attempt, wait, last)
			}
			last = wait
			total += wait
		}
		if total < 15*time.Hour || total > 24*time.Hour {
			t.Errorf("all waits together are %v", total)
		}
	}
	if waitAfter(5, 1) == waitAfter(5, 2) {
		t.Error("tasks that failed together come back together")
	}
}

// script is a Worker that does what a test says.
type script struct {
	do      func(context.Context) error
	giveUp  func(fairlead.Task, error) error
	givenUp []fairlead.Task
	cause   error
}

func (s *script) Assess(ctx context.Context, _ fairlead.EventID) error        { return s.do(ctx) }
func (s *script) WriteBack(ctx context.Context, _ fairlead.WritebackID) error { return s.do(ctx) }
func (s *script) GiveUp(_ context.Context, t fairlead.Task, cause error) error {
	s.givenUp, s.cause = append(s.givenUp, t), cause
	if s.giveUp != nil {
		return s.giveUp(t, cause)
	}
	return nil
}

var task = fairlead.Task{Kind: fairlead.TaskAssess, Event: "e1"}

func carryOut(ctx context.Context, s *script, attempt int) error {
	q := &Queue{c: Config{Logger: slog.New(slog.DiscardHandler)}}
	return q.carryOut(ctx, s, &rivertype.JobRow{ID: 1, Attempt: attempt, CreatedAt: time.Now()}, task)
}

func isSnooze(err error) bool {
	var s *rivertype.JobSnoozeError
	return errors.As(err, &s)
}

func TestWhatCannotGetBetterIsGivenUpAtOnceAndTheTaskIsDone(t *testing.T) {
	cause := fairlead.Fail(fairlead.Forbidden, "Tick the scope.", nil)
	s := &script{do: func(context.Context) error { return cause }}
	if err := carryOut(t.Context(), s, 1); err != nil {
		t.Errorf("the task stays: %v", err)
	}
	if len(s.givenUp) != 1 || s.givenUp[0] != task || !errors.Is(s.cause, cause) {
		t.Errorf("given up %v because of %v", s.givenUp, s.cause)
	}
}

func TestATaskStaysWhenGivingUpFails(t *testing.T) {
	s := &script{
		do:     func(context.Context) error { return fairlead.Fail(fairlead.Invalid, "m", nil) },
		giveUp: func(fairlead.Task, error) error { return fairlead.Fail(fairlead.Unavailable, "database", nil) },
	}
	if err := carryOut(t.Context(), s, 1); err == nil || isSnooze(err) {
		t.Errorf("dropped: %v", err)
	}
	s.giveUp = func(fairlead.Task, error) error {
		return &fairlead.Error{Code: fairlead.RateLimited, Message: "leased", RetryAfter: time.Second}
	}
	if err := carryOut(t.Context(), s, 1); !isSnooze(err) {
		t.Errorf("a lease of somebody else counts as an attempt: %v", err)
	}
	s.giveUp = func(fairlead.Task, error) error { panic("no") }
	if err := carryOut(t.Context(), s, 1); err == nil {
		t.Error("dropped")
	}
}

func TestAPanicIsAnInternalErrorAndTriedAgain(t *testing.T) {
	s := &script{do: func(context.Context) error { panic("canary") }}
	err := carryOut(t.Context(), s, 1)
	if err == nil || isSnooze(err) || len(s.givenUp) != 0 {
		t.Fatalf("after a panic: %v", err)
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("what panicked is stored: %v", err)
	}
	if err := carryOut(t.Context(), s, maxAttempts); err != nil || len(s.givenUp) != 1 || fairlead.CodeOf(s.cause) != fairlead.Internal {
		t.Errorf("the last attempt: %v, given up %v because of %v", err, s.givenUp, s.cause)
	}
}

func TestATaskThatTakesItsWorkerDownIsGivenUpWithoutRunning(t *testing.T) {
	s := &script{do: func(context.Context) error { t.Error("it ran again"); return nil }}
	if err := carryOut(t.Context(), s, maxAttempts+1); err != nil || len(s.givenUp) != 1 {
		t.Errorf("%v, given up %v", err, s.givenUp)
	}
}

func TestRunningOutOfTimeIsUnavailableAndBeingStoppedIsNothing(t *testing.T) {
	late, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	s := &script{do: func(ctx context.Context) error { return ctx.Err() }}
	if err := carryOut(late, s, maxAttempts); err != nil || len(s.givenUp) != 1 || fairlead.CodeOf(s.cause) != fairlead.Unavailable {
		t.Errorf("out of time at the last attempt: %v, %v", err, s.cause)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	s = &script{do: func(ctx context.Context) error { return ctx.Err() }}
	if err := carryOut(stopped, s, maxAttempts); !errors.Is(err, context.Canceled) || len(s.givenUp) != 0 {
		t.Errorf("stopped at the last attempt: %v, given up %v", err, s.givenUp)
	}
}

func TestStoredErrorHoldsNoCause(t *testing.T) {
	err := stored(fmt.Errorf("fetch: %w", fairlead.Fail(fairlead.Unavailable, "Greenhouse does not answer.", errors.New("canary"))))
	if got := err.Error(); got != "unavailable: Greenhouse does not answer." {
		t.Errorf("stored %q", got)
	}
}
