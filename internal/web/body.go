package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/fairlead/fairlead"
)

// BodyTimeout is how long a request's body may take to arrive.
const BodyTimeout = 15 * time.Second

// ReadBody reads a request's whole body, at most max bytes, in at most
// BodyTimeout. TooLarge beyond max (and the connection is closed, so that the
// rest is not read either), Invalid when the body ends before the length the
// client declared, comes too slowly or is broken. A declared length is used to
// refuse early and never to allocate.
func ReadBody(w http.ResponseWriter, r *http.Request, max int64) ([]byte, error) {
	tooLarge := func(cause error) error {
		return fairlead.Fail(fairlead.TooLarge, fmt.Sprintf("The body is larger than the %d bytes accepted here. Send less.", max), cause)
	}
	if r.ContentLength > max {
		w.Header().Set("Connection", "close")
		return nil, tooLarge(nil)
	}
	c := http.NewResponseController(w)
	// Where deadlines are not supported (a recorder in a test), Server's own
	// ReadTimeout is the only bound.
	limited := c.SetReadDeadline(time.Now().Add(BodyTimeout)) == nil
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(min(r.ContentLength, 64<<10)) + bytes.MinRead)
	}
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, max))
	if err == nil {
		if limited {
			// Else net/http's watch for a client that goes away would take
			// the deadline for one.
			_ = c.SetReadDeadline(time.Time{})
		}
		return b.Bytes(), nil
	}
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close")
		return nil, fairlead.Fail(fairlead.Invalid, fmt.Sprintf("The body took longer than %s to arrive. Send it again.", BodyTimeout), err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fairlead.Fail(fairlead.Invalid, "The body ended before the length that was declared. Send it again.", err)
	}
	return nil, fairlead.Fail(fairlead.Invalid, "The body could not be read. Send it again.", err)
}
