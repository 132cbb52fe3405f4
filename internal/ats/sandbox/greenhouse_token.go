package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// token is what a bearer token stands for.
type token struct {
	client  string
	sub     int64 // acting user, 0 for the integration's own service user
	scopes  []string
	expires time.Time
}

// token mints access tokens: OAuth 2.0 client credentials with the vendor's
// table of errors, some of which echo the client id.
func (g *Greenhouse) token(c *call) answer {
	remaining, reset, within := g.tokens.Take("token", g.c.Now())
	c.header.Set("X-RateLimit-Limit", strconv.Itoa(g.c.TokenRateLimit))
	c.header.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
	c.header.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	if c.r.Method != http.MethodPost {
		return notFound()
	}
	if !within {
		return g.tooMany(reset)
	}
	id, secret, given := c.r.BasicAuth()
	if !given || id == "" {
		return reply(http.StatusUnauthorized, map[string]any{"message": "Unauthorized", "errorId": "err-" + newEventID()})
	}
	if !clientSuffix(id) {
		return reply(http.StatusBadRequest, map[string]any{"message": "client_id=" + id + " does not contain a valid client ID suffix", "errorId": "err-" + newEventID()})
	}
	if err := c.r.ParseForm(); err != nil {
		return reply(http.StatusBadRequest, map[string]any{"message": "The body is not a form.", "errorId": "err-" + newEventID()})
	}
	switch grant := c.r.Form.Get("grant_type"); {
	case grant == "":
		return reply(http.StatusBadRequest, map[string]any{"message": "The request must include `grant_type`", "errorId": "err-" + newEventID()})
	case !slices.Contains(grants(), grant):
		return reply(http.StatusBadRequest, map[string]any{"message": "grant_type must be one of: " + strings.Join(grants(), ", "), "errorId": "err-" + newEventID()})
	case grant != "client_credentials":
		return reply(http.StatusBadRequest, map[string]any{"error": "unauthorized_client"})
	}
	if subtle.ConstantTimeCompare([]byte(id), []byte(g.c.ClientID))&subtle.ConstantTimeCompare([]byte(secret), []byte(g.c.ClientSecret)) != 1 {
		return reply(http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
	}
	c.author = id
	sub := int64(0)
	if s := c.r.Form.Get("sub"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		g.mu.Lock()
		_, exists := g.state.tables["users"].rows[n]
		g.mu.Unlock()
		if err != nil || !exists {
			return reply(http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": "sub is not a user"})
		}
		sub = n
	}
	if _, ok := g.fault(c, FaultNewTokenRevokes); ok {
		g.revokeTokens()
	}
	value := newToken()
	expires := g.c.Now().Add(g.c.TokenTTL)
	g.mu.Lock()
	for k, t := range g.live { // those that have run out need no keeping
		if g.c.Now().After(t.expires) {
			delete(g.live, k)
		}
	}
	g.live[value] = token{client: id, sub: sub, scopes: g.c.Scopes, expires: expires}
	g.mu.Unlock()
	out := map[string]any{
		"token_type": "Bearer", "access_token": value,
		"expires_in": int(g.c.TokenTTL.Seconds()), "expires_at": expires.UTC().Format(time.RFC3339),
	}
	if _, ok := g.fault(c, FaultOnlyExpiresAt); ok {
		delete(out, "expires_in")
	}
	if _, ok := g.fault(c, FaultOnlyExpiresIn); ok {
		delete(out, "expires_at")
	}
	return reply(http.StatusOK, out)
}

func grants() []string {
	return []string{"authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"}
}

// clientSuffix says whether a client id ends in "-<number>".
func clientSuffix(id string) bool { return regexp.MustCompile(`-[0-9]+$`).MatchString(id) }

// newToken looks like a JWT and is opaque.
func newToken() string {
	var b [48]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + e.EncodeToString(b[:24]) + "." + e.EncodeToString(b[24:])
}

// bearer finds the token a request carries, when it is alive.
func (g *Greenhouse) bearer(r *http.Request) (token, bool) {
	value, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return token{}, false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t, ok := g.live[value]
	if !ok || !g.c.Now().Before(t.expires) {
		return token{}, false
	}
	return t, true
}

func (g *Greenhouse) revokeTokens() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.live)
}

func (g *Greenhouse) siteAdmin(user int64) bool {
	u, ok := g.state.tables["users"].rows[user]
	return ok && u.cols["site_admin"] == true && u.cols["deactivated"] != true
}
