// Package console is what people see: server-rendered pages about what came in,
// who was scored and why, and what the audit log holds. It hides the templates,
// the style sheet and the words; it computes nothing it was not handed. Each
// page is one Go file, one template and one typed view.
package console

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/auth"
	"github.com/fairlead/fairlead/internal/web"
)

// Store is what the pages show. Things that are not there are NotFound.
type Store interface {
	Balance(ctx context.Context) (fairlead.Balance, error)
	Jobs(ctx context.Context) ([]fairlead.JobSummary, error)
	Job(ctx context.Context, id fairlead.JobID) (fairlead.Job, error)
	// RankedApplications are best first; those without a score come last.
	RankedApplications(ctx context.Context, job fairlead.JobID) ([]fairlead.RankedApplication, error)
	Assessment(ctx context.Context, id fairlead.AssessmentID) (fairlead.AssessmentView, error)
	// NoteView stores that somebody looked, before they do.
	NoteView(ctx context.Context, id fairlead.AssessmentID, entry fairlead.Entry) error
	// Troubles are newest first.
	Troubles(ctx context.Context, limit int) ([]fairlead.Trouble, error)
	Latency(ctx context.Context, newest int) (fairlead.Latency, error)
}

// Config is what the console needs.
type Config struct {
	Store  Store
	Auth   *auth.Auth
	Logger *slog.Logger
	Now    func() time.Time
	// Version of the program, for the foot of each page.
	Version string
	// PublicURL is how browsers and ATSs reach us; the empty state shows the
	// webhook address made from it.
	PublicURL string
	// Refused counts, per connection, deliveries turned away since the start
	// because their signature did not match. It may be nil.
	Refused func() map[fairlead.ConnectionID]int64
}

type console struct {
	c      Config
	pages  *pages
	assets *assets
	edge   web.Edge
}

// New makes the console. Mount it at /; it answers / and /console/….
func New(c Config) http.Handler {
	app := newConsole(c)
	mux := http.NewServeMux()
	for _, r := range app.routes() {
		mux.Handle(r.pattern, app.edge.Handle(app.guard(r)))
	}
	return app.edge.SameOrigin(mux)
}

func newConsole(c Config) *console {
	app := &console{c: c, assets: newAssets()}
	app.pages = newPages(app.assets)
	app.edge = web.Edge{Logger: c.Logger, Page: app.showProblem}
	return app
}

// access says who may use a route.
type access string

const (
	anybody    access = "anybody"
	recruiters access = "recruiters" // and admins
)

// route is one line of the list of routes.
type route struct {
	pattern string
	access  access
	handler web.Handler
}

// routes is every address the console answers. The test of rights takes it from
// here and fails for a route it does not know.
func (a *console) routes() []route {
	return []route{
		{"GET /{$}", anybody, a.home},
		{"GET /console/assets/{name}", anybody, a.assets.serve},
		{"GET /console/sign-in", anybody, a.signInForm},
		{"POST /console/sign-in", anybody, a.signIn},
		{"POST /console/sign-out", anybody, a.signOut},
		{"GET /console/first-run", anybody, a.firstRunForm},
		{"POST /console/first-run", anybody, a.firstRun},
		{"GET /console/{$}", recruiters, a.today},
		{"GET /console/jobs", recruiters, a.jobs},
		{"GET /console/jobs/{id}", recruiters, a.job},
		{"GET /console/assessments/{id}", recruiters, a.assessment},
		{"GET /console/audit", recruiters, a.auditSearch},
		{"GET /console/audit/{id}", recruiters, a.audit},
		{"/", anybody, a.nothingHere},
	}
}

func (a *console) guard(r route) web.Handler {
	h := r.handler
	if r.access != anybody {
		h = a.c.Auth.Require(fairlead.RoleRecruiter)(h)
	}
	if r.pattern == "GET /console/assets/{name}" {
		return h // the same for everybody: no session is read for it
	}
	return a.c.Auth.Load(h)
}

func (a *console) home(w http.ResponseWriter, r *http.Request) error {
	return web.Redirect(w, r, "/console/")
}

func (a *console) nothingHere(http.ResponseWriter, *http.Request) error {
	return fairlead.Fail(fairlead.NotFound, "There is no page at this address. It may have been mistyped, or what it showed is gone.", nil)
}
