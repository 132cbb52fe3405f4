package ats

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter caps how long we let an ATS keep us waiting before we ask again.
const MaxRetryAfter = 15 * time.Minute

// RetryAfter reads the Retry-After header (RFC 9110, 10.2.3): seconds or an
// HTTP date, counted from the answer's own Date so that clocks may differ. It is
// at least a second and at most MaxRetryAfter; fallback is what an absent,
// negative or unreadable header gives.
func RetryAfter(h http.Header, now time.Time, fallback time.Duration) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	wait, ok := time.Duration(0), false
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 { // NaN is not ≥ 0
		wait, ok = MaxRetryAfter, true
		if seconds < MaxRetryAfter.Seconds() {
			wait = time.Duration(seconds * float64(time.Second))
		}
	} else if at, err := http.ParseTime(value); err == nil {
		wait, ok = at.Sub(serverTime(h, now)), true
	}
	if !ok {
		wait = fallback
	}
	return min(max(wait, time.Second), MaxRetryAfter)
}

// serverTime is the answer's Date, now when there is none.
func serverTime(h http.Header, now time.Time) time.Time {
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		return at
	}
	return now
}
