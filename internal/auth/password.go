package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/fairlead/fairlead"
)

// Cost of a password's hash: OWASP's first choice for argon2id (Password
// Storage Cheat Sheet, 2025): 19 MiB, two passes, one lane; about 20 ms.
const (
	argonMemory = 19 * 1024 // KiB
	argonPasses = 2
	argonLanes  = 1
	saltLen     = 16
	keyLen      = 32
	// hashers is how many passwords are hashed at a time: 76 MiB at most,
	// however many knock.
	hashers = 4
)

// A password's length, in characters (NIST SP 800-63B-4 asks for 15 where it is
// the only factor; we take 12 and refuse what is easily guessed) and bytes.
const (
	MinPassword = 12
	maxPassword = 1024
)

//go:embed common-passwords.txt
var commonPasswords string

// CheckPassword says in Invalid, with the remedy, why a password must not be
// used by somebody with this name and address; nil when it may.
func CheckPassword(password, name, email string) error {
	bad := func(m string) error { return fairlead.Fail(fairlead.Invalid, m, nil) }
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return bad(fmt.Sprintf("Take a password of at least %d characters. Four words that do not belong together are good.", MinPassword))
	case len(password) > maxPassword:
		return bad(fmt.Sprintf("Take a password of at most %d characters.", maxPassword))
	case !utf8.ValidString(password):
		return bad("The password holds characters that are not text. Type it again.")
	}
	low := strings.ToLower(password)
	distinct := map[rune]bool{}
	for _, r := range low {
		distinct[r] = true
	}
	if len(distinct) < 5 {
		return bad("The password repeats too few characters. Take another.")
	}
	local, _, _ := strings.Cut(email, "@")
	rest := low
	for _, known := range append([]string{email, local, "fairlead"}, strings.Fields(strings.ToLower(name))...) { // longer ones first
		if len(known) >= 4 {
			rest = strings.ReplaceAll(rest, strings.ToLower(known), "")
		}
	}
	if utf8.RuneCountInString(rest) < MinPassword/2 {
		return bad("The password is little more than your name or ours. Take another.")
	}
	for common := range strings.Lines(commonPasswords) {
		if low == strings.TrimSpace(common) {
			return bad("The password is on lists that attackers try first. Take another.")
		}
	}
	return nil
}

// hash returns a PHC string, waiting for its turn.
func (a *Auth) hash(ctx context.Context, password string) (string, error) {
	if err := a.turn(ctx); err != nil {
		return "", err
	}
	defer func() { <-a.hashing }()
	return hashPassword(password), nil
}

// matches says whether password is the one behind a PHC string, in constant
// time. A string that is no argon2id hash, or a ruinously costly one, matches
// nothing.
func (a *Auth) matches(ctx context.Context, phc, password string) (bool, error) {
	if err := a.turn(ctx); err != nil {
		return false, err
	}
	defer func() { <-a.hashing }()
	return verifyPassword(phc, password), nil
}

func (a *Auth) turn(ctx context.Context) error {
	select {
	case a.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fairlead.Fail(fairlead.Unavailable, "Too many people are signing in at once. Try again in a moment.", ctx.Err())
	}
}

func hashPassword(password string) string {
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, keyLen)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes, enc(salt), enc(key))
}

func verifyPassword(phc, password string) bool {
	p, ok := parsePHC(phc)
	if !ok || len(password) > maxPassword {
		return false
	}
	key := argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.key)))
	return subtle.ConstantTimeCompare(key, p.key) == 1
}

type phcHash struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

// parsePHC reads $argon2id$v=19$m=…,t=…,p=…$salt$key, as
// github.com/P-H-C/phc-string-format describes it.
func parsePHC(s string) (phcHash, bool) {
	var h phcHash
	parts := strings.Split(s, "$")
	if len(s) > 512 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes); err != nil || n != 3 ||
		parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", h.memory, h.passes, h.lanes) {
		return h, false
	}
	if h.memory < 8 || h.memory > 256*1024 || h.passes < 1 || h.passes > 16 || h.lanes < 1 || h.lanes > 16 {
		return h, false
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.salt) < 8 {
		return h, false
	}
	if h.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(h.key) < 16 || len(h.key) > 64 {
		return h, false
	}
	return h, true
}
