package greenhouse

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

const (
	// renewEarly is how long before its end a token is replaced.
	renewEarly = time.Minute
	// assumedLifetime of a token that does not say.
	assumedLifetime = time.Hour
	// refusedFor is how long refused credentials are not tried again, so that
	// a wrong secret does not become a storm on the token endpoint.
	refusedFor = 30 * time.Second
)

// tokens hands out access tokens (OAuth 2.0 client credentials, RFC 6749 4.4).
// One is minted at a time and shared: some hold that a new token revokes the
// one before it. Safe for concurrent use.
type tokens struct {
	client          *ats.Client
	url             string
	id, secret, sub string
	now             func() time.Time

	mu      sync.Mutex
	current token
	minting *mint
	refused error
	until   time.Time // refused is the answer until then
}

type token struct {
	value string
	renew time.Time
}

type mint struct {
	done  chan struct{}
	token token
	err   error
}

// get returns a token that is good for a while. stale is a token the API has
// just refused, "" for none: it is not returned again.
func (t *tokens) get(ctx context.Context, stale string) (string, error) {
	for {
		t.mu.Lock()
		now := t.now()
		if t.current.value == stale || !now.Before(t.current.renew) {
			t.current = token{}
		}
		if t.current.value != "" {
			defer t.mu.Unlock()
			return t.current.value, nil
		}
		if t.refused != nil && now.Before(t.until) {
			defer t.mu.Unlock()
			return "", t.refused
		}
		m := t.minting
		if m == nil {
			m = &mint{done: make(chan struct{})}
			t.minting = m
			// Minting serves everybody who waits, not only this caller.
			go t.run(context.WithoutCancel(ctx), m)
		}
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return "", unavailable("Signing in to Greenhouse was interrupted. Fairlead tries again by itself.", ctx.Err())
		case <-m.done:
		}
		if m.err != nil {
			return "", m.err
		}
		if m.token.value != stale {
			return m.token.value, nil
		}
		stale = "" // the endpoint gave the same token again: let the API judge it
	}
}

func (t *tokens) run(ctx context.Context, m *mint) {
	m.token, m.err = t.mint(ctx)
	t.mu.Lock()
	t.minting = nil
	t.refused = nil
	if m.err == nil {
		t.current = m.token
	} else if fairlead.CodeOf(m.err) == fairlead.Unauthenticated {
		t.refused, t.until = m.err, t.now().Add(refusedFor)
	}
	t.mu.Unlock()
	close(m.done)
}

func (t *tokens) mint(ctx context.Context) (token, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if t.sub != "" {
		form.Set("sub", t.sub)
	}
	now := t.now()
	reply, err := t.client.Do(ctx, ats.Request{
		Method: http.MethodPost, URL: t.url, Body: []byte(form.Encode()),
		Header: http.Header{
			"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(t.id+":"+t.secret))},
			"Content-Type":  {"application/x-www-form-urlencoded"},
			"Accept":        {"application/json"},
		},
	})
	if err != nil {
		return token{}, err
	}
	if reply.Status < 200 || reply.Status > 299 {
		// The body is not kept: Greenhouse echoes the client id in it.
		return token{}, fairlead.Fail(fairlead.Unauthenticated, "Greenhouse refused the connection's client id and secret (status "+strconv.Itoa(reply.Status)+"). "+
			"Compare them with Configure → Dev Center → API Credentials, and acting_user with a Site Admin's user number.", nil)
	}
	var body struct {
		AccessToken text            `json:"access_token"`
		ExpiresAt   json.RawMessage `json:"expires_at"`
		ExpiresIn   json.RawMessage `json:"expires_in"`
	}
	if err := json.Unmarshal(reply.Body, &body); err != nil || body.AccessToken == "" || strings.ContainsAny(string(body.AccessToken), " \r\n\t") {
		return token{}, fairlead.Fail(fairlead.Unavailable, "Greenhouse's answer to signing in holds no token. Fairlead tries again by itself.", nil)
	}
	life := lifetime(body.ExpiresAt, body.ExpiresIn, reply.Header, now)
	early := min(renewEarly, life/2) // a simulator's tokens may live for seconds
	return token{value: string(body.AccessToken), renew: now.Add(life - early)}, nil
}

// lifetime reads expires_at (a time, compared with the answer's own Date so that
// clocks may differ) or expires_in (seconds), as numbers or strings.
func lifetime(at, in json.RawMessage, h http.Header, now time.Time) time.Duration {
	life := assumedLifetime
	var when moment
	_ = when.UnmarshalJSON(at)
	if seconds, err := strconv.ParseFloat(strings.Trim(string(in), `"`), 64); err == nil && seconds > 0 && seconds < 1e7 {
		life = time.Duration(seconds * float64(time.Second))
	}
	if !when.IsZero() {
		then := now
		if d, err := http.ParseTime(h.Get("Date")); err == nil {
			then = d
		}
		life = when.Sub(then)
	}
	return min(max(life, time.Second), 24*time.Hour)
}
