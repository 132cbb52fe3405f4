// Package pipeline is the main story, top to bottom: an event becomes an
// assessment (fetch, read, profile, assess), and an assessment becomes values
// in the ATS's own fields (read what is there, compare, write only what is
// ours, read back). Each half is one task; between the two nothing is lost when
// the process dies, and after either has run again nothing is doubled.
//
// If the process dies:
//
//	before FinishAssessment   the event is open and its task runs again from the fetch
//	after FinishAssessment    the writeback is open and its task runs
//	before the ATS answered   the writeback runs again, reads first, and finds its own values
//	before FinishWriteback    the same: nothing differs, so nothing is written again
package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// AssessStore is what the first half keeps. Each method is one transaction.
type AssessStore interface {
	// BeginAssessment returns an open event; NotFound when it has ended.
	BeginAssessment(context.Context, fairlead.EventID) (fairlead.EventWork, error)
	// FinishAssessment stores what was made and its writeback, unless the same
	// inputs were assessed before or something newer is stored. With no
	// assessment in it, it stores what is known of the application and ends
	// the event with Ending.
	FinishAssessment(context.Context, fairlead.Assessed, []fairlead.Entry) (fairlead.AssessedResult, error)
	// EndEvent ends an open event; NotFound when it has ended already.
	EndEvent(context.Context, fairlead.EventID, fairlead.Ending, fairlead.Entry) error
	// FanOut ends an event in favour of others.
	FanOut(ctx context.Context, parent fairlead.EventID, children []fairlead.Event, end fairlead.Ending, entries []fairlead.Entry) error
	ApplicationsOfCandidate(context.Context, fairlead.ConnectionID, fairlead.RemoteID) ([]fairlead.RemoteID, error)
	ApplicationsOfJob(context.Context, fairlead.ConnectionID, fairlead.RemoteID) ([]fairlead.RemoteID, error)
	// Erase destroys what we hold of a candidate or of one application.
	Erase(ctx context.Context, event fairlead.EventID, connection fairlead.ConnectionID, candidate, application fairlead.RemoteID, entry fairlead.Entry) error
}

// WritebackStore is what the second half keeps.
type WritebackStore interface {
	// BeginWriteback leases an open writeback; NotFound when it has ended,
	// RateLimited when another worker writes to the same application.
	BeginWriteback(ctx context.Context, id fairlead.WritebackID, lease time.Duration) (fairlead.WritebackWork, error)
	// FinishWriteback ends it and the events behind it; Conflict when the
	// lease is no longer ours.
	FinishWriteback(ctx context.Context, w fairlead.Writeback, lease string, entry fairlead.Entry) error
}

// Reader turns a file into a document. It never fails: what is wrong with a
// file is in the document.
type Reader interface {
	Read(ctx context.Context, name string, data []byte) fairlead.Document
}

// Judge reads a rubric from a job and assesses documents against it. It is
// deterministic and does no I/O.
type Judge interface {
	// Rubric is NeedsHuman, with the remedy, when the job says too little.
	Rubric(fairlead.Job) (fairlead.Rubric, error)
	// Assess judges a readable document; for an unreadable one it returns an
	// assessment without a score that says why.
	Assess(rubric fairlead.Rubric, doc fairlead.Document, asOf time.Time) (fairlead.Assessment, fairlead.Profile)
}

// Config is what a Pipeline needs.
type Config struct {
	Assess    AssessStore
	Writeback WritebackStore
	Connector func(fairlead.ConnectionID) (ats.Connector, bool)
	Reader    Reader
	Judge     Judge
	Now       func() time.Time
	Logger    *slog.Logger
}

// Pipeline carries out tasks. Its methods are safe for concurrent use.
type Pipeline struct{ c Config }

// New makes a Pipeline.
func New(c Config) *Pipeline { return &Pipeline{c: c} }

// GiveUp is called when a task has failed for good: its event or writeback is
// parked with the reason a person reads. Nothing is dropped.
func (p *Pipeline) GiveUp(ctx context.Context, t fairlead.Task, cause error) error {
	reason := fairlead.MessageOf(cause)
	p.c.Logger.Warn("parked for a person", "task", t.Kind, "event", t.Event, "writeback", t.Writeback, "error", cause)
	switch t.Kind {
	case fairlead.TaskWriteBack:
		w, err := p.c.Writeback.BeginWriteback(ctx, t.Writeback, writeLease)
		if err != nil {
			return unlessEnded("begin writeback", err)
		}
		return p.finishWriteback(ctx, w, fairlead.WritebackParked, reason)
	default:
		return p.end(ctx, fairlead.Event{ID: t.Event}, fairlead.EventParked, reason)
	}
}

func (p *Pipeline) connector(id fairlead.ConnectionID) (ats.Connector, error) {
	c, ok := p.c.Connector(id)
	if !ok {
		return nil, fairlead.Fail(fairlead.NeedsHuman, "The connection was removed. Set it up again, then retry.", nil)
	}
	return c, nil
}

// unlessEnded adds what we were doing to err, and turns "it has ended already"
// into success: somebody else did it.
func unlessEnded(doing string, err error) error {
	if err == nil || fairlead.CodeOf(err) == fairlead.NotFound {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
