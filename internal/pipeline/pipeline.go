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
	// BeginAssessment returns an open event; NotFound when it has ended, or has
	// its assessment and waits for the writeback.
	BeginAssessment(context.Context, fairlead.EventID) (fairlead.EventWork, error)
	// FinishAssessment stores what was made, its writeback and the entry
	// assessed, and leaves the event to end with the writeback. When the same
	// inputs were assessed before, nothing is assessed again and the event joins
	// the open writeback; when nothing is left to write, when something newer is
	// stored, or when made has an Ending, the event ends at once with the entry
	// ended, whose fact "state" the store fills in. With no assessment in made
	// it stores what is known of the application and ends the event. NotFound
	// when the event has ended meanwhile.
	FinishAssessment(ctx context.Context, made fairlead.Assessed, assessed, ended fairlead.Entry) (fairlead.AssessedResult, error)
	// EndEvent ends an open event that waits for no writeback; NotFound when
	// there is none such any more.
	EndEvent(context.Context, fairlead.EventID, fairlead.Ending, fairlead.Entry) error
	// FanOut ends an event in favour of others. entries are one for each child,
	// in their order, and then the one that ends the parent.
	FanOut(ctx context.Context, parent fairlead.EventID, children []fairlead.Event, end fairlead.Ending, entries []fairlead.Entry) error
	ApplicationsOfCandidate(context.Context, fairlead.ConnectionID, fairlead.RemoteID) ([]fairlead.RemoteID, error)
	ApplicationsOfJob(context.Context, fairlead.ConnectionID, fairlead.RemoteID) ([]fairlead.RemoteID, error)
	// Erase destroys what we hold of a candidate, or of one application when
	// candidate is empty, and ends what is open about them as erased.
	Erase(ctx context.Context, event fairlead.EventID, connection fairlead.ConnectionID, candidate, application fairlead.RemoteID, entry fairlead.Entry) error
}

// WritebackStore is what the second half keeps.
type WritebackStore interface {
	// BeginWriteback leases an open writeback; NotFound when it has ended,
	// RateLimited when another worker writes to the same application.
	BeginWriteback(ctx context.Context, id fairlead.WritebackID, lease time.Duration) (fairlead.WritebackWork, error)
	// FinishWriteback ends it and the events behind it; Conflict when the
	// lease is no longer ours, NotFound when it has ended. Found is nil when
	// nobody knows what the ATS holds.
	FinishWriteback(ctx context.Context, w fairlead.Writeback, lease string, entry fairlead.Entry) error
	// ReleaseWriteback gives the lease back early, so that the next try need
	// not wait for it to run out. Not an error when it is no longer ours.
	ReleaseWriteback(ctx context.Context, id fairlead.WritebackID, lease string) error
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
		// What the ATS holds is not known: Found stays nil.
		return p.release(ctx, w, p.finishWriteback(ctx, w, fairlead.WritebackParked, reason))
	default:
		return p.end(ctx, fairlead.Event{ID: t.Event}, fairlead.EventParked, reason)
	}
}

func (p *Pipeline) connector(id fairlead.ConnectionID) (ats.Connector, error) {
	c, ok := p.c.Connector(id)
	if !ok {
		return nil, connectionGone()
	}
	return c, nil
}

func connectionGone() error {
	return fairlead.Fail(fairlead.NeedsHuman, "The connection was removed. Set it up again, then have the application assessed again.", nil)
}

// unlessEnded adds what we were doing to err, and turns "it has ended already"
// into success: somebody else did it.
func unlessEnded(doing string, err error) error {
	if err == nil || fairlead.CodeOf(err) == fairlead.NotFound {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
