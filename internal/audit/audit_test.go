package audit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead/fairlead/internal/audit"
)

// export writes a log of these leaves as the store would.
func export(leaves ...string) []byte {
	var lines []string
	var c audit.Chain
	for i, l := range leaves {
		c = c.Next([]byte(l))
		text, _ := json.Marshal(l)
		lines = append(lines, fmt.Sprintf(`{"seq":%d,"leaf":%s,"chain":"%s"}`, i+1, text, c))
	}
	head := fmt.Sprintf(`{"format":"fairlead-audit/1","entries":%d,"chain":"%s"}`, len(leaves), c)
	return []byte(strings.Join(append([]string{head}, lines...), "\n") + "\n")
}

func leaves(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(`{"v":1,"id":"%d","kind":"event.accepted","facts":{"odd":"<é\u2028>"}}`, i+1)
	}
	return out
}

func verify(t testing.TB, data []byte) audit.Report {
	t.Helper()
	r, err := audit.Verify(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	return r
}

// The chain, computed as the format's description says and in no other way.
func TestChainIsWhatItsDescriptionSays(t *testing.T) {
	chain := make([]byte, 32)
	for _, leaf := range leaves(3) {
		h := sha256.Sum256(append([]byte{0}, leaf...))
		next := sha256.Sum256(append(append([]byte{1}, chain...), h[:]...))
		if got := audit.Extend(chain, []byte(leaf)); !bytes.Equal(got, next[:]) {
			t.Fatalf("chain %x, want %x", got, next)
		}
		chain = next[:]
	}
	if !bytes.Equal(audit.Extend(nil, []byte("x")), audit.Extend(make([]byte, 32), []byte("x"))) {
		t.Error("an empty log does not begin with 32 zero bytes")
	}
	// RFC 6962: the hash of an empty leaf.
	want := "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
	if h := audit.LeafHash(nil); hex.EncodeToString(h[:]) != want {
		t.Errorf("empty leaf %x", h)
	}
}

func TestVerifyAcceptsWhatIsWhole(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		if r := verify(t, export(leaves(n)...)); !r.OK || r.Entries != int64(n) || r.FirstBad != nil || r.Reason != "" {
			t.Errorf("%d entries: %+v", n, r)
		}
	}
	spaced := bytes.ReplaceAll(export(leaves(3)...), []byte(`","chain"`), []byte(`" , "chain"`))
	if r := verify(t, bytes.ReplaceAll(spaced, []byte("\n"), []byte("\r\n\n"))); !r.OK {
		t.Errorf("other white space: %+v", r)
	}
}

// Whatever is done to an export is found, and named.
func TestVerifyFindsAndNames(t *testing.T) {
	whole := func() []string { return strings.Split(strings.TrimSpace(string(export(leaves(9)...))), "\n") }
	for name, c := range map[string]struct {
		do  func(lines []string) []string
		bad int64 // 0: the first line
	}{
		"an altered leaf":        {func(l []string) []string { l[5] = strings.Replace(l[5], "accepted", "rejected", 1); return l }, 5},
		"an altered chain value": {func(l []string) []string { l[3] = l[3][:len(l[3])-4] + "0" + l[3][len(l[3])-3:]; return l }, 3},
		"a chain in capitals": {func(l []string) []string {
			i := strings.LastIndex(l[2], `"chain":"`)
			l[2] = l[2][:i+9] + strings.ToUpper(l[2][i+9:len(l[2])-2]) + l[2][len(l[2])-2:]
			return l
		}, 2},
		"the first one missing":    {func(l []string) []string { return append(l[:1], l[2:]...) }, 1},
		"one missing":              {func(l []string) []string { return append(l[:4], l[5:]...) }, 4},
		"one missing, renumbered":  {func(l []string) []string { return renumber(append(l[:4], l[5:]...)) }, 4},
		"the last one missing":     {func(l []string) []string { return l[:9] }, 9},
		"all of them missing":      {func(l []string) []string { return l[:1] }, 1},
		"two swapped":              {func(l []string) []string { l[6], l[7] = l[7], l[6]; return l }, 6},
		"two swapped, renumbered":  {func(l []string) []string { l[6], l[7] = l[7], l[6]; return renumber(l) }, 6},
		"one twice":                {func(l []string) []string { return append(l[:3], append([]string{l[2]}, l[3:]...)...) }, 3},
		"one more at the end":      {func(l []string) []string { return append(l, l[9]) }, 10},
		"one added in the middle":  {func(l []string) []string { return append(l[:5], append([]string{l[8]}, l[5:]...)...) }, 5},
		"a line cut off":           {func(l []string) []string { l[9] = l[9][:len(l[9])/2]; return l }, 9},
		"a member added":           {func(l []string) []string { l[4] = strings.Replace(l[4], "{", `{"note":"x",`, 1); return l }, 4},
		"a member twice":           {func(l []string) []string { l[4] = strings.Replace(l[4], "{", `{"seq":99,`, 1); return l }, 4},
		"a member in another case": {func(l []string) []string { l[4] = strings.Replace(l[4], `"leaf"`, `"Leaf"`, 1); return l }, 4},
		"something after a line":   {func(l []string) []string { l[4] += "{}"; return l }, 4},
		"the header's count":       {func(l []string) []string { l[0] = strings.Replace(l[0], `"entries":9`, `"entries":8`, 1); return l }, 9},
		"the header's end":         {func(l []string) []string { l[0] = l[0][:len(l[0])-5] + "0000" + l[0][len(l[0])-1:]; return l }, 0},
		"the header's format":      {func(l []string) []string { l[0] = strings.Replace(l[0], "/1", "/2", 1); return l }, 0},
		"no header":                {func(l []string) []string { return l[1:] }, 0},
		"nothing":                  {func([]string) []string { return nil }, 0},
	} {
		r := verify(t, []byte(strings.Join(c.do(whole()), "\n")))
		if r.OK || r.Reason == "" {
			t.Errorf("%s: not found", name)
			continue
		}
		if got := r.FirstBad; (got == nil) != (c.bad == 0) || got != nil && *got != c.bad {
			t.Errorf("%s: first bad %v, want %d (%s)", name, ptr(got), c.bad, r.Reason)
		}
		if c.bad > 0 && r.Entries != c.bad-1 {
			t.Errorf("%s: %d good entries before entry %d", name, r.Entries, c.bad)
		}
	}
}

func ptr(p *int64) any {
	if p == nil {
		return nil
	}
	return *p
}

// renumber gives entries the numbers of their places, as somebody would who
// wants to hide a change.
func renumber(lines []string) []string {
	for i := 1; i < len(lines); i++ {
		_, rest, _ := strings.Cut(lines[i], ",")
		lines[i] = fmt.Sprintf(`{"seq":%d,%s`, i, rest)
	}
	return lines
}

// Every single bit of every entry's content and place is under the chain.
func TestVerifyFindsEveryFlippedBit(t *testing.T) {
	whole := export(leaves(4)...)
	missed := 0
	for i := range whole {
		for bit := range 8 {
			data := bytes.Clone(whole)
			data[i] ^= 1 << bit
			r := verify(t, data)
			if r.OK {
				missed++
				t.Logf("byte %d: %q became %q", i, whole[i], data[i])
			}
		}
	}
	// What is not found changes nothing that a reader of JSON would see: a line
	// end that became other white space.
	if missed > 0 {
		for i := range whole {
			for bit := range 8 {
				data := bytes.Clone(whole)
				data[i] ^= 1 << bit
				if verify(t, data).OK && !sameMeaning(t, whole, data) {
					t.Errorf("byte %d: %q became %q and nobody notices", i, whole[i], data[i])
				}
			}
		}
	}
}

func sameMeaning(t *testing.T, a, b []byte) bool {
	t.Helper()
	decode := func(data []byte) (out []any) {
		d := json.NewDecoder(bytes.NewReader(data))
		for d.More() {
			var v any
			if err := d.Decode(&v); err != nil {
				return nil
			}
			out = append(out, v)
		}
		return out
	}
	return fmt.Sprint(decode(a)) == fmt.Sprint(decode(b))
}

type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.n += int64(len(p))
	return len(p), nil
}

func TestVerifyHoldsOneBoundedLine(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	source := &endless{}
	r, err := audit.Verify(io.MultiReader(bytes.NewReader(export()), source))
	runtime.ReadMemStats(&after)
	if err != nil || r.OK {
		t.Errorf("an endless line: %+v, %v", r, err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; source.n > 8<<20 || grown > 32<<20 {
		t.Errorf("read %d bytes and took %d", source.n, grown)
	}
	broken := io.MultiReader(bytes.NewReader(export(leaves(2)...)), errReader{})
	if r, err = audit.Verify(broken); err == nil || r.OK {
		t.Errorf("a disk that fails: %+v, %v", r, err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("bad sector") }

func FuzzVerify(f *testing.F) {
	f.Add(export())
	f.Add(export(leaves(2)...))
	f.Add([]byte("{}\n{}"))
	f.Add([]byte(`{"format":"fairlead-audit/1","entries":1,"chain":""}` + "\n" + `{"seq":1,"leaf":{},"chain":[]}`))
	want := export(leaves(2)...)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := audit.Verify(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("a reader that works: %v", err)
		}
		if r.OK != (r.Reason == "") || r.OK && r.FirstBad != nil || r.FirstBad != nil && *r.FirstBad != r.Entries+1 {
			t.Fatalf("contradicts itself: %+v", r)
		}
		if r.OK && r.Entries == 2 && bytes.Contains(data, []byte(`"id\":\"2\"`)) && !sameMeaning(t, want, data) {
			// Only a whole new chain could verify, and nobody finds one here.
			t.Logf("another chain: %q", data)
		}
	})
}

// memory is a Log in memory.
type memory struct {
	mu      sync.Mutex
	waiting [][]byte
	sealed  [][]byte
	calls   int
	fail    error
}

func (m *memory) SealEntries(_ context.Context, limit int, extend func(prev, leaf []byte) []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.fail != nil {
		return 0, m.fail
	}
	n := min(limit, len(m.waiting))
	var last []byte
	if len(m.sealed) > 0 {
		last = m.sealed[len(m.sealed)-1]
	}
	for _, leaf := range m.waiting[:n] {
		last = extend(last, leaf)
		m.sealed = append(m.sealed, last)
	}
	m.waiting = m.waiting[n:]
	return n, nil
}

func (m *memory) counts() (sealed, waiting, calls int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.sealed), len(m.waiting), m.calls
}

func TestSealerSealsOnItsOwnClockAndGoesOnAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &memory{fail: errors.New("locked")}
		for _, l := range leaves(1200) {
			log.waiting = append(log.waiting, []byte(l))
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			audit.NewSealer(audit.Config{Log: log, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
			close(done)
		}()
		synctest.Wait()
		if sealed, _, _ := log.counts(); sealed != 0 {
			t.Fatal("sealed although the store failed")
		}
		log.mu.Lock()
		log.fail = nil
		log.mu.Unlock()
		time.Sleep(time.Second + time.Millisecond) // simulated time
		synctest.Wait()
		sealed, waiting, calls := log.counts()
		if sealed != 1200 || waiting != 0 {
			t.Errorf("%d sealed, %d wait", sealed, waiting)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if _, _, now := log.counts(); now != calls+1 {
			t.Errorf("%d looks in a second of rest", now-calls)
		}
		cancel()
		<-done
	})
}

func TestDrainStopsWhenToldTo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	log := &memory{}
	for _, l := range leaves(600) {
		log.waiting = append(log.waiting, []byte(l))
	}
	if err := audit.NewSealer(audit.Config{Log: log, Logger: slog.New(slog.DiscardHandler)}).Drain(ctx); err == nil || len(log.sealed) != 500 {
		t.Errorf("%v, %d sealed", err, len(log.sealed))
	}
}
