package document

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

// TestEvalHostile reads files from the test suites of PDF, office and text
// tools: broken, encrypted, truncated, odd. Each must get an answer in time.
func TestEvalHostile(t *testing.T) {
	dir := shared(t, "hostile-docs")
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r := New(Config{Workers: 2})
	defer r.Close()
	codes := map[string]map[fairlead.ProblemCode]int{}
	for _, f := range sampled(files, 12) {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		doc := r.Read(t.Context(), f, data)
		took := time.Since(start)
		ext := strings.ToLower(filepath.Ext(f))
		if codes[ext] == nil {
			codes[ext] = map[fairlead.ProblemCode]int{}
		}
		if doc.Readable {
			codes[ext]["readable"]++
		} else if len(doc.Problems) == 0 {
			t.Errorf("%s: neither text nor a problem", f)
		}
		for _, p := range doc.Problems {
			codes[ext][p.Code]++
		}
		if took > 3*time.Second {
			t.Logf("%s: %v %v", f, took, doc.Problems)
		}
		if took > 12*time.Second {
			t.Errorf("%s took %v", f, took)
		}
		if os.Getenv("FAIRLEAD_LIST") != "" {
			t.Logf("%s %v %d hidden, %d bytes of text, %v %v", strings.TrimPrefix(f, dir), doc.Readable, len(doc.Hidden), len(doc.Text), took.Round(time.Millisecond), doc.Problems)
		}
	}
	for ext, c := range codes {
		t.Logf("%-6s %v", ext, c)
	}
}
