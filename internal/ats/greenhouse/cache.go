package greenhouse

import (
	"context"
	"sync"
	"time"
)

// maxCached bounds every cache of this package, in entries.
const maxCached = 4096

// cache keeps values for a short while and loads each once however many ask for
// it at the same time. Failures are not kept. Safe for concurrent use.
type cache[V any] struct {
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

func newCache[V any](ttl time.Duration, now func() time.Time) *cache[V] {
	return &cache[V]{ttl: ttl, now: now, entries: map[string]*cached[V]{}}
}

// get returns the value of key, loading it when there is none young enough.
func (c *cache[V]) get(ctx context.Context, key string, load func(context.Context) (V, error)) (V, error) {
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
			return none, unavailable("The read was interrupted. Fairlead tries again by itself.", ctx.Err())
		case <-e.done:
		}
		// Whoever loaded may have been interrupted; that is not our failure.
		if e.err == nil || ctx.Err() != nil || !isInterrupted(e.err) {
			return e.value, e.err
		}
	}
}

func (c *cache[V]) fill(ctx context.Context, key string, e *cached[V], load func(context.Context) (V, error)) {
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
func (c *cache[V]) makeRoom(now time.Time) {
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

func (c *cache[V]) forget(key string) {
	c.mu.Lock()
	delete(c.entries, key)
	c.mu.Unlock()
}

// recent remembers the newest maxCached values by key. Safe for concurrent use.
type recent[V any] struct {
	mu    sync.Mutex
	items map[string]V
	order []string // a ring once full
	next  int
}

// put stores v and says whether key was there before.
func (r *recent[V]) put(key string, v V) bool {
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

func (r *recent[V]) get(key string) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.items[key]
	return v, ok
}

// keyed lets one at a time do something for a key.
type keyed struct {
	mu   sync.Mutex
	held map[string]chan struct{}
}

// lock waits for key and returns its release.
func (k *keyed) lock(ctx context.Context, key string) (func(), error) {
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
			return nil, unavailable("Waiting for another write was interrupted. Fairlead tries again by itself.", ctx.Err())
		}
	}
}
