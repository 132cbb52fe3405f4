package ats_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// window plays a server with a fixed rate window.
type window struct {
	mu          sync.Mutex
	limit, used int
	length      time.Duration
	ends        time.Time
	over        int
}

func (w *window) serve() (int, http.Header) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if !now.Before(w.ends) {
		w.used = 0
		w.ends = now.Truncate(w.length).Add(w.length)
	}
	h := http.Header{}
	status := http.StatusOK
	if w.used >= w.limit {
		w.over++
		status = http.StatusTooManyRequests
		h.Set("Retry-After", strconv.Itoa(int(w.ends.Sub(now).Seconds())+1))
	} else {
		w.used++
	}
	h.Set("X-RateLimit-Limit", strconv.Itoa(w.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(w.limit-w.used))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(w.ends.Unix(), 10))
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	return status, h
}

// send sends one request through l: takes, waits for the server, observes.
func send(ctx context.Context, l *ats.Limiter, w *window) error {
	if err := l.Take(ctx); err != nil {
		return err
	}
	status, header := w.serve() // counted on arrival
	time.Sleep(50 * time.Millisecond)
	l.Observe(status, header)
	return nil
}

func TestLimiterStaysBelow(t *testing.T) {
	for _, limit := range []int{1, 3, 50, 75} {
		synctest.Test(t, func(t *testing.T) {
			l, w := ats.NewLimiter(time.Now), &window{limit: limit, length: 30 * time.Second}
			const want = 240
			began := time.Now()
			done := 0
			tokens := make(chan struct{}, 20) // workers
			results := make(chan error)
			for range want {
				go func() {
					tokens <- struct{}{}
					defer func() { <-tokens }()
					for {
						err := send(t.Context(), l, w)
						if fairlead.CodeOf(err) == fairlead.RateLimited {
							time.Sleep(fairlead.RetryAfterOf(err)) // the queue's snooze
							continue
						}
						results <- err
						return
					}
				}()
			}
			for range want {
				if err := <-results; err != nil {
					t.Fatal(err)
				}
				done++
			}
			ideal := time.Duration(want/limit) * 30 * time.Second
			took := time.Since(began)
			if w.over != 0 {
				t.Errorf("limit %d: %d requests over the limit", limit, w.over)
			}
			// A second of margin a window, and a window at either end.
			if most := ideal + ideal/10 + 62*time.Second; took > most {
				t.Errorf("limit %d: took %v, ideal %v", limit, took, ideal)
			}
		})
	}
}

func TestLimiterLeavesRoomForLiveWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, w := ats.NewLimiter(time.Now), &window{limit: 50, length: 30 * time.Second}
		sent := 0
		for ; ; sent++ {
			if err := send(ats.Background(t.Context()), l, w); err != nil {
				if fairlead.CodeOf(err) != fairlead.RateLimited {
					t.Fatal(err)
				}
				break
			}
		}
		if sent != 25 {
			t.Errorf("background work took %d of 50", sent)
		}
		for range 20 {
			if err := send(t.Context(), l, w); err != nil {
				t.Errorf("live work waits: %v", err)
			}
		}
	})
}

func TestLimiterFirstRequestGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ats.NewLimiter(time.Now)
		if err := l.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		second := make(chan error)
		go func() { second <- l.Take(t.Context()) }()
		synctest.Wait()
		select {
		case <-second:
			t.Fatal("a second request left before the limit was known")
		default:
		}
		l.Observe(0, nil) // no answer: somebody else must try
		if err := <-second; err != nil {
			t.Fatal(err)
		}
		l.Observe(200, http.Header{}) // an ATS without headers has no limit
		for range 1000 {
			if err := l.Take(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		l.Observe(429, http.Header{"Retry-After": {"1"}})
		if err := l.Take(ctx); fairlead.CodeOf(err) != fairlead.Unavailable {
			t.Errorf("cancelled: %v", err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	fallback := 30 * time.Second
	for _, row := range []struct {
		value string
		want  time.Duration
	}{
		{"1", time.Second}, {"30", 30 * time.Second}, {" 7 ", 7 * time.Second}, {"0", time.Second}, {"0.5", time.Second}, {"1.5", 1500 * time.Millisecond},
		{"3600", 15 * time.Minute}, {"99999999999999999999", 15 * time.Minute}, {"1e300", 15 * time.Minute}, {"Inf", 15 * time.Minute},
		{"-1", fallback}, {"NaN", fallback}, {"", fallback}, {"soon", fallback}, {"-Inf", fallback},
		{now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{now.Add(-time.Hour).Format(http.TimeFormat), time.Second},
		{now.Add(400 * 24 * time.Hour).Format(http.TimeFormat), 15 * time.Minute},
	} {
		if got := ats.RetryAfter(http.Header{"Retry-After": {row.value}}, now, fallback); got != row.want {
			t.Errorf("%q: %v, want %v", row.value, got, row.want)
		}
	}
	// The server's clock counts, not ours.
	h := http.Header{"Retry-After": {now.Add(time.Hour + 20*time.Second).Format(http.TimeFormat)}, "Date": {now.Add(time.Hour).Format(http.TimeFormat)}}
	if got := ats.RetryAfter(h, now, fallback); got != 20*time.Second {
		t.Errorf("with another clock: %v", got)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"1", "-1", "1e9", "0x10", "Mon, 02 Nov 2026 09:00:00 GMT", "", "\xff"} {
		f.Add(s, "Mon, 02 Nov 2026 09:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		got := ats.RetryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, time.Unix(0, 0), 30*time.Second)
		if got < time.Second || got > ats.MaxRetryAfter {
			t.Fatalf("%q: %v", value, got)
		}
	})
}
