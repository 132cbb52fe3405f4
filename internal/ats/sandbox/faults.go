package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong on purpose. It ends after Count hits or
// after For, whichever comes first; with neither it stays until it is reset.
type Fault struct {
	// Kind is one of FaultKinds.
	Kind string `json:"kind"`
	// Method and Path choose API requests ("" for any; Path is a prefix).
	// Action chooses webhooks by their action.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Action string `json:"action,omitempty"`
	// Skip lets so many matching requests or deliveries pass first.
	Skip  int    `json:"skip,omitempty"`
	Count int    `json:"count,omitempty"`
	For   string `json:"for,omitempty"` // a duration such as "30s"

	Status     int    `json:"status,omitempty"`      // for status and fail_after_apply
	RetryAfter string `json:"retry_after,omitempty"` // sent as it stands: seconds, a date, negative, nonsense
	Delay      string `json:"delay,omitempty"`       // for latency, timeout, webhook_delay, webhook_slow
	Variant    string `json:"variant,omitempty"`     // for garbage: html, truncated, empty, nan, deep, wrong_charset, huge
	N          int    `json:"n,omitempty"`           // copies, deliveries or fields, by kind

	until time.Time
	delay time.Duration
	hits  int
}

// Kinds of fault.
const (
	FaultStatus           = "status"             // answer Status instead of doing anything
	FaultLatency          = "latency"            // answer after Delay
	FaultTimeout          = "timeout"            // no answer for Delay (default: until the client leaves)
	FaultReset            = "reset"              // cut the connection before anything is done
	FaultResetAfterApply  = "reset_after_apply"  // do it, then cut the connection: a partial write
	FaultFailAfterApply   = "fail_after_apply"   // do it, then answer Status (default 500)
	FaultNotApplied       = "not_applied"        // a PATCH answers 200 and changes nothing
	FaultPartialFields    = "partial_fields"     // a PATCH changes its first N fields only (default 1)
	FaultGarbage          = "garbage"            // 200 with a body of Variant
	FaultRedacted         = "redacted_candidate" // candidates come as a stub with an id
	FaultReplace          = "replace"            // custom_fields of a PATCH replace all others
	FaultNewTokenRevokes  = "new_token_revokes"  // #nosec G101 -- the name of a fault, no credential
	FaultRevokeTokens     = "revoke_tokens"      // #nosec G101 -- at once: every token given out so far is dead
	FaultOnlyExpiresAt    = "only_expires_at"    // token answers carry no expires_in
	FaultOnlyExpiresIn    = "only_expires_in"    // token answers carry no expires_at
	FaultBrackets         = "brackets"           // date filters in brackets are accepted
	FaultNoRateHeaders    = "no_rate_headers"    // answers carry no rate-limit headers
	FaultFileStale        = "file_stale"         // signed file links are answered as expired
	FaultHookDuplicate    = "webhook_duplicate"  // N more copies at once (default 1), same event id
	FaultHookReorder      = "webhook_reorder"    // hold N (default 2) and send them in reverse
	FaultHookDrop         = "webhook_drop"       // never sent
	FaultHookDelay        = "webhook_delay"      // sent after Delay
	FaultHookBadSignature = "webhook_bad_signature"
	FaultHookNoSignature  = "webhook_no_signature"
	FaultHookSlow         = "webhook_slow"           // the body trickles in over Delay
	FaultHookUnknown      = "webhook_unknown_action" // an action nobody has documented
	FaultHookFieldsList   = "webhook_custom_fields_list"
	FaultHookPublicName   = "webhook_public_name"
	FaultHookNewID        = "webhook_new_id"  // retries carry a new event id
	FaultHookUnicode      = "webhook_unicode" // letters beyond ASCII as \uXXXX
)

// FaultKinds lists every kind in the order docs/sandbox.md tells them.
func FaultKinds() []string {
	return []string{
		FaultStatus, FaultLatency, FaultTimeout, FaultReset, FaultResetAfterApply, FaultFailAfterApply, FaultNotApplied,
		FaultPartialFields, FaultGarbage, FaultRedacted, FaultReplace, FaultNewTokenRevokes, FaultRevokeTokens,
		FaultOnlyExpiresAt, FaultOnlyExpiresIn, FaultBrackets, FaultNoRateHeaders, FaultFileStale,
		FaultHookDuplicate, FaultHookReorder, FaultHookDrop, FaultHookDelay, FaultHookBadSignature, FaultHookNoSignature,
		FaultHookSlow, FaultHookUnknown, FaultHookFieldsList, FaultHookPublicName, FaultHookNewID, FaultHookUnicode,
	}
}

// Faults is the script of what goes wrong next. Safe for concurrent use.
type Faults struct {
	now func() time.Time

	mu     sync.Mutex
	active []*Fault
}

// NewFaults makes an empty script.
func NewFaults(now func() time.Time) *Faults { return &Faults{now: now} }

// Add sets a fault. A fault that says nonsense is refused with the reason.
func (s *Faults) Add(f Fault) error {
	if !slices.Contains(FaultKinds(), f.Kind) {
		return fmt.Errorf("no fault is called %q; there are: %s", f.Kind, strings.Join(FaultKinds(), ", "))
	}
	if f.Count < 0 || f.Skip < 0 || f.N < 0 {
		return errors.New("count, skip and n must not be negative")
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return errors.New("status must be between 200 and 599")
	}
	if f.Kind == FaultStatus && f.Status == 0 {
		return errors.New("a status fault needs a status")
	}
	if f.Kind == FaultGarbage && !slices.Contains([]string{"", "html", "truncated", "empty", "nan", "deep", "wrong_charset", "huge"}, f.Variant) {
		return errors.New("variant must be html, truncated, empty, nan, deep, wrong_charset or huge")
	}
	if f.For != "" {
		d, err := time.ParseDuration(f.For)
		if err != nil || d <= 0 {
			return errors.New(`for must be a duration such as "30s"`)
		}
		f.until = s.now().Add(d)
	}
	if f.Delay != "" {
		d, err := time.ParseDuration(f.Delay)
		if err != nil || d < 0 {
			return errors.New(`delay must be a duration such as "2s"`)
		}
		f.delay = d
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = append(s.active, &f)
	return nil
}

// Reset ends every fault.
func (s *Faults) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = nil
}

// ActiveFault is a fault as it stands, with how often it has hit.
type ActiveFault struct {
	Fault
	Hits int `json:"hits"`
}

// Active lists the faults that have not ended.
func (s *Faults) Active() []ActiveFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []ActiveFault{}
	for _, f := range s.active {
		if !f.over(s.now()) {
			out = append(out, ActiveFault{Fault: *f, Hits: f.hits})
		}
	}
	return out
}

func (f *Fault) over(now time.Time) bool {
	return (f.Count > 0 && f.hits >= f.Count) || (!f.until.IsZero() && !now.Before(f.until))
}

// hit uses up one hit of the first fault of one of these kinds that matches.
func (s *Faults) hit(match func(*Fault) bool, kinds ...string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.active {
		if !slices.Contains(kinds, f.Kind) || f.over(s.now()) || !match(f) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.hits++
		return *f, true
	}
	return Fault{}, false
}

// request uses up one hit of a fault that matches an API request.
func (s *Faults) request(r *http.Request, kinds ...string) (Fault, bool) {
	return s.hit(func(f *Fault) bool {
		return (f.Method == "" || strings.EqualFold(f.Method, r.Method)) && strings.HasPrefix(r.URL.Path, f.Path)
	}, kinds...)
}

// hook uses up one hit of a fault that matches a webhook.
func (s *Faults) hook(action string, kinds ...string) (Fault, bool) {
	return s.hit(func(f *Fault) bool { return f.Action == "" || f.Action == action }, kinds...)
}
