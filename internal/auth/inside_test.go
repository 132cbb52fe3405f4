package auth

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestPHC(t *testing.T) {
	h := hashPassword("copper lantern ferry sixteen")
	if !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$") || h == hashPassword("copper lantern ferry sixteen") {
		t.Errorf("hash %s", h)
	}
	if !verifyPassword(h, "copper lantern ferry sixteen") || verifyPassword(h, "copper lantern ferry sixteem") || verifyPassword(h, "") {
		t.Error("the hash does not tell right from wrong")
	}
	// Made by the reference implementation (phc-winner-argon2, test.c:
	// m=2^16, t=2, p=1, "password", "somesalt").
	const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if !verifyPassword(reference, "password") || verifyPassword(reference, "Password") {
		t.Error("does not agree with the reference implementation")
	}
	for _, bad := range []string{
		"", "x", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		strings.Replace(reference, "m=65536", "m=99999999", 1), strings.Replace(reference, "t=2", "t=999999", 1),
		strings.Replace(reference, "t=2", "t=0", 1), strings.Replace(reference, "m=65536", "m=065536", 1),
		strings.Replace(reference, "v=19", "v=16", 1), reference + "=", reference + "$", strings.Replace(reference, "CTFh", "C!Fh", 1),
		"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$",
	} {
		if verifyPassword(bad, "password") {
			t.Errorf("%q lets somebody in", bad)
		}
		if _, ok := parsePHC(bad); ok {
			t.Errorf("%q is taken for a hash", bad)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, s string) {
		h, ok := parsePHC(s)
		if ok && (h.memory > 256*1024 || h.passes > 16 || h.lanes > 16 || h.lanes < 1 || len(h.key) > 64 || len(h.salt) < 8) {
			t.Errorf("%q would be ruinous: %+v", s, h)
		}
	})
}

func TestThrottle(t *testing.T) {
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	addr := netip.MustParseAddr("192.0.2.1")
	// many tries until it says wait; moving adds a step to the clock each time.
	many := func(th *throttle, n int, name func(int) (string, netip.Addr)) int {
		let := 0
		for i := range n {
			email, from := name(i)
			if th.take(th.attempt(email, from), now) == 0 {
				let++
			}
		}
		return let
	}
	th := newThrottle()
	if got := many(th, 50, func(int) (string, netip.Addr) { return "ada", addr }); got != 5 {
		t.Errorf("one account, one address: %d of 50", got)
	}
	if wait := th.take(th.attempt("ada", addr), now); wait != time.Minute {
		t.Errorf("waits %s", wait)
	}
	if th.take(th.attempt("ada", netip.MustParseAddr("192.0.2.9")), now) != 0 {
		t.Error("the owner elsewhere is locked out")
	}
	th = newThrottle()
	if got := many(th, 200, func(i int) (string, netip.Addr) { return "user" + strconv.Itoa(i), addr }); got != 30 {
		t.Errorf("many accounts, one address: %d of 200", got)
	}
	th = newThrottle()
	if got := many(th, 500, func(i int) (string, netip.Addr) {
		return "ada", netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)})
	}); got != 60 {
		t.Errorf("one account, many addresses: %d of 500", got)
	}
	th = newThrottle()
	if got := many(th, 100, func(i int) (string, netip.Addr) {
		a := netip.MustParseAddr("2001:db8::").As16()
		a[15] = byte(i)
		return "ada", netip.AddrFrom16(a)
	}); got != 5 {
		t.Errorf("one account, one IPv6 network: %d of 100", got)
	}
	th = newThrottle()
	for i := range 1000 {
		a := th.attempt("ada", addr)
		if th.take(a, now) != 0 {
			t.Fatalf("the right password is put off at attempt %d", i)
		}
		th.refund(a)
	}
}

func TestThrottleSurvivesAClockTurnedBack(t *testing.T) {
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	th := newThrottle()
	a := th.attempt("ada", netip.MustParseAddr("192.0.2.1"))
	for range 5 {
		th.take(a, now)
	}
	if wait := th.take(a, now.AddDate(0, 0, -1)); wait != 0 {
		t.Errorf("locked out for %s", wait)
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "a second", 59500 * time.Millisecond: "60 seconds", 90 * time.Second: "2 minutes", 10 * time.Minute: "10 minutes",
	} {
		if got := words(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
