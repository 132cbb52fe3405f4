package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/auth"
	"github.com/fairlead/fairlead/internal/fairleadtest"
	"github.com/fairlead/fairlead/internal/web"
)

type sessions struct {
	*memstore.MemStore
	commits int
	fail    error
}

func (s *sessions) DeleteCtx(_ context.Context, t string) error {
	return errors.Join(s.Delete(t), s.fail)
}
func (s *sessions) FindCtx(_ context.Context, t string) ([]byte, bool, error) {
	b, ok, err := s.Find(t)
	return b, ok, errors.Join(err, s.fail)
}
func (s *sessions) CommitCtx(_ context.Context, t string, b []byte, e time.Time) error {
	s.commits++
	return errors.Join(s.Commit(t, b, e), s.fail)
}

const password = "copper lantern ferry sixteen"

// world is an Auth with a clock that a test turns, and a few addresses.
type world struct {
	*httptest.Server
	auth     *auth.Auth
	users    *fairleadtest.Users
	sessions *sessions
	log      *strings.Builder

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T, publicURL string) *world {
	t.Helper()
	// Sessions expire by the real clock too, so ours begins there.
	w := &world{users: &fairleadtest.Users{}, sessions: &sessions{MemStore: memstore.NewWithCleanupInterval(0)}, log: &strings.Builder{}, now: time.Now()}
	w.users.Now = w.clock
	log := slog.New(slog.NewTextHandler(w.log, nil))
	w.auth = auth.New(auth.Config{Store: w.users, Sessions: w.sessions, Now: w.clock, Logger: log, PublicURL: publicURL})
	mux := http.NewServeMux()
	handle := func(pattern string, h web.Handler) { mux.Handle(pattern, web.Handle(log, w.auth.Load(h))) }
	handle("POST /in", func(rw http.ResponseWriter, r *http.Request) error {
		_, err := w.auth.SignIn(rw, r, r.FormValue("email"), r.FormValue("password"))
		return err
	})
	handle("POST /out", w.auth.SignOut)
	handle("POST /first", func(rw http.ResponseWriter, r *http.Request) error {
		return w.auth.FirstRun(rw, r, r.FormValue("token"), auth.Newcomer{Name: r.FormValue("name"), Email: r.FormValue("email"), Password: r.FormValue("password")})
	})
	whoami := func(rw http.ResponseWriter, r *http.Request) error {
		u, _ := auth.UserOf(r.Context())
		_, err := rw.Write([]byte(u.Email))
		return err
	}
	handle("GET /recruiter", w.auth.Require(fairlead.RoleRecruiter)(whoami))
	handle("GET /admin", w.auth.Require(fairlead.RoleAdmin)(whoami))
	handle("GET /open", whoami)
	w.Server = httptest.NewServer(mux)
	t.Cleanup(w.Close)
	return w
}

func (w *world) add(t *testing.T, role fairlead.Role) fairlead.User {
	t.Helper()
	u, err := w.auth.AddUser(t.Context(), "", auth.Newcomer{Name: "Ada Verhoeven", Email: string(role) + "@example.com", Password: password}, role)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func client(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func (w *world) signIn(t *testing.T, c *http.Client, email, pw string) *http.Response {
	t.Helper()
	res, err := c.PostForm(w.URL+"/in", url.Values{"email": {email}, "password": {pw}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res
}

func (w *world) status(t *testing.T, c *http.Client, path string) int {
	t.Helper()
	res, err := c.Get(w.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func TestRoles(t *testing.T) {
	w := newWorld(t, "http://x")
	w.add(t, fairlead.RoleRecruiter)
	w.add(t, fairlead.RoleAdmin)
	for _, c := range []struct {
		email            string
		recruiter, admin int
	}{{"", 401, 401}, {"recruiter@example.com", 200, 403}, {"admin@example.com", 200, 200}} {
		b := client(t)
		if c.email != "" {
			if res := w.signIn(t, b, c.email, password); res.StatusCode != http.StatusOK {
				t.Fatalf("sign-in: %s", res.Status)
			}
		}
		if r, a := w.status(t, b, "/recruiter"), w.status(t, b, "/admin"); r != c.recruiter || a != c.admin {
			t.Errorf("%q: recruiter's page %d, admin's %d; want %d, %d", c.email, r, a, c.recruiter, c.admin)
		}
	}
}

func TestRightsTakenAwayAreGoneAtOnce(t *testing.T) {
	w := newWorld(t, "http://x")
	u := w.add(t, fairlead.RoleAdmin)
	c := client(t)
	w.signIn(t, c, u.Email, password)
	u.Role = fairlead.RoleRecruiter
	w.users.Put(u)
	if got := w.status(t, c, "/admin"); got != 403 {
		t.Errorf("an admin no longer: %d", got)
	}
	u.Role = "janitor"
	w.users.Put(u)
	if got := w.status(t, c, "/recruiter"); got != 403 {
		t.Errorf("a role nobody knows: %d", got)
	}
	w.users.Remove(u.ID)
	if got := w.status(t, c, "/recruiter"); got != 401 {
		t.Errorf("a user who is gone: %d", got)
	}
}

func TestSessionTokenChangesAtSignIn(t *testing.T) {
	w := newWorld(t, "http://x")
	u := w.add(t, fairlead.RoleRecruiter)
	planted := "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	req, err := http.NewRequest(http.MethodPost, w.URL+"/in", strings.NewReader(url.Values{"email": {u.Email}, "password": {password}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.AddCookie(&http.Cookie{Name: "fairlead", Value: planted})
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	cookies := res.Cookies()
	if len(cookies) != 1 || cookies[0].Value == planted || len(cookies[0].Value) < 40 {
		t.Fatalf("cookies %v", cookies)
	}
	if k := cookies[0]; !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || k.MaxAge > 0 {
		t.Errorf("cookie %+v", k)
	}
	stored, err := w.sessions.All()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := stored[cookies[0].Value]; ok || len(stored) != 1 {
		t.Error("the store holds what opens a session")
	}
}

func TestCookieBehindHTTPS(t *testing.T) {
	w := newWorld(t, "https://fairlead.example.com")
	u := w.add(t, fairlead.RoleRecruiter)
	res := w.signIn(t, client(t), u.Email, password)
	if k := res.Cookies()[0]; !k.Secure || k.Name != "__Host-fairlead" {
		t.Errorf("cookie %+v", k)
	}
}

func TestSessionsEnd(t *testing.T) {
	w := newWorld(t, "http://x")
	u := w.add(t, fairlead.RoleRecruiter)
	c := client(t)
	w.signIn(t, c, u.Email, password)
	commits := w.sessions.commits
	for range 20 {
		w.status(t, c, "/recruiter")
	}
	if w.sessions.commits != commits {
		t.Error("looking at pages writes sessions")
	}
	for range 3 { // each within the idle time, all of them beyond it
		w.pass(auth.SessionIdle - time.Minute)
		if got := w.status(t, c, "/recruiter"); got != 200 {
			t.Fatalf("a session in use ended: %d", got)
		}
	}
	w.pass(auth.SessionIdle + time.Minute)
	if got := w.status(t, c, "/recruiter"); got != 401 {
		t.Errorf("an idle session: %d", got)
	}
	if all, err := w.sessions.All(); err != nil || len(all) != 0 {
		t.Errorf("the idle session is kept: %d, %v", len(all), err)
	}

	here, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.signIn(t, c, u.Email, password)
	kept := c.Jar.Cookies(here)
	res, err := c.Post(w.URL+"/out", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	c.Jar.SetCookies(here, kept)
	if got := w.status(t, c, "/recruiter"); got != 401 {
		t.Errorf("a cookie kept beyond sign-out: %d", got)
	}
}

func TestRubbishCookies(t *testing.T) {
	w := newWorld(t, "http://x")
	for _, v := range []string{"", "x", strings.Repeat("a", 4000), "../../etc/passwd", "%00", "'; DROP TABLE sessions;--"} {
		req, err := http.NewRequest(http.MethodGet, w.URL+"/open", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", "fairlead="+v)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%q: %s", v, res.Status)
		}
	}
}

func TestGuessingIsSlowedAndTheOwnerIsNotLockedOut(t *testing.T) {
	w := newWorld(t, "http://x")
	u := w.add(t, fairlead.RoleRecruiter)
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]int{}
	for range 20 { // in parallel, which must gain nothing
		wg.Go(func() {
			res, err := http.PostForm(w.URL+"/in", url.Values{"email": {u.Email}, "password": {"wrong"}})
			if err != nil {
				t.Error(err)
				return
			}
			_ = res.Body.Close()
			mu.Lock()
			counts[res.StatusCode]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if counts[401] != 5 || counts[429] != 15 {
		t.Errorf("answers %v, want 5 looked at and 15 put off", counts)
	}
	if res := w.signIn(t, client(t), u.Email, password); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("right, but too soon: %s", res.Status)
	}
	w.pass(time.Minute)
	for i := range 3 { // a right password gives its attempt back
		if res := w.signIn(t, client(t), u.Email, password); res.StatusCode != http.StatusOK {
			t.Errorf("after a minute, attempt %d: %s", i, res.Status)
		}
	}
}

func TestSignInIsInTheAuditLog(t *testing.T) {
	w := newWorld(t, "http://x")
	u := w.add(t, fairlead.RoleRecruiter)
	w.signIn(t, client(t), u.Email, "wrong")
	w.signIn(t, client(t), " RECRUITER@Example.com", password)
	kinds := map[fairlead.EntryKind]int{}
	for _, e := range w.users.Entries {
		kinds[e.Kind]++
		if strings.Contains(string(e.Leaf()), "@") || strings.Contains(string(e.Leaf()), "Verhoeven") {
			t.Errorf("a person in the log: %s", e.Leaf())
		}
		if e.Kind == fairlead.EntrySignedIn && e.Actor != string(u.ID) {
			t.Errorf("by %q", e.Actor)
		}
	}
	if kinds[fairlead.EntryUserCreated] != 1 || kinds[fairlead.EntrySignedIn] != 1 {
		t.Errorf("entries %v", kinds)
	}
}

func TestStoresThatFail(t *testing.T) {
	w := newWorld(t, "http://x")
	u := w.add(t, fairlead.RoleRecruiter)
	c := client(t)
	w.signIn(t, c, u.Email, password)
	w.users.Fail = fairlead.Fail(fairlead.Unavailable, "The database does not answer.", nil)
	if got := w.status(t, c, "/recruiter"); got != 503 {
		t.Errorf("no users: %d", got)
	}
	if res := w.signIn(t, client(t), u.Email, password); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("sign-in without users: %s", res.Status)
	}
	w.users.Fail = nil
	w.sessions.fail = errors.New("disk full")
	if got := w.status(t, c, "/recruiter"); got != 503 {
		t.Errorf("no sessions: %d", got)
	}
	if res := w.signIn(t, client(t), u.Email, password); res.StatusCode != http.StatusServiceUnavailable || len(res.Cookies()) != 0 {
		t.Errorf("sign-in without sessions: %s, cookies %v", res.Status, res.Cookies())
	}
}

func TestFirstRunLink(t *testing.T) {
	w := newWorld(t, "http://x")
	link := func() string {
		l, err := auth.FirstRunLink(t.Context(), w.users, "http://x/")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	use := func(l, email string) int {
		u, err := url.Parse(l)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client(t).PostForm(w.URL+"/first", url.Values{"token": {u.Query().Get("token")}, "name": {"Ada"}, "email": {email}, "password": {password}})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	old := link()
	if !strings.HasPrefix(old, "http://x/console/first-run?token=") {
		t.Errorf("link %s", old)
	}
	w.pass(auth.InviteLifetime + time.Minute)
	if got := use(old, "ada@example.com"); got != 404 {
		t.Errorf("a link of yesterday: %d", got)
	}
	w.pass(-auth.InviteLifetime)
	one, two := link(), link()
	if one == two {
		t.Error("the same link twice")
	}
	if got := use(one, "ada@example.com"); got != 200 {
		t.Errorf("a fresh link: %d", got)
	}
	if a, b := use(one, "eve@example.com"), use(two, "eve@example.com"); a != 409 || b != 409 {
		t.Errorf("links after the first admin: %d, %d", a, b)
	}
	if got := link(); got != "" {
		t.Errorf("a link although there is an admin: %s", got)
	}
	if u, err := w.users.UserByEmail(t.Context(), "ada@example.com"); err != nil || u.Role != fairlead.RoleAdmin || !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$") {
		t.Errorf("user %+v, %v", u, err)
	}
}

func TestAddUser(t *testing.T) {
	w := newWorld(t, "http://x")
	ok := auth.Newcomer{Name: "Ada  Verhoeven ", Email: " Ada@Example.com", Password: password}
	u, err := w.auth.AddUser(t.Context(), "by", ok, fairlead.RoleRecruiter)
	if err != nil || u.Email != "ada@example.com" || u.Name != "Ada Verhoeven" || strings.Contains(u.PasswordHash, password) {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := w.auth.AddUser(t.Context(), "by", ok, fairlead.RoleRecruiter); fairlead.CodeOf(err) != fairlead.Conflict {
		t.Errorf("twice: %v", err)
	}
	for name, change := range map[string]func(*auth.Newcomer, *fairlead.Role){
		"no name":        func(n *auth.Newcomer, _ *fairlead.Role) { n.Name = " " },
		"long name":      func(n *auth.Newcomer, _ *fairlead.Role) { n.Name = strings.Repeat("a", 121) },
		"control":        func(n *auth.Newcomer, _ *fairlead.Role) { n.Name = "a\x00b" },
		"no address":     func(n *auth.Newcomer, _ *fairlead.Role) { n.Email = "ada" },
		"two addresses":  func(n *auth.Newcomer, _ *fairlead.Role) { n.Email = "a@b.c, d@e.f" },
		"name in it":     func(n *auth.Newcomer, _ *fairlead.Role) { n.Email = "Ada <a@b.c>" },
		"header":         func(n *auth.Newcomer, _ *fairlead.Role) { n.Email = "a@b.c\r\nBcc: x@y.z" },
		"short password": func(n *auth.Newcomer, _ *fairlead.Role) { n.Password = "elevenchars" },
		"no such role":   func(_ *auth.Newcomer, r *fairlead.Role) { *r = "root" },
	} {
		n, role := auth.Newcomer{Name: "B", Email: "b@example.com", Password: password}, fairlead.RoleRecruiter
		change(&n, &role)
		if _, err := w.auth.AddUser(t.Context(), "by", n, role); fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	for _, c := range []struct {
		password string
		ok       bool
	}{
		{"copper lantern ferry sixteen", true},
		{"ünïcödé-påss", true},
		{"äöüäöüäöüäöü", false}, // three characters over and over
		{"short", false},
		{"", false},
		{strings.Repeat("abcdefg", 200), false},
		{"Password1234", false},
		{"aaaaaaaaaaaaaaaa", false},
		{"ada.verhoeven@example.com", false},
		{"AdaVerhoeven1!", false},
		{"fairlead-fairlead-1", false},
		{"twelve\xffletters", false},
	} {
		err := auth.CheckPassword(c.password, "Ada Verhoeven", "ada.verhoeven@example.com")
		if (err == nil) != c.ok {
			t.Errorf("%q: %v, want ok %v", c.password, err, c.ok)
		}
		if err != nil && c.password != "" && strings.Contains(err.Error(), c.password) {
			t.Error("the message holds the password")
		}
	}
}
