// Package auth knows who is asking and what they may do. It hides passwords
// (argon2id), sessions, the throttling of guesses and the first-run link; to
// others there is a user in the request's context, or an error.
package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/web"
)

// How long a session lasts: at all, and without a request.
const (
	SessionLifetime = 12 * time.Hour
	SessionIdle     = 2 * time.Hour
	// sessionTouch is how stale "last seen" may get before it is stored again:
	// a page view must not cost a write.
	sessionTouch = 5 * time.Minute
)

// Keys in a session.
const (
	keyUser = "user"
	keySeen = "seen" // Unix seconds
)

// Store keeps users and invites. E-mail addresses reach it in the form
// NormalEmail gives them.
type Store interface {
	CountUsers(ctx context.Context) (int, error)
	// CreateUser is Conflict when the address is taken.
	CreateUser(ctx context.Context, u fairlead.User, entry fairlead.Entry) error
	// UserByEmail is NotFound when there is none.
	UserByEmail(ctx context.Context, email string) (fairlead.User, error)
	// UserByID is NotFound when there is none.
	UserByID(ctx context.Context, id fairlead.UserID) (fairlead.User, error)
	// SaveInvite keeps the SHA-256 (lower-case hex) of an invite's token.
	SaveInvite(ctx context.Context, tokenSHA256 string, role fairlead.Role, expires time.Time) error
	// RedeemInvite uses an invite up and creates the user, in one transaction.
	// NotFound when there is no such invite, or it has expired or was used.
	// The user's role is the invite's, whatever u.Role says.
	RedeemInvite(ctx context.Context, tokenSHA256 string, u fairlead.User, entry fairlead.Entry) error
	NoteSignIn(ctx context.Context, entry fairlead.Entry) error
}

// Config is what an Auth needs.
type Config struct {
	Store    Store
	Sessions scs.CtxStore
	Now      func() time.Time
	Logger   *slog.Logger
	// PublicURL is how browsers reach us; with https cookies are Secure.
	PublicURL string
	// Trusted are proxies whose X-Forwarded-For is believed. Behind a proxy
	// that is not listed everybody shares one address and its throttle.
	Trusted []netip.Prefix
}

// Auth signs people in and out. Its methods are safe for concurrent use.
type Auth struct {
	c        Config
	sessions *scs.SessionManager
	hashing  chan struct{} // bounds the memory that hashing takes
	throttle *throttle
	decoy    string // a hash nobody's password has, for names nobody has
}

// New makes an Auth.
func New(c Config) *Auth {
	// scs makes a store in memory that we replace; its one idle goroutine
	// stays, for stopping it right after the start is a race inside scs.
	m := scs.New()
	m.Store = c.Sessions
	m.Lifetime = SessionLifetime
	m.HashTokenInStore = true // a stolen database opens no session
	m.Cookie.Name = "fairlead"
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Persist = false
	if strings.HasPrefix(c.PublicURL, "https://") {
		m.Cookie.Secure = true
		m.Cookie.Name = "__Host-fairlead" // the browser then refuses one set by a sister host or over http
	}
	a := &Auth{c: c, sessions: m, hashing: make(chan struct{}, hashers), throttle: newThrottle()}
	a.decoy = hashPassword(randomToken())
	return a
}

type userKey struct{}

// UserOf returns who is asking; false for somebody not signed in.
func UserOf(ctx context.Context) (fairlead.User, bool) {
	u, ok := ctx.Value(userKey{}).(fairlead.User)
	return u, ok
}

// Load finds the session and its user and hands both on in the context. The
// user is read anew for each request, so a right taken away is gone at once.
// A session past its time, or of a user who is gone, is ended.
func (a *Auth) Load(next web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		token := ""
		if c, err := r.Cookie(a.sessions.Cookie.Name); err == nil {
			token = c.Value
		}
		ctx, err := a.sessions.Load(r.Context(), token)
		if err != nil {
			return fairlead.Fail(fairlead.Unavailable, "Sessions cannot be read just now. Try again in a moment.", err)
		}
		w.Header().Add("Vary", "Cookie")
		if u, ok, err := a.user(ctx, w); err != nil {
			return err
		} else if ok {
			ctx = context.WithValue(ctx, userKey{}, u)
		}
		*r = *r.WithContext(ctx) // in place, so that a page about an error further in knows who is asking too
		return next(w, r)
	}
}

func (a *Auth) user(ctx context.Context, w http.ResponseWriter) (fairlead.User, bool, error) {
	id := a.sessions.GetString(ctx, keyUser)
	if id == "" {
		return fairlead.User{}, false, nil
	}
	now := a.c.Now()
	idle := now.Sub(time.Unix(a.sessions.GetInt64(ctx, keySeen), 0))
	if idle > SessionIdle {
		return fairlead.User{}, false, a.end(ctx, w)
	}
	u, err := a.c.Store.UserByID(ctx, fairlead.UserID(id))
	if fairlead.CodeOf(err) == fairlead.NotFound {
		return fairlead.User{}, false, a.end(ctx, w)
	}
	if err != nil {
		return fairlead.User{}, false, fmt.Errorf("read user: %w", err)
	}
	if idle >= sessionTouch {
		a.sessions.Put(ctx, keySeen, now.Unix())
		if err := a.save(ctx, w); err != nil {
			return fairlead.User{}, false, err
		}
	}
	return u, true, nil
}

// Require lets through only users with the role, or with more: an admin may do
// what a recruiter may. Unauthenticated for nobody, Forbidden for others. Mount
// it inside Load.
func (a *Auth) Require(role fairlead.Role) func(web.Handler) web.Handler {
	return func(next web.Handler) web.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			u, ok := UserOf(r.Context())
			switch {
			case !ok:
				return fairlead.Fail(fairlead.Unauthenticated, "Sign in first.", nil)
			case !may(u.Role, role):
				return fairlead.Fail(fairlead.Forbidden, "Your role does not include this page. Ask an admin if you need it.", nil)
			}
			return next(w, r)
		}
	}
}

func may(has, needs fairlead.Role) bool {
	switch has {
	case fairlead.RoleAdmin:
		return needs == fairlead.RoleAdmin || needs == fairlead.RoleRecruiter
	case fairlead.RoleRecruiter:
		return needs == fairlead.RoleRecruiter
	}
	return false
}

// SignIn checks an address and a password and begins a session under a new
// token. Unauthenticated tells nobody which of the two was wrong, in words or
// in time; RateLimited says when to try again. Mount the handler inside Load.
func (a *Auth) SignIn(w http.ResponseWriter, r *http.Request, email, password string) (fairlead.User, error) {
	ctx := r.Context()
	email = NormalEmail(email)
	attempt := a.throttle.attempt(email, web.ClientAddr(r, a.c.Trusted))
	if wait := a.throttle.take(attempt, a.c.Now()); wait > 0 {
		a.c.Logger.WarnContext(ctx, "sign-in throttled", "wait", wait, "request", web.RequestID(ctx))
		return fairlead.User{}, &fairlead.Error{Code: fairlead.RateLimited, RetryAfter: wait, Message: "Too many attempts. Try again in " + words(wait) + "."}
	}
	u, err := a.c.Store.UserByEmail(ctx, email)
	hash := u.PasswordHash
	switch {
	case fairlead.CodeOf(err) == fairlead.NotFound:
		hash = a.decoy
	case err != nil:
		return fairlead.User{}, fmt.Errorf("read user: %w", err)
	}
	right, hashErr := a.matches(ctx, hash, password)
	if hashErr != nil {
		return fairlead.User{}, hashErr
	}
	if err != nil || !right {
		a.c.Logger.WarnContext(ctx, "sign-in refused", "request", web.RequestID(ctx))
		return fairlead.User{}, fairlead.Fail(fairlead.Unauthenticated, "E-mail or password is not right. Check both and try again.", nil)
	}
	a.throttle.refund(attempt)
	if err := a.begin(ctx, w, u); err != nil {
		return fairlead.User{}, err
	}
	return u, nil
}

// begin starts a session for u and notes it in the audit log.
func (a *Auth) begin(ctx context.Context, w http.ResponseWriter, u fairlead.User) error {
	now := a.c.Now()
	entry := fairlead.NewEntry(now, fairlead.EntrySignedIn, map[string]string{"user": string(u.ID), "role": string(u.Role)})
	entry.Actor = string(u.ID)
	if err := a.c.Store.NoteSignIn(ctx, entry); err != nil {
		return fmt.Errorf("note sign-in: %w", err)
	}
	// A token somebody planted before is worth nothing afterwards.
	if err := a.sessions.RenewToken(ctx); err != nil {
		return unsaved(err)
	}
	a.sessions.Put(ctx, keyUser, string(u.ID))
	a.sessions.Put(ctx, keySeen, now.Unix())
	return a.save(ctx, w)
}

// SignOut ends the session, on the server and in the browser.
func (a *Auth) SignOut(w http.ResponseWriter, r *http.Request) error { return a.end(r.Context(), w) }

func (a *Auth) end(ctx context.Context, w http.ResponseWriter) error {
	if err := a.sessions.Destroy(ctx); err != nil {
		return unsaved(err)
	}
	a.sessions.WriteSessionCookie(ctx, w, "", time.Time{})
	return nil
}

// save stores the session before the answer begins: an answer never promises a
// session that is not there.
func (a *Auth) save(ctx context.Context, w http.ResponseWriter) error {
	token, expires, err := a.sessions.Commit(ctx)
	if err != nil {
		return unsaved(err)
	}
	a.sessions.WriteSessionCookie(ctx, w, token, expires)
	return nil
}

func unsaved(err error) error {
	return fairlead.Fail(fairlead.Unavailable, "Sessions cannot be stored just now. Try again in a moment.", err)
}

// words says a wait as people say it.
func words(d time.Duration) string {
	if s := int((d + time.Second - 1) / time.Second); s < 90 {
		if s <= 1 {
			return "a second"
		}
		return fmt.Sprintf("%d seconds", s)
	}
	return fmt.Sprintf("%d minutes", int((d+time.Minute-1)/time.Minute))
}
