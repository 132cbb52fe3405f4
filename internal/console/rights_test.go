package console

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/auth"
	"github.com/fairlead/fairlead/internal/fairleadtest"
)

// outcome is what somebody gets: a page, the sign-in, or nothing there.
type outcome string

const (
	served  outcome = "served"
	toDoor  outcome = "to sign-in"
	nothing outcome = "nothing there"
)

// TestRights asks for every route as everybody. The routes come from the
// console itself: one that is not in this table fails, and so does a line of the
// table without a route.
func TestRights(t *testing.T) {
	store, cases := fullStore()
	id := string(cases[0].Assessment.ID)
	type line struct {
		path                        string
		anonymous, recruiter, admin outcome
	}
	table := map[string]line{
		"GET /{$}":                      {"/", served, served, served},
		"GET /console/assets/{name}":    {"", served, served, served},
		"GET /console/sign-in":          {"/console/sign-in", served, served, served},
		"POST /console/sign-in":         {"/console/sign-in", served, served, served},
		"POST /console/sign-out":        {"/console/sign-out", served, served, served},
		"GET /console/first-run":        {"/console/first-run", served, served, served},
		"POST /console/first-run":       {"/console/first-run", served, served, served},
		"GET /console/{$}":              {"/console/", toDoor, served, served},
		"GET /console/jobs":             {"/console/jobs", toDoor, served, served},
		"GET /console/jobs/{id}":        {"/console/jobs/" + string(fairleadtest.Job(0).ID), toDoor, served, served},
		"GET /console/assessments/{id}": {"/console/assessments/" + id, toDoor, served, served},
		"GET /console/audit":            {"/console/audit", toDoor, served, served},
		"GET /console/audit/{id}":       {"/console/audit/" + id, toDoor, served, served},
		"/":                             {"/console/nowhere", nothing, nothing, nothing},
	}
	s := newSite(t, store, fairlead.RoleRecruiter, fairlead.RoleAdmin)
	routes := s.app.routes()
	for _, r := range routes {
		l, ok := table[r.pattern]
		if !ok {
			t.Errorf("%s is in no line of the table of rights: say who may use it", r.pattern)
			continue
		}
		if (r.access == anybody) != (l.anonymous != toDoor) {
			t.Errorf("%s is for %s, the table says otherwise", r.pattern, r.access)
		}
		delete(table, r.pattern)
		if r.pattern == "GET /console/assets/{name}" {
			for name := range s.app.assets.content {
				l.path = "/console/assets/" + name
			}
		}
		method := http.MethodGet
		if m, _, ok := strings.Cut(r.pattern, " "); ok {
			method = m
		}
		who := map[string]struct {
			client *http.Client
			want   outcome
		}{
			"anonymous": {s.client(t), l.anonymous},
			"recruiter": {s.signedIn(t, fairlead.RoleRecruiter), l.recruiter},
			"admin":     {s.signedIn(t, fairlead.RoleAdmin), l.admin},
		}
		for name, w := range who {
			seen := len(store.noted)
			if got := s.try(t, w.client, method, l.path); got != w.want {
				t.Errorf("%s as %s: %s, want %s", r.pattern, name, got, w.want)
			}
			if name == "anonymous" && len(store.noted) != seen {
				t.Errorf("%s: a stranger's view was noted, so something was read", r.pattern)
			}
		}
	}
	for _, pattern := range slices.Sorted(maps.Keys(table)) {
		t.Errorf("%s is in the table of rights and no route", pattern)
	}
}

func (s *site) try(t *testing.T, c *http.Client, method, path string) outcome {
	t.Helper()
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	switch {
	case res.StatusCode == http.StatusSeeOther && strings.HasPrefix(res.Header.Get("Location"), "/console/sign-in?next="):
		return toDoor
	case res.StatusCode == http.StatusNotFound:
		return nothing
	case res.StatusCode >= 500:
		t.Errorf("%s %s: %s\n%s", method, path, res.Status, s.log)
	}
	return served
}

func post(t *testing.T, c *http.Client, address string, form url.Values) *http.Response {
	t.Helper()
	res, err := c.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func TestSignInLeadsBackAndNowhereElse(t *testing.T) {
	store, _ := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	for next, want := range map[string]string{
		"/console/jobs?q=nurse":      "/console/jobs?q=nurse",
		"/console/audit/x":           "/console/audit/x",
		"":                           "/console/",
		"https://evil.example/":      "/console/",
		"//evil.example/console/":    "/console/",
		"/console/\\evil.example":    "/console/",
		"/console/../../evil":        "/console/",
		"javascript:alert(1)":        "/console/",
		"/evil":                      "/console/",
		"/console/sign-out":          "/console/",
		"/console/jobs\r\nX-Evil: 1": "/console/",
	} {
		res := post(t, s.client(t), s.URL+"/console/sign-in", url.Values{"email": {"RECRUITER@example.com "}, "password": {testPassword}, "next": {next}})
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != want {
			t.Errorf("next=%q leads to %q (%s), want %q", next, got, res.Status, want)
		}
	}
	c := s.client(t)
	res, err := c.Get(s.URL + "/console/jobs?q=nurse")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	door, err := url.Parse(res.Header.Get("Location"))
	if err != nil || door.Query().Get("next") != "/console/jobs?q=nurse" {
		t.Errorf("the door forgets where to: %q", res.Header.Get("Location"))
	}
	if got := s.page(t, c, res.Header.Get("Location"), 200).one(t, "input[name=next]").attr("value"); got != "/console/jobs?q=nurse" {
		t.Errorf("the form forgets where to: %q", got)
	}
}

func TestSignInRefusesTheSameWay(t *testing.T) {
	s := newSite(t, emptyStore(), fairlead.RoleRecruiter)
	said := map[string]bool{}
	for _, email := range []string{"recruiter@example.com", "nobody@example.com"} {
		c := s.client(t)
		res := post(t, c, s.URL+"/console/sign-in", url.Values{"email": {email}, "password": {"not the password"}})
		if res.StatusCode != http.StatusUnauthorized || len(res.Cookies()) != 0 {
			t.Errorf("%s: %s, cookies %v", email, res.Status, res.Cookies())
		}
		p := parse(t, res)
		said[p.one(t, "#problem").text()] = true
		if p.one(t, "#email").attr("value") != email || p.one(t, "#password").attr("value") != "" {
			t.Error("the form does not keep the address, or keeps the password")
		}
	}
	if len(said) != 1 {
		t.Errorf("tells who exists: %v", said)
	}
	c := s.client(t)
	for range 3 { // one attempt was made above
		post(t, c, s.URL+"/console/sign-in", url.Values{"email": {"recruiter@example.com"}, "password": {"not the password"}})
	}
	post(t, c, s.URL+"/console/sign-in", url.Values{"email": {"recruiter@example.com"}, "password": {"not the password"}})
	res := post(t, c, s.URL+"/console/sign-in", url.Values{"email": {"recruiter@example.com"}, "password": {testPassword}})
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("the sixth attempt: %s, Retry-After %q", res.Status, res.Header.Get("Retry-After"))
	}
	for _, secret := range []string{"not the password", testPassword, "recruiter@example.com"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}

func TestSignOutEndsTheSessionOnTheServer(t *testing.T) {
	s := newSite(t, emptyStore(), fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	here, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	cookies := c.Jar.Cookies(here)
	s.page(t, c, "/console/", 200)
	if res := post(t, c, s.URL+"/console/sign-out", nil); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-out: %s", res.Status)
	}
	c.Jar.SetCookies(here, cookies) // somebody kept the cookie
	if got := s.try(t, c, "GET", "/console/"); got != toDoor {
		t.Errorf("an old cookie after sign-out: %s", got)
	}
}

func TestFirstRun(t *testing.T) {
	s := newSite(t, emptyStore())
	c := s.client(t)
	if got := s.page(t, c, "/console/sign-in", 200).one(t, ".callout").text(); !strings.Contains(got, "Nobody can sign in yet") {
		t.Errorf("says %q", got)
	}
	link, err := auth.FirstRunLink(context.Background(), s.users, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(link, s.URL)
	token := s.page(t, c, path, 200).one(t, "input[name=token]").attr("value")
	form := url.Values{"token": {token}, "name": {"Ada Verhoeven"}, "email": {"ada@example.com"}, "password": {testPassword}, "again": {testPassword}}
	with := func(key, value string) url.Values {
		f := maps.Clone(form)
		f[key] = []string{value}
		return f
	}
	for _, x := range []struct {
		form url.Values
		says string
	}{
		{with("again", "something else"), "two passwords differ"},
		{with("email", "ada"), "not an e-mail address"},
		{with("name", " "), "Give your name"},
		{with("token", "wrong"), "This link was used"},
	} {
		if p := parse(t, post(t, c, s.URL+"/console/first-run", x.form)); !strings.Contains(p.one(t, "#problem").text(), x.says) {
			t.Errorf("says %q, want %q", p.one(t, "#problem").text(), x.says)
		}
	}
	if res := post(t, c, s.URL+"/console/first-run", form); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/console/" {
		t.Fatalf("first run: %s to %q\n%s", res.Status, res.Header.Get("Location"), parse(t, res).text())
	}
	if got := s.page(t, c, "/console/", 200).one(t, ".who .name").text(); got != "Ada Verhoeven admin" {
		t.Errorf("signed in as %q", got)
	}
	again := s.client(t)
	if p := parse(t, post(t, again, s.URL+"/console/first-run", with("email", "eve@example.com"))); !strings.Contains(p.one(t, "main").text(), "set up already") {
		t.Errorf("the link works twice: %q", p.text())
	}
	if n, err := s.users.CountUsers(context.Background()); err != nil || n != 1 {
		t.Errorf("%d users, %v", n, err)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	s := newSite(t, emptyStore(), fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	req, err := http.NewRequest(http.MethodPost, s.URL+"/console/sign-out", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if p := parse(t, res); res.StatusCode != http.StatusForbidden || !strings.Contains(p.text(), "came from another site") {
		t.Errorf("%s: %q", res.Status, p.text())
	}
	s.page(t, c, "/console/", 200) // still signed in
	res, err = c.Post(s.URL+"/console/sign-in", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("JSON to a form: %s", res.Status)
	}
	if res := post(t, s.client(t), s.URL+"/console/sign-in", url.Values{"email": {strings.Repeat("a", 20<<10)}}); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 20 KiB: %s", res.Status)
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	s := newSite(t, emptyStore(), fairlead.RoleRecruiter)
	for _, path := range []string{"/console/sign-in", "/console/", "/console/nowhere", "/"} {
		res, err := s.client(t).Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Request-Id"} {
			if res.Header.Get(name) == "" {
				t.Errorf("%s has no %s", path, name)
			}
		}
	}
}

// FuzzLocalPath: whatever follows next=, a browser stays with us.
func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/console/jobs", "//evil.example", "/console//evil.example", "/console/\t//evil.example", "/console/%2e%2e/%2f", "\\\\evil", "/console/a?next=//b#c"} {
		f.Add(s)
	}
	base, err := url.Parse("https://fairlead.example.com/console/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := localPath(s)
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || !strings.HasPrefix(u.Path, "/console/") || strings.ContainsAny(got, "\r\n\\") {
			t.Errorf("%q leads to %q (%v)", s, got, err)
		}
	})
}
