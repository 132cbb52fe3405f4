package ats

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
)

// maxCached bounds every cache and memory of a connector, in entries.
const maxCached = 4096

// Cache keeps values for a short while and loads each once however many ask for
// it at the same time. Failures are not kept. Safe for concurrent use.
type Cache[V any] struct {
	ttl time.Duration
	now func() time.Time

	mu      sync.Mutex
	entries map[string]*cached[V]
}

type cached[V any] struct {
	done  chan struct{}
	at    time.Time // when loading began: the value is at least as new
	value V
	err   error
}

// NewCache makes a Cache whose values are good for ttl by the clock now.
func NewCache[V any](ttl time.Duration, now func() time.Time) *Cache[V] {
	return &Cache[V]{ttl: ttl, now: now, entries: map[string]*cached[V]{}}
}

// Get returns the value of key, loading it when there is none young enough.
func (c *Cache[V]) Get(ctx context.Context, key string, load func(context.Context) (V, error)) (V, error) {
	for {
		c.mu.Lock()
		e := c.entries[key]
		now := c.now()
		if e != nil && now.Sub(e.at) >= c.ttl {
			e = nil
		}
		mine := e == nil
		if mine {
			c.makeRoom(now)
			e = &cached[V]{done: make(chan struct{}), at: now}
			c.entries[key] = e
		}
		c.mu.Unlock()
		if mine {
			c.fill(ctx, key, e, load)
			return e.value, e.err
		}
		select {
		case <-ctx.Done():
			var none V
			return none, fairlead.Fail(fairlead.Unavailable, "The read was interrupted. Fairlead tries again by itself.", ctx.Err())
		case <-e.done:
		}
		// Whoever loaded may have been interrupted; that is not our failure.
		if e.err == nil || ctx.Err() != nil || !errors.Is(e.err, context.Canceled) && !errors.Is(e.err, context.DeadlineExceeded) {
			return e.value, e.err
		}
	}
}

func (c *Cache[V]) fill(ctx context.Context, key string, e *cached[V], load func(context.Context) (V, error)) {
	defer close(e.done)
	e.value, e.err = load(ctx)
	if e.err != nil {
		c.mu.Lock()
		if c.entries[key] == e {
			delete(c.entries, key)
		}
		c.mu.Unlock()
	}
}

// makeRoom drops what is too old, and everything when that is not enough.
func (c *Cache[V]) makeRoom(now time.Time) {
	if len(c.entries) < maxCached {
		return
	}
	for k, e := range c.entries {
		if now.Sub(e.at) >= c.ttl {
			delete(c.entries, k)
		}
	}
	if len(c.entries) >= maxCached {
		clear(c.entries)
	}
}

// Forget drops the value of key: it is loaded anew when next asked for.
func (c *Cache[V]) Forget(key string) {
	c.mu.Lock()
	delete(c.entries, key)
	c.mu.Unlock()
}

// Recent remembers the newest maxCached values by key. Safe for concurrent use.
type Recent[V any] struct {
	mu    sync.Mutex
	items map[string]V
	order []string // a ring once full
	next  int
}

// Put stores v and says whether key was there before.
func (r *Recent[V]) Put(key string, v V) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, had := r.items[key]
	if r.items == nil {
		r.items = map[string]V{}
	}
	r.items[key] = v
	switch {
	case had:
	case len(r.order) < maxCached:
		r.order = append(r.order, key)
	default:
		delete(r.items, r.order[r.next])
		r.order[r.next] = key
		r.next = (r.next + 1) % maxCached
	}
	return had
}

// Get returns the value of key, false when it is not remembered.
func (r *Recent[V]) Get(key string) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.items[key]
	return v, ok
}

// Keyed lets one at a time do something for a key.
type Keyed struct {
	mu   sync.Mutex
	held map[string]chan struct{}
}

// Lock waits for key and returns its release.
func (k *Keyed) Lock(ctx context.Context, key string) (func(), error) {
	for {
		k.mu.Lock()
		other, taken := k.held[key]
		if !taken {
			if k.held == nil {
				k.held = map[string]chan struct{}{}
			}
			mine := make(chan struct{})
			k.held[key] = mine
			k.mu.Unlock()
			return func() {
				k.mu.Lock()
				delete(k.held, key)
				k.mu.Unlock()
				close(mine)
			}, nil
		}
		k.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, fairlead.Fail(fairlead.Unavailable, "Waiting for another write was interrupted. Fairlead tries again by itself.", ctx.Err())
		}
	}
}
