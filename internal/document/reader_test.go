package document

import (
	"testing"

	"github.com/fairlead/fairlead"
)

func TestEmptyAndUnknown(t *testing.T) {
	r := New(Config{Workers: 1})
	defer r.Close()
	for name, want := range map[string]fairlead.ProblemCode{"": fairlead.EmptyText, "\x00\x01\x02\x03": fairlead.Unsupported} {
		doc := r.Read(t.Context(), "x.pdf", []byte(name))
		if doc.Readable || len(doc.Problems) != 1 || doc.Problems[0].Code != want {
			t.Errorf("%q: readable %v, problems %v, want %s", name, doc.Readable, doc.Problems, want)
		}
	}
}
