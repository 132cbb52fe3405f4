// Package audit hides what makes the audit log tamper-evident: how an entry is
// digested and chained, who seals what is stored and when, and how an export is
// checked without a server.
//
// The log is a hash chain: every entry's place depends on all before it. Leaves
// are digested as in RFC 6962 (a 0x00 byte first, inner values a 0x01 byte), so
// that the same leaves can become a Merkle tree with signed checkpoints without
// a new format.
//
// The chain shows any entry that was altered, removed, added or moved to
// whoever holds an earlier chain value; an export carries its own. Somebody who
// may rewrite the whole database and every export can make a new chain: against
// that, only a value kept elsewhere helps.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
)

// Chain is the chain's value after some entry: all of the log up to there in 32
// bytes. The zero value is that of an empty log.
type Chain [sha256.Size]byte

// Next is the value after one more entry: SHA-256(0x01 ‖ chain ‖ LeafHash(leaf)).
func (c Chain) Next(leaf []byte) Chain {
	h := LeafHash(leaf)
	var b [1 + 2*sha256.Size]byte
	b[0] = 0x01
	copy(b[1:], c[:])
	copy(b[1+sha256.Size:], h[:])
	return sha256.Sum256(b[:])
}

// String is lower-case hex.
func (c Chain) String() string { return hex.EncodeToString(c[:]) }

// LeafHash is RFC 6962's: SHA-256(0x00 ‖ leaf).
func LeafHash(leaf []byte) [sha256.Size]byte {
	h := sha256.New()
	_, _ = h.Write([]byte{0x00})
	_, _ = h.Write(leaf)
	return [sha256.Size]byte(h.Sum(nil))
}

// Extend is Next for a log that keeps values as plain bytes: prev is 32 bytes,
// or none for an empty log.
func Extend(prev, leaf []byte) []byte {
	var c Chain
	copy(c[:], prev)
	next := c.Next(leaf)
	return next[:]
}
