// Package atstest is the conformance suite that every connector passes against
// its simulated ATS, over HTTP. It hides what keeping the connector contract
// means in practice: whatever the vendor, somebody applies, the snapshot is
// right, our values arrive and nobody else's change, and every fault of the
// simulator's script comes out as the error the contract names.
//
// A connector's test calls Run with a way to start its simulator and a way to
// connect to it. The simulator is steered through its control surface only
// (docs/sandbox.md), so that nothing of it is shared with the connector.
package atstest

import (
	"context"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// Options is how a simulated ATS should behave.
type Options struct {
	WithoutFields bool     // the tier without fields for us
	Replace       bool     // writing fields replaces all others
	SkillOptions  []string // the skills field is a multi-select with these
	RateLimit     int      // requests per window; 0: plenty
	Latency       time.Duration
}

// Setup is one connector and its simulator.
type Setup struct {
	// Start starts a simulated ATS for one test and returns its address.
	Start func(t *testing.T, o Options) string
	// Connect makes a connector for the ATS at an address. Its webhook secret
	// is WebhookSecret.
	Connect func(t *testing.T, address string) ats.Connector
	// WebhookActions are the vendor's words to subscribe to; nil: the
	// simulator's recommended set.
	WebhookActions []string
	// Secrets must appear in no error: client id, client secret, …
	Secrets []string
}

// WebhookSecret is what deliveries are signed with.
const WebhookSecret = "conformance-webhook-secret" // #nosec G101 -- of a simulator

// bench is one test's simulator and connector.
type bench struct {
	Control
	c ats.Connector
	s Setup
	// replaces is set where a write replaces all fields: what is not ours then
	// has to be sent along unchanged, which simulators report; that it stayed
	// unchanged is what the suite tests.
	replaces bool
}

func (s Setup) bench(t *testing.T, o Options) *bench {
	t.Helper()
	if o.RateLimit == 0 {
		o.RateLimit = 10_000
	}
	address := s.Start(t, o)
	b := &bench{Control: Control{Address: address}, c: s.Connect(t, address), s: s, replaces: o.Replace}
	t.Cleanup(func() {
		for _, v := range b.Journal(t).Violations {
			if b.replaces && v.Kind == "foreign_key" {
				continue
			}
			t.Errorf("violation: %+v", v)
		}
	})
	return b
}

// Run runs the suite.
func Run(t *testing.T, s Setup) {
	t.Run("describe", s.describe)
	t.Run("fetch", s.fetch)
	t.Run("resume", s.resume)
	t.Run("write", s.write)
	t.Run("foreign values", s.foreignValues)
	t.Run("multi-select", s.multiSelect)
	t.Run("partial writes", s.partialWrites)
	t.Run("notes", s.notes)
	t.Run("webhooks", s.webhooks)
	t.Run("faults", s.faults)
	t.Run("rate limit", s.rateLimit)
	t.Run("tokens", s.tokens)
	t.Run("burst", s.burst)
}

func (b *bench) target(t *testing.T, a Applied, assessment string) ats.Target {
	t.Helper()
	d, err := b.c.Describe(t.Context())
	if err != nil {
		t.Fatalf("describe: %v", err)
	}
	return ats.Target{Application: a.Remote(), Candidate: a.RemoteCandidate(), Fields: d.Fields, Assessment: fairlead.AssessmentID(assessment)}
}

func values(score, reasoning, audit string, skills ...string) fairlead.Values {
	v := fairlead.Values{fairlead.OutReasoning: {reasoning}, fairlead.OutAuditID: {audit}}
	if score != "" {
		v[fairlead.OutScore] = fairlead.Value{score}
	}
	if len(skills) > 0 {
		v[fairlead.OutSkills] = skills
	}
	return v
}

func (b *bench) read(t *testing.T, target ats.Target) ats.Current {
	t.Helper()
	c, err := b.c.Read(t.Context(), target)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return c
}

func (b *bench) mustWrite(t *testing.T, target ats.Target, v fairlead.Values) {
	t.Helper()
	if err := b.c.Write(t.Context(), target, v); err != nil {
		t.Fatalf("write: %v", err)
	}
}

func (b *bench) snapshot(t *testing.T, a Applied) ats.Snapshot {
	t.Helper()
	s, err := b.c.Fetch(t.Context(), a.Remote())
	if err != nil {
		t.Fatalf("fetch: %v", err)
	}
	return s
}

// soon bounds calls that are expected to hang.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

const jobText = "<h2>Accountant</h2><p>You keep the books.</p><ul><li>5+ years of accounting</li><li>SAP</li></ul>"
