package ats

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Env is what a connector takes from its surroundings. The zero value is ready
// for production.
type Env struct {
	// Transport carries requests once the guards have let them through; nil
	// means NewTransport. A transport given here answers for its own dialer.
	Transport http.RoundTripper
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger takes warnings; nil discards them.
	Logger *slog.Logger
	// Limiter is the connection's rate limit; nil means one of its own.
	// Connectors that share an ATS account's budget share a Limiter.
	Limiter *Limiter
}

// WithDefaults fills in what is missing. allowPrivate is handed to NewTransport.
func (e Env) WithDefaults(allowPrivate bool) Env {
	if e.Now == nil {
		e.Now = time.Now
	}
	if e.Logger == nil {
		e.Logger = slog.New(slog.DiscardHandler)
	}
	if e.Transport == nil {
		e.Transport = NewTransport(allowPrivate)
	}
	if e.Limiter == nil {
		e.Limiter = NewLimiter(e.Now)
	}
	return e
}

type backgroundKey struct{}

// Background marks work that nobody is waiting for (reconcile, backfill): it
// leaves half of an ATS's rate budget to live work.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

// IsBackground says whether ctx was marked by Background.
func IsBackground(ctx context.Context) bool {
	marked, _ := ctx.Value(backgroundKey{}).(bool)
	return marked
}
