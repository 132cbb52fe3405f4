package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
	"github.com/fairlead/fairlead/internal/ats/sandbox"
	"github.com/fairlead/fairlead/internal/auth"
	"github.com/fairlead/fairlead/internal/sample"
)

type demoCommand struct {
	Once    bool          `help:"Print the report and stop; exit status 0 only if every check holds."`
	Listen  string        `default:"127.0.0.1:8080" help:"Address of the console; another port is taken when it is in use." placeholder:"ADDR"`
	Sandbox string        `default:"127.0.0.1:8090" help:"Address of the simulated Greenhouse." placeholder:"ADDR"`
	Latency time.Duration `default:"50ms" help:"How long each answer of the simulated Greenhouse takes."`
}

func (demoCommand) Help() string {
	return `Everything on this machine, nothing to configure: a simulated Greenhouse with eight jobs, sixty people who apply at once, and the service that scores them into Greenhouse's own fields. What it makes lives in a temporary folder and is gone afterwards.

Examples:
  fairlead demo
  fairlead demo --once`
}

// demoDeadline is how long sixty applications may take.
const demoDeadline = 60 * time.Second

func (c demoCommand) Run(p *program) error {
	dir, err := os.MkdirTemp("", "fairlead-demo-")
	if err != nil {
		return fairlead.Fail(fairlead.Invalid, "Cannot make a temporary folder. Name one with TMPDIR.", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // nobody's data
	d := demo{p: p, latency: c.Latency}
	listen, err := freeAddress(p.ctx, c.Listen)
	if err != nil {
		return err
	}
	if err := d.start(dir, listen, c.Sandbox); err != nil {
		return errors.Join(err, d.close())
	}
	report, err := d.run()
	if err != nil {
		return errors.Join(err, d.close())
	}
	report.print(p)
	if !c.Once {
		if err := d.invite(); err != nil {
			return errors.Join(err, d.close())
		}
		err = d.service.wait(p.ctx)
	}
	if closed := d.close(); err == nil {
		err = closed
	}
	if err == nil && !report.ok() {
		return badAnswer{"a check of the demo does not hold"}
	}
	return err
}

// demo is a service and a simulated Greenhouse that know each other.
type demo struct {
	p       *program
	latency time.Duration
	env     []string // configuration beside the demo's own
	service *service
	sandbox *runningSandbox
	resumes []sample.Resume
	posted  []posted
}

// posted is one application as it was made in the ATS.
type posted struct {
	Application int64 `json:"application_id"`
	resume      sample.Resume
	note        string
}

const demoConnection = fairlead.ConnectionID("greenhouse")

func (d *demo) start(dir, listen, sandboxListen string) error {
	ctx := d.p.ctx
	conf, err := configFlags{Data: dir}.load(append([]string{"FAIRLEAD_LISTEN=" + listen, "FAIRLEAD_METRICS=off", "FAIRLEAD_LOG_LEVEL=warn"}, d.env...))
	if err != nil {
		return err
	}
	if d.resumes, err = sample.Resumes(); err != nil {
		return err
	}
	if d.service, err = startService(ctx, conf, conf.logger(d.p)); err != nil {
		return err
	}
	sandboxAt, err := freeAddress(ctx, sandboxListen)
	if err != nil {
		return err
	}
	// The real Greenhouse allows about 50 requests in 30 seconds and would
	// stretch sixty writes over a minute; what is shown here is our own speed.
	d.sandbox, err = startSandbox(d.p, sandboxAt, sandbox.Config{Latency: d.latency, RateLimit: 10_000, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	connection := fairlead.Connection{
		ID: demoConnection, Kind: "greenhouse", Environment: fairlead.Sandbox, WriteBack: true, CreatedAt: time.Now().UTC(),
		Settings:    map[string]string{"base_url": d.sandbox.URL, "auth_url": d.sandbox.URL, "allow_private": "true", "file_hosts": "127.0.0.1"},
		Credentials: fairlead.Credentials{"client_id": "fairlead-sandbox-4", "client_secret": "sandbox-secret", "webhook_secret": "sandbox-webhook-secret"},
	}
	connector, err := kinds[connection.Kind](connection, ats.Env{Logger: d.service.log})
	if err != nil {
		return err
	}
	found, err := connector.Describe(ctx)
	if err != nil {
		return fmt.Errorf("look at the simulated ATS: %w", err)
	}
	connection.Fields = found.Fields
	if err := save(ctx, d.service.store, connection); err != nil {
		return err
	}
	if err := d.service.connections.load(ctx); err != nil {
		return err
	}
	for _, j := range sample.Jobs() {
		if _, err := d.sandbox.ATS.AddJob(sandbox.Job{Title: j.Title, Description: j.Description}); err != nil {
			return fmt.Errorf("make job %s: %w", j.Title, err)
		}
	}
	for _, h := range d.sandbox.ATS.Register(ctx, d.service.URL+"/webhooks/"+string(demoConnection), "sandbox-webhook-secret") {
		if !h.Enabled {
			return fmt.Errorf("register webhook %s: the ping was not answered with 200", h.Action)
		}
	}
	return nil
}

// run posts the sixty applications and waits until each has ended.
func (d *demo) run() (*demoReport, error) {
	// The engine's first start on a machine compiles it; a service has done
	// that long before somebody applies.
	select {
	case <-d.service.warm:
	case <-d.p.ctx.Done():
		return nil, d.p.ctx.Err()
	}
	began := time.Now()
	if err := d.apply(); err != nil {
		return nil, err
	}
	applied := time.Now()
	bar := d.p.progress(len(d.resumes), "scoring")
	ctx, cancel := context.WithDeadline(d.p.ctx, began.Add(demoDeadline))
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		b, err := d.service.store.Balance(ctx)
		if err != nil {
			if ctx.Err() != nil && d.p.ctx.Err() == nil {
				break
			}
			return nil, err
		}
		_ = bar.Set(int(b.Written))
		if b.Open == 0 && b.Written >= int64(len(d.resumes)) {
			tick.Stop()
			break
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			if d.p.ctx.Err() != nil {
				return nil, d.p.ctx.Err()
			}
		case <-tick.C:
			continue
		}
		break
	}
	_ = bar.Finish()
	return d.check(applied.Sub(began), time.Since(began))
}

// apply posts all resumes at once, each with a recruiter's note.
func (d *demo) apply() error {
	titles := map[string]string{}
	for _, j := range sample.Jobs() {
		titles[j.ID] = j.Title
	}
	d.posted = make([]posted, len(d.resumes))
	errs := make([]error, len(d.resumes))
	var wg sync.WaitGroup
	for i, r := range d.resumes {
		wg.Go(func() {
			note := "Met at the fair in spring; call before noon. " + strconv.Itoa(i)
			d.posted[i], errs[i] = d.postOne(r, titles[r.Job], note)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (d *demo) postOne(r sample.Resume, title, note string) (posted, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range [][2]string{{"name", r.Person.Name}, {"email", r.Person.Email}, {"job", title}, {"note", note}} {
		if err := form.WriteField(f[0], f[1]); err != nil {
			return posted{}, fmt.Errorf("write form: %w", err)
		}
	}
	file, err := form.CreateFormFile("resume", r.File)
	if err == nil {
		_, err = file.Write(r.Data)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return posted{}, fmt.Errorf("write form: %w", err)
	}
	req, err := http.NewRequestWithContext(d.p.ctx, http.MethodPost, d.sandbox.URL+"/_sandbox/applications", &body)
	if err != nil {
		return posted{}, fmt.Errorf("post application: %w", err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return posted{}, fmt.Errorf("post application: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // read to the end
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil || resp.StatusCode != http.StatusCreated {
		return posted{}, fmt.Errorf("post application of %s: status %d: %s", r.File, resp.StatusCode, answer)
	}
	made := posted{resume: r, note: note}
	if err := json.Unmarshal(answer, &made); err != nil {
		return posted{}, fmt.Errorf("post application: %w", err)
	}
	return made, nil
}

// invite says where to look, and waits.
func (d *demo) invite() error {
	link, err := auth.FirstRunLink(d.p.ctx, d.service.store, d.service.URL)
	if err != nil {
		return err
	}
	d.p.printf("\nLook around, Ctrl-C ends:\n")
	d.p.printf("  What the recruiter sees in Greenhouse   %s/\n", d.sandbox.URL)
	d.p.printf("  Console                                 %s/console/\n", d.service.URL)
	d.p.printf("  Set a password for it, once             %s\n", link)
	d.p.printf("  Somebody applies:\n    curl -F name='Ada Reyes' -F job='Data Analyst' -F resume=@resume.pdf %s/_sandbox/applications\n", d.sandbox.URL)
	return nil
}

func (d *demo) close() error {
	var err error
	if d.service != nil {
		err = d.service.close()
	}
	if d.sandbox != nil {
		err = errors.Join(err, d.sandbox.close())
	}
	return err
}

// freeAddress is preferred, or the same host with a port of the system's choice
// when it is in use.
func freeAddress(ctx context.Context, preferred string) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", preferred)
	if err != nil {
		host, _, splitErr := net.SplitHostPort(preferred)
		if splitErr != nil {
			return "", fairlead.Fail(fairlead.Invalid, preferred+" is no address. Write host:port, for example 127.0.0.1:8080.", nil)
		}
		if l, err = lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0")); err != nil {
			return "", fairlead.Fail(fairlead.Invalid, "Cannot listen on "+preferred+".", err)
		}
	}
	address := l.Addr().String()
	return address, l.Close()
}
