// Package greenhouse speaks to Greenhouse Recruiting: Harvest API v3 and
// recruiting webhooks. It hides tokens, paging, rate windows, the several
// spellings of one thing, two kinds of stage id, and the question nobody has
// answered in writing: whether a PATCH of custom fields merges or replaces.
//
// A connection's configuration:
//
//	kind: greenhouse
//	settings:
//	  base_url: https://harvest.greenhouse.io  # default
//	  auth_url: https://auth.greenhouse.io     # default
//	  app_url: https://app.greenhouse.io       # default; links for people
//	  acting_user: "4280001"                   # optional: numeric id of a Site Admin
//	  file_hosts: "*.amazonaws.com, *.greenhouse.io"  # default; where resumes may be downloaded from
//	  custom_fields_patch: learn               # default; or merge, or replace, once support has confirmed it
//	  allow_private: "false"                   # default; "true" only for a simulator on this machine or network
//	credentials:
//	  client_id: …
//	  client_secret: …
//	  webhook_secret: …
//	  webhook_secret_previous: …               # optional, while a secret is being rotated: either verifies
//
// Every request passes ats.Guard with the rules in rules.go: no endpoint that
// moves, rejects, unrejects or hires anybody can be reached from here.
package greenhouse

import (
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// Connector implements ats.Connector for one Greenhouse account. It is safe for
// concurrent use and holds no state that must survive it.
type Connector struct {
	connection fairlead.ConnectionID
	production bool
	set        settings
	secrets    [][]byte // of the webhooks, newest first
	env        ats.Env
	api        *ats.Client
	apiGuard   *ats.Guard
	files      *ats.Downloader
	tokens     *tokens

	applications *gather // by id
	candidates   *gather // by id
	resumes      *gather // resume attachments by candidate id
	jobs         *gather // by id
	posts        *gather // job posts by job id
	sources      *gather // by id
	notes        *gather // by application id
	applied      *gather // applied tags by candidate id

	jobCache    *ats.Cache[jobRows]
	sourceCache *ats.Cache[string]
	fieldCache  *ats.Cache[[]fieldRow]
	optionCache *ats.Cache[[]optionRow]
	tagCache    *ats.Cache[map[string]int64]
	seen        *ats.Recent[struct{}]     // applications fetched before
	before      *ats.Recent[customValues] // custom fields as last read, by application
	people      ats.Keyed                 // one writer of notes and tags per candidate
	learning    ats.Keyed                 // one writer while the kind of PATCH is unknown
	patch       atomic.Int32              // patchKind
	noTags      atomic.Pointer[time.Time] // when the account refused us its tags
}

var _ ats.Connector = (*Connector)(nil)

type settings struct {
	api, auth, app url.URL
	actingUser     string
	fileHosts      []string
	allowPrivate   bool
	patch          patchKind
}

// New makes a Connector. It does no I/O. Invalid, naming the setting, when the
// connection's settings or credentials cannot be right.
func New(c fairlead.Connection, env ats.Env) (*Connector, error) {
	set, err := readSettings(c.Settings)
	if err != nil {
		return nil, err
	}
	id, secret := c.Credentials["client_id"], c.Credentials["client_secret"]
	if id == "" || secret == "" {
		return nil, invalid("The connection lacks client_id or client_secret. Copy both from Greenhouse: Configure → Dev Center → API Credentials.")
	}
	env = env.WithDefaults(set.allowPrivate)
	g := &Connector{connection: c.ID, production: c.Environment == fairlead.Production, set: set, env: env}
	for _, name := range []string{"webhook_secret", "webhook_secret_previous"} {
		if s := c.Credentials[name]; s != "" {
			g.secrets = append(g.secrets, []byte(s))
		}
	}
	g.apiGuard = &ats.Guard{Origin: set.api, Plain: set.allowPrivate, Rules: apiRules(), Base: env.Transport, Logger: env.Logger}
	g.api = ats.NewClient(env, vendor, g.apiGuard, env.Limiter)
	authGuard := &ats.Guard{Origin: set.auth, Plain: set.allowPrivate, Rules: authRules(), Base: env.Transport, Logger: env.Logger}
	g.tokens = &tokens{
		client: ats.NewClient(env, vendor, authGuard, ats.NewLimiter(env.Now)),
		url:    set.auth.String() + "/token", id: id, secret: secret, sub: set.actingUser, now: env.Now,
	}
	g.files = ats.NewDownloader(env, set.fileHosts, set.allowPrivate)
	g.patch.Store(int32(set.patch))
	g.prepareReads()
	return g, nil
}

// Refused counts requests the guard stopped since the start (promise I7); any
// number but 0 is a bug of ours.
func (g *Connector) Refused() int64 { return g.apiGuard.Refused() }

const vendor = "Greenhouse"

func invalid(message string) error { return fairlead.Fail(fairlead.Invalid, message, nil) }

func readSettings(m map[string]string) (settings, error) {
	var s settings
	for k := range m {
		switch k {
		case "base_url", "auth_url", "app_url", "acting_user", "file_hosts", "custom_fields_patch", "allow_private":
		default:
			return s, invalid("Greenhouse connections have no setting " + strconv.Quote(k) + ". See docs/connectors.md for those there are.")
		}
	}
	switch m["allow_private"] {
	case "", "false":
	case "true":
		s.allowPrivate = true
	default:
		return s, invalid(`The setting allow_private is "true" or "false".`)
	}
	for _, a := range []struct {
		name, fallback, suffix string
		into                   *url.URL
	}{
		{"base_url", "https://harvest.greenhouse.io", "/v3", &s.api},
		{"auth_url", "https://auth.greenhouse.io", "/token", &s.auth},
		{"app_url", "https://app.greenhouse.io", "", &s.app},
	} {
		u, err := address(m[a.name], a.fallback, a.suffix, s.allowPrivate)
		if err != nil {
			return s, invalid("The setting " + a.name + " is not an https address without user, query and fragment. (http is for simulators, with allow_private.)")
		}
		*a.into = u
	}
	s.actingUser = strings.TrimSpace(m["acting_user"])
	if s.actingUser != "" && !isID(s.actingUser) {
		return s, invalid("The setting acting_user is the number at the end of a user's page in Greenhouse: /account/users/<number>.")
	}
	s.fileHosts = []string{"*.amazonaws.com", "*.greenhouse.io"}
	if m["file_hosts"] != "" {
		s.fileHosts = nil
		for h := range strings.SplitSeq(m["file_hosts"], ",") {
			if h = strings.TrimSpace(h); h != "" {
				s.fileHosts = append(s.fileHosts, h)
			}
		}
	}
	if s.allowPrivate { // a simulator serves its files itself
		s.fileHosts = append(s.fileHosts, s.api.Hostname())
	}
	switch m["custom_fields_patch"] {
	case "", "learn":
	case "merge":
		s.patch = patchMerges
	case "replace":
		s.patch = patchReplaces
	default:
		return s, invalid("The setting custom_fields_patch is learn, merge or replace.")
	}
	return s, nil
}

// address reads an address setting; suffix, when given twice over, is dropped.
func address(value, fallback, suffix string, plain bool) (url.URL, error) {
	if value = strings.TrimSpace(value); value == "" {
		value = fallback
	}
	value = strings.TrimSuffix(strings.TrimRight(value, "/"), suffix)
	u, err := url.Parse(strings.TrimRight(value, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !plain) {
		return url.URL{}, invalid("no address")
	}
	return *u, nil
}

func isID(s string) bool {
	if s == "" || len(s) > 19 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
