package ats

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache[int](time.Second, time.Now)
		loads := 0
		load := func(context.Context) (int, error) {
			loads++
			n := loads
			time.Sleep(100 * time.Millisecond)
			if n == 1 {
				return 0, errors.New("first")
			}
			return n, nil
		}
		if _, err := c.Get(t.Context(), "k", load); err == nil {
			t.Error("a failure is lost")
		}
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if v, err := c.Get(t.Context(), "k", load); v != 2 || err != nil {
					t.Errorf("%d %v", v, err)
				}
			})
		}
		wait.Wait()
		time.Sleep(850 * time.Millisecond) // 950 ms after loading began
		if v, _ := c.Get(t.Context(), "k", load); v != 2 {
			t.Errorf("%d", v)
		}
		time.Sleep(60 * time.Millisecond)
		if v, _ := c.Get(t.Context(), "k", load); v != 3 {
			t.Errorf("kept too long: %d", v)
		}
		c.Forget("k")
		if v, _ := c.Get(t.Context(), "k", load); v != 4 {
			t.Errorf("not forgotten: %d", v)
		}
		for i := range 3 * maxCached {
			_, _ = c.Get(t.Context(), strconv.Itoa(i), func(context.Context) (int, error) { return i, nil })
		}
		if len(c.entries) > maxCached {
			t.Errorf("%d entries", len(c.entries))
		}
	})
	var r Recent[int]
	for i := range 3 * maxCached {
		if r.Put(strconv.Itoa(i), i) || !r.Put(strconv.Itoa(i), i) {
			t.Fatal("had?")
		}
	}
	if len(r.items) != maxCached || len(r.order) != maxCached {
		t.Errorf("%d, %d", len(r.items), len(r.order))
	}
}
