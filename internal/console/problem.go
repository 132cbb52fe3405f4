package console

import (
	"net/http"
	"net/url"

	"github.com/fairlead/fairlead/internal/auth"
	"github.com/fairlead/fairlead/internal/web"
)

// problemView is an error as a page.
type problemView struct {
	Status    int
	Headline  string
	Detail    string
	RequestID string
	SignedIn  bool
}

// showProblem is where all errors of the console become pages. Who is not
// signed in and asked for a page is led to the sign-in and back.
func (a *console) showProblem(w http.ResponseWriter, r *http.Request, p web.Problem) {
	if p.Status == http.StatusUnauthorized && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		http.Redirect(w, r, "/console/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	_, signedIn := auth.UserOf(r.Context())
	v := problemView{Status: p.Status, Headline: headline(p.Status), Detail: p.Detail, RequestID: p.RequestID, SignedIn: signedIn}
	if err := a.show(w, r, p.Status, "problem", frame{Title: v.Headline, Plain: !signedIn}, v); err != nil {
		// The page about the error has an error itself; say what we can.
		a.c.Logger.ErrorContext(r.Context(), "error page failed", "error", err, "request", p.RequestID)
		http.Error(w, p.Title+"\n"+p.Detail, p.Status)
	}
}

func headline(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "Sign in first"
	case http.StatusForbidden:
		return "Not for your role"
	case http.StatusNotFound:
		return "Not here"
	case http.StatusTooManyRequests:
		return "Too fast"
	case http.StatusRequestEntityTooLarge:
		return "Too large"
	case http.StatusServiceUnavailable:
		return "Not available just now"
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return "That did not work"
	}
	return "Something went wrong on our side"
}
