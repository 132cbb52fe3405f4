package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/store"
)

var (
	_ scs.CtxStore         = (*store.Sessions)(nil)
	_ scs.IterableCtxStore = (*store.Sessions)(nil)
)

func (w *world) user(email string) fairlead.User {
	return fairlead.User{ID: fairlead.NewID[fairlead.UserID](w.now()), Email: email, Name: "Ann", Role: fairlead.RoleRecruiter, PasswordHash: "$argon2id$x", CreatedAt: w.now()}
}

func TestUsers(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		entry := func() fairlead.Entry { return w.entry(fairlead.EntryUserCreated, nil) }
		ann := w.user("Ann@Example.com")
		if n, err := w.CountUsers(t.Context()); n != 0 || err != nil {
			t.Errorf("%d users, %v", n, err)
		}
		if err := w.CreateUser(t.Context(), ann, entry()); err != nil {
			t.Fatal(err)
		}
		if err := w.CreateUser(t.Context(), w.user(" ann@example.COM"), entry()); fairlead.CodeOf(err) != fairlead.Conflict {
			t.Errorf("the same address twice: %v", err)
		}
		if err := w.CreateUser(t.Context(), w.user("bob@example.com"), fairlead.Entry{}); err == nil {
			t.Error("made without an entry")
		}
		got, err := w.UserByEmail(t.Context(), "ANN@example.com")
		if err != nil || got.ID != ann.ID || got.Role != fairlead.RoleRecruiter || got.PasswordHash != ann.PasswordHash || !got.CreatedAt.Equal(ann.CreatedAt) {
			t.Errorf("by address: %+v, %v", got, err)
		}
		if got, err = w.UserByID(t.Context(), ann.ID); err != nil || got.Name != "Ann" {
			t.Errorf("by id: %+v, %v", got, err)
		}
		for _, err := range []error{second(w.UserByID(t.Context(), "none")), second(w.UserByEmail(t.Context(), "none@example.com"))} {
			if fairlead.CodeOf(err) != fairlead.NotFound {
				t.Errorf("nobody: %v", err)
			}
		}
		if n, err := w.CountUsers(t.Context()); n != 1 || err != nil {
			t.Errorf("%d users, %v", n, err)
		}
		if err := w.NoteSignIn(t.Context(), w.entry(fairlead.EntrySignedIn, nil)); err != nil {
			t.Error(err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestInvitesAreRedeemedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		redeem := func(token, email string) error {
			return w.RedeemInvite(t.Context(), token, w.user(email), w.entry(fairlead.EntryUserCreated, nil))
		}
		if err := w.SaveInvite(t.Context(), "digest-1", fairlead.RoleAdmin, w.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for i := range 16 {
			wg.Go(func() {
				err := redeem("digest-1", strings.Repeat("a", i+1)+"@example.com")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					done++
				case fairlead.CodeOf(err) != fairlead.NotFound:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n, err := w.CountUsers(t.Context()); done != 1 || n != 1 || err != nil {
			t.Errorf("redeemed %d times, %d users, %v", done, n, err)
		}
		if err := w.SaveInvite(t.Context(), "digest-2", fairlead.RoleAdmin, w.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := w.CreateUser(t.Context(), w.user("taken@example.com"), w.entry(fairlead.EntryUserCreated, nil)); err != nil {
			t.Fatal(err)
		}
		if err := redeem("digest-2", "taken@example.com"); fairlead.CodeOf(err) != fairlead.Conflict {
			t.Errorf("address taken: %v", err)
		}
		if err := redeem("digest-2", "free@example.com"); err != nil {
			t.Errorf("the invitation went with a mistake: %v", err)
		}
		if u, err := w.UserByEmail(t.Context(), "free@example.com"); err != nil || u.Role != fairlead.RoleAdmin {
			t.Errorf("role %v, %v: want the invitation's", u.Role, err)
		}
		if err := w.SaveInvite(t.Context(), "digest-3", fairlead.RoleAdmin, w.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.pass(2 * time.Hour)
		if err := redeem("digest-3", "late@example.com"); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("expired: %v", err)
		}
	})
}

func TestSessions(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		s := w.Sessions()
		if _, found, err := s.Find("none"); found || err != nil {
			t.Errorf("none: %v, %v", found, err)
		}
		for token, after := range map[string]time.Duration{"short": time.Minute, "long": time.Hour} {
			if err := s.Commit(token, []byte(token), w.now().Add(after)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Commit("long", []byte("again"), w.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if data, found, err := s.Find("long"); !found || string(data) != "again" || err != nil {
			t.Errorf("long: %q, %v, %v", data, found, err)
		}
		w.pass(2 * time.Minute)
		if _, found, err := s.Find("short"); found || err != nil {
			t.Errorf("expired: %v, %v", found, err)
		}
		if all, err := s.All(); len(all) != 1 || err != nil {
			t.Errorf("all: %v, %v", all, err)
		}
		if err := s.Delete("long"); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete("long"); err != nil {
			t.Errorf("deleted twice: %v", err)
		}
		if all, err := s.All(); len(all) != 0 || err != nil {
			t.Errorf("all: %v, %v", all, err)
		}
	})
}

func TestConnections(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		got, err := w.Connection(t.Context(), "greenhouse")
		if err != nil || got.Credentials["client_secret"] != "canary-credential" || got.Settings["base_url"] == "" || len(got.Fields) != 2 ||
			got.Fields[1].MaxLen != 255 || !got.WriteBack || got.Environment != fairlead.Sandbox {
			t.Fatalf("read %+v, %v", got, err)
		}
		// Changed without typing the secrets again.
		got.Credentials, got.WriteBack = nil, false
		if err := w.SaveConnection(t.Context(), got, w.entry(fairlead.EntryConnectionSaved, nil)); err != nil {
			t.Fatal(err)
		}
		all, err := w.Connections(t.Context())
		if err != nil || len(all) != 1 || all[0].WriteBack || all[0].Credentials["client_secret"] != "canary-credential" {
			t.Errorf("changed: %+v, %v", all, err)
		}
		if _, err := w.Connection(t.Context(), "none"); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("none: %v", err)
		}
		got.ID = "Not A Name"
		if err := w.SaveConnection(t.Context(), got, w.entry(fairlead.EntryConnectionSaved, nil)); fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("bad name: %v", err)
		}
	})
}
