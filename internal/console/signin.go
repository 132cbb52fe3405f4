package console

import (
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/auth"
	"github.com/fairlead/fairlead/internal/web"
)

// maxForm is the most bytes a form of ours can have.
const maxForm = 16 << 10

// signInView asks who somebody is.
type signInView struct {
	Email, Problem, Next string
	Empty                bool // nobody can sign in yet
}

func (a *console) signInForm(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if _, ok := auth.UserOf(r.Context()); ok {
		return redirectTo(w, r, next)
	}
	empty, err := a.c.Auth.Empty(r.Context())
	if err != nil {
		return err
	}
	return a.showSignIn(w, r, http.StatusOK, signInView{Next: next, Empty: empty})
}

func (a *console) showSignIn(w http.ResponseWriter, r *http.Request, status int, v signInView) error {
	return a.show(w, r, status, "sign_in", frame{Title: "Sign in", Plain: true}, v)
}

func (a *console) signIn(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	next := localPath(form.Get("next"))
	_, err = a.c.Auth.SignIn(w, r, form.Get("email"), form.Get("password"))
	switch fairlead.CodeOf(err) {
	case "":
		return redirectTo(w, r, next)
	case fairlead.Unauthenticated, fairlead.RateLimited:
		retryAfter(w, err)
		return a.showSignIn(w, r, web.StatusOf(err), signInView{Email: form.Get("email"), Problem: fairlead.MessageOf(err), Next: next})
	}
	return err
}

func (a *console) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := a.c.Auth.SignOut(w, r); err != nil {
		return err
	}
	return redirectTo(w, r, "/console/sign-in")
}

// firstRunView lets whoever holds the link become the first admin.
type firstRunView struct {
	Token, Name, Email, Problem string
	Done                        bool // there are users already
	Min                         int
}

func (a *console) firstRunForm(w http.ResponseWriter, r *http.Request) error {
	empty, err := a.c.Auth.Empty(r.Context())
	if err != nil {
		return err
	}
	return a.showFirstRun(w, r, http.StatusOK, firstRunView{Token: r.URL.Query().Get("token"), Done: !empty})
}

func (a *console) showFirstRun(w http.ResponseWriter, r *http.Request, status int, v firstRunView) error {
	v.Min = auth.MinPassword
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the token
	return a.show(w, r, status, "first_run", frame{Title: "Set up", Plain: true}, v)
}

func (a *console) firstRun(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	v := firstRunView{Token: form.Get("token"), Name: form.Get("name"), Email: form.Get("email")}
	if form.Get("password") != form.Get("again") {
		v.Problem = "The two passwords differ. Type them again."
		return a.showFirstRun(w, r, http.StatusBadRequest, v)
	}
	err = a.c.Auth.FirstRun(w, r, v.Token, auth.Newcomer{Name: v.Name, Email: v.Email, Password: form.Get("password")})
	switch fairlead.CodeOf(err) {
	case "":
		return redirectTo(w, r, "/console/")
	case fairlead.Invalid, fairlead.NotFound, fairlead.Conflict, fairlead.RateLimited:
		v.Problem, v.Done = fairlead.MessageOf(err), fairlead.CodeOf(err) == fairlead.Conflict
		retryAfter(w, err)
		return a.showFirstRun(w, r, web.StatusOf(err), v)
	}
	return err
}

func retryAfter(w http.ResponseWriter, err error) {
	if wait := fairlead.RetryAfterOf(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
}

// readForm reads a form a browser posted.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/x-www-form-urlencoded" {
		return nil, fairlead.Fail(fairlead.Invalid, "This address takes forms only. Use the page.", err)
	}
	body, err := web.ReadBody(w, r, maxForm)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fairlead.Fail(fairlead.Invalid, "The form arrived broken. Send it again.", nil) // the cause would quote what was typed
	}
	return form, nil
}

// localPath is s when it is a page of the console, and the first page otherwise:
// a link to us must not lead somebody elsewhere once they have signed in.
func localPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || u.User != nil ||
		!strings.HasPrefix(u.Path, "/console/") || strings.ContainsAny(s, "\\\r\n\t") || strings.Contains(u.Path, "..") ||
		strings.HasPrefix(u.Path, "/console/sign-") {
		return "/console/"
	}
	return u.RequestURI()
}

func redirectTo(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Set("Cache-Control", "no-store")
	return web.Redirect(w, r, path)
}
