package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// leaf is an entry of the audit log, read from its exact text.
type leaf struct {
	V          int               `json:"v"`
	ID         string            `json:"id"`
	Time       string            `json:"time"`
	Kind       string            `json:"kind"`
	Connection string            `json:"connection"`
	Subject    string            `json:"subject"`
	Facts      map[string]string `json:"facts"`
}

// log is the audit log by entry id.
type log struct {
	leaves []leaf
	byID   map[string]leaf
}

// readLog verifies the chain and reads the entries. The rule: chain₀ is 32 zero
// bytes, leafhash = SHA-256(0x00 ‖ leaf) as in RFC 6962, and
// chainₙ = SHA-256(0x01 ‖ chainₙ₋₁ ‖ leafhash).
func (a audit) readLog(v *verdict) log {
	l := log{byID: map[string]leaf{}}
	chain := make([]byte, sha256.Size)
	broken := false
	for i, line := range a.lines {
		if line.Seq != i+1 {
			v.violate("audit log: entry %d stands where %d should: an entry is missing or out of order", line.Seq, i+1)
			broken = true
			break
		}
		chain = next(chain, []byte(line.Leaf))
		if hex.EncodeToString(chain) != line.Chain {
			v.violate("audit log: the chain breaks at entry %d: it or one before it was altered", line.Seq)
			broken = true
			break
		}
	}
	switch {
	case broken:
	case a.Entries != len(a.lines):
		v.violate("audit log: the heading says %d entries, there are %d", a.Entries, len(a.lines))
	case a.Chain != hex.EncodeToString(chain):
		v.violate("audit log: the heading's chain is not the last entry's")
	}
	for _, line := range a.lines {
		var one leaf
		d := json.NewDecoder(bytes.NewReader([]byte(line.Leaf)))
		if err := d.Decode(&one); err != nil || d.More() || one.V != 1 || one.ID == "" || one.Kind == "" || strings.TrimSpace(one.Time) == "" {
			v.violate("audit log: entry %d is not an entry", line.Seq)
			continue
		}
		if _, twice := l.byID[one.ID]; twice {
			v.violate("audit log: entry id %s is there twice", one.ID)
			continue
		}
		l.byID[one.ID] = one
		l.leaves = append(l.leaves, one)
	}
	return l
}

func next(chain, leaf []byte) []byte {
	leafHash := sha256.Sum256(append([]byte{0}, leaf...))
	sum := sha256.Sum256(append(append([]byte{1}, chain...), leafHash[:]...))
	return sum[:]
}
