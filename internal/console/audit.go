package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/auth"
)

// auditView is what the log holds behind an audit id.
type auditView struct {
	ID       string
	Name     string
	Erased   bool
	Href     string // of the assessment
	Made     moment
	Facts    []fact
	Entries  []entryLine
	Unsealed int
}

type fact struct{ Name, Means, Value string }

// entryLine is one entry in the log, in words and as the exact bytes.
type entryLine struct {
	Seq   string // "" when it is not sealed yet
	Kind  string
	Actor string
	When  moment
	Facts []fact
	Leaf  string
	Chain string
}

func (a *console) audit(w http.ResponseWriter, r *http.Request) error {
	x, err := a.viewed(r, "audit")
	if err != nil {
		return err
	}
	return a.show(w, r, http.StatusOK, "audit", frame{Title: "Audit record", Section: "audit"}, auditOf(x, reader(r), a.c.Now()))
}

// auditSearchView asks for an audit id.
type auditSearchView struct{ Query, Problem string }

// auditSearch leads from an audit id, as copied out of an ATS's field, to its
// page.
func (a *console) auditSearch(w http.ResponseWriter, r *http.Request) error {
	v := auditSearchView{Query: clean(r.URL.Query().Get("id"))}
	if v.Query != "" {
		if validID(v.Query) {
			return redirectTo(w, r, "/console/audit/"+url.PathEscape(strings.ToLower(v.Query)))
		}
		v.Problem = "That is not an audit id. It has 36 characters, such as 019ac3f0-7c1e-7a52-9b1d-2f60c8e4d713."
	}
	return a.show(w, r, http.StatusOK, "audit_search", frame{Title: "Audit", Section: "audit"}, v)
}

// validID says whether s has the form of an identifier of ours (RFC 9562).
func validID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(strings.ToLower(s)) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// reader is who looks at a page.
func reader(r *http.Request) fairlead.UserID {
	u, _ := auth.UserOf(r.Context())
	return u.ID
}

// auditOf is the record as the user me sees it.
func auditOf(x fairlead.AssessmentView, me fairlead.UserID, now time.Time) auditView {
	as := x.Assessment
	v := auditView{
		ID: string(as.ID), Name: nameOf(x.Candidate), Erased: x.Erased,
		Href: "/console/assessments/" + url.PathEscape(string(as.ID)), Made: at(as.CreatedAt, now),
	}
	if x.Erased {
		v.Name = "Erased"
	}
	add := func(name, means, value string) {
		if value != "" {
			v.Facts = append(v.Facts, fact{name, means, value})
		}
	}
	add("Input", "SHA-256 over exactly what scoring saw: the resume's text without name and contact, and the date", as.InputSHA256)
	add("File", "SHA-256 of the resume file as the ATS gave it", x.Document.SHA256)
	add("Rubric", "SHA-256 of what the job asked for at the time", as.RubricSHA256)
	add("Taxonomy", "SHA-256 of the list of skills and their relations", as.TaxonomySHA256)
	add("Engine", "the rules that judged", as.Engine)
	if !as.AsOf.IsZero() {
		add("As of", "the day by which “current” was reckoned", as.AsOf.UTC().Format("2 January 2006"))
	}
	if as.Score != nil {
		add("Score", "what those gave; the same give the same on any machine", num(*as.Score)+", "+strings.ToLower(wordOf(as.Band)))
	} else if !x.Erased {
		add("Score", "", "none: the resume could not be read")
	}
	for _, e := range x.Entries {
		line := entryOf(e, now)
		switch line.Actor {
		case string(me):
			line.Actor = "you"
		case "fairlead":
			line.Actor = "Fairlead"
		}
		if line.Seq == "" {
			v.Unsealed++
		}
		v.Entries = append(v.Entries, line)
	}
	return v
}

// entryOf reads an entry's leaf. One that cannot be read is shown as it is.
func entryOf(e fairlead.SealedEntry, now time.Time) entryLine {
	line := entryLine{Leaf: string(e.Leaf), Chain: e.Chain, Kind: "not readable"}
	if e.Seq > 0 {
		line.Seq = num(e.Seq)
	}
	var leaf struct {
		Time        time.Time         `json:"time"`
		Kind        string            `json:"kind"`
		Actor       string            `json:"actor"`
		Facts       map[string]string `json:"facts"`
		Commitments map[string]string `json:"commitments"`
	}
	if json.Unmarshal(e.Leaf, &leaf) != nil {
		return line
	}
	line.Kind, line.Actor, line.When = entryWords(fairlead.EntryKind(leaf.Kind)), leaf.Actor, at(leaf.Time, now)
	for _, m := range []struct {
		means  string
		values map[string]string
	}{{"", leaf.Facts}, {"commitment", leaf.Commitments}} {
		var names []string
		for n := range m.values {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			line.Facts = append(line.Facts, fact{n, m.means, m.values[n]})
		}
	}
	return line
}

func entryWords(k fairlead.EntryKind) string {
	switch k {
	case fairlead.EntryEventAccepted:
		return "Event accepted"
	case fairlead.EntryEventEnded:
		return "Event ended"
	case fairlead.EntryAssessmentFinished:
		return "Assessment finished"
	case fairlead.EntryWritebackFinished:
		return "Write-back finished"
	case fairlead.EntryErased:
		return "Person erased"
	case fairlead.EntryAssessmentViewed:
		return "Looked at"
	}
	return clean(string(k))
}
