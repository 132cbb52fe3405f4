package greenhouse

import (
	"context"
	"sync"
	"time"

	"github.com/fairlead/fairlead/internal/ats"
)

const (
	// gatherWindow is how long a read waits for company. It is small against a
	// round trip, and sixty applications that arrive at once become two calls.
	gatherWindow = 4 * time.Millisecond
	// gatherMax is how many ids a list filter takes.
	gatherMax = 50
	// gatherTimeout bounds a gathered call with all its pages.
	gatherTimeout = 60 * time.Second
)

// gather turns reads of single records that are asked for at about the same
// time into one call with many ids. A call starts only after everybody in it has
// asked, so what it returns is never older than the question. Safe for
// concurrent use.
type gather struct {
	// load reads the rows of many ids in one go, by id. An id without rows may
	// be missing.
	load func(ctx context.Context, ids []string) (map[string][]row, error)

	mu   sync.Mutex
	open [2]*batch // the batch that still takes ids: live, background
}

// row is one undecoded record.
type row []byte

type batch struct {
	ids  []string
	has  map[string]bool
	full chan struct{} // closed when no more fit
	done chan struct{}
	rows map[string][]row
	err  error

	waiting int                // callers still interested
	cancel  context.CancelFunc // when nobody is
}

// get returns the rows of id, none when there are none.
func (g *gather) get(ctx context.Context, id string) ([]row, error) {
	b := g.join(ctx, id)
	select {
	case <-b.done:
		return b.rows[id], b.err
	case <-ctx.Done():
		g.leave(b)
		return nil, unavailable("The read was interrupted. Fairlead tries again by itself.", ctx.Err())
	}
}

func (g *gather) join(ctx context.Context, id string) *batch {
	class := 0
	if ats.IsBackground(ctx) {
		class = 1
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.open[class]
	if b == nil {
		// The call belongs to all who ask, not to the first: it outlives
		// whoever gives up, and ends when all have.
		shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), gatherTimeout)
		b = &batch{has: map[string]bool{}, full: make(chan struct{}), done: make(chan struct{}), cancel: cancel}
		g.open[class] = b
		go g.run(shared, b, class)
	}
	b.waiting++
	if !b.has[id] {
		b.has[id] = true
		b.ids = append(b.ids, id)
		if len(b.ids) == gatherMax {
			g.open[class] = nil
			close(b.full)
		}
	}
	return b
}

func (g *gather) leave(b *batch) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b.waiting--; b.waiting == 0 {
		b.cancel()
		for i := range g.open { // nobody may join a batch that is cancelled
			if g.open[i] == b {
				g.open[i] = nil
			}
		}
	}
}

func (g *gather) run(ctx context.Context, b *batch, class int) {
	defer b.cancel()
	timer := time.NewTimer(gatherWindow)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.full:
	case <-ctx.Done():
	}
	g.mu.Lock()
	if g.open[class] == b {
		g.open[class] = nil
	}
	g.mu.Unlock()
	b.rows, b.err = g.load(ctx, b.ids)
	close(b.done)
}
