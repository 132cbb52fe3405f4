package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/fairlead/fairlead"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// lines writes NDJSON.
type lines struct {
	w   *bufio.Writer
	enc *json.Encoder
}

func newLines(w io.Writer) lines {
	b := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return lines{b, enc}
}

// auditFormat is the first line's format.
const auditFormat = "fairlead-audit/1"

// ExportAudit writes the sealed audit log as NDJSON: a line with the number of
// entries and the last chain value, then one for each entry. What is not sealed
// yet is not in it: seal first.
func (s *Store) ExportAudit(ctx context.Context, w io.Writer) error {
	out := newLines(w)
	err := s.look(ctx, "export audit log", func(t tx) error {
		seq, chain, err := t.lastSealed(ctx)
		if err != nil {
			return err
		}
		if chain == nil {
			chain = make([]byte, 32)
		}
		if err := out.enc.Encode(struct {
			Format  string `json:"format"`
			Entries int64  `json:"entries"`
			Chain   string `json:"chain"`
		}{auditFormat, seq, hexOf(chain)}); err != nil {
			return err
		}
		return t.each(ctx, func(r *sql.Rows) error {
			var leaf, chain []byte
			var line struct {
				Seq   int64  `json:"seq"`
				Leaf  string `json:"leaf"`
				Chain string `json:"chain"`
			}
			if err := r.Scan(&line.Seq, &leaf, &chain); err != nil {
				return err
			}
			line.Leaf, line.Chain = string(leaf), hexOf(chain)
			return out.enc.Encode(line)
		}, `SELECT seq, leaf, chain FROM entries WHERE seq IS NOT NULL ORDER BY seq`)
	})
	if err != nil {
		return err
	}
	return out.flush()
}

func (l lines) flush() error {
	if err := l.w.Flush(); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}

// ExportState writes connections, duplicates, events, assessments and writebacks
// as NDJSON, as they are at one moment, ids being the ATS's where it has one. It
// holds what was written to the ATS in plain: guard it like the ATS itself.
func (s *Store) ExportState(ctx context.Context, w io.Writer) error {
	out := newLines(w)
	err := s.look(ctx, "export state", func(t tx) error {
		for _, part := range []func(context.Context, lines) error{t.exportConnections, t.exportDuplicates, t.exportEvents, t.exportAssessments, t.exportWritebacks} {
			if err := part(ctx, out); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return out.flush()
}

func (t tx) exportConnections(ctx context.Context, out lines) error {
	type field struct {
		Output fairlead.Output    `json:"output"`
		Key    string             `json:"key"`
		Type   fairlead.FieldType `json:"type"`
	}
	return t.each(ctx, func(r *sql.Rows) error {
		var c fairlead.Connection
		if err := scanConnection(r.Scan, &c); err != nil {
			return err
		}
		fields := make([]field, 0, len(c.Fields))
		for _, f := range c.Fields {
			fields = append(fields, field{f.Output, f.Key, f.Type})
		}
		return out.enc.Encode(struct {
			Type   string                `json:"type"`
			ID     fairlead.ConnectionID `json:"id"`
			Kind   string                `json:"kind"`
			Fields []field               `json:"fields"`
		}{"connection", c.ID, c.Kind, fields})
	}, `SELECT `+connectionColumns+` FROM connections ORDER BY id`)
}

func (t tx) exportDuplicates(ctx context.Context, out lines) error {
	return t.each(ctx, func(r *sql.Rows) error {
		line := struct {
			Type       string                `json:"type"`
			Connection fairlead.ConnectionID `json:"connection"`
			Count      int64                 `json:"count"`
		}{Type: "duplicates"}
		if err := r.Scan(&line.Connection, &line.Count); err != nil {
			return err
		}
		return out.enc.Encode(line)
	}, `SELECT connection, duplicates FROM received ORDER BY connection`)
}

func (t tx) exportEvents(ctx context.Context, out lines) error {
	return t.each(ctx, func(r *sql.Rows) error {
		line := struct {
			Type          string `json:"type"`
			ID            string `json:"id"`
			Connection    string `json:"connection"`
			Kind          string `json:"kind"`
			RemoteKind    string `json:"remote_kind"`
			DeliveryKey   string `json:"delivery_key"`
			Application   string `json:"application"`
			Candidate     string `json:"candidate"`
			Job           string `json:"job"`
			BodySHA256    string `json:"body_sha256"`
			ReceivedAt    string `json:"received_at"`
			State         string `json:"state"`
			Reason        string `json:"reason"`
			EndedAt       string `json:"ended_at"`
			Assessment    string `json:"assessment"`
			AcceptedEntry string `json:"accepted_entry"`
			EndedEntry    string `json:"ended_entry"`
		}{Type: "event"}
		var received, ended int64
		if err := r.Scan(&line.ID, &line.Connection, &line.Kind, &line.RemoteKind, &line.DeliveryKey, &line.Application, &line.Candidate, &line.Job,
			&line.BodySHA256, &received, &line.State, &line.Reason, &ended, &line.Assessment, &line.AcceptedEntry, &line.EndedEntry); err != nil {
			return err
		}
		line.ReceivedAt, line.EndedAt = written(received), written(ended)
		return out.enc.Encode(line)
	}, `SELECT id, connection, kind, remote_kind, delivery_key, application, candidate, job, body_sha256, received_at, state, reason, ended_at,
		assessment, accepted_entry, ended_entry FROM events ORDER BY id`)
}

// written is a time in an export: RFC 3339 in UTC with microseconds, "" for none.
func written(us int64) string {
	if us == 0 {
		return ""
	}
	return timeOf(us).Format("2006-01-02T15:04:05.000000Z")
}

func (t tx) exportAssessments(ctx context.Context, out lines) error {
	return t.each(ctx, func(r *sql.Rows) error {
		line := struct {
			Type           string `json:"type"`
			ID             string `json:"id"`
			Connection     string `json:"connection"`
			Application    string `json:"application"`
			Candidate      string `json:"candidate"`
			Score          *int64 `json:"score"`
			InputSHA256    string `json:"input_sha256"`
			RubricSHA256   string `json:"rubric_sha256"`
			TaxonomySHA256 string `json:"taxonomy_sha256"`
			Engine         string `json:"engine"`
			AsOf           string `json:"as_of"`
			CreatedAt      string `json:"created_at"`
			Entry          string `json:"entry"`
		}{Type: "assessment"}
		var asOf, created int64
		if err := r.Scan(&line.ID, &line.Connection, &line.Application, &line.Candidate, &line.Score, &line.InputSHA256, &line.RubricSHA256,
			&line.TaxonomySHA256, &line.Engine, &asOf, &created, &line.Entry); err != nil {
			return err
		}
		line.AsOf, line.CreatedAt = timeOf(asOf).Format(time.DateOnly), written(created)
		return out.enc.Encode(line)
	}, `SELECT s.id, s.connection, a.remote, c.remote, s.score, s.input_sha256, s.rubric_sha256, s.taxonomy_sha256, s.engine, s.as_of, s.created_at, s.entry
		FROM assessments s JOIN applications a ON a.id = s.application JOIN candidates c ON c.id = a.candidate ORDER BY s.id`)
}

func (t tx) exportWritebacks(ctx context.Context, out lines) error {
	return t.each(ctx, func(r *sql.Rows) error {
		line := struct {
			Type          string              `json:"type"`
			ID            string              `json:"id"`
			Assessment    string              `json:"assessment"`
			Connection    string              `json:"connection"`
			Application   string              `json:"application"`
			State         string              `json:"state"`
			Reason        string              `json:"reason"`
			Intended      map[string][]string `json:"intended"`
			Before        map[string][]string `json:"before"`
			Found         map[string][]string `json:"found"`
			CreatedAt     string              `json:"created_at"`
			FinishedAt    string              `json:"finished_at"`
			FinishedEntry string              `json:"finished_entry"`
		}{Type: "writeback"}
		var w storedWriteback
		var owner fairlead.CandidateID
		var wrapped []byte
		if err := scanWriteback(r.Scan, &w, &line.Connection, &line.Application, &line.FinishedEntry, &owner, &wrapped); err != nil {
			return err
		}
		who := subject{id: owner}
		var err error
		if who.key, err = t.s.master.Subject(wrapped, candidateKeyOf(owner)); err != nil {
			return err
		}
		if err := w.open(who); err != nil {
			return err
		}
		line.ID, line.Assessment, line.State, line.Reason = string(w.ID), string(w.Assessment), string(w.State), w.Reason
		line.Intended, line.Before, line.Found = plain(w.Intended), plain(w.Before), plain(w.Found)
		line.CreatedAt, line.FinishedAt = written(micros(w.CreatedAt)), written(micros(w.FinishedAt))
		return out.enc.Encode(line)
	}, `SELECT `+writebackColumns+`, w.connection, a.remote, w.finished_entry, s.candidate, o.key FROM writebacks w
		JOIN applications a ON a.id = w.application JOIN assessments s ON s.id = w.assessment JOIN candidates o ON o.id = s.candidate ORDER BY w.id`)
}

func plain(v fairlead.Values) map[string][]string {
	out := make(map[string][]string, len(v))
	for o, values := range v {
		if len(values) > 0 {
			out[string(o)] = values
		}
	}
	return out
}
