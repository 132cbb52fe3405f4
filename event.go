package fairlead

import "time"

// EventKind is what an ATS told us, in our words.
type EventKind string

// Kinds of event. Those that ask for work lead to a task; the others end as
// ignored at once, knowingly.
const (
	ApplicationCreated  EventKind = "application_created"
	ApplicationUpdated  EventKind = "application_updated"
	ApplicationDeleted  EventKind = "application_deleted"
	StageChanged        EventKind = "stage_changed"
	CandidateUpdated    EventKind = "candidate_updated"
	CandidateMerged     EventKind = "candidate_merged"
	CandidateDeleted    EventKind = "candidate_deleted"
	CandidateAnonymized EventKind = "candidate_anonymized"
	JobUpdated          EventKind = "job_updated"
	// Ping is the ATS trying out the address.
	Ping EventKind = "ping"
	// Skipped is a kind we know and do nothing about.
	Skipped EventKind = "skipped"
	// Unknown is a kind we have never heard of: kept and shown, not acted on.
	Unknown EventKind = "unknown"
)

// Actionable says whether the event asks for work.
func (k EventKind) Actionable() bool { return k != Ping && k != Skipped && k != Unknown }

// EventState is open or exactly one end (promise I1).
type EventState string

// States of an event.
const (
	EventOpen       EventState = "open"
	EventWritten    EventState = "written"
	EventSuperseded EventState = "superseded"
	EventIgnored    EventState = "ignored"
	EventWithheld   EventState = "withheld"
	EventParked     EventState = "parked"
	EventErased     EventState = "erased"
)

// Event is one thing an ATS told us, or we found by reconciling. It is a hint:
// the object is fetched again before anything is done.
type Event struct {
	ID         EventID
	Connection ConnectionID
	Kind       EventKind
	// RemoteKind is the ATS's own word, for people.
	RemoteKind string
	// DeliveryKey makes redeliveries recognisable; two events with the same
	// key on one connection are the same event, however far apart.
	DeliveryKey string
	// Which of these are set depends on Kind.
	Application RemoteID
	Candidate   RemoteID
	Job         RemoteID
	// MergedInto is the surviving candidate of a merge.
	MergedInto RemoteID
	// BodySHA256 of the delivery as received, lower-case hex.
	BodySHA256 string
	ReceivedAt time.Time
	State      EventState
	// Reason says in plain words why the event ended as it did, with the next
	// step where there is one.
	Reason  string
	EndedAt time.Time
}

// Ending is an end for events: a state other than open, and why.
type Ending struct {
	State  EventState
	Reason string
}

// Balance is promise I1 in numbers: received = the sum of all others.
// Duplicates are counted apart.
type Balance struct {
	Received, Open, Written, Superseded, Ignored, Withheld, Parked, Erased int64
	Duplicates                                                             int64
	// OldestOpen is when the oldest open event was received, zero when none is.
	OldestOpen time.Time
}

// Adds says whether the balance adds up.
func (b Balance) Adds() bool {
	return b.Received == b.Open+b.Written+b.Superseded+b.Ignored+b.Withheld+b.Parked+b.Erased
}
