package scoring

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/fairlead/fairlead"
)

// DigestRubric is the SHA-256, in lower-case hex, of a rubric's canonical form:
// every field of every criterion and note in order, each string with its length
// before it, numbers as eight bytes. Equal rubrics have equal digests on any
// machine; any edit, of a word or a weight, gives another.
func DigestRubric(r fairlead.Rubric) string {
	b := make([]byte, 0, 4096)
	text := func(s string) {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	number := func(n int) { b = binary.BigEndian.AppendUint64(b, uint64(int64(n))) }
	flag := func(v bool) {
		n := 0
		if v {
			n = 1
		}
		number(n)
	}
	list := func(l []string) {
		number(len(l))
		for _, s := range l {
			text(s)
		}
	}
	text("fairlead rubric 1")
	text(r.Title)
	number(len(r.Criteria))
	for i := range r.Criteria {
		c := &r.Criteria[i]
		text(c.ID)
		text(c.Text)
		text(string(c.Kind))
		flag(c.Required)
		number(c.Weight)
		number(len(c.Skills))
		for _, s := range c.Skills {
			text(string(s))
		}
		number(c.Months)
		number(int(c.Degree))
		list(c.Fields)
		list(c.Titles)
		flag(c.Equivalent)
		text(c.Why)
	}
	number(len(r.Notes))
	for _, n := range r.Notes {
		text(n.Text)
		text(n.Reason)
		text(string(n.Kind))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
