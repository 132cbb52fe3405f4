package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/fairlead/fairlead"
)

const jobColumns = `j.id, j.connection, j.remote, j.title, j.description, j.status, j.closed_at, j.url`

func scanJob(scan func(...any) error, j *fairlead.Job, more ...any) error {
	var closed int64
	err := scan(append([]any{&j.ID, &j.Connection, &j.Remote, &j.Title, &j.Description, &j.Status, &closed, &j.URL}, more...)...)
	j.ClosedAt = timeOf(closed)
	return err
}

// Jobs lists the jobs somebody applied to, the one with the newest assessment
// first.
func (s *Store) Jobs(ctx context.Context) ([]fairlead.JobSummary, error) {
	var out []fairlead.JobSummary
	at := map[fairlead.JobID]int{}
	err := s.look(ctx, "list jobs", func(t tx) error {
		out, at = nil, map[fairlead.JobID]int{}
		if err := t.each(ctx, func(r *sql.Rows) error {
			j := fairlead.JobSummary{Bands: map[fairlead.Band]int{}}
			err := scanJob(r.Scan, &j.Job, &j.Applications)
			at[j.Job.ID] = len(out)
			out = append(out, j)
			return err
		}, `SELECT `+jobColumns+`, (SELECT count(*) FROM applications a WHERE a.job = j.id) FROM jobs j`); err != nil {
			return err
		}
		if err := t.each(ctx, func(r *sql.Rows) error {
			var id fairlead.JobID
			var band fairlead.Band
			var n int
			var newest int64
			if err := r.Scan(&id, &band, &n, &newest); err != nil {
				return err
			}
			j := &out[at[id]]
			if band != "" {
				j.Bands[band] = n
				j.Scored += n
			}
			if t := timeOf(newest); t.After(j.Newest) {
				j.Newest = t
			}
			return nil
		}, `SELECT a.job, s.band, count(*), max(s.created_at) FROM applications a JOIN assessments s ON s.id = a.assessment GROUP BY a.job, s.band`); err != nil {
			return err
		}
		// Parked: its newest writeback is, or it has none and its newest event is.
		return t.each(ctx, func(r *sql.Rows) error {
			var id fairlead.JobID
			var n int
			if err := r.Scan(&id, &n); err != nil {
				return err
			}
			out[at[id]].Parked = n
			return nil
		}, `SELECT a.job, count(DISTINCT a.id) FROM events e JOIN applications a ON a.connection = e.connection AND a.remote = e.application
			WHERE e.state = 'parked' AND (a.assessment = '' OR EXISTS (SELECT 1 FROM writebacks w WHERE w.application = a.id AND w.state = 'parked'
				AND w.n = (SELECT max(n) FROM writebacks x WHERE x.application = a.id)))
			GROUP BY a.job`)
	})
	slices.SortStableFunc(out, func(a, b fairlead.JobSummary) int { return b.Newest.Compare(a.Newest) })
	return out, err
}

// Job is one job; NotFound when there is none.
func (s *Store) Job(ctx context.Context, id fairlead.JobID) (fairlead.Job, error) {
	var j fairlead.Job
	err := scanJob(s.reading().row(ctx, `SELECT `+jobColumns+` FROM jobs j WHERE j.id = ?`, string(id)).Scan, &j)
	if errors.Is(err, sql.ErrNoRows) {
		return fairlead.Job{}, fairlead.Fail(fairlead.NotFound, "There is no such job.", nil)
	}
	return j, s.fail("read job", err)
}

// RankedApplications lists the assessed applications to a job, best first, those
// without a score last. State is that of the newest writeback; withheld when
// there is none.
func (s *Store) RankedApplications(ctx context.Context, job fairlead.JobID) ([]fairlead.RankedApplication, error) {
	var out []fairlead.RankedApplication
	err := s.look(ctx, "rank applications", func(t tx) error {
		out = nil
		keys := map[fairlead.CandidateID]subject{}
		return t.each(ctx, func(r *sql.Rows) error {
			var h held
			var a storedAssessment
			var remote fairlead.RemoteID
			var wrapped, sealed, ownerKey []byte
			var line fairlead.RankedApplication
			if err := scanApplication(func(into ...any) error {
				return scanAssessment(func(more ...any) error { return r.Scan(append(into, more...)...) }, &a,
					&remote, &wrapped, &sealed, &ownerKey, &line.State, &line.Reason)
			}, &h); err != nil {
				return err
			}
			var who subject
			var err error
			if line.Candidate, who, err = t.candidateFrom(h.Candidate, h.Connection, remote, wrapped, sealed); err != nil {
				return err
			}
			keys[h.Candidate] = who
			owner, ok := keys[a.candidate]
			if !ok { // assessed before a merge
				owner.id = a.candidate
				if owner.key, err = s.master.Subject(ownerKey, candidateKeyOf(a.candidate)); err != nil {
					return err
				}
				keys[a.candidate] = owner
			}
			if _, err := a.open(owner); err != nil {
				return err
			}
			line.Application, line.Assessment = h.Application, a.Assessment
			out = append(out, line)
			return nil
		}, `SELECT `+applicationColumns+`, `+assessmentColumns+`, c.remote, c.key, c.sealed, o.key, coalesce(w.state, 'withheld'), coalesce(w.reason, '')
			FROM applications a JOIN assessments s ON s.id = a.assessment JOIN candidates c ON c.id = a.candidate JOIN candidates o ON o.id = s.candidate
			LEFT JOIN writebacks w ON w.application = a.id AND w.n = (SELECT max(n) FROM writebacks x WHERE x.application = a.id)
			WHERE a.job = ? ORDER BY CASE WHEN s.score IS NULL THEN 1 ELSE 0 END, s.score DESC, a.applied_at, a.id`, string(job))
	})
	return out, err
}

// Assessment is everything behind an audit id; NotFound when there is none. Of
// an erased candidate only the entries are left.
func (s *Store) Assessment(ctx context.Context, id fairlead.AssessmentID) (v fairlead.AssessmentView, err error) {
	err = s.look(ctx, "read assessment", func(t tx) error {
		v = fairlead.AssessmentView{}
		var a storedAssessment
		err := scanAssessment(t.row(ctx, `SELECT `+assessmentColumns+` FROM assessments s WHERE s.id = ?`, string(id)).Scan, &a)
		if errors.Is(err, sql.ErrNoRows) {
			return t.erasedAssessment(ctx, id, &v)
		}
		if err != nil {
			return err
		}
		if err := t.fillView(ctx, &v, &a); err != nil {
			return err
		}
		v.Entries, err = t.entriesAbout(ctx, id)
		return err
	})
	return v, err
}

func (t tx) erasedAssessment(ctx context.Context, id fairlead.AssessmentID, v *fairlead.AssessmentView) error {
	var at int64
	var entry fairlead.EntryID
	err := t.row(ctx, `SELECT erased_at, entry FROM erased_assessments WHERE id = ?`, string(id)).Scan(&at, &entry)
	if errors.Is(err, sql.ErrNoRows) {
		return fairlead.Fail(fairlead.NotFound, "There is no assessment with this audit id.", nil)
	}
	if err != nil {
		return err
	}
	v.Erased, v.Assessment.ID = true, id
	v.Entries, err = t.entriesAbout(ctx, id, entry)
	return err
}

func (t tx) fillView(ctx context.Context, v *fairlead.AssessmentView, a *storedAssessment) error {
	who, err := t.subject(ctx, a.candidate)
	if err != nil {
		return err
	}
	body, err := a.open(who)
	if err != nil {
		return err
	}
	v.Assessment, v.Document, v.Profile = a.Assessment, body.Document, body.Profile
	var rubric string
	if err := t.row(ctx, `SELECT body FROM rubrics WHERE sha256 = ?`, a.RubricSHA256).Scan(&rubric); err != nil {
		return err
	}
	if err := fromJSON(rubric, &v.Rubric); err != nil {
		return err
	}
	var h held
	var remote fairlead.RemoteID
	var wrapped, sealed []byte
	if err := scanApplication(func(into ...any) error {
		return scanJob(func(more ...any) error {
			return t.row(ctx, `SELECT `+applicationColumns+`, `+jobColumns+`, c.remote, c.key, c.sealed FROM applications a
				JOIN jobs j ON j.id = a.job JOIN candidates c ON c.id = a.candidate WHERE a.id = ?`, string(a.Application)).Scan(append(into, more...)...)
		}, &v.Job, &remote, &wrapped, &sealed)
	}, &h); err != nil {
		return err
	}
	v.Application = h.Application
	if v.Candidate, _, err = t.candidateFrom(h.Candidate, h.Connection, remote, wrapped, sealed); err != nil {
		return err
	}
	var writebacks []storedWriteback
	if err := t.each(ctx, func(r *sql.Rows) error {
		var w storedWriteback
		err := scanWriteback(r.Scan, &w)
		writebacks = append(writebacks, w)
		return err
	}, `SELECT `+writebackColumns+` FROM writebacks w WHERE w.assessment = ? ORDER BY w.n DESC`, string(a.ID)); err != nil {
		return err
	}
	for _, w := range writebacks {
		if err := w.open(who); err != nil {
			return err
		}
		v.Writebacks = append(v.Writebacks, w.Writeback)
	}
	v.History, err = t.assessmentsOf(ctx, a.Application)
	return err
}

// assessmentsOf lists an application's assessments, newest first.
func (t tx) assessmentsOf(ctx context.Context, app fairlead.ApplicationID) ([]fairlead.Assessment, error) {
	var rows []storedAssessment
	if err := t.each(ctx, func(r *sql.Rows) error {
		var a storedAssessment
		err := scanAssessment(r.Scan, &a)
		rows = append(rows, a)
		return err
	}, `SELECT `+assessmentColumns+` FROM assessments s WHERE s.application = ? ORDER BY s.created_at DESC, s.id DESC`, string(app)); err != nil {
		return nil, err
	}
	out := make([]fairlead.Assessment, 0, len(rows))
	for _, a := range rows {
		who, err := t.subject(ctx, a.candidate)
		if err != nil {
			return nil, err
		}
		if _, err := a.open(who); err != nil {
			return nil, err
		}
		out = append(out, a.Assessment)
	}
	return out, nil
}

// entriesAbout lists the entries of an assessment: its own, its writebacks', its
// views', and those its events were accepted and ended with; and any other.
func (t tx) entriesAbout(ctx context.Context, id fairlead.AssessmentID, other ...fairlead.EntryID) ([]fairlead.SealedEntry, error) {
	var out []fairlead.SealedEntry
	ids := []any{string(id), string(id), string(id)}
	for _, o := range other {
		ids = append(ids, string(o))
	}
	err := t.each(ctx, func(r *sql.Rows) error {
		var e fairlead.SealedEntry
		var seq sql.NullInt64
		var chain []byte
		err := r.Scan(&seq, &e.Leaf, &chain)
		e.Seq = seq.Int64
		if seq.Valid {
			e.Chain = hexOf(chain)
		}
		out = append(out, e)
		return err
	}, `SELECT seq, leaf, chain FROM entries WHERE about = ? OR id IN (SELECT accepted_entry FROM events WHERE assessment = ?)
		OR id IN (SELECT ended_entry FROM events WHERE assessment = ?)`+orIn(len(other))+` ORDER BY id`, ids...)
	return out, err
}

func orIn(n int) string {
	if n == 0 {
		return ""
	}
	return " OR id IN (" + in(n) + ")"
}

// NoteView writes the entry that says that somebody looked at an assessment;
// NotFound when there is none.
func (s *Store) NoteView(ctx context.Context, id fairlead.AssessmentID, entry fairlead.Entry) error {
	return s.change(ctx, "note view", func(t tx) error {
		var who subject
		err := t.row(ctx, `SELECT candidate FROM assessments WHERE id = ?`, string(id)).Scan(&who.id)
		if errors.Is(err, sql.ErrNoRows) {
			var at int64
			err = t.row(ctx, `SELECT erased_at FROM erased_assessments WHERE id = ?`, string(id)).Scan(&at)
			if errors.Is(err, sql.ErrNoRows) {
				return fairlead.Fail(fairlead.NotFound, "There is no assessment with this audit id.", nil)
			}
			if err != nil {
				return err
			}
			return t.record(ctx, with(entry, map[string]string{"assessment": string(id)}), nil, id)
		}
		if err != nil {
			return err
		}
		return t.record(ctx, with(entry, map[string]string{"assessment": string(id)}), &who, id)
	})
}
