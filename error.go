package fairlead

import (
	"errors"
	"time"
)

// Code says what kind of thing went wrong. It decides, in exactly three places,
// what happens next: web turns it into a status, queue into retry or give up,
// cmd into an exit status.
type Code string

const (
	// Internal is a fault of ours or a cause nobody has named. Retried.
	Internal Code = "internal"
	// Invalid is input that can never be right as it stands.
	Invalid Code = "invalid"
	// Unauthenticated is a missing, wrong or expired proof of identity.
	Unauthenticated Code = "unauthenticated"
	// Forbidden is a known caller without the right, or a missing ATS scope.
	Forbidden Code = "forbidden"
	// NotFound is a thing that is not there, or no longer.
	NotFound Code = "not_found"
	// Conflict is a change that lost against another, a human's edit included.
	Conflict Code = "conflict"
	// TooLarge is input beyond a documented limit.
	TooLarge Code = "too_large"
	// RateLimited is an outside service telling us to wait. Retried after
	// RetryAfter without counting as an attempt.
	RateLimited Code = "rate_limited"
	// Unavailable is an outside service or our own storage not answering
	// properly now. Retried.
	Unavailable Code = "unavailable"
	// NeedsHuman is work the machine must not finish: it is parked with the
	// message as the reason a person reads.
	NeedsHuman Code = "needs_human"
)

// Error is the one error type. Message is a sentence for the person who can do
// something about it and carries the next step; it never holds personal data
// or credentials. Cause is private: it goes to the log, to nobody's screen.
type Error struct {
	Code       Code
	Message    string
	Cause      error
	RetryAfter time.Duration // for RateLimited and Unavailable: not before
}

// Error returns the message and, for the log, its cause.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	if e.Message == "" {
		return e.Cause.Error()
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// Fail makes an Error. cause may be nil.
func Fail(code Code, message string, cause error) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

// CodeOf returns the code of the outermost *Error in err's chain, Internal for
// any other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// MessageOf returns the sentence for a person, or a general one when err
// carries none.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Message != "" {
		return e.Message
	}
	return "Something went wrong on our side. Look at the log for this time."
}

// RetryAfterOf returns how long err asks to wait, 0 when it does not say.
func RetryAfterOf(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}
