package pipeline

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

const (
	// writeTimeout is how long one try may take.
	writeTimeout = 40 * time.Second
	// writeLease is how long one worker may hold an application's fields. It is
	// longer than a try may take, so a living worker never loses it, and short,
	// since the writeback of a worker that died waits for it.
	writeLease = writeTimeout + 5*time.Second
)

// writeRounds is how often we write what is still missing after reading back:
// once, and once more for a write that was applied in part.
const writeRounds = 2

// WriteBack takes an assessment to the ATS's own fields.
func (p *Pipeline) WriteBack(ctx context.Context, id fairlead.WritebackID) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	w, err := p.c.Writeback.BeginWriteback(ctx, id, writeLease)
	if err != nil {
		return unlessEnded("begin writeback", err)
	}
	return p.release(ctx, w, p.write(ctx, w))
}

// release gives the lease back when a try failed, and passes the failure on.
// When that fails too, the next try waits until the lease has run out.
func (p *Pipeline) release(ctx context.Context, w fairlead.WritebackWork, failure error) error {
	if failure == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLease-writeTimeout)
	defer cancel()
	if err := p.c.Writeback.ReleaseWriteback(ctx, w.Writeback.ID, w.Lease); err != nil {
		p.c.Logger.WarnContext(ctx, "lease not given back; it runs out by itself", "writeback", w.Writeback.ID, "error", err)
	}
	return failure
}

func (p *Pipeline) write(ctx context.Context, w fairlead.WritebackWork) error {
	switch {
	case w.Superseded:
		return p.finishWriteback(ctx, w, fairlead.WritebackSuperseded, "A newer assessment of this application exists.")
	case w.Connection.Kind == "":
		return connectionGone()
	case !w.Connection.WriteBack:
		return p.finishWriteback(ctx, w, fairlead.WritebackWithheld, "Shadow mode: nothing was told to the ATS.")
	}
	connector, err := p.connector(w.Connection.ID)
	if err != nil {
		return err
	}
	reasoning := first(w.Writeback.Intended[fairlead.OutReasoning])
	target := ats.Target{Application: w.Application, Candidate: w.Candidate, Fields: w.Connection.Fields, Assessment: w.Writeback.Assessment}
	want := ats.Shape(target.Fields, w.Writeback.Intended)
	w.Writeback.Intended = want
	w.Attempted = shaped(target.Fields, w.Attempted)

	now, err := connector.Read(ctx, target)
	if fairlead.CodeOf(err) == fairlead.NotFound {
		return p.finishWriteback(ctx, w, fairlead.WritebackSuperseded, "The application is no longer in the ATS.")
	}
	if err != nil {
		return fmt.Errorf("read our fields: %w", err)
	}
	w.Writeback.Before = before(now.Values, w)
	change, conflicts := compare(want, now.Values, w)
	for round := 0; round < writeRounds && len(conflicts) == 0 && len(change) > 0; round++ {
		if err := connector.Write(ctx, target, change); err != nil {
			return fmt.Errorf("write our fields: %w", err)
		}
		// From here on what we wrote is ours, applied in whole or in part.
		w.Attempted = append(w.Attempted, change)
		if now, err = connector.Read(ctx, target); err != nil {
			return fmt.Errorf("read back: %w", err)
		}
		change, conflicts = compare(want, now.Values, w)
	}
	w.Writeback.Found = known(now.Values)
	switch {
	case len(conflicts) > 0:
		return p.finishWriteback(ctx, w, fairlead.WritebackParked, "Somebody changed "+listOutputs(conflicts)+" in the ATS since our last write. Nothing of theirs was overwritten; both values are shown here.")
	case len(change) > 0:
		return p.finishWriteback(ctx, w, fairlead.WritebackParked, "The ATS accepted our write, but "+listOutputs(outputsOf(change))+" did not change. Check that the key may update these fields and that they still have the right type.")
	case w.Unreadable:
		return p.finishWriteback(ctx, w, fairlead.WritebackParked, reasoning)
	}
	return p.finishWriteback(ctx, w, fairlead.WritebackWritten, "")
}

// shaped fits what was attempted to the fields, as it was when it was attempted;
// outputs that are not in an attempt stay out of it.
func shaped(fields fairlead.FieldMap, attempted []fairlead.Values) []fairlead.Values {
	out := make([]fairlead.Values, len(attempted))
	for i, a := range attempted {
		fit := ats.Shape(fields, a)
		out[i] = make(fairlead.Values, len(a))
		for o := range a {
			out[i][o] = fit[o]
		}
	}
	return out
}

// known is v, never nil: nil says that nobody knows.
func known(v fairlead.Values) fairlead.Values {
	if v == nil {
		return fairlead.Values{}
	}
	return v
}

// before is what our fields held before this writeback first touched them. A
// field that holds a value we attempted held what our last writeback left.
func before(now fairlead.Values, w fairlead.WritebackWork) fairlead.Values {
	out := fairlead.Values{}
	for _, o := range fairlead.Outputs() {
		v := now[o]
		if ours(v, o, w) {
			v = w.LastWritten[o]
		}
		if len(v) > 0 {
			out[o] = v
		}
	}
	return out
}

// compare says what to write and what a person changed (promise I3). A field is
// ours to write when it holds what we want already, what our last writeback left
// in it, or something we attempted and never saw confirmed. A field we emptied a
// value from is a person's doing, and so is a value in a field we never wrote.
func compare(want, now fairlead.Values, w fairlead.WritebackWork) (change fairlead.Values, conflicts []fairlead.Output) {
	change = fairlead.Values{}
	for _, o := range fairlead.Outputs() {
		switch {
		case now[o].Equal(want[o]):
		case ours(now[o], o, w):
			change[o] = want[o]
		default:
			conflicts = append(conflicts, o)
		}
	}
	return change, conflicts
}

func ours(v fairlead.Value, o fairlead.Output, w fairlead.WritebackWork) bool {
	if w.LastWritten[o].Equal(v) { // with no last writeback: the field is empty
		return true
	}
	for _, a := range w.Attempted {
		if tried, ok := a[o]; ok && tried.Equal(v) {
			return true
		}
	}
	return false
}

func outputsOf(v fairlead.Values) []fairlead.Output {
	var out []fairlead.Output
	for _, o := range fairlead.Outputs() {
		if _, ok := v[o]; ok {
			out = append(out, o)
		}
	}
	return out
}

func listOutputs(outputs []fairlead.Output) string {
	words := map[fairlead.Output]string{
		fairlead.OutScore: "the score", fairlead.OutReasoning: "the reasoning",
		fairlead.OutSkills: "the skills", fairlead.OutAuditID: "the audit id",
	}
	var b strings.Builder
	for i, o := range outputs {
		switch {
		case i > 0 && i == len(outputs)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(words[o])
	}
	return b.String()
}

func first(v fairlead.Value) string {
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

func (p *Pipeline) finishWriteback(ctx context.Context, w fairlead.WritebackWork, state fairlead.WritebackState, reason string) error {
	w.Writeback.State, w.Writeback.Reason, w.Writeback.FinishedAt = state, reason, p.c.Now()
	entry := fairlead.NewEntry(w.Writeback.FinishedAt, fairlead.EntryWritebackFinished, map[string]string{
		"writeback": string(w.Writeback.ID), "assessment": string(w.Writeback.Assessment), "state": string(state),
		"fields": strconv.Itoa(len(w.Writeback.Found)),
	})
	entry.Connection = w.Connection.ID
	entry.Commit = map[string]string{}
	for _, o := range fairlead.Outputs() {
		if v := w.Writeback.Found[o]; len(v) > 0 {
			entry.Commit[string(o)] = strings.Join(v, "\n")
		}
	}
	if err := p.c.Writeback.FinishWriteback(ctx, w.Writeback, w.Lease, entry); err != nil {
		return unlessEnded("finish writeback", err)
	}
	return nil
}
