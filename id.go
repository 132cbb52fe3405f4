package fairlead

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Identifiers we give out are UUIDs version 7 (RFC 9562), which sort by time.
// Identifiers an ATS gives out are opaque strings and have the prefix Remote.
type (
	// ConnectionID is the short name of a connection. It is part of its
	// webhook address and never changes.
	ConnectionID  string
	CandidateID   string
	JobID         string
	ApplicationID string
	EventID       string
	RubricID      string
	AssessmentID  string
	WritebackID   string
	EntryID       string
	UserID        string
	SkillID       string

	// RemoteID is an identifier of the ATS, kept exactly as it sent it.
	RemoteID string
)

// NewID makes a time-ordered identifier: 48 bits of Unix milliseconds, then
// 74 random bits.
func NewID[T ~string](now time.Time) T {
	var b [16]byte
	_, _ = rand.Read(b[6:]) // never fails: crypto/rand aborts the program instead
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	var s [36]byte
	hex.Encode(s[0:8], b[0:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:36], b[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return T(s[:])
}

// ValidConnectionID says whether s can name a connection: 1 to 40 lower-case
// letters, digits and hyphens, beginning with a letter or digit.
func ValidConnectionID(s string) bool {
	if len(s) == 0 || len(s) > 40 || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
