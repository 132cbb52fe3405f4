package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/fairlead/fairlead/internal/web"
)

// latencyOf is how many of the newest writebacks latency is reckoned over.
const latencyOf = 500

// startMetrics serves /metrics at an address of its own, so that what only the
// operator should see is never one path away from the public.
func (s *service) startMetrics(ctx context.Context) error {
	if s.c.Metrics == "off" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.c.Metrics)
	if err != nil {
		s.log.Warn("no metrics: cannot listen; name another address with FAIRLEAD_METRICS, or off", "address", s.c.Metrics, "error", err)
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", web.Handle(s.log, s.metrics))
	server := web.Server(web.Config{Handler: mux, Logger: s.log})
	s.running.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("metrics stopped", "error", err)
		}
	})
	s.running.Go(func() {
		<-ctx.Done()
		_ = server.Close() // nothing is lost with a scrape
	})
	return nil
}

// metrics writes the Prometheus text format (version 0.0.4).
func (s *service) metrics(w http.ResponseWriter, r *http.Request) error {
	b, err := s.store.Balance(r.Context())
	if err != nil {
		return err
	}
	latency, err := s.store.Latency(r.Context(), latencyOf)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	line("# HELP fairlead_events Events by where they stand; received is the sum of all others.\n# TYPE fairlead_events gauge")
	for _, x := range []struct {
		state string
		n     int64
	}{
		{"received", b.Received}, {"open", b.Open}, {"written", b.Written}, {"superseded", b.Superseded}, {"ignored", b.Ignored},
		{"withheld", b.Withheld}, {"parked", b.Parked}, {"erased", b.Erased},
	} {
		line("fairlead_events{state=%q} %d", x.state, x.n)
	}
	line("# HELP fairlead_duplicates_total Deliveries that came again.\n# TYPE fairlead_duplicates_total counter\nfairlead_duplicates_total %d", b.Duplicates)
	oldest := 0.0
	if !b.OldestOpen.IsZero() {
		oldest = time.Since(b.OldestOpen).Seconds()
	}
	line("# HELP fairlead_oldest_open_seconds Age of the oldest open event.\n# TYPE fairlead_oldest_open_seconds gauge\nfairlead_oldest_open_seconds %.3f", oldest)
	line("# HELP fairlead_latency_seconds Webhook to verified field, newest %d.\n# TYPE fairlead_latency_seconds gauge", latency.N)
	line("fairlead_latency_seconds{quantile=\"0.5\"} %.3f\nfairlead_latency_seconds{quantile=\"0.95\"} %.3f", latency.P50.Seconds(), latency.P95.Seconds())
	line("# HELP fairlead_webhooks_refused_total Deliveries refused because their signature did not match, since the start.\n# TYPE fairlead_webhooks_refused_total counter")
	for id, n := range s.receiver.Refused() {
		line("fairlead_webhooks_refused_total{connection=%q} %d", string(id), n)
	}
	return nil
}
