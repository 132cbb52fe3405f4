package pipeline

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
	"github.com/fairlead/fairlead/internal/document"
)

// staleAfter is how long after its closing a job is still assessed.
const staleAfter = 90 * 24 * time.Hour

// Assess takes an event to its end or to a writeback.
func (p *Pipeline) Assess(ctx context.Context, id fairlead.EventID) error {
	w, err := p.c.Assess.BeginAssessment(ctx, id)
	if err != nil {
		return unlessEnded("begin assessment", err)
	}
	switch w.Event.Kind {
	case fairlead.CandidateDeleted, fairlead.CandidateAnonymized, fairlead.ApplicationDeleted:
		return p.erase(ctx, w.Event)
	case fairlead.CandidateUpdated, fairlead.CandidateMerged, fairlead.JobUpdated:
		return p.fanOut(ctx, w.Event)
	default:
		return p.assess(ctx, w)
	}
}

// assess is the first half for one application.
func (p *Pipeline) assess(ctx context.Context, w fairlead.EventWork) error {
	connector, err := p.connector(w.Event.Connection)
	if err != nil {
		return err
	}
	fetched := p.c.Now()
	snap, err := connector.Fetch(ctx, w.Event.Application)
	if fairlead.CodeOf(err) == fairlead.NotFound {
		return p.end(ctx, w.Event, fairlead.EventSuperseded, "The application is no longer in the ATS, or our key may not see it.")
	}
	if err != nil {
		return fmt.Errorf("fetch application: %w", err)
	}
	made := fairlead.Assessed{
		Event: w.Event.ID, Connection: w.Event.Connection,
		Job: snap.Job, Candidate: snap.Candidate, Application: snap.Application,
		Digest: snap.Digest, Revision: snap.Revision, FetchedAt: fetched,
	}
	if end := p.notNow(w, snap); end != nil {
		made.Ending = end
		return p.keep(ctx, w.Event, made)
	}
	if snap.Resume == nil {
		if wait := resumeWait(p.c.Now().Sub(w.Event.ReceivedAt)); wait > 0 {
			return &fairlead.Error{Code: fairlead.Unavailable, Message: "No resume is attached yet. Fairlead looks again.", RetryAfter: wait}
		}
		made.Ending = &fairlead.Ending{State: fairlead.EventParked, Reason: "Needs a human: no resume is attached. Attach one in the ATS; Fairlead then assesses it by itself."}
		return p.keep(ctx, w.Event, made)
	}
	rubric, err := p.c.Judge.Rubric(snap.Job)
	if err != nil {
		if fairlead.CodeOf(err) != fairlead.NeedsHuman {
			return fmt.Errorf("read rubric: %w", err)
		}
		made.Ending = &fairlead.Ending{State: fairlead.EventParked, Reason: fairlead.MessageOf(err)}
		return p.keep(ctx, w.Event, made)
	}
	doc, err := p.read(ctx, connector, *snap.Resume)
	if err != nil {
		return err
	}
	if problem, copied := document.CopiedJobText(doc.Text, document.TextOfHTML(snap.Job.Description)); copied && doc.Readable {
		doc.Problems = append(doc.Problems, problem)
	}
	made.Document = doc
	made.Rubric = rubric
	made.Assessment, made.Profile = p.c.Judge.Assess(rubric, doc, asOf(snap.Application))
	made.Assessment.ID = fairlead.NewID[fairlead.AssessmentID](p.c.Now())
	made.Assessment.CreatedAt = p.c.Now()
	made.Intended = intended(made.Assessment)
	if !w.Connection.WriteBack {
		made.Ending = &fairlead.Ending{State: fairlead.EventWithheld, Reason: "Shadow mode: assessed, and nothing was told to the ATS."}
	}
	return p.keep(ctx, w.Event, made)
}

// notNow says why an application is not to be assessed, nil when it is.
func (p *Pipeline) notNow(w fairlead.EventWork, snap ats.Snapshot) *fairlead.Ending {
	switch {
	case !snap.Assessable:
		return &fairlead.Ending{State: fairlead.EventIgnored, Reason: snap.Reason}
	case w.Known != nil && w.Digest != "" && w.Digest == snap.Digest:
		return &fairlead.Ending{State: fairlead.EventIgnored, Reason: "Neither the resume nor the job changed since the last assessment; our own writing comes back this way too."}
	case snap.Job.Status == fairlead.JobClosed && !snap.Job.ClosedAt.IsZero() && p.c.Now().Sub(snap.Job.ClosedAt) > staleAfter:
		return &fairlead.Ending{State: fairlead.EventWithheld, Reason: "The job was closed more than 90 days ago."}
	}
	return nil
}

// resumeWait is when to look again for a resume that was not there: parsing and
// manual uploads arrive after the application.
func resumeWait(age time.Duration) time.Duration {
	switch {
	case age < time.Minute:
		return time.Minute
	case age < 10*time.Minute:
		return 10 * time.Minute
	case age < time.Hour:
		return 15 * time.Minute
	}
	return 0
}

// asOf is the date by which "current" positions and recency are reckoned.
func asOf(a fairlead.Application) time.Time {
	return a.AppliedAt.UTC().Truncate(24 * time.Hour)
}

// read downloads and reads a resume. A file that is too large is a document
// with a problem, like any other that cannot be read.
func (p *Pipeline) read(ctx context.Context, c ats.Connector, ref ats.ResumeRef) (fairlead.Document, error) {
	f, err := c.Resume(ctx, ref)
	switch fairlead.CodeOf(err) {
	case "":
	case fairlead.TooLarge:
		return unreadable(fairlead.FileTooLarge), nil
	case fairlead.NotFound:
		return unreadable(fairlead.FileNotFound), nil
	default:
		return fairlead.Document{}, fmt.Errorf("download resume: %w", err)
	}
	defer func() { _ = f.Close() }() // read to the end or failed already
	data, err := io.ReadAll(io.LimitReader(f, ats.MaxFile+1))
	if err != nil {
		if fairlead.CodeOf(err) == fairlead.TooLarge {
			return unreadable(fairlead.FileTooLarge), nil
		}
		return fairlead.Document{}, fairlead.Fail(fairlead.Unavailable, "The resume download broke off. Fairlead tries again.", err)
	}
	if len(data) > ats.MaxFile {
		return unreadable(fairlead.FileTooLarge), nil
	}
	doc := p.c.Reader.Read(ctx, f.Name, data)
	if err := ctx.Err(); err != nil {
		return fairlead.Document{}, fairlead.Fail(fairlead.Unavailable, "Reading was interrupted. Fairlead tries again.", err)
	}
	return doc, nil
}

func unreadable(code fairlead.ProblemCode) fairlead.Document {
	return fairlead.Document{Problems: []fairlead.Problem{{Code: code}}}
}

// intended is what the ATS should hold for an assessment.
func intended(a fairlead.Assessment) fairlead.Values {
	v := fairlead.Values{
		fairlead.OutReasoning: {a.Reasoning},
		fairlead.OutAuditID:   {string(a.ID)},
	}
	if a.Score == nil {
		return v
	}
	v[fairlead.OutScore] = fairlead.Value{strconv.Itoa(*a.Score)}
	skills := make(fairlead.Value, 0, len(a.Skills))
	for _, s := range a.Skills {
		skills = append(skills, s.Name)
	}
	v[fairlead.OutSkills] = skills
	return v
}

// keep stores what was made and ends the event when there is nothing to write.
func (p *Pipeline) keep(ctx context.Context, e fairlead.Event, made fairlead.Assessed) error {
	// The store may find that the event ends where we do not: which way is its
	// to fill in.
	var end fairlead.Ending
	if made.Ending != nil {
		end = *made.Ending
	}
	if _, err := p.c.Assess.FinishAssessment(ctx, made, assessmentEntry(e, made), endEntry(p.c.Now(), e, end)); err != nil {
		return unlessEnded("store assessment", err)
	}
	return nil
}

func assessmentEntry(e fairlead.Event, made fairlead.Assessed) fairlead.Entry {
	a := made.Assessment
	facts := map[string]string{
		"event": string(e.ID), "assessment": string(a.ID), "document_sha256": made.Document.SHA256,
		"input_sha256": a.InputSHA256, "rubric_sha256": a.RubricSHA256, "taxonomy_sha256": a.TaxonomySHA256,
		"engine": a.Engine, "as_of": a.AsOf.Format(time.DateOnly), "score": "none",
	}
	if a.Score != nil {
		facts["score"], facts["band"] = strconv.Itoa(*a.Score), string(a.Band)
	}
	entry := fairlead.NewEntry(a.CreatedAt, fairlead.EntryAssessmentFinished, facts)
	entry.Connection = e.Connection
	entry.Commit = map[string]string{"reasoning": a.Reasoning, "text": made.Document.Text}
	return entry
}

func endEntry(now time.Time, e fairlead.Event, end fairlead.Ending) fairlead.Entry {
	entry := fairlead.NewEntry(now, fairlead.EntryEventEnded, map[string]string{"event": string(e.ID), "state": string(end.State)})
	entry.Connection = e.Connection
	return entry
}

// end ends an event that nothing was made of.
func (p *Pipeline) end(ctx context.Context, e fairlead.Event, state fairlead.EventState, reason string) error {
	end := fairlead.Ending{State: state, Reason: reason}
	if err := p.c.Assess.EndEvent(ctx, e.ID, end, endEntry(p.c.Now(), e, end)); err != nil {
		return unlessEnded("end event", err)
	}
	return nil
}

func (p *Pipeline) erase(ctx context.Context, e fairlead.Event) error {
	entry := fairlead.NewEntry(p.c.Now(), fairlead.EntryErased, map[string]string{"event": string(e.ID), "because": string(e.Kind)})
	entry.Connection = e.Connection
	candidate, application := e.Candidate, e.Application
	if e.Kind == fairlead.ApplicationDeleted {
		candidate = "" // the person stays, with their other applications
	} else {
		application = ""
	}
	if err := p.c.Assess.Erase(ctx, e.ID, e.Connection, candidate, application, entry); err != nil {
		return unlessEnded("erase", err)
	}
	return nil
}

// fanOut replaces an event about a person or a job by one for each of its
// applications that we know.
func (p *Pipeline) fanOut(ctx context.Context, e fairlead.Event) error {
	var known []fairlead.RemoteID
	var err error
	if e.Kind == fairlead.JobUpdated {
		known, err = p.c.Assess.ApplicationsOfJob(ctx, e.Connection, e.Job)
	} else {
		known, err = p.c.Assess.ApplicationsOfCandidate(ctx, e.Connection, e.Candidate)
	}
	if err != nil {
		return fmt.Errorf("list applications: %w", err)
	}
	if len(known) == 0 {
		return p.end(ctx, e, fairlead.EventIgnored, "We hold no application that this concerns.")
	}
	now := p.c.Now()
	children := make([]fairlead.Event, len(known))
	entries := make([]fairlead.Entry, 0, len(known)+1)
	for i, application := range known {
		children[i] = fairlead.Event{
			ID: fairlead.NewID[fairlead.EventID](now), Connection: e.Connection,
			Kind: fairlead.ApplicationUpdated, RemoteKind: e.RemoteKind,
			DeliveryKey: string(e.ID) + "/" + string(application),
			Application: application, BodySHA256: e.BodySHA256, ReceivedAt: now, State: fairlead.EventOpen,
		}
		entry := fairlead.NewEntry(now, fairlead.EntryEventAccepted, map[string]string{
			"event": string(children[i].ID), "kind": string(children[i].Kind), "because_of": string(e.ID), "state": string(fairlead.EventOpen),
		})
		entry.Connection = e.Connection
		entries = append(entries, entry)
	}
	end := fairlead.Ending{State: fairlead.EventSuperseded, Reason: fmt.Sprintf("Looked at again one by one: %d applications.", len(known))}
	entries = append(entries, endEntry(now, e, end))
	if err := p.c.Assess.FanOut(ctx, e.ID, children, end, entries); err != nil {
		return unlessEnded("fan out", err)
	}
	return nil
}
