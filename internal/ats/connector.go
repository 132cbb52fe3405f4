// Package ats holds the contract every connector keeps and what all of them
// share: the allow-list transport that cannot reject or advance anybody, the
// client that dials only where it may, and the rate limiter.
package ats

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/fairlead/fairlead"
)

// Connector speaks one kind of ATS for one connection. All methods are safe for
// concurrent use. Errors are *fairlead.Error: RateLimited and Unavailable mean
// "later", NotFound "gone", Forbidden a missing scope (named in the message),
// Invalid an answer or request that will not get better. Answers of an ATS are
// untrusted: sizes are capped and unknown fields ignored.
type Connector interface {
	// Receive authenticates a delivery over its exact bytes and says what it
	// tells us. It does no I/O. A wrong or missing proof is Unauthenticated, a
	// body that is not what the ATS sends Invalid. An authentic delivery of a
	// kind we do not act on gives an event of kind Ping, Skipped or Unknown,
	// never an error.
	Receive(d Delivery) ([]fairlead.Event, error)

	// Fetch reads the newest state of an application with its candidate and
	// job. NotFound when it is gone or hidden from our key.
	Fetch(ctx context.Context, application fairlead.RemoteID) (Snapshot, error)

	// Resume downloads a resume named by a Snapshot, at most MaxFile bytes.
	// The caller closes it. TooLarge when the file is larger.
	Resume(ctx context.Context, r ResumeRef) (File, error)

	// Read returns what our own fields (or our own note) hold now.
	Read(ctx context.Context, t Target) (Current, error)

	// Write puts change, a subset of our own outputs, into the ATS and nothing
	// else. It does not look first and does not read back; the caller does.
	// After an error the outcome is unknown until Read says.
	Write(ctx context.Context, t Target, change fairlead.Values) error

	// Describe says what this account lets us do and what is missing.
	Describe(ctx context.Context) (Description, error)
}

// Delivery is one webhook request as it came in.
type Delivery struct {
	Header     http.Header
	Body       []byte
	ReceivedAt time.Time
}

// Snapshot is an application as the ATS has it now.
type Snapshot struct {
	Application fairlead.Application // ids of ours are empty
	Candidate   fairlead.Candidate
	Job         fairlead.Job
	// Revision is the ATS's own time of the newest change; the newest wins.
	Revision time.Time
	// Assessable is false with a Reason for prospects and for people somebody
	// has already decided about.
	Assessable bool
	Reason     string
	// Resume is nil when none is attached.
	Resume *ResumeRef
	// Digest covers what an assessment depends on (job, resume) and nothing
	// we write ourselves: an equal digest means there is nothing to do.
	Digest string
}

// ResumeRef names a resume file in the ATS.
type ResumeRef struct {
	Remote   fairlead.RemoteID // of the attachment
	Filename string            // hostile: for type hints and nothing else
	URL      string            // signed, short-lived; never logged
}

// MaxFile is the most bytes of a resume we download.
const MaxFile = 20 << 20

// File is a resume's bytes. Close it.
type File struct {
	io.ReadCloser
	Name string
}

// Target says whose fields are meant.
type Target struct {
	Application fairlead.RemoteID
	Candidate   fairlead.RemoteID
	Fields      fairlead.FieldMap
	// Assessment identifies the writeback in the ATS: a note carries it, so
	// that it is never written twice.
	Assessment fairlead.AssessmentID
}

// Current is what the ATS holds.
type Current struct {
	Values fairlead.Values
	// Foreign digests everything beside our own fields that a write could
	// harm. It changes only when somebody else changed something.
	Foreign string
	// At is when it was read.
	At time.Time
}

// Description is what an account lets us do.
type Description struct {
	Fields fairlead.FieldMap // our outputs' fields as they exist, proposed
	// Scopes is the least set to tick, Missing those the key lacks.
	Scopes  []string
	Missing []string
	// RateLimit is requests per RateWindow, 0 when unknown.
	RateLimit  int
	RateWindow time.Duration
	// Remarks are things a person should know, each with its next step.
	Remarks []string
}
