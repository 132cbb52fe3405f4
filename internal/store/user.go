package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
)

// CountUsers says how many users there are.
func (s *Store) CountUsers(ctx context.Context) (int, error) {
	var n int
	err := s.reading().row(ctx, `SELECT count(*) FROM users`).Scan(&n)
	return n, s.fail("count users", err)
}

// CreateUser stores a user; Conflict when the address is taken, whatever its
// case.
func (s *Store) CreateUser(ctx context.Context, u fairlead.User, entry fairlead.Entry) error {
	return s.change(ctx, "create user", func(t tx) error { return t.createUser(ctx, u, entry) })
}

func (t tx) createUser(ctx context.Context, u fairlead.User, entry fairlead.Entry) error {
	_, err := t.exec(ctx, `INSERT INTO users (id, email, name, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		string(u.ID), address(u.Email), u.Name, string(u.Role), u.PasswordHash, micros(u.CreatedAt))
	if unique(err) {
		return fairlead.Fail(fairlead.Conflict, "There is a user with this e-mail address already.", nil)
	}
	if err != nil {
		return err
	}
	return t.record(ctx, entry, nil, "")
}

// address is an e-mail address as we compare it.
func address(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// UserByEmail finds a user by address, whatever its case; NotFound when there
// is none.
func (s *Store) UserByEmail(ctx context.Context, email string) (fairlead.User, error) {
	return s.user(ctx, `email = ?`, address(email))
}

// UserByID finds a user; NotFound when there is none.
func (s *Store) UserByID(ctx context.Context, id fairlead.UserID) (fairlead.User, error) {
	return s.user(ctx, `id = ?`, string(id))
}

func (s *Store) user(ctx context.Context, where string, arg any) (fairlead.User, error) {
	var u fairlead.User
	var created int64
	err := s.reading().row(ctx, `SELECT id, email, name, role, password_hash, created_at FROM users WHERE `+where, arg).
		Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.PasswordHash, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return fairlead.User{}, fairlead.Fail(fairlead.NotFound, "There is no such user.", nil)
	}
	u.CreatedAt = timeOf(created)
	return u, s.fail("find user", err)
}

// SaveInvite stores an invitation by its token's SHA-256 (hex): the database
// never holds what opens it. No entry: nothing has changed until it is redeemed.
func (s *Store) SaveInvite(ctx context.Context, tokenSHA256 string, role fairlead.Role, expires time.Time) error {
	return s.change(ctx, "save invite", func(t tx) error {
		if _, err := t.exec(ctx, `DELETE FROM invites WHERE expires_at < ?`, micros(s.now())); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO invites (token_sha256, role, expires_at) VALUES (?, ?, ?)`, tokenSHA256, string(role), micros(expires))
		return err
	})
}

// RedeemInvite makes a user of an invitation, which then is no more. The role is
// the invitation's. NotFound when there is none such or it has expired, Conflict
// when the address is taken (the invitation then stays).
func (s *Store) RedeemInvite(ctx context.Context, tokenSHA256 string, u fairlead.User, entry fairlead.Entry) error {
	return s.change(ctx, "redeem invite", func(t tx) error {
		err := t.row(ctx, `DELETE FROM invites WHERE token_sha256 = ? AND expires_at > ? RETURNING role`, tokenSHA256, micros(s.now())).Scan(&u.Role)
		if errors.Is(err, sql.ErrNoRows) {
			return fairlead.Fail(fairlead.NotFound, "This link has been used or has expired. Ask for a new one.", nil)
		}
		if err != nil {
			return err
		}
		return t.createUser(ctx, u, with(entry, map[string]string{"role": string(u.Role)}))
	})
}

// NoteSignIn writes the entry that says that somebody signed in.
func (s *Store) NoteSignIn(ctx context.Context, entry fairlead.Entry) error {
	return s.change(ctx, "note sign-in", func(t tx) error { return t.record(ctx, entry, nil, "") })
}
