package main

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
	"github.com/fairlead/fairlead/internal/ats/greenhouse"
)

// kinds are the connectors by the kind of ATS they speak to.
var kinds = map[string]func(fairlead.Connection, ats.Env) (ats.Connector, error){
	"greenhouse": func(c fairlead.Connection, e ats.Env) (ats.Connector, error) { return greenhouse.New(c, e) },
}

// connectionStore is what connections are read from.
type connectionStore interface {
	Connections(context.Context) ([]fairlead.Connection, error)
}

// connections hold the connector of every configured connection and notice
// when another process saves one.
type connections struct {
	store  connectionStore
	logger *slog.Logger
	now    func() time.Time

	mu     sync.RWMutex
	known  map[fairlead.ConnectionID]connected
	loaded time.Time
}

type connected struct {
	connection fairlead.Connection
	connector  ats.Connector
}

// How often connections are read again: on a clock, and at most when somebody
// asks for one that is not known.
const (
	reloadEvery  = 5 * time.Second
	reloadAtMost = time.Second
)

func newConnections(store connectionStore, logger *slog.Logger) *connections {
	return &connections{store: store, logger: logger, now: time.Now, known: map[fairlead.ConnectionID]connected{}}
}

// Connector finds a connection's connector.
func (c *connections) Connector(id fairlead.ConnectionID) (ats.Connector, bool) {
	c.mu.RLock()
	k, ok := c.known[id]
	stale := c.now().Sub(c.loaded) >= reloadAtMost
	c.mu.RUnlock()
	if ok || !stale || !fairlead.ValidConnectionID(string(id)) {
		return k.connector, ok
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := c.load(ctx); err != nil {
		c.logger.Error("read connections", "error", err)
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	k, ok = c.known[id]
	return k.connector, ok
}

// load reads all connections. A connector is kept while its connection stays
// the same: it holds the ATS's token and what it learnt of its rate limit.
func (c *connections) load(ctx context.Context) error {
	all, err := c.store.Connections(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loaded = c.now()
	next := make(map[fairlead.ConnectionID]connected, len(all))
	for _, connection := range all {
		if k, ok := c.known[connection.ID]; ok && reflect.DeepEqual(k.connection, connection) {
			next[connection.ID] = k
			continue
		}
		make, ok := kinds[connection.Kind]
		if !ok {
			c.logger.Error("connection of an unknown kind; it is left alone", "connection", connection.ID, "kind", connection.Kind)
			continue
		}
		connector, err := make(connection, ats.Env{Logger: c.logger})
		if err != nil {
			c.logger.Error("connection cannot be used; save it again with fairlead connect", "connection", connection.ID, "error", err)
			continue
		}
		next[connection.ID] = connected{connection, connector}
	}
	c.known = next
	return nil
}

// keepFresh loads on a clock until ctx ends.
func (c *connections) keepFresh(ctx context.Context) {
	t := time.NewTicker(reloadEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := c.load(ctx); err != nil && ctx.Err() == nil {
				c.logger.Error("read connections", "error", err)
			}
		}
	}
}
