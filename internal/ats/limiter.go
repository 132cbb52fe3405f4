package ats

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
)

const (
	// patience is how long a request waits for its turn by itself; a longer
	// wait goes back to the queue as RateLimited, so that no worker is tied up.
	patience = 2 * time.Second
	// assumedWindow is the length of a rate window before the ATS has told us
	// when one ends.
	assumedWindow = 30 * time.Second
)

// Limiter keeps one connection below its ATS's rate limit, which it learns from
// the headers of every answer: X-RateLimit-Limit, -Remaining and -Reset (epoch
// seconds), and Retry-After. Until the first answer one request at a time goes
// out; an ATS that sends no such headers is not limited. Work marked Background
// leaves half of every window to live work. Safe for concurrent use.
type Limiter struct {
	now func() time.Time

	mu        sync.Mutex
	probing   bool // the first request is out and has told us nothing yet
	known     bool // an answer has come in
	limit     int  // 0: none we know of
	remaining int
	underWay  int       // taken and not yet observed
	reset     time.Time // when the window ends, by our clock
	window    time.Duration
	blocked   time.Time     // a 429 holds everything back until then
	changed   chan struct{} // closed and replaced when waiting may be over early
}

// NewLimiter makes a Limiter with the given clock.
func NewLimiter(now func() time.Time) *Limiter {
	return &Limiter{now: now, window: assumedWindow, changed: make(chan struct{})}
}

// Rate returns what the ATS allows: requests per window, 0 when unknown.
func (l *Limiter) Rate() (limit int, window time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limit, l.window
}

// Take waits for the right to send one request. It returns RateLimited, with
// RetryAfter, when that would take longer than two seconds. After a nil error
// the caller must call Observe exactly once.
func (l *Limiter) Take(ctx context.Context) error {
	for {
		wait, changed := l.tryTake(IsBackground(ctx))
		if wait == 0 {
			return nil
		}
		if wait > patience {
			return &fairlead.Error{Code: fairlead.RateLimited, Message: "The ATS's rate limit is used up for now. Fairlead goes on by itself.", RetryAfter: wait}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fairlead.Fail(fairlead.Unavailable, "Waiting for the ATS's rate limit was interrupted. Fairlead tries again.", ctx.Err())
		case <-changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// tryTake takes a request's right (0) or says how long to wait for it.
func (l *Limiter) tryTake(background bool) (time.Duration, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if wait := l.blocked.Sub(now); wait > 0 {
		return wait, l.changed
	}
	if !l.known {
		if l.probing {
			return patience, l.changed
		}
		l.probing = true
		l.underWay++
		return 0, nil
	}
	if l.limit == 0 {
		l.underWay++
		return 0, nil
	}
	if !now.Before(l.reset) {
		l.remaining, l.reset = l.limit, now.Add(l.window)
	}
	reserve := 0
	if background {
		reserve = l.limit / 2
	}
	if l.remaining <= reserve {
		return l.reset.Sub(now), l.changed
	}
	l.remaining--
	l.underWay++
	return 0, nil
}

// Observe learns from an answer; h is nil when none came.
func (l *Limiter) Observe(status int, h http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.probing = false
	l.underWay = max(l.underWay-1, 0)
	if h != nil {
		l.known = true
		l.learn(h, now)
	}
	if status == http.StatusTooManyRequests {
		fallback := l.window
		if l.limit > 0 && l.reset.After(now) {
			fallback = l.reset.Sub(now)
		}
		if until := now.Add(RetryAfter(h, now, fallback)); until.After(l.blocked) {
			l.blocked = until
		}
		l.remaining = 0
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Limiter) learn(h http.Header, now time.Time) {
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	if err != nil || limit <= 0 {
		return
	}
	remaining, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil || remaining < 0 {
		return
	}
	first := l.limit == 0
	l.limit = limit
	reset := now.Add(l.window)
	if at, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		// One second more: Date and Reset are cut to whole seconds, and asking
		// a moment too early costs a 429.
		left := time.Unix(at, 0).Sub(serverTime(h, now)) + time.Second
		reset = now.Add(min(max(left, 0), MaxRetryAfter))
	}
	switch {
	case first, reset.Sub(l.reset) > 2*time.Second:
		// A new window. What is under way may not be in its count yet.
		l.remaining, l.reset = remaining-l.underWay, reset
	case reset.Sub(now) <= 2*time.Second && l.reset.Sub(reset) > 2*time.Second:
		// A late answer of a window that is over.
	default:
		// The same window: answers come in any order, and the lowest count is
		// the newest. Ours is lower still while requests are under way. The
		// end of a window we only guessed is corrected.
		l.remaining = min(l.remaining, remaining)
		if reset.Before(l.reset) {
			l.reset = reset
		}
	}
}
