package greenhouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// Accounts without application custom fields get a private note. Greenhouse's
// notes can be neither edited nor deleted, so a newer assessment is a new note
// that says which one it replaces, and the newest note counts. A note carries
// the assessment's id, and notes are listed before one is written, so that none
// is written twice.
//
//	Fairlead: match score 82 of 100 (strong)
//	Why: 7 years of accounting, 5 asked; CPA; no SAP.
//	Skills: Microsoft Excel; US GAAP
//	Audit ID: 0198c2f0-…
//	Advice only: a person decides. Replaces the note with audit ID 0198c1aa-….

const (
	noteStart     = "Fairlead: "
	noteScored    = noteStart + "match score "
	noteUnscored  = noteStart + "needs a human"
	noteWithdrawn = noteStart + "assessment withdrawn"
	noteWhy       = "Why: "
	noteSkills    = "Skills: "
	noteAudit     = "Audit ID: "
	noteAdvice    = "Advice only: a person decides."
)

// isOurNote says whether a text is a note of ours.
func isOurNote(body string) bool {
	return strings.HasPrefix(body, noteStart) && strings.Contains(body, "\n"+noteAudit)
}

// composeNote writes values as a note. assessment identifies it; replaces is the
// assessment of the note before, "" for none.
func composeNote(v fairlead.Values, assessment, replaces string) string {
	var b strings.Builder
	score, band := firstOf(v[fairlead.OutScore]), ""
	if n, err := strconv.Atoi(score); err == nil {
		band = " (" + string(fairlead.BandOf(n)) + ")"
	}
	switch {
	case score != "":
		b.WriteString(noteScored + escape(score) + " of 100" + band)
	case len(v[fairlead.OutReasoning]) > 0:
		b.WriteString(noteUnscored)
	default:
		b.WriteString(noteWithdrawn)
	}
	if why := firstOf(v[fairlead.OutReasoning]); why != "" {
		b.WriteString("\n" + noteWhy + escape(why))
	}
	if skills := v[fairlead.OutSkills]; len(skills) > 0 {
		escaped := make([]string, len(skills))
		for i, s := range skills {
			escaped[i] = escape(s)
		}
		b.WriteString("\n" + noteSkills + strings.Join(escaped, "; "))
	}
	b.WriteString("\n" + noteAudit + assessment + "\n" + noteAdvice)
	if replaces != "" {
		b.WriteString(" Replaces the note with audit ID " + replaces + ".")
	}
	return b.String()
}

// parseNote reads a note of ours; ok is false for any other text.
func parseNote(body string) (v fairlead.Values, assessment string, ok bool) {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	if !isOurNote(body) {
		return nil, "", false
	}
	v = fairlead.Values{}
	head, rest, _ := strings.Cut(body, "\n")
	if s, scored := strings.CutPrefix(head, noteScored); scored {
		s, _, _ = strings.Cut(s, " of 100")
		v[fairlead.OutScore] = fairlead.Value{unescape(s)}
	}
	for line := range strings.SplitSeq(rest, "\n") {
		line = strings.TrimRight(line, " ")
		switch {
		case strings.HasPrefix(line, noteWhy):
			v[fairlead.OutReasoning] = fairlead.Value{unescape(strings.TrimPrefix(line, noteWhy))}
		case strings.HasPrefix(line, noteSkills):
			v[fairlead.OutSkills] = splitEscaped(strings.TrimPrefix(line, noteSkills))
		case strings.HasPrefix(line, noteAudit):
			assessment = strings.TrimPrefix(line, noteAudit)
		}
	}
	if head != noteWithdrawn {
		v[fairlead.OutAuditID] = fairlead.Value{assessment}
	}
	return v, assessment, true
}

// escape keeps a value on its line and a list's values apart.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, ";", `\;`).Replace(s)
}

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\;`, ";").Replace(s)
}

// splitEscaped splits at semicolons that are not escaped.
func splitEscaped(s string) fairlead.Value {
	var out fairlead.Value
	start := 0
	for i := 0; i <= len(s); i++ {
		switch {
		case i < len(s) && s[i] == '\\':
			i++
		case i >= len(s) || s[i] == ';':
			end := min(i, len(s))
			if part := unescape(strings.TrimPrefix(s[start:end], " ")); part != "" {
				out = append(out, part)
			}
			start = i + 1
		}
	}
	return out
}

func firstOf(v fairlead.Value) string {
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

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
		values, assessment, ok := parseNote(string(r.Body))
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
	release, err := g.people.lock(ctx, app.CandidateID.String())
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
	if err := g.syncTags(ctx, app.CandidateID, tagsOf(newest)); err != nil {
		return err
	}
	_, err = g.call(ctx, http.MethodPost, g.address("/v3/notes", nil), struct {
		CandidateID   int64  `json:"candidate_id"`
		ApplicationID int64  `json:"application_id"`
		Body          string `json:"body"`
		Visibility    string `json:"visibility"`
		NoteType      string `json:"note_type"`
	}{int64(app.CandidateID), int64(app.ID), composeNote(values, string(t.Assessment), replaces), "private", "NOTE"})
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
