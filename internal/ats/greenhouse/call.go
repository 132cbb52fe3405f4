package greenhouse

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

const (
	// perPage is the largest page Harvest gives.
	perPage = 500
	// maxPages bounds one list: 50,000 rows are no answer to anything we ask.
	maxPages = 100
)

func unavailable(message string, cause error) error {
	return fairlead.Fail(fairlead.Unavailable, message, cause)
}

// call sends one request with a token; when the token is refused it is replaced
// and the request sent once more: a refused request was not carried out.
func (g *Connector) call(ctx context.Context, method, address string, body any) (*ats.Reply, error) {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return nil, fairlead.Fail(fairlead.Internal, "", err)
		}
	}
	stale := ""
	for range 2 {
		token, err := g.tokens.get(ctx, stale)
		if err != nil {
			return nil, err
		}
		header := http.Header{"Authorization": {"Bearer " + token}, "Accept": {"application/json"}}
		if payload != nil {
			header.Set("Content-Type", "application/json")
		}
		reply, err := g.api.Do(ctx, ats.Request{Method: method, URL: address, Header: header, Body: payload})
		if err != nil {
			return nil, err
		}
		if reply.Status != http.StatusUnauthorized {
			return reply, g.judge(reply, method, address)
		}
		stale = token
	}
	return nil, fairlead.Fail(fairlead.Unauthenticated, "Greenhouse refuses the access token it has just given us. Check in Configure → Dev Center → API Credentials that the credential is active.", nil)
}

// judge turns a status into an error. Error bodies may repeat what was sent, so
// only the names of the members they complain about are kept, for the log.
func (g *Connector) judge(r *ats.Reply, method, address string) error {
	resource := resourceOf(address)
	switch {
	case r.Status >= 200 && r.Status < 300:
		return nil
	case r.Status == http.StatusForbidden:
		scope := scopeOf(method, resource)
		return fairlead.Fail(fairlead.Forbidden, "Greenhouse does not let our key do this. Tick the scope "+scope+
			" in Configure → Dev Center → API Credentials → Manage Scopes, and check that the acting user is a Site Admin.", &missingScope{scope})
	case r.Status == http.StatusNotFound || r.Status == http.StatusGone:
		return fairlead.Fail(fairlead.NotFound, "Greenhouse does not have this record, or our key may not see it.", nil)
	case r.Status == http.StatusConflict:
		return unavailable("Greenhouse is changing the same record. Fairlead tries again by itself.", nil)
	}
	return fairlead.Fail(fairlead.Invalid, "Greenhouse did not accept the request ("+resource+", status "+strconv.Itoa(r.Status)+").", complaint(r.Body))
}

// missingScope is the cause of a Forbidden.
type missingScope struct{ scope string }

// Error names the scope.
func (m *missingScope) Error() string { return "missing scope " + m.scope }

// complaint lists the members a validation error is about.
func complaint(body []byte) error {
	var e struct {
		Errors []json.RawMessage `json:"errors"`
	}
	_ = json.Unmarshal(body, &e) // another shape complains about nothing we know
	var names []string
	for _, raw := range e.Errors {
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			continue
		}
		for name := range members {
			if len(name) <= 40 && len(names) < 10 && !strings.ContainsAny(name, " @\n") {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return errors.New("complains about " + strings.Join(names, ", "))
}

// resourceOf is the resource of an address: applications, notes, …
func resourceOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "request"
	}
	_, rest, _ := strings.Cut(u.Path, "/v3/")
	resource, _, _ := strings.Cut(rest, "/")
	return resource
}

func scopeOf(method, resource string) string {
	verb := map[string]string{
		http.MethodGet: "list", http.MethodPost: "create", http.MethodPatch: "update", http.MethodDelete: "destroy",
	}[method]
	return "harvest:" + resource + ":" + verb
}

// address of a v3 path.
func (g *Connector) address(p string, query url.Values) string {
	a := strings.TrimSuffix(g.set.api.String(), "/") + p
	if len(query) > 0 {
		a += "?" + query.Encode()
	}
	return a
}

// list reads all rows of a list endpoint.
func (g *Connector) list(ctx context.Context, p string, query url.Values) ([]row, error) {
	if query == nil {
		query = url.Values{}
	}
	if query.Get("per_page") == "" {
		query.Set("per_page", strconv.Itoa(perPage))
	}
	var out []row
	next := g.address(p, query)
	for range maxPages {
		reply, err := g.call(ctx, http.MethodGet, next, nil)
		if err != nil {
			return nil, err
		}
		var page []json.RawMessage
		if err := json.Unmarshal(reply.Body, &page); err != nil {
			return nil, unavailable("Greenhouse's answer is not the list it should be. Fairlead tries again by itself.", errors.New("not a JSON array: "+resourceOf(next)))
		}
		for _, r := range page {
			out = append(out, row(r))
		}
		link := nextLink(reply.Header.Values("Link"))
		if link == "" {
			return out, nil
		}
		if next, err = g.follow(link, p); err != nil {
			return nil, err
		}
	}
	return nil, fairlead.Fail(fairlead.Invalid, "Greenhouse's list of "+path.Base(p)+" does not end.", nil)
}

// follow checks a next link: same scheme, host and path, and nothing but a
// cursor. A link elsewhere would carry our token there.
func (g *Connector) follow(link, p string) (string, error) {
	u, err := url.Parse(link)
	if err == nil {
		u = g.set.api.JoinPath(p).ResolveReference(u)
		if u.Scheme == g.set.api.Scheme && strings.EqualFold(u.Host, g.set.api.Host) && u.User == nil &&
			u.Path == strings.TrimSuffix(g.set.api.Path, "/")+p && u.Query().Get("cursor") != "" {
			return u.String(), nil
		}
	}
	return "", fairlead.Fail(fairlead.Invalid, "Greenhouse's link to the next page leads somewhere else. Fairlead does not follow it.", nil)
}

// nextLink finds the target of rel=next in Link headers (RFC 8288), "" when
// there is none.
func nextLink(values []string) string {
	for _, v := range values {
		for v != "" {
			start := strings.IndexByte(v, '<')
			if start < 0 {
				break
			}
			v = v[start+1:]
			target, rest, ok := strings.Cut(v, ">")
			if !ok {
				break
			}
			params, after := cutParams(rest)
			if isNext(params) {
				return strings.TrimSpace(target)
			}
			v = after
		}
	}
	return ""
}

// cutParams splits after the parameters of one link, at a comma outside quotes.
func cutParams(s string) (params, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func isNext(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `"`)
		return slices.ContainsFunc(strings.Fields(value), func(f string) bool { return strings.EqualFold(f, "next") })
	}
	return false
}

// decode reads rows as T; a row of another shape is left out, since an element
// may lack most of its members (redacted and asynchronous stubs).
func decode[T any](rows []row) []T {
	out := make([]T, 0, len(rows))
	for _, r := range rows {
		var v T
		if err := json.Unmarshal(r, &v); err == nil {
			out = append(out, v)
		}
	}
	return out
}

// byMember lists p filtered by ids in the parameter filter, and groups the rows
// by their member.
func (g *Connector) byMember(p, filter, member string, more url.Values) func(context.Context, []string) (map[string][]row, error) {
	return func(ctx context.Context, ids []string) (map[string][]row, error) {
		query := url.Values{filter: {strings.Join(ids, ",")}}
		for k, v := range more {
			query[k] = v
		}
		rows, err := g.list(ctx, p, query)
		if err != nil {
			return nil, err
		}
		out := make(map[string][]row, len(ids))
		for _, r := range rows {
			var members map[string]json.RawMessage
			var id number
			if json.Unmarshal(r, &members) != nil || id.UnmarshalJSON(members[member]) != nil || id == 0 {
				continue
			}
			key := strconv.FormatInt(int64(id), 10)
			out[key] = append(out[key], r)
		}
		return out, nil
	}
}
