package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/queue"
)

// Erase destroys what we hold of a candidate: the key first of all, with which
// everything sealed about them is gone wherever a copy lies, then the rows. With
// an empty candidate it deletes one application; the person's key goes with
// their last one. What is open about them ends as erased, the event that asked
// for it included. The entry speaks for all of it.
func (s *Store) Erase(ctx context.Context, event fairlead.EventID, connection fairlead.ConnectionID, candidate, application fairlead.RemoteID, entry fairlead.Entry) error {
	err := s.change(ctx, "erase", func(t tx) error {
		if _, err := t.openEvent(ctx, event); err != nil {
			return err
		}
		// First the events: an assessment of one of them that is being stored is
		// waited for, and then found below with the others.
		ended, err := t.endErased(ctx, event, connection, candidate, application, entry)
		if err != nil {
			return err
		}
		apps, err := t.applicationsToErase(ctx, connection, candidate, application)
		if err != nil {
			return err
		}
		for _, a := range apps {
			n, err := t.endErased(ctx, event, connection, "", a.Remote, entry)
			if err != nil {
				return err
			}
			ended += n
		}
		people, err := t.peopleToErase(ctx, connection, candidate, apps)
		if err != nil {
			return err
		}
		assessments, err := t.deleteApplications(ctx, apps, entry)
		if err != nil {
			return err
		}
		gone := 0
		for _, id := range people {
			n, err := t.exec(ctx, `DELETE FROM candidates WHERE id = ? AND NOT EXISTS (SELECT 1 FROM applications WHERE candidate = ?)
				AND NOT EXISTS (SELECT 1 FROM assessments WHERE candidate = ?)`, string(id), string(id), string(id))
			if err != nil {
				return err
			}
			gone += int(n)
		}
		var who *subject
		if len(people) > 0 {
			who = &subject{id: people[0]}
		}
		return t.record(ctx, with(entry, map[string]string{
			"applications": strconv.Itoa(len(apps)), "assessments": strconv.Itoa(assessments), "keys": strconv.Itoa(gone), "events": strconv.Itoa(ended),
		}), who, "")
	})
	if err != nil || s.engine != queue.SQLite {
		return err
	}
	// The write-ahead log still holds the pages as they were, the key among
	// them. A reader may keep it from being emptied now; then the next one does.
	if _, err := s.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		s.log.WarnContext(ctx, "write-ahead log could not be emptied after an erasure", "error", err)
	}
	return nil
}

func (t tx) applicationsToErase(ctx context.Context, c fairlead.ConnectionID, candidate, application fairlead.RemoteID) ([]held, error) {
	var apps []held
	scan := func(r *sql.Rows) error {
		var h held
		err := scanApplication(r.Scan, &h)
		apps = append(apps, h)
		return err
	}
	if candidate == "" {
		return apps, t.each(ctx, scan, `SELECT `+applicationColumns+` FROM applications a WHERE a.connection = ? AND a.remote = ?`+t.forUpdate(), string(c), string(application))
	}
	return apps, t.each(ctx, scan, `SELECT `+applicationColumns+` FROM applications a WHERE a.connection = ?
		AND a.candidate IN (SELECT id FROM candidates WHERE connection = ? AND remote = ?) ORDER BY a.id`+t.forUpdate(), string(c), string(c), string(candidate))
}

// peopleToErase are the candidate's row and, after a merge, those of who they
// were before: everybody whose key sealed something about these applications.
// The first is who is asked for.
func (t tx) peopleToErase(ctx context.Context, c fairlead.ConnectionID, candidate fairlead.RemoteID, apps []held) ([]fairlead.CandidateID, error) {
	var people []fairlead.CandidateID
	seen := map[fairlead.CandidateID]bool{}
	add := func(id fairlead.CandidateID) {
		if !seen[id] {
			seen[id] = true
			people = append(people, id)
		}
	}
	if candidate != "" {
		var id fairlead.CandidateID
		switch err := t.row(ctx, `SELECT id FROM candidates WHERE connection = ? AND remote = ?`, string(c), string(candidate)).Scan(&id); {
		case err == nil:
			add(id)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	for _, a := range apps {
		add(a.Candidate)
		err := t.each(ctx, func(r *sql.Rows) error {
			var id fairlead.CandidateID
			err := r.Scan(&id)
			add(id)
			return err
		}, `SELECT DISTINCT candidate FROM assessments WHERE application = ?`, string(a.ID))
		if err != nil {
			return nil, err
		}
	}
	return people, nil
}

// endErased ends what is open: the event that asked for it, and whatever is about
// the candidate or the application.
func (t tx) endErased(ctx context.Context, event fairlead.EventID, c fairlead.ConnectionID, candidate, application fairlead.RemoteID, entry fairlead.Entry) (int, error) {
	n, err := t.exec(ctx, `UPDATE events SET state = 'erased', reason = ?, ended_at = ?, ended_entry = ?
		WHERE state = 'open' AND (id = ? OR connection = ? AND (? <> '' AND candidate = ? OR ? <> '' AND application = ?))`,
		"The candidate or the application was deleted in the ATS; what we held is erased.", micros(entry.Time), string(entry.ID),
		string(event), string(c), string(candidate), string(candidate), string(application), string(application))
	return int(n), err
}

func (t tx) deleteApplications(ctx context.Context, apps []held, entry fairlead.Entry) (assessments int, err error) {
	for _, a := range apps {
		id := string(a.ID)
		n, err := t.exec(ctx, `INSERT INTO erased_assessments (id, erased_at, entry) SELECT id, CAST(? AS BIGINT), CAST(? AS TEXT) FROM assessments WHERE application = ?`,
			micros(entry.Time), string(entry.ID), id)
		if err != nil {
			return 0, err
		}
		assessments += int(n)
		for _, q := range []string{`DELETE FROM writebacks WHERE application = ?`, `DELETE FROM assessments WHERE application = ?`, `DELETE FROM applications WHERE id = ?`} {
			if _, err := t.exec(ctx, q, id); err != nil {
				return 0, err
			}
		}
	}
	return assessments, nil
}
