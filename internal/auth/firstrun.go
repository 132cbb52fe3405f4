package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/web"
)

// InviteLifetime is how long a first-run link can be used.
const InviteLifetime = 24 * time.Hour

// FirstRunPath is the page a first-run link leads to; the token is its query
// parameter "token".
const FirstRunPath = "/console/first-run"

// FirstRunLink returns an address under publicURL that lets whoever opens it
// within InviteLifetime become the first admin, once. It returns "" when there
// are users already. Only the token's SHA-256 is stored.
func FirstRunLink(ctx context.Context, store Store, publicURL string) (string, error) {
	n, err := store.CountUsers(ctx)
	if err != nil {
		return "", fmt.Errorf("count users: %w", err)
	}
	if n > 0 {
		return "", nil
	}
	token := randomToken()
	if err := store.SaveInvite(ctx, tokenDigest(token), fairlead.RoleAdmin, time.Now().Add(InviteLifetime)); err != nil {
		return "", fmt.Errorf("save first-run link: %w", err)
	}
	return strings.TrimRight(publicURL, "/") + FirstRunPath + "?token=" + url.QueryEscape(token), nil
}

// Empty says whether nobody can sign in yet.
func (a *Auth) Empty(ctx context.Context) (bool, error) {
	n, err := a.c.Store.CountUsers(ctx)
	if err != nil {
		return false, fmt.Errorf("count users: %w", err)
	}
	return n == 0, nil
}

// Newcomer is who somebody says they are when they set their password.
type Newcomer struct {
	Name, Email, Password string
}

// FirstRun uses a first-run link's token up, makes the first admin and signs
// them in. Invalid names what is wrong with the newcomer and leaves the link
// usable; NotFound is a link used, expired or never given; Conflict that there
// are users already. Mount the handler inside Load.
func (a *Auth) FirstRun(w http.ResponseWriter, r *http.Request, token string, n Newcomer) error {
	ctx := r.Context()
	empty, err := a.Empty(ctx)
	if err != nil {
		return err
	}
	if !empty {
		return fairlead.Fail(fairlead.Conflict, "Fairlead has been set up already. Sign in, or ask an admin to let you in.", nil)
	}
	u, err := newUser(n, fairlead.RoleAdmin)
	if err != nil {
		return err
	}
	// The token has 256 bits of chance and needs no throttle; hashing the
	// password of a stranger does.
	if wait := a.throttle.take(a.throttle.attempt("\x00first-run", web.ClientAddr(r, a.c.Trusted)), a.c.Now()); wait > 0 {
		return &fairlead.Error{Code: fairlead.RateLimited, RetryAfter: wait, Message: "Too many attempts. Try again in " + words(wait) + "."}
	}
	if u, err = a.ready(ctx, u, n.Password); err != nil {
		return err
	}
	err = a.c.Store.RedeemInvite(ctx, tokenDigest(token), u, created(u, string(u.ID)))
	if fairlead.CodeOf(err) == fairlead.NotFound {
		return fairlead.Fail(fairlead.NotFound, "This link was used, or is older than 24 hours. Start Fairlead again: it prints a new one.", err)
	}
	if err != nil {
		return fmt.Errorf("redeem first-run link: %w", err)
	}
	return a.begin(ctx, w, u)
}

// AddUser makes a user who can sign in at once, on behalf of by. Invalid names
// what is wrong; Conflict that the address is taken.
func (a *Auth) AddUser(ctx context.Context, by fairlead.UserID, n Newcomer, role fairlead.Role) (fairlead.User, error) {
	u, err := newUser(n, role)
	if err != nil {
		return fairlead.User{}, err
	}
	if u, err = a.ready(ctx, u, n.Password); err != nil {
		return fairlead.User{}, err
	}
	if err := a.c.Store.CreateUser(ctx, u, created(u, string(by))); err != nil {
		return fairlead.User{}, fmt.Errorf("create user: %w", err)
	}
	return u, nil
}

// newUser checks who somebody says they are.
func newUser(n Newcomer, role fairlead.Role) (fairlead.User, error) {
	u := fairlead.User{Name: strings.Join(strings.Fields(n.Name), " "), Email: NormalEmail(n.Email), Role: role}
	bad := func(m string) (fairlead.User, error) { return fairlead.User{}, fairlead.Fail(fairlead.Invalid, m, nil) }
	if u.Name == "" || utf8.RuneCountInString(u.Name) > 120 || !utf8.ValidString(u.Name) || strings.ContainsFunc(u.Name, unicode.IsControl) {
		return bad("Give your name as colleagues know it, at most 120 characters.")
	}
	if at, err := mail.ParseAddress(u.Email); err != nil || at.Address != u.Email || len(u.Email) > 254 {
		return bad("That is not an e-mail address. It looks like you@example.com.")
	}
	if role != fairlead.RoleAdmin && role != fairlead.RoleRecruiter {
		return bad("There is no such role. Roles: admin, recruiter.")
	}
	if err := CheckPassword(n.Password, u.Name, u.Email); err != nil {
		return fairlead.User{}, err
	}
	return u, nil
}

// ready gives a user an id and the hash of their password.
func (a *Auth) ready(ctx context.Context, u fairlead.User, password string) (fairlead.User, error) {
	hash, err := a.hash(ctx, password)
	if err != nil {
		return fairlead.User{}, err
	}
	u.PasswordHash, u.CreatedAt = hash, a.c.Now()
	u.ID = fairlead.NewID[fairlead.UserID](u.CreatedAt)
	return u, nil
}

func created(u fairlead.User, by string) fairlead.Entry {
	e := fairlead.NewEntry(u.CreatedAt, fairlead.EntryUserCreated, map[string]string{"user": string(u.ID), "role": string(u.Role)})
	e.Actor = by
	return e
}

// NormalEmail is the one form of an address we store and look up: without white
// space around it, in lower case.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// randomToken has 256 bits.
func randomToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func tokenDigest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
