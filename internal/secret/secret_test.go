package secret_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/secret"
)

func key(t testing.TB) string {
	t.Helper()
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func parse(t testing.TB, keys ...string) *secret.Master {
	t.Helper()
	m, err := secret.Parse([]byte(strings.Join(keys, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLoadMakesAKeyOnlyItsOwnerMayRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	m, created, err := secret.Load(path)
	if err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	sealed := m.Seal([]byte("x"), "a")
	again, created, err := secret.Load(path)
	if err != nil || created {
		t.Fatalf("created %v, %v", created, err)
	}
	if plain, err := again.Open(sealed, "a"); err != nil || string(plain) != "x" {
		t.Errorf("the same file gives another key: %q, %v", plain, err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLoadAtOnceGivesOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	var wg sync.WaitGroup
	var mu sync.Mutex
	var sealed [][]byte
	for range 8 {
		wg.Go(func() {
			m, _, err := secret.Load(path)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			sealed = append(sealed, m.Seal([]byte("x"), "a"))
		})
	}
	wg.Wait()
	m, _, err := secret.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sealed {
		if _, err := m.Open(s, "a"); err != nil {
			t.Errorf("two keys were made: %v", err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	good := key(t)
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"readable by the group":   {good, 0o640},
		"readable by the world":   {good, 0o604},
		"empty":                   {"", 0o600},
		"comments only":           {"# nothing\n", 0o600},
		"too short":               {good[:62], 0o600},
		"too long":                {good + "00", 0o600},
		"not hexadecimal":         {strings.Repeat("zz", 32), 0o600},
		"an example":              {strings.Repeat("00", 32), 0o600},
		"one good and one broken": {good + "\n" + good[:10], 0o600},
		"one endless line":        {strings.Repeat("a", 1<<20), 0o600},
	} {
		path := filepath.Join(t.TempDir(), "master.key")
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, _, err := secret.Load(path)
		if fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), good[:10]) {
			t.Errorf("%s: the error quotes the key: %v", name, err)
		}
		if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error does not say which file: %v", name, err)
		}
	}
	if _, _, err := secret.Load(filepath.Join(t.TempDir(), "no", "folder", "master.key")); fairlead.CodeOf(err) != fairlead.Invalid {
		t.Errorf("no folder: %v", err)
	}
}

func TestSealedValuesOpenOnlyAsTheyWereSealed(t *testing.T) {
	m := parse(t, key(t))
	plain := []byte("canary credential")
	sealed := m.Seal(plain, "connection/a")
	if bytes.Contains(sealed, plain) || bytes.Equal(sealed, m.Seal(plain, "connection/a")) {
		t.Fatal("sealing hides nothing")
	}
	if got, err := m.Open(sealed, "connection/a"); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("opened %q, %v", got, err)
	}
	if _, err := m.Open(sealed, "connection/b"); err == nil {
		t.Error("opens in another's place")
	}
	for i := range sealed {
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(sealed)
			bad[i] ^= bit
			if _, err := m.Open(bad, "connection/a"); err == nil {
				t.Errorf("opens with byte %d altered", i)
			}
		}
		if _, err := m.Open(sealed[:i], "connection/a"); err == nil {
			t.Errorf("opens cut off after %d bytes", i)
		}
	}
	if _, err := parse(t, key(t)).Open(sealed, "connection/a"); fairlead.CodeOf(err) != fairlead.Internal {
		t.Errorf("opens with another key: %v", err)
	}
}

func TestAnOlderKeyOpensAndSealsNothingNew(t *testing.T) {
	older, newer := key(t), key(t)
	sealed := parse(t, older).Seal([]byte("x"), "a")
	both := parse(t, "# rotated", newer, "", older)
	if got, err := both.Open(sealed, "a"); err != nil || string(got) != "x" {
		t.Errorf("after rotation: %q, %v", got, err)
	}
	if _, err := parse(t, older).Open(both.Seal([]byte("y"), "a"), "a"); err == nil {
		t.Error("sealed with the older key")
	}
}

func TestACandidatesKey(t *testing.T) {
	m := parse(t, key(t))
	s, wrapped := m.NewSubject("candidate/1/key")
	other, _ := m.NewSubject("candidate/2/key")
	sealed := s.Seal([]byte("resume"), "assessment/1")
	again, err := m.Subject(wrapped, "candidate/1/key")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(sealed, "assessment/1"); err != nil || string(got) != "resume" {
		t.Errorf("opened %q, %v", got, err)
	}
	if _, err := other.Open(sealed, "assessment/1"); err == nil {
		t.Error("opens with another person's key")
	}
	if _, err := m.Open(sealed, "assessment/1"); err == nil {
		t.Error("opens with the master key: destroying the candidate's would destroy nothing")
	}
	if _, err := m.Subject(wrapped, "candidate/2/key"); err == nil {
		t.Error("one person's key opens as another's")
	}
	if got := s.Commit("reasoning", "x"); got != again.Commit("reasoning", "x") || len(got) != 64 {
		t.Errorf("commitment %q", got)
	}
	for _, differs := range []string{s.Commit("reasoning", "y"), s.Commit("text", "x"), other.Commit("reasoning", "x"), s.Commit("reasoningx", "")} {
		if differs == s.Commit("reasoning", "x") {
			t.Error("two commitments are the same")
		}
	}
}

func FuzzOpen(f *testing.F) {
	m, err := secret.Parse([]byte(strings.Repeat("3f", 31) + "40"))
	if err != nil {
		f.Fatal(err)
	}
	sealed := m.Seal([]byte("x"), "a")
	f.Add(sealed)
	f.Add(sealed[:21])
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := m.Open(data, "a"); err == nil && string(got) != "x" {
			t.Errorf("opened %q: nobody else has the key", got)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(strings.Repeat("3f", 31) + "40"))
	f.Add([]byte("# a\n\n"))
	f.Add([]byte(strings.Repeat("0", 70000)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := secret.Parse(data)
		if (m == nil) == (err == nil) {
			t.Errorf("%v, %v", m, err)
		}
		if err != nil && fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("%v", err)
		}
	})
}
