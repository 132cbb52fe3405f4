package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-pdf/fpdf"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats/sandbox"
	"github.com/fairlead/fairlead/internal/sample"
)

// engines runs a test on each database: SQLite, and PostgreSQL when there is
// one (with CI=true it must be there).
func engines(t *testing.T, test func(t *testing.T, d *demo)) {
	t.Run("sqlite", func(t *testing.T) { test(t, startStack(t)) })
	t.Run("postgres", func(t *testing.T) {
		dsn := os.Getenv("FAIRLEAD_TEST_POSTGRES")
		if dsn == "" {
			if os.Getenv("CI") == "true" {
				t.Fatal("PostgreSQL is missing: run through scripts/with-postgres.sh")
			}
			t.Skip("PostgreSQL is missing: run through scripts/with-postgres.sh")
		}
		test(t, startStack(t, "FAIRLEAD_DATABASE="+newDatabase(t, dsn)))
	})
}

// startStack is a service and a simulated Greenhouse that know each other.
func startStack(t *testing.T, env ...string) *demo {
	t.Helper()
	p := &program{ctx: t.Context(), in: strings.NewReader(""), out: io.Discard, err: testLog{t}}
	listen, err := freeAddress(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// A test's context ends before its cleanups run; the stack outlives it so
	// that it can end in order.
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	p.ctx = ctx
	d := &demo{p: p, env: env}
	t.Cleanup(func() {
		cancel()
		if err := d.close(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	if err := d.start(t.TempDir(), listen, "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return d
}

type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

// quiet waits until no event is open and as many as wanted have arrived.
func (d *demo) quiet(t *testing.T, received int64) fairlead.Balance {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		b, err := d.service.store.Balance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !b.Adds() {
			t.Fatalf("the balance does not add up: %+v", b)
		}
		if b.Open == 0 && b.Received >= received {
			return b
		}
		if time.Now().After(deadline) {
			t.Fatalf("not quiet after a minute: %+v", b)
		}
		<-time.After(20 * time.Millisecond) // real servers: there is no clock to turn
	}
}

func signed(body string) string {
	m := hmac.New(sha256.New, []byte("sandbox-webhook-secret"))
	m.Write([]byte(body))
	return "sha256 " + hex.EncodeToString(m.Sum(nil))
}

func (d *demo) deliver(t *testing.T, connection, body string, header map[string]string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.service.URL+"/webhooks/"+connection, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// effectiveWrites counts changes of our fields in the ATS, by application.
func (d *demo) effectiveWrites() map[int64]map[string]int {
	out := map[int64]map[string]int{}
	j := d.sandbox.ATS.Journal()
	for _, c := range j.History {
		if c.Author == j.Clients[0] && c.Object == "application" {
			if out[c.ID] == nil {
				out[c.ID] = map[string]int{}
			}
			out[c.ID][c.Field]++
		}
	}
	return out
}

// newDatabase makes an empty database beside the one that dsn names.
func newDatabase(t *testing.T, dsn string) string {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("cmd_%d", time.Now().UnixNano())
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
		_ = db.Close()
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// encryptedPDF opens with a password only.
func encryptedPDF(t *testing.T) []byte {
	t.Helper()
	f := fpdf.New("P", "mm", "A4", "")
	f.SetProtection(0, "a password", "another")
	f.AddPage()
	f.SetFont("Helvetica", "", 12)
	f.Write(6, "Nobody reads this without the password.")
	var b bytes.Buffer
	if err := f.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameWebhookManyTimes(t *testing.T) {
	engines(t, func(t *testing.T, d *demo) {
		before := d.quiet(t, 0)
		res, err := sample.Resumes()
		if err != nil {
			t.Fatal(err)
		}
		made, err := d.postOne(res[0], "Senior Backend Engineer", "a note")
		if err != nil {
			t.Fatal(err)
		}
		body := fmt.Sprintf(`{"action":"new_candidate_application","payload":{"application":{"id":%d,"status":"active","prospect":false,"candidate":{"id":1},"jobs":[]}}}`, made.Application)
		header := map[string]string{"Signature": signed(body), "Greenhouse-Event-ID": "the-same-one"}
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if got := d.deliver(t, "greenhouse", body, header); got != http.StatusOK {
					t.Errorf("status %d", got)
				}
			})
		}
		wg.Wait()
		d.quiet(t, before.Received+2)
		for range 3 {
			if got := d.deliver(t, "greenhouse", body, header); got != http.StatusOK {
				t.Errorf("status %d", got)
			}
		}
		b := d.quiet(t, before.Received+2)
		if b.Duplicates < 66 {
			t.Errorf("%d duplicates counted, want at least 66", b.Duplicates)
		}
		for id, fields := range d.effectiveWrites() {
			for field, n := range fields {
				if n != 1 {
					t.Errorf("application %d: %s was changed %d times", id, field, n)
				}
			}
		}
		if n := len(d.effectiveWrites()); n != 1 {
			t.Errorf("%d applications were written to, want 1", n)
		}
		var state bytes.Buffer
		if err := d.service.store.ExportState(t.Context(), &state); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(state.String(), `"type":"assessment"`); n != 1 {
			t.Errorf("%d assessments, want 1", n)
		}
	})
}

func TestDeliveriesThatAreRefused(t *testing.T) {
	d := startStack(t)
	before := d.quiet(t, 0)
	body := `{"action":"new_candidate_application","payload":{"application":{"id":7,"status":"active"}}}`
	long := `{"action":"x","payload":"` + strings.Repeat("x", 5<<20) + `"}`
	for name, c := range map[string]struct {
		connection, body, signature string
		want                        int
	}{
		"wrong signature":     {"greenhouse", body, signed("another body"), 401},
		"no signature":        {"greenhouse", body, "", 401},
		"malformed signature": {"greenhouse", body, "sha256 zz", 401},
		"another algorithm":   {"greenhouse", body, strings.Replace(signed(body), "sha256", "md5", 1), 401},
		"too large":           {"greenhouse", long, signed(long), 413},
		"broken JSON":         {"greenhouse", `{"action":`, signed(`{"action":`), 400},
		"unknown connection":  {"nowhere", body, signed(body), 404},
	} {
		t.Run(name, func(t *testing.T) {
			header := map[string]string{}
			if c.signature != "" {
				header["Signature"] = c.signature
			}
			if got := d.deliver(t, c.connection, c.body, header); got != c.want {
				t.Errorf("status %d, want %d", got, c.want)
			}
		})
	}
	if n := d.service.receiver.Refused()["greenhouse"]; n != 4 {
		t.Errorf("%d refusals counted, want 4", n)
	}
	if after := d.quiet(t, 0); after.Received != before.Received {
		t.Errorf("%d events were stored of refused deliveries", after.Received-before.Received)
	}
}

// TestResumesNobodyCanRead: never a score; a person learns why, here and in the
// ATS.
func TestResumesNobodyCanRead(t *testing.T) {
	d := startStack(t)
	before := d.quiet(t, 0)
	encrypted := encryptedPDF(t)
	files := []struct {
		name string
		data []byte
	}{{"empty.txt", []byte("   \n")}, {"broken.pdf", []byte("%PDF-1.7\ngarbage")}, {"secret.pdf", encrypted}, {"noise.bin", bytes.Repeat([]byte{0, 1, 2, 250}, 500)}}
	ids := map[int64]string{}
	for _, f := range files {
		made, err := d.postOne(sample.Resume{Person: sample.Person{Name: "Ada Reyes", Email: f.name + "@example.com"}, File: f.name, Data: f.data}, "Data Analyst", "a note")
		if err != nil {
			t.Fatal(err)
		}
		ids[made.Application] = f.name
	}
	b := d.quiet(t, before.Received+int64(len(files)))
	if b.Parked-before.Parked != int64(len(files)) {
		t.Errorf("%d parked, want %d: %+v", b.Parked-before.Parked, len(files), b)
	}
	troubles, err := d.service.store.Troubles(t.Context(), 20)
	if err != nil {
		t.Fatal(err)
	}
	if len(troubles) < len(files) {
		t.Errorf("%d troubles shown, want %d", len(troubles), len(files))
	}
	for _, tr := range troubles {
		if !strings.HasPrefix(strings.ToLower(tr.Reason), "needs a human: resume could not be read") {
			t.Errorf("the reason a person reads is %q", tr.Reason)
		}
	}
	held := map[int64]map[string]string{}
	for _, c := range d.sandbox.ATS.Journal().History {
		if c.Object == "application" {
			if held[c.ID] == nil {
				held[c.ID] = map[string]string{}
			}
			held[c.ID][c.Field] = string(c.New)
		}
	}
	for id, name := range ids {
		if s := held[id]["ai_match_score"]; s != "" && s != "null" {
			t.Errorf("%s has score %s", name, s)
		}
		if !strings.Contains(strings.ToLower(held[id]["ai_reasoning"]), "needs a human: resume could not be read") {
			t.Errorf("%s: the ATS says %q", name, held[id]["ai_reasoning"])
		}
	}
}

func TestJobWithoutDescription(t *testing.T) {
	d := startStack(t)
	before := d.quiet(t, 0)
	if _, err := d.sandbox.ATS.AddJob(sandbox.Job{Title: "Mystery", Unposted: true}); err != nil {
		t.Fatal(err)
	}
	res, err := sample.Resumes()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.postOne(res[4], "Mystery", "a note"); err != nil {
		t.Fatal(err)
	}
	b := d.quiet(t, before.Received+2) // the job's own event is one
	if b.Parked-before.Parked != 1 {
		t.Fatalf("not parked: %+v", b)
	}
	troubles, err := d.service.store.Troubles(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	if len(troubles) != 1 || !strings.Contains(troubles[0].Reason, "description") {
		t.Errorf("the remedy is not told: %+v", troubles)
	}
}

// TestATSMisbehaves: bad answers cost time and nothing else.
func TestATSMisbehaves(t *testing.T) {
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.FaultStatus, Status: 503, Count: 2},
		{Kind: sandbox.FaultStatus, Status: 429, Count: 2, RetryAfter: "1"},
	} {
		t.Run(fmt.Sprint(f.Status), func(t *testing.T) {
			d := startStack(t)
			before := d.quiet(t, 0)
			if err := d.sandbox.ATS.SetFault(f); err != nil {
				t.Fatal(err)
			}
			res, err := sample.Resumes()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.postOne(res[4], "Senior Backend Engineer", "a note"); err != nil {
				t.Fatal(err)
			}
			b := d.quiet(t, before.Received+1)
			if b.Written-before.Written != 1 {
				t.Errorf("not written: %+v", b)
			}
		})
	}
}
