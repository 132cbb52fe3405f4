// Package secret hides how things are kept secret at rest: the master key and
// its file, the key of each candidate, sealing with AES-256-GCM and the keyed
// commitments of the audit log. Nothing outside sees a key's bytes, so that
// destroying the one stored form of a candidate's key destroys everything that
// was sealed with it.
package secret

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fairlead/fairlead"
)

// keySize is the size of every key, in bytes.
const keySize = 32

// Master is the master key: it seals credentials and the candidates' keys. It
// may know older keys, which open what they sealed and seal nothing new. Safe
// for concurrent use.
type Master struct {
	current *box
	known   map[keyID]*box
}

// Load reads the master key file at path: one key a line, 64 hexadecimal
// digits, the first the one in use and any others older ones; empty lines and
// lines that begin with # are skipped. When there is no file it makes one with
// a new key, readable by its owner only, and says so. A file that others may
// read, or that holds anything else, is refused (Invalid): a key that leaked or
// was cut off in a copy is worse than a program that does not start.
func Load(path string) (m *Master, created bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if data, err = create(path); err != nil {
			return nil, false, err
		}
		created = true
	} else if err != nil {
		return nil, false, fairlead.Fail(fairlead.Invalid, "Cannot read the master key file "+path+". Check that this user owns it.", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, fairlead.Fail(fairlead.Invalid, "Cannot look at the master key file "+path+".", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, false, fairlead.Fail(fairlead.Invalid, fmt.Sprintf("The master key file %s may be read by others (mode %04o). Run: chmod 600 %s", path, info.Mode().Perm(), path), nil)
	}
	m, err = Parse(data)
	if err != nil {
		return nil, false, fairlead.Fail(fairlead.Invalid, "The master key file "+path+" is damaged: "+fairlead.MessageOf(err)+" Restore it from where you keep its copy; without it nothing sealed can be read.", nil)
	}
	return m, created, nil
}

// create writes a new key where no file is yet. Another process that does the
// same at the same moment wins or loses as a whole: both end up with one key.
func create(path string) ([]byte, error) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	data := []byte("# Fairlead's master key. Keep a copy somewhere else: without it nothing sealed can be read.\n" + hex.EncodeToString(key) + "\n")
	cannot := func(err error) error {
		return fairlead.Fail(fairlead.Invalid, "Cannot make the master key file "+path+". Check that this user may write there.", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".master-*") // mode 0600
	if err != nil {
		return nil, cannot(err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, cannot(err)
	}
	switch err := os.Link(f.Name(), path); {
	case err == nil:
		return data, nil
	case errors.Is(err, fs.ErrExist):
		data, err = os.ReadFile(path)
		if err != nil {
			return nil, cannot(err)
		}
		return data, nil
	default:
		return nil, cannot(err)
	}
}

// Parse reads the text of a master key file (see Load). Errors are Invalid and
// never quote what was read.
func Parse(data []byte) (*Master, error) {
	m := &Master{known: map[keyID]*box{}}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := hex.DecodeString(line)
		if err != nil || len(key) != keySize {
			return nil, fairlead.Fail(fairlead.Invalid, fmt.Sprintf("line %d is not a key of 64 hexadecimal digits.", n), nil)
		}
		if bytes.Count(key, key[:1]) == keySize {
			return nil, fairlead.Fail(fairlead.Invalid, fmt.Sprintf("line %d is an example, not a key.", n), nil)
		}
		b := newBox(key)
		if m.current == nil {
			m.current = b
		}
		m.known[b.id] = b
	}
	if lines.Err() != nil {
		return nil, fairlead.Fail(fairlead.Invalid, "a line is too long.", nil)
	}
	if m.current == nil {
		return nil, fairlead.Fail(fairlead.Invalid, "it holds no key.", nil)
	}
	return m, nil
}

// Seal encrypts plain so that only Open with the same about gets it back. about
// says what the value is and whose (for example "connection/greenhouse"), so
// that a sealed value put in another's place does not open.
func (m *Master) Seal(plain []byte, about string) []byte { return m.current.seal(plain, about) }

// Open is the inverse of Seal. It fails with Internal when the value was
// altered, belongs elsewhere, or was sealed with a key that is not known.
func (m *Master) Open(sealed []byte, about string) ([]byte, error) {
	id, err := keyOf(sealed)
	if err != nil {
		return nil, err
	}
	b, ok := m.known[id]
	if !ok {
		return nil, fairlead.Fail(fairlead.Internal, "This was sealed with another master key. Add that key to the master key file.", nil)
	}
	return b.open(sealed, about)
}

// NewSubject makes a key for one candidate and its only storable form.
// Destroying that form destroys what the key sealed. about as for Seal.
func (m *Master) NewSubject(about string) (Subject, []byte) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	return newSubject(key), m.Seal(key, about)
}

// Subject opens the stored form of a candidate's key.
func (m *Master) Subject(wrapped []byte, about string) (Subject, error) {
	key, err := m.Open(wrapped, about)
	if err != nil {
		return Subject{}, fmt.Errorf("open candidate's key: %w", err)
	}
	if len(key) != keySize {
		return Subject{}, fairlead.Fail(fairlead.Internal, "A candidate's key is damaged.", nil)
	}
	return newSubject(key), nil
}

// Subject is the key of one candidate. The zero value seals nothing.
type Subject struct {
	box *box
	mac []byte
}

// newSubject derives two keys from one, since a key has one use: sealing and
// committing (HKDF-SHA256, RFC 5869).
func newSubject(key []byte) Subject {
	return Subject{box: newBox(derive(key, "fairlead/seal/1")), mac: derive(key, "fairlead/commit/1")}
}

// Seal encrypts plain under the candidate's key; about as for Master.Seal.
func (s Subject) Seal(plain []byte, about string) []byte { return s.box.seal(plain, about) }

// Open is the inverse of Seal.
func (s Subject) Open(sealed []byte, about string) ([]byte, error) { return s.box.open(sealed, about) }

// Commit is the commitment to a value: HMAC-SHA256(key, name 0x00 value) in
// lower-case hex, under a key derived from the candidate's. Whoever holds the
// key can show what was committed to; without it the commitment says nothing,
// not even to somebody who guesses the value.
func (s Subject) Commit(name, value string) string {
	h := hmac.New(sha256.New, s.mac)
	_, _ = h.Write([]byte(name))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(value))
	return hex.EncodeToString(h.Sum(nil))
}

// A sealed value is: version (1 byte, 1) · key id (8 bytes) · nonce (12 bytes)
// · AES-256-GCM ciphertext and tag. Version, key id and what the value is about
// are authenticated with it (NIST SP 800-38D: random 96-bit nonces are safe for
// 2³² values a key).
const (
	sealVersion = 1
	headSize    = 1 + 8
	nonceSize   = 12
)

type keyID [8]byte

// box seals under one key.
type box struct {
	id   keyID
	aead cipher.AEAD
}

func newBox(key []byte) *box {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("secret: key of wrong size") // every caller passes 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("secret: " + err.Error()) // AES has the block size GCM wants
	}
	b := &box{aead: aead}
	copy(b.id[:], derive(key, "fairlead/key-id/1"))
	return b
}

func (b *box) seal(plain []byte, about string) []byte {
	out := make([]byte, headSize+nonceSize, headSize+nonceSize+len(plain)+b.aead.Overhead())
	out[0] = sealVersion
	copy(out[1:headSize], b.id[:])
	nonce := out[headSize : headSize+nonceSize]
	_, _ = rand.Read(nonce) // never fails
	return b.aead.Seal(out, nonce, plain, associated(out[:headSize], about))
}

func (b *box) open(sealed []byte, about string) ([]byte, error) {
	id, err := keyOf(sealed)
	if err != nil {
		return nil, err
	}
	if id != b.id {
		return nil, fairlead.Fail(fairlead.Internal, "A sealed value belongs to another key.", nil)
	}
	plain, err := b.aead.Open(nil, sealed[headSize:headSize+nonceSize], sealed[headSize+nonceSize:], associated(sealed[:headSize], about))
	if err != nil {
		return nil, fairlead.Fail(fairlead.Internal, "A sealed value was altered or belongs elsewhere.", nil)
	}
	return plain, nil
}

// keyOf reads which key a value was sealed with.
func keyOf(sealed []byte) (keyID, error) {
	if len(sealed) < headSize+nonceSize {
		return keyID{}, fairlead.Fail(fairlead.Internal, "A sealed value is cut off.", nil)
	}
	if sealed[0] != sealVersion {
		return keyID{}, fairlead.Fail(fairlead.Internal, "A sealed value has a format this version does not know.", nil)
	}
	return keyID(sealed[1:headSize]), nil
}

func associated(head []byte, about string) []byte {
	return append(append(make([]byte, 0, len(head)+len(about)), head...), about...)
}

func derive(key []byte, use string) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, use, keySize)
	if err != nil {
		panic("secret: " + err.Error()) // only when asked for more than 8,160 bytes
	}
	return out
}
