package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

type sandboxCommand struct {
	Greenhouse sandboxGreenhouseCommand `cmd:"" help:"Simulate Greenhouse: Harvest v3 and Recruiting webhooks."`
}

type sandboxGreenhouseCommand struct {
	Listen        string        `default:"127.0.0.1:8090" help:"Address to listen on." placeholder:"ADDR"`
	WebhookURL    string        `help:"Where to send webhooks, for example http://127.0.0.1:8080/webhooks/greenhouse." placeholder:"URL"`
	WebhookSecret string        `default:"sandbox-webhook-secret" help:"Secret key of the webhooks."`
	ClientID      string        `default:"fairlead-sandbox-4" help:"Client id of the API credential."`
	ClientSecret  string        `default:"sandbox-secret" help:"Client secret of the API credential."`
	Latency       time.Duration `default:"0s" help:"How long each API answer takes at least."`
	RateLimit     int           `default:"50" help:"Requests per 30 seconds."`
	TimeScale     float64       `default:"1" help:"Divides the waits between webhook attempts: 60 makes a minute last a second."`
	Replace       bool          `help:"Custom fields of a PATCH replace all others instead of merging."`
	NoFields      bool          `help:"Play the tier without custom fields on applications."`
}

func (sandboxGreenhouseCommand) Help() string {
	return `A simulated Greenhouse, strict about everything the real one documents. It keeps a journal (GET /_sandbox/journal), makes applications (POST /_sandbox/applications) and misbehaves on request (POST /_sandbox/faults); docs/sandbox.md tells how. The page for people is at /.

Examples:
  fairlead sandbox greenhouse --listen 127.0.0.1:8090
  fairlead sandbox greenhouse --webhook-url http://127.0.0.1:8080/webhooks/greenhouse --latency 50ms
  curl -F name='Maya Ito' -F job='Data Analyst' -F resume=@resume.pdf http://127.0.0.1:8090/_sandbox/applications`
}

func (c sandboxGreenhouseCommand) Run(p *program) error {
	g, err := startSandbox(p, c.Listen, sandbox.Config{
		WebhookURL: c.WebhookURL, WebhookSecret: c.WebhookSecret, ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		Latency: c.Latency, RateLimit: c.RateLimit, TimeScale: c.TimeScale, Replace: c.Replace, WithoutApplicationFields: c.NoFields,
	})
	if err != nil {
		return err
	}
	p.printf("Simulated Greenhouse at %s (client id %s). Stop with Ctrl-C.\n", g.URL, c.ClientID)
	<-p.ctx.Done()
	return g.close()
}

// runningSandbox is a simulated ATS that answers.
type runningSandbox struct {
	URL    string
	ATS    *sandbox.Greenhouse
	server *http.Server
}

func startSandbox(p *program, listen string, c sandbox.Config) (*runningSandbox, error) {
	l, err := (&net.ListenConfig{}).Listen(p.ctx, "tcp", listen)
	if err != nil {
		return nil, fairlead.Fail(fairlead.Invalid, "Cannot listen on "+listen+". Name another address with --listen.", err)
	}
	s := &runningSandbox{URL: "http://" + l.Addr().String()}
	c.BaseURL = s.URL
	s.ATS = sandbox.NewGreenhouse(c)
	s.server = &http.Server{Handler: s.ATS, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_, _ = fmt.Fprintf(p.err, "fairlead: the simulated ATS stopped: %v\n", err)
		}
	}()
	return s, nil
}

func (s *runningSandbox) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	s.ATS.Close()
	if err != nil {
		return fmt.Errorf("stop the simulated ATS: %w", err)
	}
	return nil
}

// localhost replaces the address that means "every interface" in a URL for
// people.
func localhost(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
