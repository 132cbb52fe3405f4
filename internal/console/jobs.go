package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
)

// jobsPerPage keeps a page of jobs short enough to read and quick to send.
const jobsPerPage = 100

// jobsView lists jobs, open ones first, the one with the newest application on
// top.
type jobsView struct {
	Jobs  []jobLine
	All   int // before the search
	Found int
	Query string
	Pager pager
}

type jobLine struct {
	Href, Title  string
	Closed       string // a word when people cannot apply
	Connection   string
	Applications string
	Scored       string
	Parked       int
	ParkedText   string
	Bands        distribution
	Newest       moment
}

func (a *console) jobs(w http.ResponseWriter, r *http.Request) error {
	summaries, err := a.c.Store.Jobs(r.Context())
	if err != nil {
		return fmt.Errorf("read jobs: %w", err)
	}
	now := a.c.Now()
	v := jobsView{All: len(summaries), Query: clean(r.URL.Query().Get("q"))}
	summaries = slices.DeleteFunc(slices.Clone(summaries), func(s fairlead.JobSummary) bool {
		return !contains(v.Query, s.Job.Title, string(s.Job.Connection))
	})
	slices.SortStableFunc(summaries, func(x, y fairlead.JobSummary) int {
		return cmp.Or(
			cmp.Compare(order(x.Job.Status), order(y.Job.Status)),
			y.Newest.Compare(x.Newest),
			cmp.Compare(x.Job.Title, y.Job.Title))
	})
	v.Found = len(summaries)
	var from, to int
	v.Pager, from, to = paginate(r.URL, v.Found, jobsPerPage)
	for _, s := range summaries[from:to] {
		l := jobLine{
			Href: "/console/jobs/" + url.PathEscape(string(s.Job.ID)), Title: titleOf(s.Job), Connection: string(s.Job.Connection),
			Applications: num(s.Applications), Scored: num(s.Scored), Parked: s.Parked, ParkedText: num(s.Parked),
			Bands: distribute(s.Bands), Newest: at(s.Newest, now),
		}
		if s.Job.Status == fairlead.JobClosed || s.Job.Status == fairlead.JobDraft {
			l.Closed = string(s.Job.Status)
		}
		v.Jobs = append(v.Jobs, l)
	}
	return a.show(w, r, http.StatusOK, "jobs", frame{Title: "Jobs", Section: "jobs"}, v)
}

// order puts jobs people can apply to first.
func order(s fairlead.JobStatus) int {
	switch s {
	case fairlead.JobClosed:
		return 2
	case fairlead.JobDraft:
		return 1
	}
	return 0
}

// contains says whether every word of query stands in one of the texts, in
// whatever case. An empty query is in everything.
func contains(query string, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	for _, word := range strings.Fields(strings.ToLower(query)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// pager says which part of a long list is shown and where the others are.
type pager struct {
	Words      string // "101–200 of 258", "" when all is shown
	Prev, Next string // addresses, "" at the ends
}

// paginate reads ?page= (counted from 1; anything else is the first) and gives
// the part of n things to show.
func paginate(u *url.URL, n, per int) (p pager, from, to int) {
	pages := max(1, (n+per-1)/per)
	current, err := strconv.Atoi(u.Query().Get("page"))
	if err != nil || current < 1 {
		current = 1
	}
	current = min(current, pages)
	from = (current - 1) * per
	to = min(n, from+per)
	if pages == 1 {
		return p, from, to
	}
	p.Words = fmt.Sprintf("%s–%s of %s", num(from+1), num(to), num(n))
	if current > 1 {
		p.Prev = with(u, "page", strconv.Itoa(current-1))
	}
	if current < pages {
		p.Next = with(u, "page", strconv.Itoa(current+1))
	}
	return p, from, to
}

// with is the address u with one query parameter set, or taken out when value
// is empty.
func with(u *url.URL, key, value string) string {
	q := u.Query()
	q.Del(key)
	if value != "" {
		q.Set(key, value)
	}
	if len(q) == 0 {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + q.Encode()
}
