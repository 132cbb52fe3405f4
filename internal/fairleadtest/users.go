package fairleadtest

import (
	"context"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
)

// Users keeps users and invites in memory, as package auth asks for it. The
// zero value is empty and ready.
type Users struct {
	Now func() time.Time // for the end of invites; nil for time.Now

	mu      sync.Mutex
	users   map[fairlead.UserID]fairlead.User
	invites map[string]invite
	Entries []fairlead.Entry // in the order they came; read it when nothing runs
	Fail    error            // returned by every method when set
}

type invite struct {
	role    fairlead.Role
	expires time.Time
}

func (u *Users) now() time.Time {
	if u.Now == nil {
		return time.Now()
	}
	return u.Now()
}

// CountUsers counts them.
func (u *Users) CountUsers(context.Context) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.users), u.Fail
}

// CreateUser is Conflict when the address is taken.
func (u *Users) CreateUser(_ context.Context, x fairlead.User, e fairlead.Entry) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.create(x, e)
}

func (u *Users) create(x fairlead.User, e fairlead.Entry) error {
	if u.Fail != nil {
		return u.Fail
	}
	for _, o := range u.users {
		if o.Email == x.Email {
			return fairlead.Fail(fairlead.Conflict, "This address is taken.", nil)
		}
	}
	if u.users == nil {
		u.users = map[fairlead.UserID]fairlead.User{}
	}
	u.users[x.ID] = x
	u.Entries = append(u.Entries, e)
	return nil
}

// Put changes a user behind everybody's back.
func (u *Users) Put(x fairlead.User) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.users[x.ID] = x
}

// Remove takes a user away.
func (u *Users) Remove(id fairlead.UserID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.users, id)
}

// UserByEmail is NotFound when there is none.
func (u *Users) UserByEmail(_ context.Context, email string) (fairlead.User, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, o := range u.users {
		if o.Email == email {
			return o, u.Fail
		}
	}
	return fairlead.User{}, u.missing()
}

// UserByID is NotFound when there is none.
func (u *Users) UserByID(_ context.Context, id fairlead.UserID) (fairlead.User, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if o, ok := u.users[id]; ok {
		return o, u.Fail
	}
	return fairlead.User{}, u.missing()
}

func (u *Users) missing() error {
	if u.Fail != nil {
		return u.Fail
	}
	return fairlead.Fail(fairlead.NotFound, "There is no such user.", nil)
}

// SaveInvite keeps an invite.
func (u *Users) SaveInvite(_ context.Context, sha string, role fairlead.Role, expires time.Time) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.invites == nil {
		u.invites = map[string]invite{}
	}
	u.invites[sha] = invite{role, expires}
	return u.Fail
}

// RedeemInvite uses an invite up.
func (u *Users) RedeemInvite(_ context.Context, sha string, x fairlead.User, e fairlead.Entry) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	in, ok := u.invites[sha]
	if !ok || !u.now().Before(in.expires) {
		return u.missing()
	}
	x.Role = in.role
	if err := u.create(x, e); err != nil {
		return err
	}
	delete(u.invites, sha)
	return nil
}

// NoteSignIn keeps the entry.
func (u *Users) NoteSignIn(_ context.Context, e fairlead.Entry) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.Fail == nil {
		u.Entries = append(u.Entries, e)
	}
	return u.Fail
}
