package store_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/audit"
)

func (w *world) log(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := w.ExportAudit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (w *world) seal(t *testing.T) {
	t.Helper()
	if err := audit.NewSealer(audit.Config{Log: w.Store}).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSealersOfManyProcessesMakeOneLog(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if log := w.log(t); !strings.HasPrefix(log, `{"format":"fairlead-audit/1","entries":0,"chain":"0000`) {
			t.Errorf("empty log %q", log)
		}
		other := newWorld(t, w.dsn)
		var wg sync.WaitGroup
		for range 4 {
			for _, one := range []*world{w, other} {
				wg.Go(func() {
					for range 10 {
						e := one.event("a1")
						e.DeliveryKey = string(e.ID)
						if _, _, err := one.AcceptEvents(context.Background(), []fairlead.Event{e}, []fairlead.Entry{one.accepted(e)}); err != nil {
							t.Error(err)
						}
						if _, err := one.SealEntries(context.Background(), 7, audit.Extend); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		wg.Wait()
		w.seal(t)
		r, err := audit.Verify(strings.NewReader(w.log(t)))
		if err != nil || !r.OK || r.Entries != 80 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// Whoever may write to the database, but holds an earlier export or not even
// that, cannot change a sealed entry unseen.
func TestTamperingInTheDatabaseIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		sql string
		bad int64
	}{
		"altered":    {"UPDATE entries SET leaf = (SELECT leaf FROM entries WHERE seq = 1) WHERE seq = 4", 4},
		"deleted":    {"DELETE FROM entries WHERE seq = 4", 4},
		"the first":  {"DELETE FROM entries WHERE seq = 1", 1},
		"moved":      {"UPDATE entries SET seq = CASE seq WHEN 3 THEN -4 WHEN 4 THEN -3 END WHERE seq IN (3, 4);UPDATE entries SET seq = -seq WHERE seq < 0", 3},
		"renumbered": {"DELETE FROM entries WHERE seq = 4;UPDATE entries SET seq = -(seq - 1) WHERE seq > 4;UPDATE entries SET seq = -seq WHERE seq < 0", 4},
	} {
		t.Run(name, func(t *testing.T) {
			databases.Each(t, func(t *testing.T, dsn string) {
				w := newWorld(t, dsn)
				for range 8 {
					w.accept(t, "a1")
				}
				w.seal(t)
				before := w.log(t)
				w.do(t, strings.Split(c.sql, ";")...)
				after := w.log(t)
				r, err := audit.Verify(strings.NewReader(after))
				if err != nil || r.OK || r.FirstBad == nil || *r.FirstBad != c.bad {
					t.Errorf("%+v, %v", r, err)
				}
				if r, err = audit.Verify(strings.NewReader(before)); err != nil || !r.OK {
					t.Errorf("the earlier export: %+v, %v", r, err)
				}
			})
		})
	}
}

func TestTheBalanceTellsWhenAnEventIsGone(t *testing.T) {
	databases.Each(t, func(t *testing.T, dsn string) {
		w := newWorld(t, dsn)
		e := w.accept(t, "a1")
		w.accept(t, "a2")
		w.do(t, "DELETE FROM events WHERE id = '"+string(e.ID)+"'")
		if b, err := w.Balance(t.Context()); err != nil || b.Adds() || b.Received != 2 || b.Open != 1 {
			t.Errorf("%+v, %v: a balance that always adds up says nothing", b, err)
		}
	})
}

func TestTheLogHoldsNoText(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.connect(t, true)
		w.assess(t, "a1", w.now(), "resume 1", 30)
		w.write(t, w.state(t).open()[0])
		w.seal(t)
		log := w.log(t)
		if strings.Contains(log, "canary") {
			t.Error("text of a person is in the audit log")
		}
		if strings.Count(log, `\"commitments\"`) != 2 || strings.Count(log, `\"subject\"`) != 2 {
			t.Errorf("commitments or subjects are missing: %s", log)
		}
	})
}
