// Package webhook receives what an ATS sends: it has the connection's connector
// verify the exact bytes, stores the events durably and only then answers 200.
// Nothing else happens before the answer, so a sender is never kept waiting for
// work, and an answer is never a promise that a crash could break.
package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
	"github.com/fairlead/fairlead/internal/web"
)

// MaxBody is the largest delivery accepted, in bytes.
const MaxBody = 5 << 20

// Store accepts events durably: when it returns without error, the events,
// their tasks and their entries survive a crash; when it returns an error,
// nothing of them is stored. Events known by delivery key count as duplicates.
type Store interface {
	AcceptEvents(ctx context.Context, events []fairlead.Event, entries []fairlead.Entry) (accepted, duplicates int, err error)
}

// Config is what a Receiver needs.
type Config struct {
	// Connector finds the connector of a connection.
	Connector func(fairlead.ConnectionID) (ats.Connector, bool)
	Store     Store
	Now       func() time.Time
	Logger    *slog.Logger
}

// Receiver answers POST /webhooks/{connection}.
type Receiver struct {
	c Config

	mu      sync.Mutex
	refused map[fairlead.ConnectionID]int64
}

// New makes a Receiver.
func New(c Config) *Receiver {
	return &Receiver{c: c, refused: map[fairlead.ConnectionID]int64{}}
}

// Refused counts deliveries refused since the start because their signature was
// missing, malformed or wrong. They are counted and not stored: whoever forges
// deliveries must not be able to fill a disk.
func (r *Receiver) Refused() map[fairlead.ConnectionID]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[fairlead.ConnectionID]int64, len(r.refused))
	for k, v := range r.refused {
		out[k] = v
	}
	return out
}

// Receive handles one delivery. Mount it at POST /webhooks/{connection}.
func (r *Receiver) Receive(w http.ResponseWriter, req *http.Request) error {
	id := fairlead.ConnectionID(req.PathValue("connection"))
	connector, ok := r.c.Connector(id)
	if !ok {
		return fairlead.Fail(fairlead.NotFound, "There is no connection of this name. Copy the webhook address from the console.", nil)
	}
	body, err := web.ReadBody(w, req, MaxBody)
	if err != nil {
		return err
	}
	events, err := connector.Receive(ats.Delivery{Header: req.Header, Body: body, ReceivedAt: r.c.Now()})
	if err != nil {
		if fairlead.CodeOf(err) == fairlead.Unauthenticated {
			r.refuse(id)
		}
		return err
	}
	entries := make([]fairlead.Entry, len(events))
	for i := range events {
		r.complete(&events[i], id)
		entries[i] = accepted(events[i])
	}
	if _, _, err := r.c.Store.AcceptEvents(req.Context(), events, entries); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte("{\"status\":\"accepted\"}\n"))
	return nil
}

func (r *Receiver) refuse(id fairlead.ConnectionID) {
	r.mu.Lock()
	r.refused[id]++
	n := r.refused[id]
	r.mu.Unlock()
	// A flood of forgeries must not become a flood of log lines.
	if n&(n-1) == 0 {
		r.c.Logger.Warn("webhook refused: signature does not match", "connection", id, "refused_since_start", n)
	}
}

// complete fills in what the connector leaves to us, and ends at once what asks
// for no work.
func (r *Receiver) complete(e *fairlead.Event, id fairlead.ConnectionID) {
	now := r.c.Now()
	e.ID = fairlead.NewID[fairlead.EventID](now)
	e.Connection = id
	e.ReceivedAt = now
	if e.Kind.Actionable() {
		e.State = fairlead.EventOpen
		return
	}
	e.State, e.EndedAt = fairlead.EventIgnored, now
	switch e.Kind {
	case fairlead.Ping:
		e.Reason = "The ATS tried out the webhook address."
	case fairlead.Skipped:
		e.Reason = "Nothing in an event of this kind changes an assessment."
	default:
		e.Reason = "We do not know this kind of event. It is kept; nothing was done."
	}
}

func accepted(e fairlead.Event) fairlead.Entry {
	entry := fairlead.NewEntry(e.ReceivedAt, fairlead.EntryEventAccepted, map[string]string{
		"event": string(e.ID), "kind": string(e.Kind), "body_sha256": e.BodySHA256, "state": string(e.State),
	})
	entry.Connection = e.Connection
	return entry
}
