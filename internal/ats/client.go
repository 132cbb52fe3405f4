package ats

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/fairlead/fairlead"
)

const (
	// MaxJSON is the largest JSON answer read, in bytes, after decompression.
	MaxJSON = 8 << 20
	// callTimeout bounds one call with its retries, so that an ATS that drips
	// a byte a second frees the worker.
	callTimeout = 28 * time.Second
	// readRetries are for a hiccup; a real outage is the queue's business.
	readRetries = 2
	// breakAfter failures in a row nothing is sent for breakFor, then one
	// request tries again.
	breakAfter = 10
	breakFor   = 30 * time.Second
)

// Client sends requests to one host of an ATS: within its rate limit, with a
// few quick retries for reads, with a circuit breaker, sizes capped, redirects
// refused. Errors are *fairlead.Error and hold no address, body or header. Safe
// for concurrent use.
type Client struct {
	env     Env
	guard   *Guard
	limiter *Limiter
	breaker circuitbreaker.CircuitBreaker[*Reply]
	reads   failsafe.Executor[*Reply]
	writes  failsafe.Executor[*Reply]
	vendor  string
}

// Request is what a Client sends.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte // nil for none
}

// Reply is an answer below 500 other than 429, its body read whole.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// NewClient makes a Client for what guard lets through. vendor names the ATS in
// sentences for people. limiter may differ from env's, for hosts with a budget
// of their own.
func NewClient(env Env, vendor string, guard *Guard, limiter *Limiter) *Client {
	c := &Client{env: env, guard: guard, limiter: limiter, vendor: vendor}
	unavailable := func(_ *Reply, err error) bool {
		return fairlead.CodeOf(err) == fairlead.Unavailable && !errors.Is(err, context.Canceled)
	}
	c.breaker = circuitbreaker.NewBuilder[*Reply]().
		HandleIf(unavailable).
		WithFailureThreshold(breakAfter).
		WithDelay(breakFor).
		WithSuccessThreshold(1).
		Build()
	retry := retrypolicy.NewBuilder[*Reply]().
		HandleIf(func(_ *Reply, err error) bool { return errors.Is(err, errHiccup) && fairlead.RetryAfterOf(err) == 0 }).
		WithBackoff(100*time.Millisecond, time.Second).
		WithJitterFactor(0.25).
		WithMaxRetries(readRetries).
		ReturnLastFailure().
		Build()
	c.reads = failsafe.With[*Reply](retry, c.breaker)
	c.writes = failsafe.With[*Reply](c.breaker)
	return c
}

// errHiccup marks failures that a quick second try may cure: a reset
// connection, a 5xx. A timeout is none: trying again would double the load.
var errHiccup = errors.New("hiccup")

// Do sends r and reads the answer. RateLimited and Unavailable are the only
// errors of the ATS's doing; every other status is the caller's to judge. A
// write is sent at most once, except after 429, which means that it was not
// carried out.
func (c *Client) Do(ctx context.Context, r Request) (*Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	executor := c.writes
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		executor = c.reads
	}
	reply, err := executor.WithContext(ctx).Get(func() (*Reply, error) { return c.send(ctx, r) })
	if errors.Is(err, circuitbreaker.ErrOpen) {
		return nil, &fairlead.Error{
			Code: fairlead.Unavailable, Message: c.vendor + " has not been answering. Fairlead waits a little and tries again by itself.",
			Cause: err, RetryAfter: max(c.breaker.RemainingDelay(), time.Second),
		}
	}
	var known *fairlead.Error
	if err != nil && !errors.As(err, &known) { // the context ended between two tries
		return nil, fairlead.Fail(fairlead.Unavailable, c.vendor+" did not answer in time. Fairlead tries again by itself.", err)
	}
	return reply, err
}

// send sends r once, and again when a 429 asks for no more than a moment.
func (c *Client) send(ctx context.Context, r Request) (*Reply, error) {
	for try := 0; ; try++ {
		reply, wait, err := c.sendOnce(ctx, r)
		if wait == 0 {
			return reply, err
		}
		if wait > patience || try == readRetries {
			return nil, &fairlead.Error{Code: fairlead.RateLimited, Message: c.vendor + " asks us to slow down. Fairlead goes on by itself.", RetryAfter: wait}
		}
	}
}

// sendOnce returns how long a 429 asks us to wait, 0 for every other answer.
// The limiter does the waiting.
func (c *Client) sendOnce(ctx context.Context, r Request) (*Reply, time.Duration, error) {
	if err := c.limiter.Take(ctx); err != nil {
		return nil, 0, err
	}
	res, err := c.roundTrip(ctx, r)
	if err != nil {
		c.limiter.Observe(0, nil)
		return nil, 0, c.failure(ctx, err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end or given up
	c.limiter.Observe(res.StatusCode, res.Header)
	body, err := io.ReadAll(io.LimitReader(res.Body, MaxJSON+1))
	now := c.env.Now()
	switch {
	case res.StatusCode == http.StatusTooManyRequests:
		_, window := c.limiter.Rate()
		return nil, RetryAfter(res.Header, now, window), nil
	case res.StatusCode >= 500 || res.StatusCode == http.StatusRequestTimeout:
		failed := fairlead.Fail(fairlead.Unavailable, fmt.Sprintf("%s answered with error %d. Fairlead tries again by itself.", c.vendor, res.StatusCode), errHiccup)
		if res.Header.Get("Retry-After") != "" {
			failed.RetryAfter = RetryAfter(res.Header, now, 0)
		}
		return nil, 0, failed
	case err != nil:
		return nil, 0, c.failure(ctx, err)
	case len(body) > MaxJSON:
		return nil, 0, fairlead.Fail(fairlead.Invalid, fmt.Sprintf("%s sent an answer of more than %d MiB. Fairlead does not read it.", c.vendor, MaxJSON>>20), nil)
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return nil, 0, fairlead.Fail(fairlead.Invalid, c.vendor+" answered with a redirect, which Fairlead does not follow. Check the connection's address.", nil)
	}
	return &Reply{Status: res.StatusCode, Header: res.Header, Body: body}, 0, nil
}

func (c *Client) roundTrip(ctx context.Context, r Request) (*http.Response, error) {
	req, err := newRequest(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.guard.RoundTrip(req)
}

func newRequest(ctx context.Context, r Request) (*http.Request, error) {
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, body)
	if err != nil { // its text would show the address
		return nil, fairlead.Fail(fairlead.Invalid, "An address of the ATS is not valid. Check the connection's settings.", nil)
	}
	for k, v := range r.Header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", "Fairlead/1")
	// Without this a server that closes an idle connection makes net/http
	// resend a request on its own; a write must be sent once.
	req.GetBody = nil
	return req, nil
}

// failure is an error of the network or of the guard.
func (c *Client) failure(ctx context.Context, err error) error {
	var known *fairlead.Error
	if errors.As(err, &known) {
		return err
	}
	if ctx.Err() != nil {
		return fairlead.Fail(fairlead.Unavailable, c.vendor+" did not answer in time. Fairlead tries again by itself.", ctx.Err())
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fairlead.Fail(fairlead.Unavailable, c.vendor+" did not answer in time. Fairlead tries again by itself.", err)
	}
	return fairlead.Fail(fairlead.Unavailable, "The connection to "+c.vendor+" failed. Fairlead tries again by itself.", errors.Join(errHiccup, err))
}
