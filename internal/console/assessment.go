package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/auth"
)

// assessmentView is one assessment with everything it follows from.
type assessmentView struct {
	ID        string
	Name      string
	Job       link
	Stage     string
	Source    string
	Applied   moment
	ATS       string
	Made      moment
	Erased    bool
	Scored    bool
	Score     int
	BandClass string
	Band      string
	Reasoning string
	Human     *humanTask // set when a person must look
	Required  string
	Earned    string // points, of a hundred
	Criteria  []criterionView
	Skills    []string
	Years     string
	Flags     []flagView
	Hidden    []hiddenView
	Resume    []piece
	Pages     int
	Told      []toldView
	History   []historyLine
	Audit     string
}

// humanTask says why a person must look and what to do.
type humanTask struct{ Title, Why, Todo string }

type criterionView struct {
	N            int
	Text         string
	Kind         string
	Required     bool
	Verdict      verdictView
	Points, Most string
	Share        string // hundredths earned of what could be
	Because      string
	Quotes       []quoteView
}

type quoteView struct {
	Text   string
	Anchor string // "" when it does not stand in the text shown
}

type hiddenView struct {
	Page   int
	Text   string
	Reason string
}

// toldView is one writeback, value by value.
type toldView struct {
	State    stateView
	When     moment
	ReadBack bool
	Values   []toldValue
}

type toldValue struct {
	Field, Intended, Before, Found string
	Differs                        bool // read back, and not what we wrote
}

type historyLine struct {
	Href, Score, Band, BandClass string
	When                         moment
	Current                      bool
}

func (a *console) assessment(w http.ResponseWriter, r *http.Request) error {
	x, err := a.viewed(r, "assessment")
	if err != nil {
		return err
	}
	v := assessmentOf(x, a.c.Now())
	return a.show(w, r, http.StatusOK, "assessment", frame{Title: v.Name, Section: "jobs"}, v)
}

// viewed reads an assessment and notes who looks at it. When that cannot be
// noted, it is not shown.
func (a *console) viewed(r *http.Request, page string) (fairlead.AssessmentView, error) {
	ctx, id := r.Context(), fairlead.AssessmentID(r.PathValue("id"))
	x, err := a.c.Store.Assessment(ctx, id)
	if err != nil {
		return x, notThere(fmt.Errorf("read assessment: %w", err), "There is no assessment with this audit id. Check that it was copied whole.")
	}
	u, _ := auth.UserOf(ctx)
	entry := fairlead.NewEntry(a.c.Now(), fairlead.EntryAssessmentViewed, map[string]string{"assessment": string(id), "page": page})
	entry.Actor, entry.Connection, entry.Subject = string(u.ID), x.Application.Connection, x.Candidate.ID
	if err := a.c.Store.NoteView(ctx, id, entry); err != nil {
		return x, fmt.Errorf("note view: %w", err)
	}
	return x, nil
}

func assessmentOf(x fairlead.AssessmentView, now time.Time) assessmentView {
	v := assessmentView{
		ID: string(x.Assessment.ID), Name: nameOf(x.Candidate), Erased: x.Erased,
		Job: link{titleOf(x.Job), "/console/jobs/" + url.PathEscape(string(x.Job.ID))}, Stage: stageOf(x.Application),
		Source: clean(x.Application.Source), Applied: at(x.Application.AppliedAt, now), ATS: outside(x.Application.URL),
		Made: at(x.Assessment.CreatedAt, now), Reasoning: clean(x.Assessment.Reasoning),
		Audit: "/console/audit/" + url.PathEscape(string(x.Assessment.ID)), Pages: x.Document.Pages,
	}
	if x.Erased {
		v.Name = "Erased"
		return v
	}
	if s := x.Assessment.Score; s != nil {
		v.Scored, v.Score = true, *s
		v.Band, v.BandClass = wordOf(x.Assessment.Band), string(x.Assessment.Band)
	}
	v.Human = humanTaskOf(x)
	v.judge(x)
	for _, s := range x.Assessment.Skills {
		v.Skills = append(v.Skills, clean(s.Name))
	}
	if m := x.Profile.ExperienceMonths; m != nil && v.Scored {
		v.Years = years(*m)
	}
	for _, f := range x.Assessment.Flags {
		if f := flagOf(f); f.Title != "" {
			v.Flags = append(v.Flags, f)
		}
	}
	for _, h := range x.Document.Hidden {
		v.Hidden = append(v.Hidden, hiddenView{h.Page, visible(h.Text), hiddenReason(h.Reason)})
	}
	for i := range x.Writebacks {
		v.Told = append(v.Told, toldOf(x.Writebacks[i], now))
	}
	for _, h := range x.History {
		line := historyLine{Href: "/console/assessments/" + url.PathEscape(string(h.ID)), When: at(h.CreatedAt, now), Score: "–", Band: "Not scored", BandClass: "human", Current: h.ID == x.Assessment.ID}
		if h.Score != nil {
			line.Score, line.Band, line.BandClass = num(*h.Score), wordOf(h.Band), string(h.Band)
		}
		v.History = append(v.History, line)
	}
	return v
}

func (v *assessmentView) judge(x fairlead.AssessmentView) {
	anchor := func(criterion, quote int) string { return fmt.Sprintf("q%d-%d", criterion+1, quote+1) }
	pieces, placed := highlight(x.Document.Text, x.Assessment.Judgements, anchor)
	v.Resume = pieces
	if !v.Scored {
		return // nothing is judged, so nothing is shown as if it were (promise I13)
	}
	met, asked, earned := 0, 0, 0
	for i, j := range x.Assessment.Judgements {
		c := criterionView{
			N: i + 1, Text: clean(j.Criterion.Text), Kind: string(j.Criterion.Kind), Required: j.Criterion.Required, Verdict: verdictOf(j.Verdict),
			Points: points(j.Points), Most: points(j.Criterion.Weight), Share: "0", Because: clean(j.Because),
		}
		if j.Criterion.Weight > 0 {
			c.Share = hundredths(min(j.Points, j.Criterion.Weight), j.Criterion.Weight)
		}
		for k, e := range j.Evidence {
			q := quoteView{Text: visible(e.Text)}
			if id := anchor(i, k); placed[id] {
				q.Anchor = id
			}
			c.Quotes = append(c.Quotes, q)
		}
		earned += j.Points
		if j.Criterion.Required {
			asked++
			if j.Verdict == fairlead.Met {
				met++
			}
		}
		v.Criteria = append(v.Criteria, c)
	}
	v.Earned = points(earned)
	if asked > 0 {
		v.Required = fmt.Sprintf("%d of %d required criteria met", met, asked)
	}
}

// humanTaskOf says what a person has to do; nil when there is nothing.
func humanTaskOf(x fairlead.AssessmentView) *humanTask {
	if x.Assessment.Score == nil {
		why := x.Document.Sentence()
		if why == "" {
			why = "the resume could not be judged"
		}
		return &humanTask{
			Title: "Needs a human: not scored",
			Why:   strings.ToUpper(why[:1]) + why[1:] + ". Fairlead does not guess: no score was given, and none counts against this person.",
			Todo:  remedy(x.Document),
		}
	}
	if len(x.Writebacks) == 0 {
		return nil
	}
	newest := x.Writebacks[0]
	for _, w := range x.Writebacks {
		if w.CreatedAt.After(newest.CreatedAt) {
			newest = w
		}
	}
	if newest.State != fairlead.WritebackParked {
		return nil
	}
	return &humanTask{
		Title: "Needs a human: the score is not in the ATS",
		Why:   clean(newest.Reason),
		Todo:  "Compare the values below under “What the ATS was told”. What a person wrote there stays as it is.",
	}
}

// remedy is what to do about a document that could not be read.
func remedy(d fairlead.Document) string {
	const again = " Once a new file is attached to the application in the ATS, Fairlead reads it by itself."
	for _, p := range d.Problems {
		switch p.Code {
		case fairlead.Scanned, fairlead.EmptyText:
			return "Read the resume in the ATS, or ask for a file with real text (a PDF saved from a word processor, or DOCX)." + again
		case fairlead.Garbled, fairlead.Corrupt:
			return "Open the file in the ATS. If it is broken there too, ask for a new one." + again
		case fairlead.Encrypted:
			return "Ask for a file without a password." + again
		case fairlead.FileTooLarge, fairlead.TooManyPages:
			return "Read it in the ATS, or ask for a shorter file." + again
		case fairlead.Unsupported:
			return "Ask for PDF, DOCX or plain text." + again
		case fairlead.FileNotFound:
			return "Look in the ATS whether a resume is attached, and ask for one if not." + again
		case fairlead.ReadTimeout:
			return "Read the resume in the ATS." + again
		}
	}
	return "Read the resume in the ATS." + again
}

// flagView is something about a file that a person should know. It never
// changed the score (requirement D6).
type flagView struct{ Title, Short, Explanation string }

func flagOf(c fairlead.ProblemCode) flagView {
	switch c {
	case fairlead.HiddenTextFound:
		return flagView{"Hidden text", "hidden text", "The file holds text that a reader cannot see. It was cut out before anything was judged and did not change the score. There can be an innocent reason, such as a template."}
	case fairlead.InjectedInstructions:
		return flagView{"Instructions to a machine", "instructions to a machine", "The file holds sentences that tell a screening program what to do. They were not followed and did not change the score."}
	case fairlead.CopiedJobText:
		return flagView{"Copied job text", "copied job text", "Long passages are the same as in the job description. They did not change the score; ask about them if it matters."}
	}
	return flagView{}
}

// hiddenReason says why a reader does not see a text.
func hiddenReason(s string) string { return strings.ReplaceAll(clean(s), "_", " ") }

func toldOf(w fairlead.Writeback, now time.Time) toldView {
	t := toldView{State: stateOf(w.State, clean(w.Reason)), When: at(w.FinishedAt, now), ReadBack: len(w.Found) > 0}
	if w.FinishedAt.IsZero() {
		t.When = at(w.CreatedAt, now)
	}
	names := map[fairlead.Output]string{
		fairlead.OutScore: "Match score", fairlead.OutReasoning: "Reasoning", fairlead.OutSkills: "Skills", fairlead.OutAuditID: "Audit id",
	}
	for _, o := range fairlead.Outputs() {
		v := toldValue{Field: names[o], Intended: valueText(w.Intended[o]), Before: valueText(w.Before[o]), Found: valueText(w.Found[o])}
		v.Differs = t.ReadBack && !w.Found[o].Equal(w.Intended[o])
		if v.Intended != "" || v.Before != "" || v.Found != "" {
			t.Values = append(t.Values, v)
		}
	}
	return t
}

func valueText(v fairlead.Value) string { return clean(strings.Join(v, ", ")) }

func years(months int) string {
	if months < 12 {
		return plural(months, "month", "months")
	}
	y := strconv.FormatFloat(float64(months/6)/2, 'f', -1, 64)
	if y == "1" {
		return "1 year"
	}
	return y + " years"
}
