package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/fairlead/fairlead"
)

// assessmentBody is what is sealed of an assessment: everything that says
// something about the person.
type assessmentBody struct {
	Reasoning  string
	Judgements []fairlead.Judgement
	Skills     []fairlead.Skill
	Document   fairlead.Document
	Profile    fairlead.Profile
}

func assessmentOf(id fairlead.AssessmentID) string { return "assessment/" + string(id) }

// FinishAssessment is the end of the first half, see pipeline.AssessStore.
//
// Promise I2: the same inputs are assessed once, however many tasks come at the
// same time: an application's changes happen one after the other. Promise I4:
// a snapshot older than the one we hold changes nothing.
func (s *Store) FinishAssessment(ctx context.Context, made fairlead.Assessed, assessed, ended fairlead.Entry) (r fairlead.AssessedResult, err error) {
	err = s.change(ctx, "finish assessment", func(t tx) error {
		r = fairlead.AssessedResult{}
		if err := t.alone(ctx, "application/"+string(made.Connection)+"/"+string(made.Application.Remote)); err != nil {
			return err
		}
		e, err := t.openEvent(ctx, made.Event)
		if err != nil {
			return err
		}
		if e.writeback != "" {
			return fairlead.Fail(fairlead.NotFound, "The event is assessed and waits for its writeback.", nil)
		}
		f := finishing{tx: t, made: made, event: e.event, assessed: assessed, ended: ended}
		r, err = f.run(ctx)
		return err
	})
	return r, err
}

// finishing is one FinishAssessment on its way.
type finishing struct {
	tx
	made            fairlead.Assessed
	event           fairlead.Event
	assessed, ended fairlead.Entry
}

func (f finishing) run(ctx context.Context) (fairlead.AssessedResult, error) {
	var old *held
	switch h, err := f.application(ctx, f.made.Connection, f.made.Application.Remote); {
	case err == nil:
		old = &h
	case !errors.Is(err, sql.ErrNoRows):
		return fairlead.AssessedResult{}, err
	}
	if old != nil && older(f.made, *old) {
		return f.end(ctx, fairlead.Ending{State: fairlead.EventSuperseded, Reason: "A newer state of the application was looked at meanwhile."}, "", false, nil)
	}
	app, who, err := f.saveSnapshot(ctx, f.made, old)
	if err != nil {
		return fairlead.AssessedResult{}, err
	}
	if f.made.Assessment.ID == "" {
		if f.made.Ending == nil {
			return fairlead.AssessedResult{}, fairlead.Fail(fairlead.Internal, "Nothing was assessed and nobody says why.", nil)
		}
		return f.end(ctx, *f.made.Ending, "", false, &who)
	}
	id, isNew, err := f.saveAssessment(ctx, app, who)
	if err != nil {
		return fairlead.AssessedResult{}, err
	}
	current := app.assessment == id
	if _, err := f.exec(ctx, `UPDATE applications SET assessment = ?, digest = ? WHERE id = ?`, string(id), f.made.Digest, string(app.ID)); err != nil {
		return fairlead.AssessedResult{}, err
	}
	if f.made.Ending != nil {
		return f.end(ctx, *f.made.Ending, id, isNew, &who)
	}
	if current {
		last, err := f.lastWriteback(ctx, app.ID, id)
		switch {
		case errors.Is(err, sql.ErrNoRows): // assessed in shadow mode
		case err != nil:
			return fairlead.AssessedResult{}, err
		case last.state == fairlead.WritebackOpen:
			return fairlead.AssessedResult{Assessment: id}, f.waitFor(ctx, last.id, id)
		case last.settled():
			return f.end(ctx, fairlead.Ending{State: fairlead.EventIgnored, Reason: "The same resume was assessed against the same job before."}, id, false, &who)
		}
	}
	// New, or the newest state is one that was assessed earlier (a resume that
	// came back): the ATS holds something else and is told again.
	wb, err := f.openWriteback(ctx, app, id)
	if err != nil {
		return fairlead.AssessedResult{}, err
	}
	return fairlead.AssessedResult{Assessment: id, New: isNew}, f.waitFor(ctx, wb, id)
}

// older says whether what was made comes from an older state than we hold.
func older(made fairlead.Assessed, old held) bool {
	revision := micros(made.Revision)
	if revision == 0 || old.revision == 0 || revision == old.revision {
		return micros(made.FetchedAt) < old.fetched
	}
	return revision < old.revision
}

// end ends the event.
func (f finishing) end(ctx context.Context, end fairlead.Ending, id fairlead.AssessmentID, isNew bool, who *subject) (fairlead.AssessedResult, error) {
	return fairlead.AssessedResult{Assessment: id, New: isNew, Ended: &end}, f.endEvent(ctx, f.made.Event, end, id, f.ended, who)
}

// waitFor makes the event end with a writeback.
func (f finishing) waitFor(ctx context.Context, w fairlead.WritebackID, a fairlead.AssessmentID) error {
	if _, err := f.exec(ctx, `UPDATE events SET writeback = ?, assessment = ? WHERE id = ?`, string(w), string(a), string(f.made.Event)); err != nil {
		return err
	}
	_, err := f.exec(ctx, `UPDATE writebacks SET received_at = ? WHERE id = ? AND received_at > ?`, micros(f.event.ReceivedAt), string(w), micros(f.event.ReceivedAt))
	return err
}

// saveAssessment stores the assessment unless the same inputs were assessed
// before; then it returns that one.
func (f finishing) saveAssessment(ctx context.Context, app held, who subject) (id fairlead.AssessmentID, isNew bool, err error) {
	a := f.made.Assessment
	err = f.row(ctx, `SELECT id FROM assessments WHERE application = ? AND rubric_sha256 = ? AND engine = ? AND taxonomy_sha256 = ? AND input_sha256 = ?`,
		string(app.ID), a.RubricSHA256, a.Engine, a.TaxonomySHA256, a.InputSHA256).Scan(&id)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return id, false, err
	}
	rubric, err := plainJSON(f.made.Rubric)
	if err != nil {
		return "", false, err
	}
	if _, err := f.exec(ctx, `INSERT INTO rubrics (sha256, body) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING`, a.RubricSHA256, rubric); err != nil {
		return "", false, err
	}
	flags, err := plainJSON(a.Flags)
	if err != nil {
		return "", false, err
	}
	sealed, err := who.seal(assessmentBody{a.Reasoning, a.Judgements, a.Skills, f.made.Document, f.made.Profile}, assessmentOf(a.ID))
	if err != nil {
		return "", false, err
	}
	var score any
	if a.Score != nil {
		score = int64(*a.Score)
	}
	if _, err := f.exec(ctx, `INSERT INTO assessments (id, connection, application, candidate, score, band, flags, input_sha256, rubric_sha256,
		taxonomy_sha256, engine, as_of, created_at, sealed, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(a.ID), string(f.made.Connection), string(app.ID), string(who.id), score, string(a.Band), flags, a.InputSHA256, a.RubricSHA256,
		a.TaxonomySHA256, a.Engine, micros(a.AsOf), micros(a.CreatedAt), sealed, string(f.assessed.ID)); err != nil {
		return "", false, err
	}
	return a.ID, true, f.record(ctx, f.assessed, &who, a.ID)
}

const assessmentColumns = `s.id, s.application, s.candidate, s.score, s.band, s.flags, s.input_sha256, s.rubric_sha256, s.taxonomy_sha256,
	s.engine, s.as_of, s.created_at, s.sealed`

// storedAssessment is an assessment's row before it is opened.
type storedAssessment struct {
	fairlead.Assessment
	candidate fairlead.CandidateID // whose key sealed it
	sealed    []byte
}

func scanAssessment(scan func(...any) error, a *storedAssessment, more ...any) error {
	var score sql.NullInt64
	var flags string
	var asOf, created int64
	err := scan(append([]any{&a.ID, &a.Application, &a.candidate, &score, &a.Band, &flags, &a.InputSHA256, &a.RubricSHA256, &a.TaxonomySHA256,
		&a.Engine, &asOf, &created, &a.sealed}, more...)...)
	if err != nil {
		return err
	}
	if score.Valid {
		n := int(score.Int64)
		a.Score = &n
	}
	a.AsOf, a.CreatedAt = timeOf(asOf), timeOf(created)
	return json.Unmarshal([]byte(flags), &a.Flags)
}

// open fills in what is sealed and returns the rest of it.
func (a *storedAssessment) open(who subject) (assessmentBody, error) {
	var b assessmentBody
	err := who.open(a.sealed, assessmentOf(a.ID), &b)
	a.Reasoning, a.Judgements, a.Skills = b.Reasoning, b.Judgements, b.Skills
	return b, err
}
