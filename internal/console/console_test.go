package console

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
	"golang.org/x/net/html"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/auth"
	"github.com/fairlead/fairlead/internal/fairleadtest"
	"github.com/fairlead/fairlead/internal/web"
)

// fakeStore shows what a test puts into it.
type fakeStore struct {
	balance  fairlead.Balance
	latency  fairlead.Latency
	troubles []fairlead.Trouble
	jobs     []fairlead.JobSummary
	ranked   map[fairlead.JobID][]fairlead.RankedApplication
	views    map[fairlead.AssessmentID]fairlead.AssessmentView
	fail     error

	mu    sync.Mutex
	noted []fairlead.Entry
	blind bool // views cannot be noted
}

func missing() error { return fairlead.Fail(fairlead.NotFound, "not found", nil) }

func (s *fakeStore) Balance(context.Context) (fairlead.Balance, error) { return s.balance, s.fail }

func (s *fakeStore) Jobs(context.Context) ([]fairlead.JobSummary, error) { return s.jobs, s.fail }

func (s *fakeStore) Job(_ context.Context, id fairlead.JobID) (fairlead.Job, error) {
	for _, j := range s.jobs {
		if j.Job.ID == id {
			return j.Job, s.fail
		}
	}
	return fairlead.Job{}, missing()
}

func (s *fakeStore) RankedApplications(_ context.Context, id fairlead.JobID) ([]fairlead.RankedApplication, error) {
	return s.ranked[id], s.fail
}

func (s *fakeStore) Assessment(_ context.Context, id fairlead.AssessmentID) (fairlead.AssessmentView, error) {
	if v, ok := s.views[id]; ok {
		return v, s.fail
	}
	return fairlead.AssessmentView{}, missing()
}

func (s *fakeStore) NoteView(_ context.Context, _ fairlead.AssessmentID, e fairlead.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.blind {
		return fairlead.Fail(fairlead.Unavailable, "The database is full. Make room.", nil)
	}
	s.noted = append(s.noted, e)
	return nil
}

func (s *fakeStore) Troubles(_ context.Context, limit int) ([]fairlead.Trouble, error) {
	return s.troubles[:min(limit, len(s.troubles))], s.fail
}

func (s *fakeStore) Latency(context.Context, int) (fairlead.Latency, error) { return s.latency, s.fail }

// add puts a job with n applications into the store.
func (s *fakeStore) add(n, applications int) []fairleadtest.Case {
	job := fairleadtest.Job(n)
	cases := fairleadtest.Applications(job, applications)
	sum := fairlead.JobSummary{Job: job, Applications: applications, Bands: map[fairlead.Band]int{}}
	for _, c := range cases {
		if c.Assessment.Score != nil {
			sum.Scored++
			sum.Bands[c.Assessment.Band]++
		}
		if c.Application.AppliedAt.After(sum.Newest) {
			sum.Newest = c.Application.AppliedAt
		}
		if c.Writeback.State == fairlead.WritebackParked {
			sum.Parked++
			s.troubles = append(s.troubles, fairlead.Trouble{
				Event: fairleadtest.ID[fairlead.EventID]('e', len(s.troubles)), Kind: fairlead.ApplicationCreated, Connection: job.Connection,
				Application: c.Application.ID, Assessment: c.Assessment.ID, Reason: c.Writeback.Reason, At: c.Writeback.FinishedAt,
			})
		}
		s.ranked[job.ID] = append(s.ranked[job.ID], c.Ranked())
		s.views[c.Assessment.ID] = c.View(job)
	}
	s.jobs = append(s.jobs, sum)
	return cases
}

func emptyStore() *fakeStore {
	return &fakeStore{ranked: map[fairlead.JobID][]fairlead.RankedApplication{}, views: map[fairlead.AssessmentID]fairlead.AssessmentView{}}
}

// fullStore is a house in use: sixty applications to the first job, 258 to the
// second, a few to others, one job without anybody.
func fullStore() (*fakeStore, []fairleadtest.Case) {
	s := emptyStore()
	cases := s.add(0, 60)
	s.add(1, 258)
	for i := 2; i < 7; i++ {
		s.add(i, 5+i*7)
	}
	s.add(7, 0)
	s.balance = fairlead.Balance{
		Received: 1284, Open: 3, Written: 1163, Superseded: 22, Ignored: 61, Withheld: 9, Parked: int64(len(s.troubles)) + 1, Erased: 4,
		Duplicates: 187, OldestOpen: fairleadtest.Now().Add(-2 * time.Second),
	}
	s.balance.Received = s.balance.Open + s.balance.Written + s.balance.Superseded + s.balance.Ignored + s.balance.Withheld + s.balance.Parked + s.balance.Erased
	s.latency = fairlead.Latency{N: 500, P50: 840 * time.Millisecond, P95: 1900 * time.Millisecond}
	s.troubles = append(s.troubles, fairlead.Trouble{
		Event: fairleadtest.ID[fairlead.EventID]('e', 900), Kind: fairlead.JobUpdated, Connection: "greenhouse-eu",
		Reason: "The job has no description to judge by. Write one in Greenhouse; Fairlead then assesses its applications by itself.", At: fairleadtest.Now().Add(-3 * time.Hour),
	})
	erased := cases[2].View(fairleadtest.Job(0))
	erased.Assessment = fairlead.Assessment{ID: fairleadtest.ID[fairlead.AssessmentID]('d', 999_999), InputSHA256: fairleadtest.Digest("x"), Engine: "rules/1"}
	erased.Erased, erased.Candidate.Name, erased.Document, erased.Writebacks, erased.History = true, "", fairlead.Document{}, nil, nil
	s.views[erased.Assessment.ID] = erased
	return s, cases
}

// ctxSessions makes scs's memory store a store that takes contexts.
type ctxSessions struct{ *memstore.MemStore }

func (s ctxSessions) DeleteCtx(_ context.Context, t string) error { return s.Delete(t) }
func (s ctxSessions) FindCtx(_ context.Context, t string) ([]byte, bool, error) {
	return s.Find(t)
}
func (s ctxSessions) CommitCtx(_ context.Context, t string, b []byte, e time.Time) error {
	return s.Commit(t, b, e)
}

const testPassword = "copper lantern ferry sixteen"

// site is the whole console on an address of its own, with one recruiter and
// one admin.
type site struct {
	*httptest.Server
	store *fakeStore
	users *fairleadtest.Users
	app   *console
	log   *lockedLog

	mu      sync.Mutex
	refused map[fairlead.ConnectionID]int64
}

// refuse makes n deliveries look turned away.
func (s *site) refuse(c fairlead.ConnectionID, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = map[fairlead.ConnectionID]int64{c: n}
}

func (s *site) refusals() map[fairlead.ConnectionID]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.refused)
}

type lockedLog struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newSite(t *testing.T, store *fakeStore, roles ...fairlead.Role) *site {
	t.Helper()
	s := &site{store: store, users: &fairleadtest.Users{}, log: &lockedLog{}}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.Server = httptest.NewUnstartedServer(nil)
	s.URL = "http://" + s.Listener.Addr().String()
	a := auth.New(auth.Config{Store: s.users, Sessions: ctxSessions{memstore.NewWithCleanupInterval(0)}, Now: time.Now, Logger: log, PublicURL: s.URL})
	for _, role := range roles {
		name := map[fairlead.Role]string{fairlead.RoleAdmin: "Ada Verhoeven", fairlead.RoleRecruiter: "Ruth Castellanos"}[role]
		if _, err := a.AddUser(context.Background(), "", auth.Newcomer{Name: name, Email: string(role) + "@example.com", Password: testPassword}, role); err != nil {
			t.Fatal(err)
		}
	}
	c := Config{
		Store: store, Auth: a, Logger: log, Now: fairleadtest.Now, Version: "v0.1.0", PublicURL: s.URL,
		Refused: s.refusals,
	}
	s.app = newConsole(c)
	s.Config = web.Server(web.Config{Handler: New(c), Logger: log})
	s.URL = ""
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// client is a browser without a window; it follows no redirects.
func (s *site) client(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (s *site) signedIn(t *testing.T, role fairlead.Role) *http.Client {
	t.Helper()
	c := s.client(t)
	res, err := c.PostForm(s.URL+"/console/sign-in", url.Values{"email": {string(role) + "@example.com"}, "password": {testPassword}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-in: %s", res.Status)
	}
	return c
}

// node is a part of a page, found by selector.
type node struct{ *html.Node }

func (s *site) page(t *testing.T, c *http.Client, path string, want int) node {
	t.Helper()
	res, err := c.Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != want {
		b, _ := io.ReadAll(res.Body)
		t.Fatalf("GET %s: %s, want %d\n%s\nlog: %s", path, res.Status, want, b, s.log)
	}
	doc, err := html.Parse(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return node{doc}
}

func parse(t *testing.T, res *http.Response) node {
	t.Helper()
	doc, err := html.Parse(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return node{doc}
}

// all finds elements by a selector of one or more steps separated by spaces,
// each name, .class, #id, [attr] or [attr=value], in any combination.
func (n node) all(selector string) []node {
	found := []node{n}
	for _, step := range strings.Fields(selector) {
		var next []node
		for _, f := range found {
			for d := range f.Descendants() {
				if d.Type == html.ElementNode && matches(d, step) && !slices.ContainsFunc(next, func(x node) bool { return x.Node == d }) {
					next = append(next, node{d})
				}
			}
		}
		found = next
	}
	return found
}

func (n node) one(t *testing.T, selector string) node {
	t.Helper()
	found := n.all(selector)
	if len(found) != 1 {
		t.Fatalf("%q: %d elements, want 1", selector, len(found))
	}
	return found[0]
}

func matches(d *html.Node, step string) bool {
	name := step
	if i := strings.IndexAny(step, ".#["); i >= 0 {
		name = step[:i]
	}
	if name != "" && d.Data != name {
		return false
	}
	for rest := step[len(name):]; rest != ""; {
		end := strings.IndexAny(rest[1:], ".#[") + 1
		if end == 0 {
			end = len(rest)
		}
		part := rest[1:end]
		switch rest[0] {
		case '.':
			if !slices.Contains(strings.Fields(attr(d, "class")), part) {
				return false
			}
		case '#':
			if attr(d, "id") != part {
				return false
			}
		default:
			key, value, hasValue := strings.Cut(strings.TrimSuffix(part, "]"), "=")
			if !has(d, key) || hasValue && attr(d, key) != value {
				return false
			}
		}
		rest = rest[end:]
	}
	return true
}

func has(d *html.Node, key string) bool {
	return slices.ContainsFunc(d.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func attr(d *html.Node, key string) string {
	for _, a := range d.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func (n node) attr(key string) string { return attr(n.Node, key) }

// text is what stands in the element, white space to single spaces.
func (n node) text() string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func texts(nodes []node) []string {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = n.text()
	}
	return out
}

var errDown = errors.New("connection refused")
