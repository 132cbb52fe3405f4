package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/secret"
	"github.com/fairlead/fairlead/internal/store"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	m, _, err := secret.Load(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	c := store.Config{DSN: filepath.Join(dir, "f.db"), Master: m}
	if _, err := store.Open(ctx, c); err == nil {
		t.Fatal("opened")
	} else {
		t.Log(err)
	}
	if _, _, err := store.Migrate(ctx, c); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	e := fairlead.Event{ID: "e1", Connection: "gh", Kind: fairlead.ApplicationCreated, DeliveryKey: "k", Application: "1", ReceivedAt: now, State: fairlead.EventOpen}
	a, d, err := s.AcceptEvents(ctx, []fairlead.Event{e}, []fairlead.Entry{fairlead.NewEntry(now, fairlead.EntryEventAccepted, nil)})
	if err != nil || a != 1 || d != 0 {
		t.Fatal(a, d, err)
	}
	b, err := s.Balance(ctx)
	t.Logf("%+v %v %v", b, b.Adds(), err)
}
