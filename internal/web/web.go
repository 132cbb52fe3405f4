// Package web is how Fairlead speaks HTTP. It hides the one place where errors
// become statuses (a problem document for programs, a page for people), request
// ids, panics, security headers, and the limits on what a client may send and
// how long it may take. Handlers above it return errors and never write them.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
)

// Handler answers a request or says why it cannot. What it returns becomes a
// status and a log line in Edge.Handle and nowhere else.
type Handler func(http.ResponseWriter, *http.Request) error

// Problem is an error as a client sees it (RFC 9457). It never holds a cause.
type Problem struct {
	Status    int
	Code      fairlead.Code
	Title     string // of the status
	Detail    string // a sentence with the next step
	RequestID string
}

// StatusOf returns the HTTP status of an error; 200 for nil. A context that
// ran out of time is 503: the same request may succeed later.
func StatusOf(err error) int {
	switch codeOf(err) {
	case "":
		return http.StatusOK
	case fairlead.Invalid:
		return http.StatusBadRequest
	case fairlead.Unauthenticated:
		return http.StatusUnauthorized
	case fairlead.Forbidden:
		return http.StatusForbidden
	case fairlead.NotFound:
		return http.StatusNotFound
	case fairlead.Conflict:
		return http.StatusConflict
	case fairlead.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fairlead.NeedsHuman:
		return http.StatusUnprocessableEntity
	case fairlead.RateLimited:
		return http.StatusTooManyRequests
	case fairlead.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError // Internal, and any code added later
}

func codeOf(err error) fairlead.Code {
	code := fairlead.CodeOf(err)
	if code == fairlead.Internal && errors.Is(err, context.DeadlineExceeded) {
		return fairlead.Unavailable
	}
	return code
}

// defaultRetryAfter is what a client told to come back waits when the error
// does not say.
const defaultRetryAfter = 10 * time.Second

// Edge is where errors leave: they are logged, and shown by Page, or as a
// problem document when Page is nil. Page must write the whole answer, status
// included.
type Edge struct {
	Logger *slog.Logger
	Page   func(http.ResponseWriter, *http.Request, Problem)
}

// Handle is Edge.Handle for programs: errors become application/problem+json.
func Handle(logger *slog.Logger, h Handler) http.Handler { return Edge{Logger: logger}.Handle(h) }

// Handle turns h into an http.Handler. Its error becomes a status with
// Retry-After where the code asks for one; its cause goes to the log only, with
// the route's pattern (never the address, which may carry a token) and the
// request id. A panic is an Internal error; http.ErrAbortHandler stays a panic.
// When h failed after it began to answer, the connection is cut so that half an
// answer is not taken for a whole one.
func (e Edge) Handle(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = withRequestID(w, r)
		t := &tracker{ResponseWriter: w}
		err := guarded(h, t, r)
		if err == nil {
			return
		}
		if errors.Is(err, context.Canceled) && errors.Is(r.Context().Err(), context.Canceled) {
			return // the client went away: there is nobody to tell, and nothing went wrong
		}
		e.log(r, err, t.began)
		if t.began {
			panic(http.ErrAbortHandler)
		}
		e.show(w, r, err)
	})
}

func (e Edge) log(r *http.Request, err error, began bool) {
	status := StatusOf(err)
	level := slog.LevelDebug // what a client did wrong is the client's to know; a flood of it must not fill a disk
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.Int("status", status), slog.String("code", string(codeOf(err))), slog.String("method", r.Method),
		slog.String("route", r.Pattern), slog.String("request", RequestID(r.Context())), slog.String("error", err.Error()),
	}
	if began {
		attrs = append(attrs, slog.Bool("answer_cut", true))
	}
	var p *panicked
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", p.stack))
	}
	e.Logger.LogAttrs(r.Context(), level, "request failed", attrs...)
}

func (e Edge) show(w http.ResponseWriter, r *http.Request, err error) {
	code := codeOf(err)
	p := Problem{Status: StatusOf(err), Code: code, Detail: fairlead.MessageOf(err), RequestID: RequestID(r.Context())}
	p.Title = http.StatusText(p.Status)
	h := w.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Disposition", "Etag", "Last-Modified"} {
		h.Del(name) // meant for the answer that is not given
	}
	h.Set("Cache-Control", "no-store")
	if code == fairlead.RateLimited || code == fairlead.Unavailable {
		wait := fairlead.RetryAfterOf(err)
		if wait <= 0 {
			wait = defaultRetryAfter
		}
		h.Set("Retry-After", strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))
	}
	if e.Page != nil {
		e.Page(w, r, p)
		return
	}
	writeProblem(w, p)
}

// writeProblem writes an RFC 9457 document.
func writeProblem(w http.ResponseWriter, p Problem) {
	body, err := json.Marshal(struct {
		Type      string `json:"type"`
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail"`
		Code      string `json:"code"`
		RequestID string `json:"request_id,omitempty"`
	}{"about:blank", p.Title, p.Status, p.Detail, string(p.Code), p.RequestID})
	if err != nil { // cannot be: strings and a number
		body = []byte(`{"type":"about:blank","status":500}`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n'))
}

// panicked is a panic on its way to the log. What was panicked with may hold
// anything, a resume's text included, so only Go's own runtime errors are told;
// of others the type.
type panicked struct{ what, stack string }

func (p *panicked) Error() string { return "panic: " + p.what }

func guarded(h Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // the sentinel is compared by identity, as net/http does
			panic(v)
		}
		p := &panicked{what: fmt.Sprintf("%T", v), stack: stack()}
		var re runtime.Error
		if e, ok := v.(error); ok && errors.As(e, &re) {
			p.what = re.Error()
		}
		err = p
	}()
	return h(w, r)
}

// stack names the functions and lines above the panic, without their arguments.
func stack() string {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(4, pc)])
	var b strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s:%d ", f.Function, f.Line)
		if !more {
			return strings.TrimSpace(b.String())
		}
	}
}

// tracker knows whether an answer has begun. http.ResponseController reaches
// through it.
type tracker struct {
	http.ResponseWriter
	began bool
}

func (t *tracker) WriteHeader(status int) {
	t.began = t.began || status >= 200
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracker) Write(b []byte) (int, error) {
	t.began = true
	return t.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }
