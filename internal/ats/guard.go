package ats

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/fairlead/fairlead"
)

// maxRequestBody is the largest body we send, in bytes.
const maxRequestBody = 1 << 20

// Rule lets one kind of request through a Guard. What no rule names does not
// leave the process: that is promise I7, kept in one place and not by every
// caller's good behaviour.
type Rule struct {
	Method string
	// Path is the exact path below the guard's base, where {id} stands for a
	// segment of 1 to 19 digits and a lone * as the whole path for any path.
	Path string
	// Keys are the only top-level keys the JSON body may have. A rule without
	// Keys and without Form allows no body.
	Keys []string
	// Form are the only keys of a form body.
	Form []string
	// Check looks further into a body that has only Keys. Optional.
	Check func(ctx context.Context, body map[string]json.RawMessage) error
}

// Guard is a RoundTripper that lets listed requests through to Base and refuses
// all others with a *fairlead.Error before anything is sent. It follows no
// redirect, as every RoundTripper.
type Guard struct {
	// Origin is the scheme, host and path prefix every request must be under.
	// When its Host is empty, Hosts decides.
	Origin url.URL
	// Hosts are allowed host names; "*.example.com" means any name below it.
	Hosts []string
	// Plain allows http beside https, for simulators.
	Plain bool
	// NoCredentials refuses a request that carries an Authorization or Cookie
	// header: signed links must travel alone.
	NoCredentials bool
	Rules         []Rule
	Base          http.RoundTripper
	Logger        *slog.Logger

	refused atomic.Int64
}

// Refused counts requests that were stopped since the start. Anything but 0 is
// a bug of ours.
func (g *Guard) Refused() int64 { return g.refused.Load() }

// RoundTrip implements http.RoundTripper.
func (g *Guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.check(req); err != nil {
		g.refused.Add(1)
		if g.Logger != nil {
			g.Logger.Error("request refused before it left: it is not on the allow-list", "method", req.Method, "cause", err)
		}
		if req.Body != nil {
			_ = req.Body.Close() // RoundTrip must close it, error or not
		}
		return nil, fairlead.Fail(fairlead.Forbidden, "Fairlead stopped a request to the ATS that is not on its allow-list. Nothing was sent. Please report this.", err)
	}
	return g.Base.RoundTrip(req)
}

func (g *Guard) check(req *http.Request) error {
	rel, err := g.checkAddress(req.URL)
	if err != nil {
		return err
	}
	if g.NoCredentials && (req.Header.Get("Authorization") != "" || req.Header.Get("Cookie") != "") {
		return errors.New("credentials on a request that must carry none")
	}
	for name := range req.Header {
		// A server may obey these instead of the method we checked.
		if strings.HasPrefix(name, "X-Http-Method") || name == "X-Method-Override" {
			return errors.New("method override header")
		}
	}
	for _, r := range g.Rules {
		if r.Method == req.Method && matchPath(r.Path, rel) {
			return checkBody(req, r)
		}
	}
	return fmt.Errorf("no rule for %s %s", req.Method, anonymousPath(rel))
}

// checkAddress returns the path below the origin.
func (g *Guard) checkAddress(u *url.URL) (string, error) {
	if u.User != nil {
		return "", errors.New("credentials in an address")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !g.Plain) {
		return "", errors.New("only https is allowed")
	}
	rel := u.EscapedPath()
	if g.Origin.Host == "" {
		if !matchHost(g.Hosts, u.Hostname()) {
			return "", errors.New("host is not allowed")
		}
		return rel, nil
	}
	if u.Scheme != g.Origin.Scheme || !strings.EqualFold(u.Host, g.Origin.Host) {
		return "", errors.New("host is not the connection's")
	}
	rel, ok := strings.CutPrefix(rel, strings.TrimSuffix(g.Origin.EscapedPath(), "/"))
	if !ok || path.Clean("/"+rel) != rel {
		return "", errors.New("path is not under the connection's address")
	}
	return rel, nil
}

func checkBody(req *http.Request, r Rule) error {
	if req.Body == nil || req.Body == http.NoBody {
		if len(r.Keys) > 0 || len(r.Form) > 0 {
			return errors.New("a body is missing")
		}
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxRequestBody+1))
	_ = req.Body.Close() // it was in memory
	if err != nil {
		return fmt.Errorf("read request body: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case len(body) > maxRequestBody:
		return errors.New("body is too large")
	case len(r.Form) > 0:
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return errors.New("body is not a form")
		}
		for k := range form {
			if !slices.Contains(r.Form, k) {
				return fmt.Errorf("form key %q is not allowed", k)
			}
		}
		return nil
	case len(r.Keys) == 0:
		return errors.New("a body where none is allowed")
	}
	// jsontext refuses duplicate names, which encoding/json would let pass: a
	// key must not be able to hide behind its namesake.
	if !jsontext.Value(body).IsValid() {
		return errors.New("body is not JSON")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return errors.New("body is not a JSON object")
	}
	for k := range members {
		if !slices.Contains(r.Keys, k) {
			return fmt.Errorf("body key %q is not allowed", k)
		}
	}
	if r.Check != nil {
		return r.Check(req.Context(), members)
	}
	return nil
}

func matchPath(pattern, rel string) bool {
	if pattern == "*" {
		return true
	}
	want, got := strings.Split(pattern, "/"), strings.Split(rel, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] == "{id}" && isID(got[i]) {
			continue
		}
		if want[i] != got[i] {
			return false
		}
	}
	return true
}

// anonymousPath is a path for the log, without ids.
func anonymousPath(p string) string {
	segments := strings.Split(p, "/")
	for i, s := range segments {
		if isID(s) {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

func isID(s string) bool {
	if len(s) == 0 || len(s) > 19 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// matchHost compares names without ports.
func matchHost(allowed []string, host string) bool {
	host = strings.ToLower(host)
	for _, a := range allowed {
		a = strings.ToLower(a)
		if suffix, ok := strings.CutPrefix(a, "*"); ok && len(suffix) > 1 && suffix[0] == '.' {
			if strings.HasSuffix(host, suffix) && len(host) > len(suffix) {
				return true
			}
		} else if a == host {
			return true
		}
	}
	return false
}

// Permit says which custom fields one write may carry: Fields freely, because
// they are mapped to our outputs, and Unchanged only with exactly the value the
// ATS itself just gave us (compact JSON by key), for accounts where leaving a
// value out would erase it.
type Permit struct {
	Fields    fairlead.FieldMap
	Unchanged map[string]string
}

// Allows says whether key may be written with value.
func (p Permit) Allows(key string, value json.RawMessage) bool {
	for _, f := range p.Fields {
		if f.Key == key {
			return true
		}
	}
	was, ok := p.Unchanged[key]
	return ok && was == CompactJSON(value)
}

// CompactJSON is v with its members sorted and without spaces (RFC 8785 member
// order and number form), so that equal values have equal texts. What is not
// JSON comes back as it is.
func CompactJSON(v json.RawMessage) string {
	c := jsontext.Value(bytes.Clone(v))
	if err := c.Canonicalize(); err != nil {
		return string(v)
	}
	return string(c)
}

type permitKey struct{}

// WithPermit hands a Permit to the rule that checks the write's body.
func WithPermit(ctx context.Context, p Permit) context.Context {
	return context.WithValue(ctx, permitKey{}, p)
}

// PermitOf returns the write's Permit; the zero value, which allows nothing,
// when there is none.
func PermitOf(ctx context.Context) Permit {
	p, _ := ctx.Value(permitKey{}).(Permit)
	return p
}
