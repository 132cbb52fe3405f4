package audit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/fairlead/fairlead"
)

// Log is what a Sealer needs of the store.
type Log interface {
	// SealEntries gives up to limit stored entries their place in the log, in
	// one transaction, and says how many. extend computes the chain value after
	// a leaf from the one before it (none for the first). Among all processes
	// one seals at a time; the others wait.
	SealEntries(ctx context.Context, limit int, extend func(prev, leaf []byte) []byte) (int, error)
}

// Defaults of a Sealer.
const (
	sealEvery = time.Second
	sealBatch = 500
)

// Config is what a Sealer needs.
type Config struct {
	Log    Log
	Logger *slog.Logger
	// Every is how long the Sealer rests when everything is sealed; 0 means
	// one second.
	Every time.Duration
}

// Sealer gives stored entries their place in the log, on a clock of its own, so
// that no change waits for it. Any number may run: one seals at a time.
type Sealer struct{ c Config }

// NewSealer makes a Sealer.
func NewSealer(c Config) *Sealer {
	if c.Every <= 0 {
		c.Every = sealEvery
	}
	return &Sealer{c: c}
}

// Run seals until ctx ends. A failure is logged and tried again: entries wait
// in the store meanwhile and none is lost.
func (s *Sealer) Run(ctx context.Context) {
	ticker := time.NewTicker(s.c.Every)
	defer ticker.Stop()
	failing := false
	for {
		err := s.Drain(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			s.c.Logger.ErrorContext(ctx, "audit entries wait to be sealed", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Drain seals everything that is stored now.
func (s *Sealer) Drain(ctx context.Context) error {
	for {
		n, err := s.c.Log.SealEntries(ctx, sealBatch, Extend)
		if err != nil {
			return fmt.Errorf("seal audit entries: %w", err)
		}
		if n < sealBatch {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return fairlead.Fail(fairlead.Unavailable, "Sealing the audit log was interrupted.", err)
		}
	}
}
