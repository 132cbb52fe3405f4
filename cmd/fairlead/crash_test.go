package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead/fairlead/internal/ats/sandbox"
	"github.com/fairlead/fairlead/internal/sample"
)

// kills is how often the service is killed.
const kills = 24

// TestKilledAnywhere kills the service with SIGKILL at random requests it makes
// to the ATS, before the ATS acts or after it did and before it answers, which
// lies between any two of the service's transactions. After each death it is
// started again; at the end the checker, which shares no code with us, judges
// the ATS's journal and our exports.
func TestKilledAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))

	var killAt, seen atomic.Int64
	var afterwards atomic.Bool
	var victim atomic.Pointer[exec.Cmd]
	g := sandbox.NewGreenhouse(sandbox.Config{RateLimit: 100_000, TokenRateLimit: 10_000, TimeScale: 600})
	defer g.Close()
	ats := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		now := strings.HasPrefix(req.URL.Path, "/v3/") && seen.Add(1) == killAt.Load()
		if now && !afterwards.Load() {
			kill(victim.Load())
		}
		g.ServeHTTP(w, req)
		if now && afterwards.Load() {
			kill(victim.Load())
		}
	}))
	defer ats.Close()

	p := crashProgram{t: t, data: t.TempDir()}
	p.env = append(os.Environ(), asProgram+"=1", "FAIRLEAD_DATA="+p.data, "FAIRLEAD_METRICS=off", "FAIRLEAD_LOG_LEVEL=error", "FAIRLEAD_WORKERS=4")
	p.connect(ats.URL)
	listen, err := freeAddress(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "FAIRLEAD_LISTEN="+listen)
	cmd := p.serve(listen)
	g.Register(t.Context(), "http://"+listen+"/webhooks/greenhouse", "sandbox-webhook-secret")

	jobs := map[string]int64{}
	for _, j := range sample.Jobs() {
		id, err := g.AddJob(sandbox.Job{Title: j.Title, Description: j.Description})
		if err != nil {
			t.Fatal(err)
		}
		jobs[j.ID] = id
	}
	resumes, err := sample.Resumes()
	if err != nil {
		t.Fatal(err)
	}
	for round := range kills {
		afterwards.Store(r.IntN(2) == 0)
		seen.Store(0)
		killAt.Store(1 + r.Int64N(24))
		victim.Store(cmd)
		for k := range 2 {
			res := resumes[(round*2+k)%len(resumes)]
			if _, err := g.Apply(sandbox.Applicant{Name: res.Person.Name, Email: fmt.Sprintf("p%d-%d@example.com", round, k), Job: jobs[res.Job], Filename: res.File, Resume: res.Data}); err != nil {
				t.Fatal(err)
			}
		}
		// A round with fewer requests than that is killed where it stands.
		died := make(chan struct{})
		go func() { _ = cmd.Wait(); close(died) }()
		select {
		case <-died:
		case <-time.After(time.Duration(500+r.IntN(1500)) * time.Millisecond):
			kill(cmd)
			<-died
		}
		killAt.Store(0)
		cmd = p.serve(listen)
	}
	p.untilQuiet(g)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the service did not end in order: %v", err)
	}
	p.judge(ats.URL)
}

func kill(c *exec.Cmd) { _ = c.Process.Kill() } // dead already is dead

// crashProgram runs the program as processes of their own.
type crashProgram struct {
	t    *testing.T
	data string
	env  []string
}

func (p crashProgram) command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = p.env
	c.Stderr = os.Stderr
	return c
}

// connect stores the connection as `fairlead connect` does.
func (p crashProgram) connect(url string) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "credentials.yaml")
	write(p.t, file, []byte("client_id: fairlead-sandbox-4\nclient_secret: sandbox-secret\nwebhook_secret: sandbox-webhook-secret\n"))
	c := p.command("connect", "greenhouse", "--credentials", file, "--base-url", url, "--auth-url", url, "--allow-private", "--file-hosts", "127.0.0.1", "--write-back")
	if out, err := c.Output(); err != nil {
		p.t.Fatalf("connect: %v\n%s", err, out)
	}
}

// serve starts the service and waits until it answers.
func (p crashProgram) serve(listen string) *exec.Cmd {
	p.t.Helper()
	c := p.command("serve")
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { kill(c) })
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		if resp, err := http.Get("http://" + listen + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return c
			}
		}
		if errors.Is(p.t.Context().Err(), context.Canceled) {
			p.t.Fatal("stopped")
		}
		<-time.After(20 * time.Millisecond) // another process: there is no clock to turn
	}
	p.t.Fatal("the service did not come up within a minute")
	return nil
}

// untilQuiet waits until every webhook has been delivered and no event is open.
func (p crashProgram) untilQuiet(g *sandbox.Greenhouse) {
	p.t.Helper()
	deadline := time.Now().Add(4 * time.Minute)
	for time.Now().Before(deadline) {
		pending := 0
		for _, d := range g.Journal().Deliveries {
			if d.State == "pending" {
				pending++
			}
		}
		if pending == 0 && p.open() == 0 {
			return
		}
		<-time.After(250 * time.Millisecond) // another process: there is no clock to turn
	}
	p.t.Fatal("not quiet after four minutes")
}

// open counts open events in the state export.
func (p crashProgram) open() int {
	out, err := p.command("export", "state").Output()
	if err != nil {
		p.t.Fatalf("export state: %v", err)
	}
	n := 0
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"type":"event"`) && strings.Contains(lines.Text(), `"state":"open"`) {
			n++
		}
	}
	return n
}

// judge runs the checker.
func (p crashProgram) judge(url string) {
	p.t.Helper()
	dir := p.t.TempDir()
	checker := filepath.Join(dir, "checker")
	build := exec.Command("go", "build", "-o", checker, "./tools/checker")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		p.t.Fatalf("build checker: %v\n%s", err, out)
	}
	journal, state, log := filepath.Join(dir, "journal.json"), filepath.Join(dir, "state.ndjson"), filepath.Join(dir, "audit.ndjson")
	download(p.t, url+"/_sandbox/journal", journal)
	for _, c := range []*exec.Cmd{p.command("export", "state", "--out", state), p.command("export", "audit", "--out", log)} {
		if out, err := c.Output(); err != nil {
			p.t.Fatalf("export: %v\n%s", err, out)
		}
	}
	out, err := exec.Command(checker, "--journal", journal, "--state", state, "--audit", log, "--final").CombinedOutput()
	p.t.Logf("checker after %d kills:\n%s", kills, out)
	if err != nil {
		p.t.Errorf("the checker found promises broken: %v", err)
	}
}

func download(t *testing.T, url, path string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
