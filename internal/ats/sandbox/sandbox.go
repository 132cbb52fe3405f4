// Package sandbox simulates applicant tracking systems: real wire formats over
// real HTTP, strict about everything the vendor documents, with a journal of
// every request and of every field's history, and a script of faults. It hides
// how a vendor behaves, so that the service can be shown, tried and tested with
// no account anywhere.
//
// What every vendor has in common is vendor-neutral here: Journal (who did
// what), Faults (what goes wrong next), Sender (signed webhooks on the vendor's
// retry schedule) and Limiter (fixed rate windows). A dialect such as
// Greenhouse adds the wire format. The package imports no connector, and no
// connector imports it: they are two separate readings of the same reference,
// so that one misreading does not hide in both.
package sandbox

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// maxBody is the most bytes of a request we read; a resume of 20 MiB in base64
// fits.
const maxBody = 40 << 20

// Authors of what is in a journal beside API clients, which go by their client
// id.
const (
	AuthorSeed      = "seed"      // was there before anybody came
	AuthorRecruiter = "recruiter" // a human in the ATS
	AuthorApplicant = "applicant" // a human on the career site
	AuthorSystem    = "system"    // the ATS itself
)

// Limiter counts requests in fixed windows, as the vendors' front doors do.
// Safe for concurrent use.
type Limiter struct {
	size   int
	window time.Duration

	mu   sync.Mutex
	used map[string]windowCount
}

type windowCount struct {
	start time.Time
	n     int
}

// NewLimiter allows size requests per key in every window.
func NewLimiter(size int, window time.Duration) *Limiter {
	return &Limiter{size: size, window: window, used: map[string]windowCount{}}
}

// Take uses one request of key's current window and says how many are left, when
// the window ends, and whether the request may pass. A refused request costs
// nothing.
func (l *Limiter) Take(key string, now time.Time) (remaining int, reset time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	start := now.Truncate(l.window)
	w := l.used[key]
	if !w.start.Equal(start) {
		w = windowCount{start: start}
	}
	ok = w.n < l.size
	if ok {
		w.n++
	}
	l.used[key] = w
	return l.size - w.n, start.Add(l.window), ok
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body == nil || status == http.StatusNoContent {
		return
	}
	// A failed write means that the client has gone; nobody is left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
