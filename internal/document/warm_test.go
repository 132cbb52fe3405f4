package document

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

// TestWarm: children that are ready before the first file, and what happens
// when they cannot be.
func TestWarm(t *testing.T) {
	r := reader(t, Config{Workers: 2})
	if err := r.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c := <-r.slots
		if c == nil || !c.prepared {
			t.Error("a child is not ready")
		}
		r.slots <- c
	}
	broken := reader(t, Config{Executable: filepath.Join(t.TempDir(), "absent")})
	if err := broken.Warm(t.Context()); fairlead.CodeOf(err) != fairlead.Unavailable {
		t.Errorf("no program: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := reader(t, Config{}).Warm(gone); err == nil {
		t.Error("a caller that had given up was told that all is ready")
	}
	r.Close()
	if err := r.Warm(t.Context()); err == nil {
		t.Error("a closed reader got ready")
	}
}

// TestFirstStart: on a machine without a compiled engine the first file waits
// for it, and neither the wait counts as the file's time nor does a caller that
// gives up wait with it.
func TestFirstStart(t *testing.T) {
	if testing.Short() || memorySlack > 1 {
		t.Skip("compiling the PDF engine takes some 20 s")
	}
	cache := t.TempDir()
	if err := os.Chmod(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	r := reader(t, Config{CacheDir: cache, Timeout: 5 * time.Second})
	good := pdfPage(say(72, 700, 11, seenText))
	hasty, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if doc := r.Read(hasty, "", good); doc.Readable || doc.Problems[0].Code != fairlead.ReadTimeout {
		t.Errorf("a caller with no time: readable %v, %v", doc.Readable, doc.Problems)
	}
	start := time.Now()
	doc := r.Read(t.Context(), "", good)
	t.Logf("the first file took %v", time.Since(start))
	if doc.Text != seenText {
		t.Errorf("text %q, problems %v", doc.Text, doc.Problems)
	}
	c := <-r.slots
	t.Logf("the child that compiled: %d MB at most", peakBytes(c.cmd.Process.Pid)>>20)
	r.slots <- c
}

// peakBytes is the most memory a process has held in RAM, 0 where the system
// does not say.
func peakBytes(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kb int64
	if _, err := fmt.Sscan(after, &kb); err != nil {
		return 0
	}
	return kb << 10
}
