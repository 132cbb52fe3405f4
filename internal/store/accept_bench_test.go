package store_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
	"github.com/fairlead/fairlead/internal/ats/greenhouse"
	"github.com/fairlead/fairlead/internal/web"
	"github.com/fairlead/fairlead/internal/webhook"
)

const (
	hookSecret      = "a-webhook-secret"
	hookConnections = 32
)

// BenchmarkAccept posts signed Greenhouse webhooks of about 5.9 KB over 32
// connections to the receiver of the service: real HTTP on the loopback address,
// the real connector, event, River task and audit entry in one durable
// transaction, and then the answer. Beside it, on the same machine at the same
// time of day, the plain limit: net/http and the HMAC, nothing stored. Client and
// server share the cores.
func BenchmarkAccept(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkAccept(b, databases.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchmarkAccept(b, databases.Postgres(b)) })
}

func benchmarkAccept(b *testing.B, dsn string) {
	w := newWorld(b, dsn)
	g, err := greenhouse.New(fairlead.Connection{ID: "greenhouse", Kind: "greenhouse", Credentials: fairlead.Credentials{
		"client_id": "id", "client_secret": "secret", "webhook_secret": hookSecret,
	}}, ats.Env{})
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	receiver := webhook.New(webhook.Config{
		Connector: func(id fairlead.ConnectionID) (ats.Connector, bool) { return g, id == "greenhouse" },
		Store:     w.Store, Now: time.Now, Logger: log,
	})
	service := http.NewServeMux()
	service.Handle("POST /webhooks/{connection}", web.Handle(log, receiver.Receive))
	plain := http.NewServeMux()
	plain.HandleFunc("POST /webhooks/{connection}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhook.MaxBody))
		mac := hmac.New(sha256.New, []byte(hookSecret))
		mac.Write(body)
		if sum := hex.EncodeToString(mac.Sum(nil)); err != nil || !hmac.Equal([]byte("sha256 "+sum), []byte(r.Header.Get("Signature"))) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, "{\"status\":\"accepted\"}\n")
	})
	n := max(b.N, 1)
	limit := flood(b, plain, n)
	b.ResetTimer()
	got := flood(b, service, n)
	b.StopTimer()
	balance, err := w.Balance(context.Background())
	if err != nil || balance.Received < int64(n) || !balance.Adds() {
		b.Fatalf("answered %d and stored %+v, %v", n, balance, err)
	}
	b.ReportMetric(got.perSecond(), "webhooks/s")
	b.ReportMetric(got.percentile(50), "p50-ms")
	b.ReportMetric(got.percentile(99), "p99-ms")
	b.ReportMetric(limit.perSecond(), "plain/s")
	b.ReportMetric(got.perSecond()/limit.perSecond(), "of-plain")
}

// flooded is how long each of many requests took, and all of them together.
type flooded struct {
	took  []time.Duration
	total time.Duration
}

func (f flooded) perSecond() float64 { return float64(len(f.took)) / f.total.Seconds() }

func (f flooded) percentile(p int) float64 {
	return float64(f.took[(len(f.took)*p+99)/100-1].Microseconds()) / 1000
}

// flood sends n webhooks, each a new one, over hookConnections connections, and
// fails unless each is answered 200.
func flood(b *testing.B, h http.Handler, n int) flooded {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	var next atomic.Int64
	took := make([][]time.Duration, hookConnections)
	var wg sync.WaitGroup
	start := time.Now()
	for c := range hookConnections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			answers := bufio.NewReader(conn)
			for {
				i := next.Add(1)
				if i > int64(n) {
					return
				}
				request := hookRequest(i)
				sent := time.Now()
				if _, err := conn.Write(request); err != nil {
					b.Error(err)
					return
				}
				r, err := http.ReadResponse(answers, nil)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				took[c] = append(took[c], time.Since(sent))
				if r.StatusCode != http.StatusOK {
					b.Errorf("answered %s", r.Status)
					return
				}
			}
		})
	}
	wg.Wait()
	f := flooded{took: slices.Concat(took...), total: time.Since(start)}
	if len(f.took) != n {
		b.Fatalf("%d of %d answered", len(f.took), n)
	}
	slices.Sort(f.took)
	return f
}

// hookRequest is the i-th webhook as it goes over the wire.
func hookRequest(i int64) []byte {
	body := hookBody(i)
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write(body)
	var r bytes.Buffer
	fmt.Fprintf(&r, "POST /webhooks/greenhouse HTTP/1.1\r\nHost: fairlead.example\r\nContent-Type: application/json\r\nGreenhouse-Event-ID: %d\r\nSignature: sha256 %x\r\nContent-Length: %d\r\n\r\n",
		i, mac.Sum(nil), len(body))
	r.Write(body)
	return r.Bytes()
}

// hookBody is a webhook of the size Greenhouse's are, about 5.9 KB.
func hookBody(i int64) []byte {
	id := strconv.FormatInt(46000000+i, 10)
	return []byte(`{"action":"new_candidate_application","payload":{"application":{"id":` + id + `,"status":"active","prospect":false,"applied_at":"2026-11-23T10:00:00.000Z",
"candidate":{"id":` + strconv.FormatInt(37000000+i, 10) + `,"first_name":"Test","last_name":"Person","attachments":[{"filename":"resume.pdf","url":"https://example.com/` + strings.Repeat("x", 900) + `","type":"resume"}],
"custom_fields":{"notes":{"name":"Notes","type":"long_text","value":"` + strings.Repeat("lorem ipsum ", 380) + `"}}},"jobs":[{"id":4001,"name":"Accountant"}]}}}`)
}
