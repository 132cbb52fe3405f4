package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config is how one simulated Greenhouse behaves. The zero value is a tenant
// on the tier with application custom fields, at 50 requests per 30 s.
type Config struct {
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: silent
	// BaseURL is where clients reach us, for links ("http://127.0.0.1:8090").
	// Empty: taken from the newest request's Host.
	BaseURL string

	// ClientID and ClientSecret are the API credential; defaults
	// "fairlead-sandbox-4" and "sandbox-secret". A client id ends in
	// "-<number>", as the real ones do.
	ClientID, ClientSecret string
	// Scopes are those ticked on the credential; nil: LeastScopes.
	Scopes []string
	// SeesPrivate lets the acting user see private candidates and confidential
	// jobs.
	SeesPrivate bool

	// WithoutApplicationFields plays the tier that has no custom fields on
	// applications.
	WithoutApplicationFields bool
	// SkillOptions makes ai_skills a multi-select with these options; without
	// them it is a long text.
	SkillOptions []string
	// OurFields are the keys an API client may write; nil: the four ai_ fields.
	OurFields []string
	// Replace makes custom_fields of a PATCH replace all others instead of
	// merging: which one the vendor does is not documented.
	Replace bool
	// QuietCustomFields leaves updated_at alone when only custom fields change:
	// not documented either.
	QuietCustomFields bool

	Latency        time.Duration // every API answer takes at least this long
	RateLimit      int           // requests per 30 s window; 0: 50
	TokenRateLimit int           // token requests per 60 s window; 0: 60
	PageSize       int           // per_page when a client gives none; 0: 100
	TokenTTL       time.Duration // 0: one hour

	// WebhookURL, when set, gets RecommendedWebhooks registered with
	// WebhookSecret (default "sandbox-webhook-secret") and pinged.
	WebhookURL, WebhookSecret string
	// WebhookTimeout is how long an attempt may take; 0: 10 s.
	WebhookTimeout time.Duration
	// TimeScale divides the waits of the retry schedule: 60 makes a minute last
	// a second. 0 and 1 keep the vendor's time.
	TimeScale float64
	// HTTPClient sends webhooks; nil: a client of our own.
	HTTPClient *http.Client
}

// OurDefaultFields are the keys of the fields Fairlead writes.
func OurDefaultFields() []string {
	return []string{"ai_match_score", "ai_reasoning", "ai_skills", "ai_audit_id"}
}

// LeastScopes are the scopes an integration like Fairlead needs and no more.
func LeastScopes() []string {
	return []string{
		"harvest:applications:list", "harvest:candidates:list", "harvest:attachments:list", "harvest:jobs:list",
		"harvest:job_posts:list", "harvest:job_interview_stages:list", "harvest:application_stages:list",
		"harvest:custom_fields:list", "harvest:custom_field_options:list", "harvest:applications:update",
		"harvest:notes:list", "harvest:notes:create", "harvest:candidate_tags:list", "harvest:candidate_tags:create",
		"harvest:applied_candidate_tags:list", "harvest:applied_candidate_tags:create", "harvest:applied_candidate_tags:destroy",
		"harvest:sources:list", "harvest:users:list",
	}
}

// RecommendedWebhooks are the actions an integration like Fairlead subscribes to.
func RecommendedWebhooks() []string {
	return []string{
		"new_candidate_application", "candidate_stage_change", "application_updated", "delete_application",
		"update_candidate", "delete_candidate", "merge_candidate", "candidate_anonymized", "reject_candidate",
		"unreject_candidate", "hire_candidate", "unhire_candidate", "job_created", "job_updated", "job_deleted",
		"job_post_updated", "offer_created", "offer_updated",
	}
}

// Greenhouse is a simulated Greenhouse account: Harvest v3 under /v3, tokens
// under /token, signed files under /files, its webhooks, a page for people at /
// and the control surface under /_sandbox (docs/sandbox.md). Make one with
// NewGreenhouse. Safe for concurrent use.
type Greenhouse struct {
	c       Config
	log     *slog.Logger
	journal *Journal
	faults  *Faults
	sender  *Sender
	limits  *Limiter
	tokens  *Limiter
	fileKey []byte
	control *http.ServeMux

	mu      sync.Mutex
	state   *state
	live    map[string]token
	hooks   []Hook
	pending []emission
	base    string

	background sync.WaitGroup
	ctx        context.Context
	cancel     context.CancelFunc
}

// NewGreenhouse opens an account with users, sources, rejection reasons and
// custom field definitions, and no jobs. Close it.
func NewGreenhouse(c Config) *Greenhouse {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.ClientID == "" {
		c.ClientID = "fairlead-sandbox-4"
	}
	if c.ClientSecret == "" {
		c.ClientSecret = "sandbox-secret"
	}
	if c.Scopes == nil {
		c.Scopes = LeastScopes()
	}
	if c.OurFields == nil {
		c.OurFields = OurDefaultFields()
	}
	if c.RateLimit == 0 {
		c.RateLimit = 50
	}
	if c.TokenRateLimit == 0 {
		c.TokenRateLimit = 60
	}
	if c.PageSize == 0 {
		c.PageSize = 100
	}
	if c.TokenTTL == 0 {
		c.TokenTTL = time.Hour
	}
	if c.WebhookSecret == "" {
		c.WebhookSecret = "sandbox-webhook-secret"
	}
	if c.WebhookTimeout == 0 {
		c.WebhookTimeout = 10 * time.Second
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand crashes the program instead
	ctx, cancel := context.WithCancel(context.Background())
	faults := NewFaults(c.Now)
	g := &Greenhouse{
		c: c, log: c.Logger, journal: NewJournal(c.Now), faults: faults,
		sender: NewSender(greenhouseWire(), c.HTTPClient, c.Now, faults, c.Logger, c.TimeScale, c.WebhookTimeout),
		limits: NewLimiter(c.RateLimit, 30*time.Second), tokens: NewLimiter(c.TokenRateLimit, time.Minute),
		fileKey: key, live: map[string]token{}, base: strings.TrimRight(c.BaseURL, "/"), ctx: ctx, cancel: cancel,
	}
	g.state = newState(c.Now)
	g.seed()
	g.control = g.controlRoutes()
	if c.WebhookURL != "" {
		g.background.Go(func() { g.Register(ctx, c.WebhookURL, c.WebhookSecret) })
	}
	return g
}

// Close stops sending webhooks and waits for those in flight.
func (g *Greenhouse) Close() {
	g.cancel()
	g.background.Wait()
	g.sender.Close()
	g.c.HTTPClient.CloseIdleConnections()
}

// greenhouseWire is how Greenhouse sends webhooks: success is exactly 200, and
// up to seven attempts within about 15 h 16 min.
func greenhouseWire() Wire {
	return Wire{
		Waits:    []time.Duration{time.Minute, 15 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour},
		IDHeader: "Greenhouse-Event-ID",
		Sign:     SignGreenhouse,
		Success:  func(status int) bool { return status == http.StatusOK },
	}
}

// SignGreenhouse returns the header that proves a webhook's exact bytes:
// "Signature: sha256 <lower-case hex of HMAC-SHA256(secret, body)>".
func SignGreenhouse(secret string, body []byte) (name, value string) {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "Signature", "sha256 " + hex.EncodeToString(mac.Sum(nil))
}

// ServeHTTP routes a request: one listener is enough for everything.
func (g *Greenhouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.c.BaseURL == "" {
		g.mu.Lock()
		g.base = "http://" + r.Host
		g.mu.Unlock()
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	switch {
	case r.URL.Path == "/token" || strings.HasPrefix(r.URL.Path, "/v3/") || strings.HasPrefix(r.URL.Path, "/files/"):
		g.front(w, r)
	default:
		g.control.ServeHTTP(w, r)
	}
	g.flush()
}

// answer is what a handler wants to say. A []byte body goes out as it stands.
type answer struct {
	status int
	body   any
	header http.Header
}

func reply(status int, body any) answer { return answer{status: status, body: body} }

// unprocessable is the vendor's 422. Entries are strings or one-key objects.
func unprocessable(entries ...any) answer {
	return reply(http.StatusUnprocessableEntity, map[string]any{"message": "Unprocessable Content", "errors": entries})
}

func invalid(field, what string) answer { return unprocessable(map[string]any{field: what}) }

func notFound() answer {
	return reply(http.StatusNotFound, map[string]any{"message": "Resource not found"})
}

func forbidden() answer {
	return reply(http.StatusForbidden, map[string]any{"message": "Forbidden"})
}

// call is one request to the simulated vendor on its way through.
type call struct {
	r      *http.Request
	req    *Request
	author string
	sub    int64
	body   map[string]any
	faults []string
	header http.Header // to go out with whatever is answered

	token  token
	known  bool // the token is alive
	within bool // the rate limit lets it pass
	reset  time.Time
}

// fault uses up a hit of a fault of this kind, and notes it in the journal.
func (g *Greenhouse) fault(c *call, kinds ...string) (Fault, bool) {
	f, ok := g.faults.request(c.r, kinds...)
	if ok {
		c.faults = append(c.faults, f.Kind)
	}
	return f, ok
}

// front journals a request, applies the faults around it and answers.
func (g *Greenhouse) front(w http.ResponseWriter, r *http.Request) {
	c := &call{r: r, req: g.journal.Begin(r.Method, r.URL.Path, r.URL.RawQuery), header: http.Header{}}
	if !g.wait(r.Context(), g.c.Latency) {
		g.cut(w, c)
		return
	}
	if f, ok := g.fault(c, FaultLatency); ok && !g.wait(r.Context(), f.delay) {
		g.cut(w, c)
		return
	}
	if f, ok := g.fault(c, FaultTimeout); ok {
		if f.delay == 0 {
			f.delay = 10 * time.Minute
		}
		g.wait(r.Context(), f.delay)
		g.cut(w, c)
		return
	}
	if _, ok := g.fault(c, FaultReset); ok {
		g.cut(w, c)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/v3/") {
		g.meter(c)
	}
	if f, ok := g.fault(c, FaultStatus); ok {
		g.send(w, c, faultAnswer(f, f.Status))
		return
	}
	a := g.dispatch(c)
	if f, ok := g.fault(c, FaultResetAfterApply); ok {
		g.wait(r.Context(), f.delay)
		g.cut(w, c)
		return
	}
	if f, ok := g.fault(c, FaultFailAfterApply); ok {
		g.wait(r.Context(), f.delay)
		if f.Status == 0 {
			f.Status = http.StatusInternalServerError
		}
		a = faultAnswer(f, f.Status)
	}
	if f, ok := g.fault(c, FaultGarbage); ok {
		a = garbage(f.Variant, a)
	}
	g.send(w, c, a)
}

func (g *Greenhouse) dispatch(c *call) answer {
	switch path := c.r.URL.Path; {
	case path == "/token":
		return g.token(c)
	case strings.HasPrefix(path, "/files/"):
		return g.file(c)
	}
	return g.api(c)
}

func (g *Greenhouse) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-g.ctx.Done():
	}
	return false
}

// cut ends a request by breaking its connection: a reset where the network
// allows one.
func (g *Greenhouse) cut(w http.ResponseWriter, c *call) {
	if c.author == "" {
		if t, known := g.bearer(c.r); known {
			c.author = t.client
		}
	}
	g.journal.End(c.req, c.author, 0, strings.Join(c.faults, ","))
	g.flush()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset instead of a polite goodbye; either is a cut
	}
	_ = conn.Close()
}

func (g *Greenhouse) send(w http.ResponseWriter, c *call, a answer) {
	for k, v := range c.header {
		w.Header()[k] = v
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if _, ok := g.fault(c, FaultNoRateHeaders); ok {
		for _, h := range []string{"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"} {
			w.Header().Del(h)
		}
	}
	g.journal.End(c.req, c.author, a.status, strings.Join(c.faults, ","))
	if raw, ok := a.body.([]byte); ok {
		w.WriteHeader(a.status)
		_, _ = w.Write(raw) // nobody is left to tell
		return
	}
	writeJSON(w, a.status, a.body)
}

func faultAnswer(f Fault, status int) answer {
	a := reply(status, map[string]any{"message": http.StatusText(status)})
	if f.RetryAfter != "" {
		a.header = http.Header{"Retry-After": {f.RetryAfter}}
	}
	return a
}

// garbage is an answer no client can have expected.
func garbage(variant string, a answer) answer {
	head := http.Header{"Content-Type": {"application/json"}}
	switch variant {
	case "truncated":
		whole := mustJSON(a.body)
		return answer{status: http.StatusOK, body: []byte(whole[:len(whole)/2]), header: head}
	case "empty":
		return answer{status: http.StatusOK, body: []byte{}, header: head}
	case "nan":
		return answer{status: http.StatusOK, body: []byte(`[{"id":NaN}]`), header: head}
	case "deep":
		return answer{status: http.StatusOK, body: []byte(strings.Repeat("[", 20000) + strings.Repeat("]", 20000)), header: head}
	case "wrong_charset":
		return answer{status: http.StatusOK, body: []byte("[{\"id\":1,\"name\":\"\xff\xfe\xe9\"}]"), header: head}
	case "huge":
		return answer{status: http.StatusOK, body: []byte(`["` + strings.Repeat("a", 100<<20) + `"]`), header: head}
	}
	head.Set("Content-Type", "text/html")
	return answer{status: http.StatusOK, body: []byte("<!doctype html><title>Scheduled maintenance</title><p>We will be back soon.</p>"), header: head}
}

// meter finds out who is asking and counts the request: the rate-limit headers
// go out with every answer, errors included.
func (g *Greenhouse) meter(c *call) {
	c.token, c.known = g.bearer(c.r)
	c.author, c.sub = c.token.client, c.token.sub
	pool := c.token.client
	if !c.known {
		pool = "anonymous"
	}
	remaining, reset, within := g.limits.Take(pool, g.c.Now())
	c.within, c.reset = within, reset
	c.header.Set("X-RateLimit-Limit", strconv.Itoa(g.c.RateLimit))
	c.header.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
	c.header.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
}

// api is Harvest v3. The order is the vendor's: unknown path 404 even without
// a token, then 401, then the rate limit, then 403, then the request itself.
func (g *Greenhouse) api(c *call) answer {
	rt, ok := g.route(c.r.Method, c.r.URL.Path)
	if !ok {
		return notFound()
	}
	if !c.known {
		return reply(http.StatusUnauthorized, map[string]any{
			"message": "Unauthorized",
			"errors":  []string{"Token could not be decoded. Please ensure your token is from a trusted source."},
		})
	}
	if rt.decision {
		g.journal.Violated(c.author, "decision", c.r.Method, c.r.URL.Path, "an API client must not decide about a person: "+rt.scope)
	} else if rt.foreign {
		g.journal.Violated(c.author, "foreign_write", c.r.Method, c.r.URL.Path, "a write of a kind that is none of our business: "+rt.scope)
	}
	if !c.within {
		return g.tooMany(c.reset)
	}
	refusal, bad := answer{}, false
	if c.r.Method != http.MethodGet {
		refusal, bad = readBody(c)
	} else if c.r.ContentLength > 0 {
		refusal, bad = unprocessable("GET requests must not have a body."), true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if rt.keyed && !bad { // reported whether or not the scopes let it through
		g.checkKeys(c)
	}
	if !slices.Contains(c.token.scopes, "harvest:"+rt.scope) {
		return forbidden()
	}
	if bad {
		return refusal
	}
	if c.r.Method == http.MethodGet && c.sub != 0 && !g.siteAdmin(c.sub) {
		return forbidden()
	}
	return rt.handle(c, rt)
}

func (g *Greenhouse) tooMany(reset time.Time) answer {
	g.journal.OverLimit()
	seconds := max(1, int(reset.Sub(g.c.Now()).Seconds()+0.999))
	a := reply(http.StatusTooManyRequests, map[string]any{"message": "Too Many Requests", "errors": []string{"Rate limit exceeded."}})
	a.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	return a
}

// readBody decodes a write's JSON object, numbers as they were written.
func readBody(c *call) (answer, bool) {
	raw, err := io.ReadAll(c.r.Body)
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return reply(http.StatusRequestEntityTooLarge, map[string]any{"message": "Payload Too Large"}), true
		}
		return reply(http.StatusBadRequest, map[string]any{"message": "Bad Request"}), true
	}
	if len(raw) == 0 {
		c.body = map[string]any{}
		return answer{}, false
	}
	v, err := decodeJSON(raw)
	if err != nil {
		return reply(http.StatusBadRequest, map[string]any{"message": "Bad Request", "errors": []string{"The body is not valid JSON."}}), true
	}
	object, ok := v.(map[string]any)
	if !ok {
		return unprocessable("The body must be an object."), true
	}
	c.body = object
	return answer{}, false
}
