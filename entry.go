package fairlead

import (
	"bytes"
	"encoding/json"
	"sort"
	"time"
)

// EntryKind is what happened.
type EntryKind string

// Kinds of entry: one for each kind of state change.
const (
	EntryConnectionSaved    EntryKind = "connection.saved"
	EntryEventAccepted      EntryKind = "event.accepted"
	EntryEventEnded         EntryKind = "event.ended"
	EntryAssessmentFinished EntryKind = "assessment.finished"
	EntryWritebackFinished  EntryKind = "writeback.finished"
	EntryErased             EntryKind = "candidate.erased"
	EntryUserCreated        EntryKind = "user.created"
	EntrySignedIn           EntryKind = "user.signed_in"
	EntryAssessmentViewed   EntryKind = "assessment.viewed"
)

// Entry is one line of the audit log: ids, digests and keyed commitments, never
// text. Nothing changes without the entry that says so: a store method that
// changes something takes one.
type Entry struct {
	ID         EntryID
	Time       time.Time
	Kind       EntryKind
	Actor      string // "fairlead", or the id of a user
	Connection ConnectionID
	Subject    CandidateID // whom it concerns, "" for nobody
	// Facts are ids, digests, counts and states.
	Facts map[string]string
	// Commit are values the log must be able to prove without holding them.
	// The store replaces each by a Commitment under the subject's own key, so
	// that destroying the key leaves the log whole and says nothing.
	Commit map[string]string
	// Commitments are HMAC-SHA256(key, name 0x00 value) in lower-case hex, under
	// a key derived from the subject's own.
	Commitments map[string]string
}

// NewEntry makes an entry of Fairlead's own doing.
func NewEntry(now time.Time, kind EntryKind, facts map[string]string) Entry {
	return Entry{ID: NewID[EntryID](now), Time: now, Kind: kind, Actor: "fairlead", Facts: facts}
}

// Leaf is the entry's canonical form, the exact bytes the audit log digests:
// one JSON object without spaces, its keys in the order written here, facts
// and commitments sorted by name, times in UTC with microseconds. Plaintext in
// Commit is never part of it.
func (e Entry) Leaf() []byte {
	var b bytes.Buffer
	b.WriteString(`{"v":1`)
	put := func(name, value string) {
		if value == "" {
			return
		}
		b.WriteString(`,"` + name + `":`)
		b.Write(quoteJSON(value))
	}
	putMap := func(name string, m map[string]string) {
		if len(m) == 0 {
			return
		}
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		b.WriteString(`,"` + name + `":{`)
		for i, k := range keys {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(quoteJSON(k))
			b.WriteByte(':')
			b.Write(quoteJSON(m[k]))
		}
		b.WriteByte('}')
	}
	put("id", string(e.ID))
	put("time", e.Time.UTC().Format("2006-01-02T15:04:05.000000Z"))
	put("kind", string(e.Kind))
	put("actor", e.Actor)
	put("connection", string(e.Connection))
	put("subject", string(e.Subject))
	putMap("facts", e.Facts)
	putMap("commitments", e.Commitments)
	b.WriteByte('}')
	return b.Bytes()
}

func quoteJSON(s string) []byte {
	q, _ := json.Marshal(s) // a string always marshals
	return q
}
