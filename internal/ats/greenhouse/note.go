package greenhouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// Accounts without application custom fields get a private note (ats.ComposeNote).
// Greenhouse's notes can be neither edited nor deleted, so a newer assessment is
// a new note that says which one it replaces, and the newest note counts. Notes
// are listed before one is written, so that none is written twice.

// ourNote is a note of ours as Greenhouse has it.
type ourNote struct {
	id          number
	application number
	assessment  string
	values      fairlead.Values
}

// sortNotes parts our notes, newest first, from the others.
func sortNotes(rows []noteRow) (ours []ourNote, others []noteRow) {
	for _, r := range rows {
		values, assessment, ok := ats.ParseNote(string(r.Body))
		// Mail and forms may quote a note; only a note is one.
		if ok && (r.Type == "" || strings.EqualFold(string(r.Type), "NOTE")) {
			ours = append(ours, ourNote{r.ID, r.ApplicationID, assessment, values})
		} else {
			others = append(others, r)
		}
	}
	slices.SortFunc(ours, func(a, b ourNote) int { return int(min(max(b.id-a.id, -1), 1)) }) // ids ascend with time
	return ours, others
}

func (g *Connector) readNotes(ctx context.Context, app applicationRow) (ats.Current, error) {
	rows, err := g.notes.get(ctx, app.ID.String())
	if err != nil {
		return ats.Current{}, err
	}
	ours, others := sortNotes(decode[noteRow](rows))
	current := ats.Current{Values: fairlead.Values{}, At: g.env.Now()}
	if len(ours) > 0 {
		current.Values = ours[0].values
	}
	foreign := make([]string, 0, len(others))
	for _, n := range others {
		sum := sha256.Sum256([]byte(n.Body))
		foreign = append(foreign, "note "+n.ID.String()+" "+hex.EncodeToString(sum[:]))
	}
	tags, err := g.foreignTags(ctx, app.CandidateID)
	if err != nil {
		return ats.Current{}, err
	}
	foreign = append(foreign, tags...)
	slices.Sort(foreign)
	sum := sha256.Sum256([]byte(strings.Join(foreign, "\n")))
	current.Foreign = hex.EncodeToString(sum[:])
	return current, nil
}

// writeNote tells by note and tags. The note comes last: it is what Read goes
// by, so a write that broke off before it is taken up again as a whole.
func (g *Connector) writeNote(ctx context.Context, t ats.Target, change fairlead.Values) error {
	app, err := g.application(ctx, t.Application)
	if err != nil {
		return err
	}
	release, err := g.people.Lock(ctx, app.CandidateID.String())
	if err != nil {
		return err
	}
	defer release()
	// All notes of the person: tags are shared by all their applications.
	rows, err := g.list(ctx, "/v3/notes", url.Values{"candidate_ids": {app.CandidateID.String()}})
	if err != nil {
		return err
	}
	ours, _ := sortNotes(decode[noteRow](rows))
	newest := map[number]fairlead.Values{} // by application
	replaces := ""
	for _, n := range ours {
		if n.application == app.ID && n.assessment == string(t.Assessment) && (len(n.values) == 0) == withdraws(n.values, change) {
			return nil // written already
		}
		if newest[n.application] == nil {
			newest[n.application] = n.values
			if n.application == app.ID {
				replaces = n.assessment
			}
		}
	}
	values := fairlead.Values{}
	for o, v := range newest[app.ID] {
		values[o] = v
	}
	for o, v := range change {
		values[o] = v
	}
	newest[app.ID] = values
	if err := g.syncTags(ctx, app.CandidateID, ats.TagsOf(slices.Collect(maps.Values(newest))...)); err != nil {
		return err
	}
	_, err = g.call(ctx, http.MethodPost, g.address("/v3/notes", nil), struct {
		CandidateID   int64  `json:"candidate_id"`
		ApplicationID int64  `json:"application_id"`
		Body          string `json:"body"`
		Visibility    string `json:"visibility"`
		NoteType      string `json:"note_type"`
	}{int64(app.CandidateID), int64(app.ID), ats.ComposeNote(values, string(t.Assessment), replaces), "private", "NOTE"})
	return err
}

// withdraws says whether change leaves nothing of what a note says.
func withdraws(was, change fairlead.Values) bool {
	for _, o := range fairlead.Outputs() {
		v, changed := change[o]
		if !changed {
			v = was[o]
		}
		if len(v) > 0 {
			return false
		}
	}
	return true
}
