package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
)

// applicationsPerPage is a whole usual posting (about 258 applications) on one
// page, so that a browser's own search finds everybody.
const applicationsPerPage = 300

// needsHuman is the filter for those a person must look at.
const needsHuman = "human"

// jobView answers "who should I call first, and why?".
type jobView struct {
	Title   string
	Closed  string
	ATS     string // address in the ATS
	All     int
	Scored  int
	Bands   distribution
	Filters []filter
	Query   string
	Band    string // the filter in force
	Reset   string // address without search and filter
	Rows    []rankedRow
	Found   int
	Pager   pager
}

// filter is one choice of who is listed.
type filter struct {
	Class, Word string
	N           int
	Href        string
	Current     bool
}

// rankedRow is one application.
type rankedRow struct {
	Rank      string // "" without a score
	Href      string
	Name      string
	Stage     string
	Source    string
	Applied   moment
	Scored    bool
	Score     int
	BandClass string
	Band      string
	Reasoning string
	Required  string // "6 of 8 required"
	Chips     []chip
	Flags     []string
	State     stateView
	ATS       string
}

// chip is one required criterion in short.
type chip struct {
	Verdict verdictView
	Text    string
	Full    string
}

func (a *console) job(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), fairlead.JobID(r.PathValue("id"))
	job, err := a.c.Store.Job(ctx, id)
	if err != nil {
		return notThere(fmt.Errorf("read job: %w", err), "There is no such job. It may have been removed from the ATS.")
	}
	ranked, err := a.c.Store.RankedApplications(ctx, id)
	if err != nil {
		return fmt.Errorf("read applications: %w", err)
	}
	v := jobOf(job, ranked, r.URL, a.c.Now())
	return a.show(w, r, http.StatusOK, "job", frame{Title: v.Title, Section: "jobs"}, v)
}

func jobOf(job fairlead.Job, ranked []fairlead.RankedApplication, u *url.URL, now time.Time) jobView {
	v := jobView{
		Title: titleOf(job), ATS: outside(job.URL), All: len(ranked),
		Query: clean(u.Query().Get("q")), Band: u.Query().Get("band"), Reset: u.EscapedPath(),
	}
	if job.Status == fairlead.JobClosed || job.Status == fairlead.JobDraft {
		v.Closed = string(job.Status)
	}
	bands, human := map[fairlead.Band]int{}, 0
	for _, x := range ranked {
		if x.Assessment.Score != nil {
			bands[x.Assessment.Band]++
			v.Scored++
		}
		if forHuman(x) {
			human++
		}
	}
	v.Bands = distribute(bands)
	v.filters(u, bands, human)

	var rows []rankedRow
	rank, last := 0, -1
	for i, x := range ranked {
		if s := x.Assessment.Score; s != nil && *s != last {
			rank, last = i+1, *s // equal scores share a rank
		}
		if v.lists(x) {
			rows = append(rows, rowOf(x, rank, now))
		}
	}
	v.Found = len(rows)
	var from, to int
	v.Pager, from, to = paginate(u, v.Found, applicationsPerPage)
	v.Rows = rows[from:to]
	return v
}

func forHuman(x fairlead.RankedApplication) bool {
	return x.Assessment.Score == nil || x.State == fairlead.WritebackParked
}

func (v *jobView) filters(u *url.URL, bands map[fairlead.Band]int, human int) {
	first := *u // a filter begins on its first page
	q := first.Query()
	q.Del("page")
	first.RawQuery = q.Encode()
	add := func(class, word, value string, n int) {
		v.Filters = append(v.Filters, filter{class, word, n, with(&first, "band", value), v.Band == value})
	}
	known := v.Band == needsHuman
	for _, b := range bandWords() {
		known = known || v.Band == string(b.Band)
	}
	if !known {
		v.Band = ""
	}
	add("all", "All", "", v.All)
	for _, b := range bandWords() {
		add(string(b.Band), b.Word, string(b.Band), bands[b.Band])
	}
	add("human", "Needs a human", needsHuman, human)
}

// lists says whether search and filter let x through.
func (v *jobView) lists(x fairlead.RankedApplication) bool {
	switch v.Band {
	case "":
	case needsHuman:
		if !forHuman(x) {
			return false
		}
	default:
		if x.Assessment.Score == nil || string(x.Assessment.Band) != v.Band {
			return false
		}
	}
	return v.Query == "" || contains(v.Query, x.Candidate.Name, x.Assessment.Reasoning, x.Application.StageName, x.Application.Source)
}

func rowOf(x fairlead.RankedApplication, rank int, now time.Time) rankedRow {
	row := rankedRow{
		Href: "/console/assessments/" + url.PathEscape(string(x.Assessment.ID)), Name: nameOf(x.Candidate),
		Stage: stageOf(x.Application), Source: clean(x.Application.Source), Applied: at(x.Application.AppliedAt, now),
		Reasoning: clean(x.Assessment.Reasoning), State: stateOf(x.State, clean(x.Reason)), ATS: outside(x.Application.URL),
	}
	if row.State.Why == row.Reasoning {
		row.State.Why = "" // said already
	}
	for _, f := range x.Assessment.Flags {
		if t := flagOf(f).Short; t != "" {
			row.Flags = append(row.Flags, t)
		}
	}
	if x.Assessment.Score == nil {
		row.Band, row.BandClass = "Not scored", "human"
		return row
	}
	row.Scored, row.Score, row.Rank = true, *x.Assessment.Score, num(rank)
	row.Band, row.BandClass = wordOf(x.Assessment.Band), string(x.Assessment.Band)
	met, asked := 0, 0
	for _, j := range x.Assessment.Judgements {
		if !j.Criterion.Required {
			continue
		}
		asked++
		if j.Verdict == fairlead.Met {
			met++
		}
		full := clean(j.Criterion.Text)
		row.Chips = append(row.Chips, chip{verdictOf(j.Verdict), shorten(full, 22), full})
	}
	if asked > 0 {
		row.Required = fmt.Sprintf("%d of %d required", met, asked)
	}
	return row
}

func stageOf(x fairlead.Application) string {
	if s := clean(x.StageName); s != "" {
		return s
	}
	s := string(x.Stage)
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// notThere gives a NotFound the words of the page that misses something and
// leaves other errors alone.
func notThere(err error, message string) error {
	if fairlead.CodeOf(err) == fairlead.NotFound {
		return fairlead.Fail(fairlead.NotFound, message, err)
	}
	return err
}
