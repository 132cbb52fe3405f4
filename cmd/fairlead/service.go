package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/audit"
	"github.com/fairlead/fairlead/internal/auth"
	"github.com/fairlead/fairlead/internal/console"
	"github.com/fairlead/fairlead/internal/document"
	"github.com/fairlead/fairlead/internal/pipeline"
	"github.com/fairlead/fairlead/internal/scoring"
	"github.com/fairlead/fairlead/internal/secret"
	"github.com/fairlead/fairlead/internal/store"
	"github.com/fairlead/fairlead/internal/taxonomy"
	"github.com/fairlead/fairlead/internal/web"
	"github.com/fairlead/fairlead/internal/webhook"
)

// service is the running program: a value that serve, the demo and tests start.
type service struct {
	c           config
	log         *slog.Logger
	store       *store.Store
	reader      *document.Reader
	connections *connections
	receiver    *webhook.Receiver
	pipeline    *pipeline.Pipeline
	warm        chan struct{} // closed once the PDF engine is ready; nil without workers

	// URL is where the service listens; "" without the web role.
	URL string

	stop    context.CancelFunc
	running sync.WaitGroup
	failed  chan error
}

// openStore opens the database of a configuration, bringing it to this
// version's schema first when it may.
func openStore(ctx context.Context, c config, log *slog.Logger, migrate bool) (*store.Store, error) {
	master, created, err := secret.Load(c.KeyFile)
	if err != nil {
		return nil, err
	}
	if created {
		log.Info("made a master key; back it up apart from the database", "file", c.KeyFile)
	}
	sc := store.Config{DSN: c.Database, Master: master, Now: time.Now, Logger: log}
	if migrate {
		if err := store.Migrate(ctx, sc); err != nil {
			return nil, err
		}
	}
	return store.Open(ctx, sc)
}

// startService starts everything the configuration's roles ask for. Stop it
// with close.
func startService(ctx context.Context, c config, log *slog.Logger) (_ *service, err error) {
	s := &service{c: c, log: log, failed: make(chan error, 4)}
	ctx, s.stop = context.WithCancel(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.store, err = openStore(ctx, c, log, true); err != nil {
		return nil, err
	}
	s.connections = newConnections(s.store, log)
	if err = s.connections.load(ctx); err != nil {
		return nil, err
	}
	s.running.Go(func() { s.connections.keepFresh(ctx) })
	if c.has("worker") {
		if err = s.startWorkers(ctx); err != nil {
			return nil, err
		}
	}
	if c.has("web") {
		if err = s.startWeb(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *service) startWorkers(ctx context.Context) error {
	t, err := taxonomy.Open(s.c.taxonomyDir())
	if err != nil {
		return err
	}
	s.reader = document.New(document.Config{Logger: s.log})
	s.warm = make(chan struct{})
	s.running.Go(func() {
		defer close(s.warm)
		if err := s.reader.Warm(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the PDF engine could not be readied; the first resume starts it", "error", err)
		}
	})
	s.pipeline = pipeline.New(pipeline.Config{
		Assess: s.store, Writeback: s.store, Connector: s.connections.Connector,
		Reader: s.reader, Judge: scoring.New(t), Now: time.Now, Logger: s.log,
	})
	s.running.Go(func() {
		if err := s.store.Queue().Work(ctx, s.pipeline, s.c.Workers); err != nil && ctx.Err() == nil {
			s.failed <- fmt.Errorf("work on tasks: %w", err)
		}
	})
	s.running.Go(func() { s.requeue(ctx) })
	sealer := audit.NewSealer(audit.Config{Log: s.store, Logger: s.log})
	s.running.Go(func() { sealer.Run(ctx) })
	return nil
}

// requeueEvery is how often open work without a task is looked for.
const requeueEvery = 10 * time.Minute

// requeue stores tasks for what is open and has none, at start and on a clock.
// More than none is a fault of ours and is logged as one.
func (s *service) requeue(ctx context.Context) {
	t := time.NewTicker(requeueEvery)
	defer t.Stop()
	for {
		switch n, err := s.store.Requeue(ctx); {
		case err != nil && ctx.Err() == nil:
			s.log.Error("look for open work without a task", "error", err)
		case n > 0:
			s.log.Error("open work had no task and got one", "tasks", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (s *service) startWeb(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.c.Listen)
	if err != nil {
		return fairlead.Fail(fairlead.Invalid, "Cannot listen on "+s.c.Listen+". Is another Fairlead running? Name another address with FAIRLEAD_LISTEN.", err)
	}
	s.URL = "http://" + localhost(l.Addr().String())
	s.receiver = webhook.New(webhook.Config{Connector: s.connections.Connector, Store: s.store, Now: time.Now, Logger: s.log})
	server := web.Server(web.Config{Handler: s.routes(), Logger: s.log, HTTPS: strings.HasPrefix(s.c.PublicURL, "https://")})
	s.running.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("serve: %w", err)
		}
	})
	s.running.Go(func() {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(ending); err != nil {
			s.log.Warn("requests were cut off at the end", "error", err)
		}
	})
	return s.startMetrics(ctx)
}

// routes is every address the service answers beside the console's own.
func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/{connection}", web.Handle(s.log, s.receiver.Receive))
	mux.Handle("GET /healthz", web.Handle(s.log, alive))
	mux.Handle("GET /readyz", web.Handle(s.log, s.ready))
	mux.Handle("/", console.New(console.Config{
		Store: s.store, Logger: s.log, Now: time.Now, Version: version, PublicURL: s.c.PublicURL, Refused: s.receiver.Refused,
		Auth: auth.New(auth.Config{Store: s.store, Sessions: s.store.Sessions(), Now: time.Now, Logger: s.log, PublicURL: s.c.PublicURL}),
	}))
	return mux
}

func alive(w http.ResponseWriter, _ *http.Request) error {
	_, _ = w.Write([]byte("ok\n")) // the asker has gone; nobody is left to tell
	return nil
}

// ready answers 200 when a webhook could be accepted now.
func (s *service) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		return err
	}
	return alive(w, r)
}

// close stops taking requests, lets running tasks end, and closes the database.
func (s *service) close() error {
	s.stop()
	s.running.Wait()
	var err error
	if s.reader != nil {
		err = s.reader.Close()
	}
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	return err
}

// wait ends when ctx does or a part of the service fails.
func (s *service) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	}
}
