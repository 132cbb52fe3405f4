package fairlead

import "time"

// The values that move between a step of the story and the store. Each store
// method that takes one is one transaction.

// EventWork is an open event with what is needed to act on it.
type EventWork struct {
	Event      Event
	Connection Connection
	// Known is what we hold of the event's application, nil when we have not
	// met it; Revision is that of its last stored snapshot.
	Known    *Application
	Revision time.Time
	// Digest is that of the snapshot last assessed, "" when none was or when
	// what came of it never reached the ATS (parked before it could be read,
	// or withheld while write-back was off and is on now): then an equal digest
	// is no reason to do nothing.
	Digest string
}

// Assessed is what one pass over an application made.
type Assessed struct {
	Event       EventID
	Connection  ConnectionID
	Job         Job
	Candidate   Candidate
	Application Application // its own id and those of job and candidate are filled in by the store
	Digest      string      // of the snapshot, see ats.Snapshot
	Revision    time.Time
	// FetchedAt is when the snapshot was asked for. It orders snapshots of one
	// revision: an ATS's times are coarse.
	FetchedAt  time.Time
	Document   Document
	Profile    Profile
	Rubric     Rubric
	Assessment Assessment
	// Intended is what the ATS should hold. Ending is nil when it is to be
	// written; otherwise the event ends with it at once (withheld, or without
	// an assessment at all).
	Intended Values
	Ending   *Ending
}

// AssessedResult says what became of an Assessed.
type AssessedResult struct {
	Assessment AssessmentID
	// New is false when the same inputs were assessed before (promise I2) or
	// when something newer is stored already (promise I4).
	New bool
	// Ended is how the event ended, nil while it waits for a writeback.
	Ended *Ending
}

// WritebackWork is an open writeback, leased to one worker, with what is needed
// to carry it out.
type WritebackWork struct {
	Writeback Writeback
	// Connection without its credentials; all but the id is empty when it was
	// removed.
	Connection Connection
	// Application and Candidate as the ATS names them.
	Application RemoteID
	Candidate   RemoteID
	// LastWritten is what our writebacks are known to have left in each field:
	// what they intended and read back, whatever came of their other fields; nil
	// when there was none. Attempted are values of writebacks begun after that
	// and never read back: the ATS may hold them and they are ours too.
	LastWritten Values
	Attempted   []Values
	// Superseded is set when a newer assessment of the application exists.
	Superseded bool
	// Unreadable is set when the assessment has no score: the writeback then
	// ends parked, with the reason, once the ATS shows it.
	Unreadable bool
	// Lease fences out a worker that was thought dead: FinishWriteback refuses
	// any other.
	Lease string
	// Events received first, for latency.
	ReceivedAt time.Time
}

// JobSummary is a job in the console's list.
type JobSummary struct {
	Job          Job
	Applications int
	Scored       int
	Parked       int
	Bands        map[Band]int
	Newest       time.Time
}

// RankedApplication is a line of a job's ranked list.
type RankedApplication struct {
	Application Application
	Candidate   Candidate
	Assessment  Assessment // newest; Judgements included
	State       WritebackState
	Reason      string
}

// AssessmentView is everything behind an audit id.
type AssessmentView struct {
	Assessment  Assessment
	Application Application
	Candidate   Candidate
	Job         Job
	Rubric      Rubric
	Document    Document
	Profile     Profile
	Writebacks  []Writeback
	History     []Assessment // of the same application, newest first
	Entries     []SealedEntry
	Erased      bool
}

// SealedEntry is an entry in the audit log. Seq counts from 1; 0 means that it
// is stored but not sealed yet.
type SealedEntry struct {
	Seq   int64
	Leaf  []byte // Entry.Leaf, exact bytes
	Chain string // SHA-256 chain value after this entry, lower-case hex
}

// Trouble is something a person should look at: a parked event or writeback.
type Trouble struct {
	Event       EventID
	Kind        EventKind
	Connection  ConnectionID
	Application ApplicationID // "" when not known
	Assessment  AssessmentID
	Reason      string
	At          time.Time
}

// Latency is webhook to verified field over the newest N writebacks.
type Latency struct {
	N        int
	P50, P95 time.Duration
}
