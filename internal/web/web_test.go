package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/web"
)

func logger(t *testing.T) (*slog.Logger, *strings.Builder) {
	t.Helper()
	var b strings.Builder
	return slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})), &b
}

func get(t *testing.T, h http.Handler) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/x", nil))
	return w.Result()
}

func TestErrorsBecomeStatuses(t *testing.T) {
	for _, c := range []struct {
		err        error
		status     int
		retryAfter string
	}{
		{fairlead.Fail(fairlead.Invalid, "m.", nil), 400, ""},
		{fairlead.Fail(fairlead.Unauthenticated, "m.", nil), 401, ""},
		{fairlead.Fail(fairlead.Forbidden, "m.", nil), 403, ""},
		{fairlead.Fail(fairlead.NotFound, "m.", nil), 404, ""},
		{fairlead.Fail(fairlead.Conflict, "m.", nil), 409, ""},
		{fairlead.Fail(fairlead.TooLarge, "m.", nil), 413, ""},
		{fairlead.Fail(fairlead.NeedsHuman, "m.", nil), 422, ""},
		{&fairlead.Error{Code: fairlead.RateLimited, Message: "m.", RetryAfter: 1500 * time.Millisecond}, 429, "2"},
		{fairlead.Fail(fairlead.RateLimited, "m.", nil), 429, "10"},
		{fmt.Errorf("store events: %w", fairlead.Fail(fairlead.Unavailable, "m.", nil)), 503, "10"},
		{fmt.Errorf("read: %w", context.DeadlineExceeded), 503, "10"},
		{fairlead.Fail(fairlead.Internal, "m.", nil), 500, ""},
		{errors.New("whatever"), 500, ""},
	} {
		log, _ := logger(t)
		res := get(t, web.Handle(log, func(http.ResponseWriter, *http.Request) error { return c.err }))
		if res.StatusCode != c.status || res.Header.Get("Retry-After") != c.retryAfter {
			t.Errorf("%v: got %d, Retry-After %q; want %d, %q", c.err, res.StatusCode, res.Header.Get("Retry-After"), c.status, c.retryAfter)
		}
		if got := web.StatusOf(c.err); got != c.status {
			t.Errorf("StatusOf(%v) = %d, want %d", c.err, got, c.status)
		}
		if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%v: Content-Type %q", c.err, got)
		}
	}
	if web.StatusOf(nil) != 200 {
		t.Error("StatusOf(nil) is not 200")
	}
}

func TestCauseGoesToTheLogOnly(t *testing.T) {
	log, lines := logger(t)
	res := get(t, web.Handle(log, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Length", "9999")
		return fairlead.Fail(fairlead.Unavailable, "The database is full. Make room.", errors.New("SQLITE_FULL 13"))
	}))
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p map[string]any
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	if p["detail"] != "The database is full. Make room." || p["status"] != 503.0 || p["request_id"] != res.Header.Get("Request-Id") || p["request_id"] == "" {
		t.Errorf("problem %v", p)
	}
	if strings.Contains(string(body), "SQLITE") {
		t.Error("the cause is on the client's screen")
	}
	if !strings.Contains(lines.String(), "SQLITE_FULL 13") || !strings.Contains(lines.String(), res.Header.Get("Request-Id")) {
		t.Errorf("log does not tell the cause and the request: %s", lines)
	}
	if res.Header.Get("Content-Length") == "9999" {
		t.Error("the length of an answer never given was kept")
	}
}

func TestPanicIsAnErrorAndTellsNothing(t *testing.T) {
	log, lines := logger(t)
	res := get(t, web.Handle(log, func(http.ResponseWriter, *http.Request) error { panic("Ada Lovelace, ada@example.com") }))
	if res.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", res.StatusCode)
	}
	if strings.Contains(lines.String(), "Lovelace") {
		t.Error("what was panicked with is in the log")
	}
	if !strings.Contains(lines.String(), "TestPanicIsAnErrorAndTellsNothing") {
		t.Errorf("no stack in the log: %s", lines)
	}
	lines.Reset()
	get(t, web.Handle(log, func(http.ResponseWriter, *http.Request) error { var h web.Handler; return h(nil, nil) }))
	if !strings.Contains(lines.String(), "nil pointer dereference") {
		t.Errorf("a runtime error is not told: %s", lines)
	}
}

func TestHalfAnAnswerIsCut(t *testing.T) {
	log, lines := logger(t)
	srv := httptest.NewServer(web.Handle(log, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte("half"))
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		return errors.New("the rest is gone")
	}))
	defer srv.Close()
	res, err := srv.Client().Get(srv.URL)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
	}
	if err == nil {
		t.Error("half an answer looked whole")
	}
	srv.Close()
	if !strings.Contains(lines.String(), "answer_cut=true") {
		t.Errorf("log: %s", lines)
	}
}

func TestPageRendererGetsTheProblem(t *testing.T) {
	log, _ := logger(t)
	var got web.Problem
	edge := web.Edge{Logger: log, Page: func(w http.ResponseWriter, _ *http.Request, p web.Problem) {
		got = p
		w.WriteHeader(p.Status)
	}}
	res := get(t, edge.Handle(func(http.ResponseWriter, *http.Request) error {
		return fairlead.Fail(fairlead.NotFound, "There is no such job.", nil)
	}))
	if res.StatusCode != http.StatusNotFound || got.Detail != "There is no such job." || got.Title != "Not Found" || got.RequestID == "" {
		t.Errorf("status %d, problem %+v", res.StatusCode, got)
	}
}

// readBody serves ReadBody with a limit of 100 bytes and reports what it said.
func readBody(t *testing.T) (addr string, results chan error) {
	t.Helper()
	log, _ := logger(t)
	results = make(chan error, 10)
	srv := httptest.NewServer(web.Handle(log, func(w http.ResponseWriter, r *http.Request) error {
		b, err := web.ReadBody(w, r, 100)
		results <- err
		if err == nil {
			_, err = fmt.Fprintf(w, "%d", len(b))
		}
		return err
	}))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String(), results
}

func raw(t *testing.T, addr, request string, closeAfter bool) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	if closeAfter {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestReadBody(t *testing.T) {
	hundred := strings.Repeat("a", 100)
	for _, c := range []struct {
		name, request string
		closeAfter    bool
		status        int
	}{
		{"whole", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", false, 200},
		{"empty", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", false, 200},
		{"just as long as allowed", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + hundred, false, 200},
		{"one byte more", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n" + hundred + "a", false, 413},
		{"declared far too long, nothing sent", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n", false, 413},
		{"chunked, too long", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + hundred + "a\r\n0\r\n\r\n", false, 413},
		{"chunked, whole", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", false, 200},
		{"ends before its length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nabc", true, 400},
		{"broken chunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", false, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr, results := readBody(t)
			res := raw(t, addr, c.request, c.closeAfter)
			if res.StatusCode != c.status {
				t.Errorf("status %d, want %d", res.StatusCode, c.status)
			}
			if err := <-results; web.StatusOf(err) != c.status {
				t.Errorf("error %v, want the code of %d", err, c.status)
			}
		})
	}
}

// slow is a body that never comes; its deadline is what ends it.
type slow struct {
	*httptest.ResponseRecorder
	deadline chan time.Time
}

func (s *slow) SetReadDeadline(t time.Time) error { s.deadline <- t; return nil }

func TestSlowBodyIsBounded(t *testing.T) {
	w := &slow{httptest.NewRecorder(), make(chan time.Time, 2)}
	body := &timesOut{}
	r := httptest.NewRequest(http.MethodPost, "/", body)
	_, err := web.ReadBody(w, r, 100)
	if fairlead.CodeOf(err) != fairlead.Invalid || !strings.Contains(fairlead.MessageOf(err), "longer than 15s") {
		t.Errorf("got %v", err)
	}
	if until := time.Until(<-w.deadline); until <= 0 || until > web.BodyTimeout {
		t.Errorf("deadline in %s, want at most %s", until, web.BodyTimeout)
	}
	if w.Header().Get("Connection") != "close" {
		t.Error("the connection is kept after half a body")
	}
}

type timesOut struct{}

func (*timesOut) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Err: &timeoutError{}}
}

type timeoutError struct{}

func (*timeoutError) Error() string   { return "i/o timeout" }
func (*timeoutError) Is(e error) bool { return e.Error() == "i/o timeout" }

func TestServerHeadersAndLimits(t *testing.T) {
	log, _ := logger(t)
	var deadline bool
	s := web.Server(web.Config{Addr: ":0", Logger: log, HTTPS: true, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, deadline = r.Context().Deadline()
		if r.URL.Path == "/x" {
			panic("x")
		}
	})})
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 20*time.Second || s.IdleTimeout != 60*time.Second || s.MaxHeaderBytes != 16<<10 || s.WriteTimeout == 0 {
		t.Errorf("limits of %+v", s)
	}
	res := get(t, s.Handler)
	if res.StatusCode != http.StatusInternalServerError || !deadline {
		t.Errorf("status %d, deadline %v", res.StatusCode, deadline)
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Strict-Transport-Security": "max-age=", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		if !strings.Contains(res.Header.Get(name), want) {
			t.Errorf("%s is %q, want %q in it", name, res.Header.Get(name), want)
		}
	}
	if csp := res.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("policy %q", csp)
	}
	plain := get(t, web.Secure(false, http.NotFoundHandler()))
	if plain.Header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS over plain http")
	}
}

func TestSameOrigin(t *testing.T) {
	log, _ := logger(t)
	h := web.Edge{Logger: log}.SameOrigin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		name, method string
		header       map[string]string
		status       int
	}{
		{"a form of ours", "POST", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"a form of another site", "POST", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a form of a sister site", "POST", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"an old browser, another site", "POST", map[string]string{"Origin": "https://evil.example"}, 403},
		{"an old browser, ours", "POST", map[string]string{"Origin": "http://example.com"}, 200},
		{"a program", "POST", nil, 200},
		{"a link from another site", "GET", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
	} {
		r := httptest.NewRequest(c.method, "http://example.com/x", nil)
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.status)
		}
	}
}

func TestClientAddr(t *testing.T) {
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		name, remote, forwarded string
		trusted                 []netip.Prefix
		want                    string
	}{
		{"direct", "192.0.2.1:99", "", proxy, "192.0.2.1"},
		{"forged by a stranger", "192.0.2.1:99", "203.0.113.9", proxy, "192.0.2.1"},
		{"nobody is trusted", "10.0.0.1:99", "203.0.113.9", nil, "10.0.0.1"},
		{"behind our proxy", "10.0.0.1:99", "203.0.113.9", proxy, "203.0.113.9"},
		{"forged in front of our proxy", "10.0.0.1:99", "198.51.100.7, 203.0.113.9", proxy, "203.0.113.9"},
		{"two proxies", "10.0.0.1:99", "203.0.113.9, 10.0.0.2", proxy, "203.0.113.9"},
		{"rubbish", "10.0.0.1:99", "x", proxy, "10.0.0.1"},
		{"mapped", "[::ffff:192.0.2.1]:99", "", proxy, "192.0.2.1"},
		{"no address", "@", "", proxy, "invalid IP"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := web.ClientAddr(r, c.trusted).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestRedirectStaysHere(t *testing.T) {
	for path, ok := range map[string]bool{"/console/": true, "/": true, "": false, "//evil.example": false, `/\evil.example`: false, "https://evil.example": false} {
		w := httptest.NewRecorder()
		err := web.Redirect(w, httptest.NewRequest(http.MethodGet, "/", nil), path)
		if (err == nil) != ok {
			t.Errorf("%q: %v", path, err)
		}
	}
}
