package auth

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// throttle slows guessing down without letting a guesser lock the owner out:
// one account from one address soon waits, one address over all accounts later,
// and one account over all addresses last. Each attempt takes from all three
// before the password is looked at, so that attempts in parallel gain nothing,
// and a right password gives it back.
//
// A limit is a generic cell rate algorithm (ITU-T I.371) over a table of fixed
// size, its cells found by a keyed hash: memory is bounded whatever names are
// tried, and two that share a cell by chance share a limit.
type throttle struct {
	seed maphash.Seed

	mu     sync.Mutex
	tables [len(limits)][cells]int64 // the time, in Unix nanoseconds, when the cell is idle again
}

const cells = 1 << 14

type limit struct {
	burst int64
	every time.Duration
}

var limits = [...]limit{
	{5, time.Minute},       // account from address
	{30, 20 * time.Second}, // address
	{60, 10 * time.Second}, // account
}

func newThrottle() *throttle { return &throttle{seed: maphash.MakeSeed()} }

type attempt [len(limits)]uint64

// attempt names the cells of an attempt. IPv6 addresses count by their /64,
// which one subscriber has whole.
func (t *throttle) attempt(email string, from netip.Addr) attempt {
	if from.Is6() {
		if p, err := from.Prefix(64); err == nil {
			from = p.Addr()
		}
	}
	cell := func(s string) uint64 { return maphash.String(t.seed, s) % cells }
	addr := from.String()
	return attempt{cell(email + "\x00" + addr), cell("\x00" + addr), cell(email)}
}

// take counts an attempt and returns 0, or how long to wait without counting it.
func (t *throttle) take(a attempt, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var wait int64
	var next attempt
	for i, l := range limits {
		idle := max(t.tables[i][a[i]], now.UnixNano())
		if idle > now.UnixNano()+l.burst*int64(l.every) { // cannot be, unless the clock was turned back
			idle = now.UnixNano()
		}
		idle += int64(l.every)
		wait = max(wait, idle-now.UnixNano()-l.burst*int64(l.every))
		next[i] = uint64(idle)
	}
	if wait > 0 {
		return time.Duration(wait)
	}
	for i := range limits {
		t.tables[i][a[i]] = int64(next[i])
	}
	return 0
}

// refund takes a successful attempt out of the count; the account's own
// failures from this address are forgotten.
func (t *throttle) refund(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tables[0][a[0]] = 0
	for i := 1; i < len(limits); i++ {
		t.tables[i][a[i]] -= int64(limits[i].every)
	}
}
