package document

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// TestShow prints the files named in FAIRLEAD_SHOW, for looking at one by eye.
func TestShow(t *testing.T) {
	name := os.Getenv("FAIRLEAD_SHOW")
	if name == "" {
		t.Skip("FAIRLEAD_SHOW names no file")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := New(Config{Workers: 1})
	defer r.Close()
	r.Read(t.Context(), name, data)
	start := time.Now()
	doc := r.Read(t.Context(), name, data)
	fmt.Printf("%s\n---\n%s %d pages readable=%v problems=%v in %v\nhidden=%+v\n", doc.Text, doc.MediaType, doc.Pages, doc.Readable, doc.Problems, time.Since(start), doc.Hidden)
}
