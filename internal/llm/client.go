// Package llm asks a language model a question over HTTP. It hides the wire
// forms of OpenAI-compatible servers (local ones too) and of Anthropic, the
// pinned model, the day's budget, and what can go wrong with an answer. It knows
// nothing of resumes or jobs: only internal/scoring imports it, so that "what
// does the model see?" is answered in one place. Nothing here is on unless
// somebody configures it.
package llm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
)

// API is the wire form a server speaks.
type API string

// Wire forms.
const (
	OpenAI    API = "openai"    // POST {endpoint}/chat/completions
	Anthropic API = "anthropic" // POST {endpoint}/v1/messages
)

const (
	anthropicVersion = "2023-06-01"
	maxReply         = 1 << 20 // bytes of a response
	maxRetryAfter    = time.Hour
)

// Config says which model is asked and how much.
type Config struct {
	API      API
	Endpoint string // https://api.openai.com/v1, http://127.0.0.1:11434/v1, https://api.anthropic.com
	Key      string // sent as a credential; may be empty for a local server
	// Model is the exact id asked for. An answer by another id is refused, so
	// name a dated version, not an alias.
	Model string
	// CallsPerDay and TokensPerDay (sent and received together) are the budget
	// of one UTC day; 0 allows none.
	CallsPerDay  int
	TokensPerDay int
	Timeout      time.Duration // of one call; 0 means 60 s
	HTTP         *http.Client  // nil means a client of its own that follows no redirects
	Now          func() time.Time
	// Record is told every call, before Ask returns; main writes it to the audit
	// log. It never gets text, only digests.
	Record func(Call)
}

// Request is one question.
type Request struct {
	Purpose   string // for the record: evidence, rubric, canary
	System    string // what the model is to do
	User      string // the data, as one message
	MaxTokens int    // of the answer; 0 means 1024
}

// Reply is an answer by the pinned model.
type Reply struct {
	Text                      string
	InputTokens, OutputTokens int
}

// Call is what the audit log keeps of one call.
type Call struct {
	At            time.Time
	Purpose       string
	Model         string // asked for
	Answered      string // by which model the server says it answered, "" without an answer
	RequestSHA256 string // over system and user text
	ReplySHA256   string // over the answer's text, "" without one
	InputTokens   int
	OutputTokens  int
	Outcome       string // ok, or the error's code and kind: rate_limited, unavailable, refused, model_changed, broken, over_budget, rejected
}

// Client asks one model. It is safe for concurrent use.
type Client struct {
	c        Config
	endpoint string

	mu     sync.Mutex
	day    string // the UTC day the counts are of
	calls  int
	tokens int
}

// New checks the configuration whole; the error is Invalid and says what to put
// right.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.Endpoint)
	switch {
	case c.API != OpenAI && c.API != Anthropic:
		return nil, fairlead.Fail(fairlead.Invalid, "The language model's API must be openai or anthropic.", nil)
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "":
		return nil, fairlead.Fail(fairlead.Invalid, "The language model's endpoint must be an address such as https://api.openai.com/v1 or http://127.0.0.1:11434/v1.", nil)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fairlead.Fail(fairlead.Invalid, "The language model's endpoint must be https:// unless it is on this machine.", nil)
	case c.Model == "":
		return nil, fairlead.Fail(fairlead.Invalid, "Name the exact model, for example gpt-4o-2024-08-06.", nil)
	case c.CallsPerDay <= 0 || c.TokensPerDay <= 0:
		return nil, fairlead.Fail(fairlead.Invalid, "Give the language model a budget: calls and tokens per day, both above 0.", nil)
	case c.Now == nil || c.Record == nil:
		return nil, fairlead.Fail(fairlead.Internal, "The language model's client lacks a clock or a record.", nil)
	}
	if c.Timeout <= 0 {
		c.Timeout = time.Minute
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &Client{c: c, endpoint: strings.TrimSuffix(c.Endpoint, "/")}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Model is the pinned id.
func (c *Client) Model() string { return c.c.Model }

// Ask puts one question at temperature 0. Errors: RateLimited with RetryAfter
// when the server says so or the day's budget is spent; Unavailable for
// timeouts, lost connections and 5xx; NeedsHuman when the model refuses to
// answer; Conflict when another model answered than the pinned one; Forbidden for
// a wrong key; Invalid for a request the server rejects. It does not retry:
// whoever asks decides.
func (c *Client) Ask(ctx context.Context, r Request) (Reply, error) {
	call := Call{At: c.c.Now().UTC(), Purpose: r.Purpose, Model: c.c.Model, RequestSHA256: digest(r.System + "\x00" + r.User)}
	reply, err := c.ask(ctx, r, &call)
	if err == nil {
		call.Outcome = "ok"
	}
	c.spend(call.InputTokens + call.OutputTokens)
	c.c.Record(call)
	return reply, err
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func (c *Client) ask(ctx context.Context, r Request, call *Call) (Reply, error) {
	if err := c.take(call.At); err != nil {
		call.Outcome = "over_budget"
		return Reply{}, err
	}
	if r.MaxTokens <= 0 {
		r.MaxTokens = 1024
	}
	ctx, cancel := context.WithTimeout(ctx, c.c.Timeout)
	defer cancel()
	req, err := c.request(ctx, r)
	if err != nil {
		call.Outcome = "rejected"
		return Reply{}, fairlead.Fail(fairlead.Internal, "The question to the language model could not be written.", err)
	}
	res, err := c.c.HTTP.Do(req)
	if err != nil {
		call.Outcome = "unavailable"
		return Reply{}, fairlead.Fail(fairlead.Unavailable, "The language model does not answer. The rules go on without it.", withoutURL(err))
	}
	defer func() { _ = res.Body.Close() }() // read to the end or given up
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	if err != nil || len(body) > maxReply {
		call.Outcome = "unavailable"
		return Reply{}, fairlead.Fail(fairlead.Unavailable, "The language model's answer broke off or is too long. The rules go on without it.", err)
	}
	if err := c.status(res, call); err != nil {
		return Reply{}, err
	}
	return c.read(body, call)
}

// withoutURL drops the address from a transport error: it may carry a key.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// take spends one call of the day's budget.
func (c *Client) take(now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if day := now.Format(time.DateOnly); day != c.day {
		c.day, c.calls, c.tokens = day, 0, 0
	}
	if c.calls >= c.c.CallsPerDay || c.tokens >= c.c.TokensPerDay {
		tomorrow := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
		return &fairlead.Error{Code: fairlead.RateLimited, Message: "The language model's budget for today is spent. The rules go on without it; raise the budget or wait for tomorrow (UTC).", RetryAfter: tomorrow.Sub(now)}
	}
	c.calls++
	return nil
}

func (c *Client) spend(tokens int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens += tokens
}

// request writes the question in the server's form.
func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	var path string
	var body any
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	switch c.c.API {
	case Anthropic:
		path = "/v1/messages"
		body = struct {
			Model       string    `json:"model"`
			MaxTokens   int       `json:"max_tokens"`
			Temperature float64   `json:"temperature"`
			System      string    `json:"system"`
			Messages    []message `json:"messages"`
		}{c.c.Model, r.MaxTokens, 0, r.System, []message{{"user", r.User}}}
	default:
		path = "/chat/completions"
		body = struct {
			Model          string            `json:"model"`
			MaxTokens      int               `json:"max_tokens"`
			Temperature    float64           `json:"temperature"`
			Messages       []message         `json:"messages"`
			ResponseFormat map[string]string `json:"response_format"`
		}{c.c.Model, r.MaxTokens, 0, []message{{"system", r.System}, {"user", r.User}}, map[string]string{"type": "json_object"}}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint+path, bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	switch {
	case c.c.Key == "":
	case c.c.API == Anthropic:
		req.Header.Set("X-Api-Key", c.c.Key)
	default:
		req.Header.Set("Authorization", "Bearer "+c.c.Key)
	}
	if c.c.API == Anthropic {
		req.Header.Set("Anthropic-Version", anthropicVersion)
	}
	return req, nil
}

// status turns an HTTP status into an error. The server's own words are not
// kept: it may repeat the question.
func (c *Client) status(res *http.Response, call *Call) error {
	switch s := res.StatusCode; {
	case s == http.StatusOK:
		return nil
	case s == http.StatusTooManyRequests || s == 529: // 529: Anthropic is overloaded
		call.Outcome = "rate_limited"
		return &fairlead.Error{Code: fairlead.RateLimited, Message: "The language model asks to wait. The rules go on without it.", RetryAfter: retryAfter(res.Header, c.c.Now())}
	case s >= 500 || s == http.StatusRequestTimeout:
		call.Outcome = "unavailable"
		return &fairlead.Error{Code: fairlead.Unavailable, Message: fmt.Sprintf("The language model's server failed (status %d). The rules go on without it.", s), RetryAfter: retryAfter(res.Header, c.c.Now())}
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		call.Outcome = "rejected"
		return fairlead.Fail(fairlead.Forbidden, "The language model's server does not accept the key. Put the key right in the configuration.", nil)
	case s == http.StatusNotFound:
		call.Outcome = "rejected"
		return fairlead.Fail(fairlead.Invalid, "The language model's server does not know the model or the address. Put them right in the configuration.", nil)
	default:
		call.Outcome = "rejected"
		return fairlead.Fail(fairlead.Invalid, fmt.Sprintf("The language model's server rejects the question (status %d).", s), nil)
	}
}

// retryAfter reads seconds or a date, at most an hour; 0 when the server does
// not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		return min(time.Duration(n)*time.Second, maxRetryAfter)
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(0, t.Sub(now)), maxRetryAfter)
	}
	return 0
}

// openAIReply and anthropicReply are the parts of an answer that are used.
type openAIReply struct {
	Model   string `json:"model"`
	Choices []struct {
		Message struct {
			Content string `json:"content"`
			Refusal string `json:"refusal"`
		} `json:"message"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
	} `json:"usage"`
}

type anthropicReply struct {
	Model   string `json:"model"`
	Content []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"content"`
	StopReason string `json:"stop_reason"`
	Usage      struct {
		Input  int `json:"input_tokens"`
		Output int `json:"output_tokens"`
	} `json:"usage"`
}

// read takes the answer out of a response.
func (c *Client) read(body []byte, call *Call) (Reply, error) {
	var reply Reply
	refused, cut := false, false
	if c.c.API == Anthropic {
		var r anthropicReply
		if err := json.Unmarshal(body, &r); err != nil {
			return Reply{}, broken(call, err)
		}
		call.Answered = r.Model
		reply.InputTokens, reply.OutputTokens = r.Usage.Input, r.Usage.Output
		refused, cut = r.StopReason == "refusal", r.StopReason == "max_tokens"
		for _, part := range r.Content {
			if part.Type == "text" {
				reply.Text += part.Text
			}
		}
	} else {
		var r openAIReply
		if err := json.Unmarshal(body, &r); err != nil {
			return Reply{}, broken(call, err)
		}
		call.Answered = r.Model
		reply.InputTokens, reply.OutputTokens = r.Usage.Prompt, r.Usage.Completion
		if len(r.Choices) > 0 {
			m := r.Choices[0]
			reply.Text = m.Message.Content
			refused, cut = m.Message.Refusal != "" || m.FinishReason == "content_filter", m.FinishReason == "length"
		}
	}
	call.InputTokens, call.OutputTokens = max(0, reply.InputTokens), max(0, reply.OutputTokens)
	if reply.Text != "" {
		call.ReplySHA256 = digest(reply.Text)
	}
	switch {
	case call.Answered != c.c.Model:
		call.Outcome = "model_changed"
		return Reply{}, fairlead.Fail(fairlead.Conflict, "Another model answered than the pinned one. The model is not used until somebody confirms the new id.", nil)
	case refused:
		call.Outcome = "refused"
		return Reply{}, fairlead.Fail(fairlead.NeedsHuman, "The language model refuses to answer. The rules go on without it.", nil)
	case cut || strings.TrimSpace(reply.Text) == "":
		return Reply{}, broken(call, nil)
	}
	return reply, nil
}

func broken(call *Call, cause error) error {
	call.Outcome = "broken"
	return fairlead.Fail(fairlead.Unavailable, "The language model's answer is not in the form it must have. The rules go on without it.", cause)
}
