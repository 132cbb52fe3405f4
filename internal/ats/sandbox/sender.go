package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Wire is what a Sender needs to know about a vendor's webhooks.
type Wire struct {
	// Waits are the pauses after the first, second, … failed attempt; after the
	// last one the vendor gives up.
	Waits []time.Duration
	// IDHeader carries the delivery's id.
	IDHeader string
	// Sign returns the name and value of the header that proves the body.
	Sign func(secret string, body []byte) (name, value string)
	// Success says whether a status ends the delivery.
	Success func(status int) bool
}

// Hook is one registered webhook.
type Hook struct {
	ID      int64  `json:"id"`
	Action  string `json:"action"`
	URL     string `json:"url"`
	Enabled bool   `json:"enabled"`
	secret  string
}

// DeliveryRecord is one delivery to one webhook with all its attempts.
type DeliveryRecord struct {
	EventID     string    `json:"event_id"`
	Hook        int64     `json:"hook"`
	URL         string    `json:"url"`
	Action      string    `json:"action"`
	Application int64     `json:"application,omitempty"`
	Candidate   int64     `json:"candidate,omitempty"`
	Time        time.Time `json:"time"`
	BodySHA256  string    `json:"body_sha256"`
	// State is pending, delivered, gave_up, dropped (by a fault) or
	// interrupted (the simulator stopped first).
	State    string    `json:"state"`
	Attempts []Attempt `json:"attempts"`
}

// Attempt is one try at a delivery. Status is 0 when there was no answer.
type Attempt struct {
	Time      time.Time `json:"time"`
	EventID   string    `json:"event_id"`
	Signature string    `json:"signature"` // good, bad or none
	Status    int       `json:"status"`
	Error     string    `json:"error,omitempty"`
	Millis    int64     `json:"millis"`
}

// Sender delivers webhooks on a vendor's schedule. Every delivery runs on its
// own; Close stops them all and waits. Safe for concurrent use.
type Sender struct {
	wire   Wire
	client *http.Client
	now    func() time.Time
	faults *Faults
	log    *slog.Logger
	scale  float64

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	slots  chan struct{}

	mu     sync.Mutex
	closed bool
	made   []*DeliveryRecord
	held   []func()
}

// NewSender makes a Sender. scale divides every wait, so that hours pass in
// seconds; 0 and 1 keep the vendor's time. timeout is how long one attempt may
// take. Pauses use the runtime's timers, which testing/synctest moves.
func NewSender(wire Wire, client *http.Client, now func() time.Time, faults *Faults, log *slog.Logger, scale float64, timeout time.Duration) *Sender {
	if scale <= 0 {
		scale = 1
	}
	c := *client
	c.Timeout = timeout
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ctx, cancel := context.WithCancel(context.Background())
	return &Sender{wire: wire, client: &c, now: now, faults: faults, log: log, scale: scale, ctx: ctx, cancel: cancel, slots: make(chan struct{}, 64)}
}

// Close stops sending and waits for what is in flight.
func (s *Sender) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
}

// Records copies every delivery made so far, oldest first.
func (s *Sender) Records() []DeliveryRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]DeliveryRecord, 0, len(s.made))
	for _, d := range s.made {
		c := *d
		c.Attempts = append([]Attempt{}, d.Attempts...)
		out = append(out, c)
	}
	return out
}

// Send starts the delivery of body, which says that action happened.
func (s *Sender) Send(h Hook, action string, body []byte, application, candidate int64) {
	d := s.record(h, action, body, application, candidate)
	if _, drop := s.faults.hook(action, FaultHookDrop); drop {
		s.finish(d, "dropped")
		return
	}
	copies := 0
	if f, ok := s.faults.hook(action, FaultHookDuplicate); ok {
		copies = max(f.N, 1)
	}
	if f, ok := s.faults.hook(action, FaultHookReorder); ok {
		last := f.Count > 0 && f.hits >= f.Count // no more will come to be held
		s.hold(max(f.N, 2), last, func() { s.first(h, d, body) })
	} else {
		s.start(func() { s.deliver(h, d, body) })
	}
	for range copies {
		twin := s.record(h, action, body, application, candidate)
		s.mu.Lock()
		twin.EventID = d.EventID
		s.mu.Unlock()
		s.start(func() { s.deliver(h, twin, body) })
	}
}

// Ping sends one attempt with no retries and reports whether it succeeded.
func (s *Sender) Ping(ctx context.Context, h Hook, body []byte) bool {
	d := s.record(h, "ping", body, 0, 0)
	ok := s.attempt(ctx, h, d, body)
	if ok {
		s.finish(d, "delivered")
	} else {
		s.finish(d, "gave_up")
	}
	return ok
}

// hold keeps n deliveries back and then sends them newest first. What is held
// when no more come is sent by Flush.
func (s *Sender) hold(n int, last bool, start func()) {
	s.mu.Lock()
	s.held = append(s.held, start)
	full := last || len(s.held) >= n
	s.mu.Unlock()
	if full {
		s.Flush()
	}
}

// Flush sends what a reorder fault still holds back, newest first, each after
// the answer to the one before.
func (s *Sender) Flush() {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	s.start(func() {
		for _, send := range slices.Backward(held) {
			send()
		}
	})
}

// start runs f on its own unless the Sender is closed.
func (s *Sender) start(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.wg.Go(f)
}

func (s *Sender) record(h Hook, action string, body []byte, application, candidate int64) *DeliveryRecord {
	sum := sha256.Sum256(body)
	d := &DeliveryRecord{
		EventID: newEventID(), Hook: h.ID, URL: h.URL, Action: action, Application: application, Candidate: candidate,
		Time: s.now().UTC(), BodySHA256: hex.EncodeToString(sum[:]), State: "pending", Attempts: []Attempt{},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made = append(s.made, d)
	return d
}

func (s *Sender) finish(d *DeliveryRecord, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.State = state
}

// deliver makes attempts until one succeeds or the schedule ends.
func (s *Sender) deliver(h Hook, d *DeliveryRecord, body []byte) {
	if f, ok := s.faults.hook(d.Action, FaultHookDelay); ok && !s.pause(f.delay) {
		s.finish(d, "interrupted")
		return
	}
	if !s.attempt(s.ctx, h, d, body) {
		s.retry(h, d, body)
		return
	}
	s.finish(d, "delivered")
}

// first makes one attempt and leaves the others to run on their own.
func (s *Sender) first(h Hook, d *DeliveryRecord, body []byte) {
	if !s.attempt(s.ctx, h, d, body) {
		s.start(func() { s.retry(h, d, body) })
		return
	}
	s.finish(d, "delivered")
}

// retry goes on after a failed first attempt.
func (s *Sender) retry(h Hook, d *DeliveryRecord, body []byte) {
	for _, wait := range s.wire.Waits {
		if !s.pause(time.Duration(float64(wait) / s.scale)) {
			s.finish(d, "interrupted")
			return
		}
		if s.attempt(s.ctx, h, d, body) {
			s.finish(d, "delivered")
			return
		}
	}
	if s.ctx.Err() != nil {
		s.finish(d, "interrupted")
		return
	}
	s.finish(d, "gave_up")
	s.log.Warn("webhook given up", "event", d.EventID, "action", d.Action, "attempts", len(s.wire.Waits)+1)
}

func (s *Sender) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// attempt sends body once and records what came of it.
func (s *Sender) attempt(ctx context.Context, h Hook, d *DeliveryRecord, body []byte) bool {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return false
	}
	a := Attempt{Time: s.now().UTC(), Signature: "good"}
	s.mu.Lock()
	a.EventID = d.EventID
	retry := len(d.Attempts) > 0
	s.mu.Unlock()
	if retry {
		if _, ok := s.faults.hook(d.Action, FaultHookNewID); ok {
			a.EventID = newEventID()
		}
	}
	var reader io.Reader = bytes.NewReader(body)
	if f, ok := s.faults.hook(d.Action, FaultHookSlow); ok {
		reader = &drip{ctx: ctx, rest: body, pause: f.delay / 10, chunk: len(body)/10 + 1}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, reader)
	if err != nil {
		a.Error = "the webhook's address is not one we can call"
		s.tried(d, a)
		return false
	}
	req.ContentLength = int64(len(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "fairlead-sandbox")
	req.Header.Set(s.wire.IDHeader, a.EventID)
	name, proof := s.wire.Sign(h.secret, body)
	if _, ok := s.faults.hook(d.Action, FaultHookBadSignature); ok {
		a.Signature = "bad"
		_, proof = s.wire.Sign(h.secret+" ", body)
	}
	if _, ok := s.faults.hook(d.Action, FaultHookNoSignature); ok {
		a.Signature = "none"
	} else {
		req.Header.Set(name, proof)
	}
	began := time.Now()
	resp, err := s.client.Do(req)
	a.Millis = time.Since(began).Milliseconds()
	if err != nil {
		a.Error = whatFailed(err)
		s.tried(d, a)
		return false
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	_ = resp.Body.Close()
	a.Status = resp.StatusCode
	s.tried(d, a)
	return s.wire.Success(resp.StatusCode)
}

func (s *Sender) tried(d *DeliveryRecord, a Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Attempts = append(d.Attempts, a)
}

// whatFailed names a network error without the address in it, which is a
// secret in some set-ups.
func whatFailed(err error) string {
	var n net.Error
	switch {
	case errors.As(err, &n) && n.Timeout():
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case strings.Contains(err.Error(), "refused"):
		return "connection refused"
	}
	return "network error"
}

// drip hands out a body a bit at a time.
type drip struct {
	ctx   context.Context
	rest  []byte
	pause time.Duration
	chunk int
}

func (d *drip) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		return 0, io.EOF
	}
	t := time.NewTimer(d.pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
	n := copy(p, d.rest[:min(d.chunk, len(d.rest))])
	d.rest = d.rest[n:]
	return n, nil
}

func newEventID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
