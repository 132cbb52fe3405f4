package greenhouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

const (
	// workTimeout bounds one Fetch, Read or Write, so that an ATS that hangs
	// frees the worker; the queue tries again.
	workTimeout = 30 * time.Second
	// jobAge is how long a job and its posts are remembered between the
	// applications of one burst. It is short because a job's change must reach
	// the applications that are looked at again because of it; see Fetch.
	jobAge = time.Second
	// listAge is for what an administrator changes: sources, definitions and
	// options of custom fields, the dictionary of tags.
	listAge = 10 * time.Minute
)

// prepareReads sets up how records are read.
func (g *Connector) prepareReads() {
	resumes := url.Values{"type": {"resume"}}
	// Of the person only what is kept is asked for.
	person := url.Values{"fields": {"id,first_name,last_name,updated_at,last_activity_at"}}
	g.applications = &gather{load: g.byMember("/v3/applications", "ids", "id", nil)}
	g.candidates = &gather{load: g.byMember("/v3/candidates", "ids", "id", person)}
	g.resumes = &gather{load: g.byMember("/v3/attachments", "candidate_ids", "candidate_id", resumes)}
	g.jobs = &gather{load: g.byMember("/v3/jobs", "ids", "id", nil)}
	g.posts = &gather{load: g.byMember("/v3/job_posts", "job_ids", "job_id", nil)}
	g.sources = &gather{load: g.byMember("/v3/sources", "ids", "id", nil)}
	g.notes = &gather{load: g.byMember("/v3/notes", "application_ids", "application_id", nil)}
	g.applied = &gather{load: g.byMember("/v3/applied_candidate_tags", "candidate_ids", "candidate_id", nil)}

	now := g.env.Now
	g.jobCache = ats.NewCache[jobRows](jobAge, now)
	g.sourceCache = ats.NewCache[string](listAge, now)
	g.fieldCache = ats.NewCache[[]fieldRow](listAge, now)
	g.optionCache = ats.NewCache[[]optionRow](listAge, now)
	g.tagCache = ats.NewCache[map[string]int64](listAge, now)
	g.seen = &ats.Recent[struct{}]{}
	g.before = &ats.Recent[customValues]{}
}

// Fetch implements ats.Connector. A burst of applications to one job reads the
// job once: what another Fetch read within the last second will do. That holds
// only for an application not fetched before; one that is looked at again may be
// so because its job changed, and reads everything afresh.
func (g *Connector) Fetch(ctx context.Context, id fairlead.RemoteID) (ats.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	app, err := g.application(ctx, id)
	if err != nil {
		return ats.Snapshot{}, err
	}
	again := g.seen.Put(string(id), struct{}{})
	var (
		person  candidateRow
		resumes []attachmentRow
		job     jobRows
		source  string
	)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		if app.CandidateID == 0 {
			return nil
		}
		person, err = one[candidateRow](g.candidates.get(ctx, app.CandidateID.String()))
		return err
	})
	group.Go(func() error {
		if app.CandidateID == 0 {
			return nil
		}
		rows, err := g.resumes.get(ctx, app.CandidateID.String())
		resumes = decode[attachmentRow](rows)
		return err
	})
	group.Go(func() (err error) {
		job, err = g.job(ctx, app.JobID, again)
		return err
	})
	group.Go(func() error {
		source = g.source(ctx, app.SourceID)
		return nil
	})
	if err := group.Wait(); err != nil {
		return ats.Snapshot{}, err
	}
	return g.snapshot(app, person, job, newestResume(resumes, app.ID), source)
}

func (g *Connector) application(ctx context.Context, id fairlead.RemoteID) (applicationRow, error) {
	if !isID(string(id)) {
		return applicationRow{}, fairlead.Fail(fairlead.NotFound, "This is no Greenhouse application number.", nil)
	}
	app, err := one[applicationRow](g.applications.get(ctx, string(id)))
	if err != nil {
		return app, err
	}
	if app.ID == 0 {
		return app, fairlead.Fail(fairlead.NotFound, "The application is no longer in Greenhouse, or our key may not see it.", nil)
	}
	return app, nil
}

// one decodes the first row; the zero value when there is none.
func one[T any](rows []row, err error) (T, error) {
	var v T
	if err != nil || len(rows) == 0 {
		return v, err
	}
	if err := json.Unmarshal(rows[0], &v); err != nil {
		return v, unavailable("Greenhouse sent a record Fairlead cannot read. Fairlead tries again by itself.", nil)
	}
	return v, nil
}

// jobRows is a job with its posts; found is false when our key does not see it.
type jobRows struct {
	job   jobRow
	posts []postRow
	found bool
}

func (g *Connector) job(ctx context.Context, id number, afresh bool) (jobRows, error) {
	if id == 0 {
		return jobRows{}, nil
	}
	load := func(ctx context.Context) (jobRows, error) { return g.readJob(ctx, id.String()) }
	if afresh {
		return load(ctx)
	}
	return g.jobCache.Get(ctx, id.String(), load)
}

func (g *Connector) readJob(ctx context.Context, id string) (jobRows, error) {
	var out jobRows
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		out.job, err = one[jobRow](g.jobs.get(ctx, id))
		return err
	})
	group.Go(func() error {
		rows, err := g.posts.get(ctx, id)
		out.posts = decode[postRow](rows)
		return err
	})
	err := group.Wait()
	out.found = out.job.ID != 0
	return out, err
}

// source names where an application came from. It is for show: a key without
// the scope, or an outage, leaves it blank.
func (g *Connector) source(ctx context.Context, id number) string {
	if id == 0 {
		return ""
	}
	name, err := g.sourceCache.Get(ctx, id.String(), func(ctx context.Context) (string, error) {
		r, err := one[sourceRow](g.sources.get(ctx, id.String()))
		if fairlead.CodeOf(err) == fairlead.Forbidden {
			return "", nil // and not asked again for a while
		}
		return string(r.Name), err
	})
	if err != nil {
		g.env.Logger.Info("source of an application not read", "connection", g.connection, "cause", fairlead.MessageOf(err))
		return ""
	}
	return name
}

func (g *Connector) snapshot(app applicationRow, person candidateRow, job jobRows, resume *attachmentRow, source string) (ats.Snapshot, error) {
	if app.JobID != 0 && !job.found {
		return ats.Snapshot{}, fairlead.Fail(fairlead.Forbidden, "Our key does not see the job of this application: it may be confidential. Put the acting user on its hiring team, then retry.", nil)
	}
	s := ats.Snapshot{
		Application: fairlead.Application{
			Connection: g.connection, Remote: app.ID.remote(),
			Stage: stage(app), StageName: string(app.StageName), Source: source, AppliedAt: app.CreatedAt.Time,
			URL: g.page("people", app.CandidateID, url.Values{"application_id": {app.ID.String()}}),
		},
		Candidate: fairlead.Candidate{
			Connection: g.connection, Remote: app.CandidateID.remote(),
			Name: strings.TrimSpace(string(person.FirstName) + " " + string(person.LastName)),
		},
		Revision: latest(app.UpdatedAt.Time, app.LastActivityAt.Time, app.CreatedAt.Time, person.UpdatedAt.Time, person.LastActivityAt.Time, job.job.UpdatedAt.Time),
	}
	if job.found {
		s.Job = fairlead.Job{
			Connection: g.connection, Remote: job.job.ID.remote(), Title: string(job.job.Name),
			Description: job.description(app.JobPostID), Status: fairlead.JobStatus(job.job.Status), ClosedAt: job.job.ClosedAt.Time,
			URL: g.page("sdash", job.job.ID, nil),
		}
		if s.Job.Status != fairlead.JobClosed {
			s.Job.ClosedAt = time.Time{} // of a former closing
		}
	}
	if resume != nil {
		s.Resume = &ats.ResumeRef{Remote: resume.ID.remote(), Filename: string(resume.Filename), URL: string(resume.URL)}
		s.Revision = latest(s.Revision, resume.CreatedAt.Time)
	}
	for _, p := range job.posts {
		s.Revision = latest(s.Revision, p.UpdatedAt.Time)
	}
	s.Reason = notAssessable(app)
	s.Assessable = s.Reason == ""
	s.Digest = digest(s, resume)
	return s, nil
}

// notAssessable says why an application is not to be assessed, "" when it is.
func notAssessable(app applicationRow) string {
	switch {
	case app.Prospect.value:
		return "This is a prospect, who has not applied. Fairlead assesses applications only."
	case app.Status == "converted":
		return "The prospect was converted; the application that came of it is assessed."
	case app.Status == "rejected":
		return "The application is already rejected in Greenhouse."
	case app.Status == "hired":
		return "The person is already hired."
	case app.JobID == 0:
		return "The application names no job."
	}
	return "" // in_process, active, and words we have not met
}

// description is the text the rubric is read from: the post the person applied
// through, else any live external post, else the job's notes.
func (j jobRows) description(applied number) string {
	fallback := ""
	for _, p := range j.posts {
		content := string(p.Content)
		if strings.TrimSpace(content) == "" {
			continue
		}
		if applied != 0 && p.ID == applied {
			return content
		}
		external := !p.Internal.value && (p.External.value || !p.External.known)
		if fallback == "" && p.Live.value && external {
			fallback = content
		}
	}
	if fallback == "" {
		fallback = string(j.job.Notes)
	}
	return fallback
}

// stage maps Greenhouse's stage, which customers name as they like, to ours: by
// status where that decides, else by words of the default plan.
func stage(app applicationRow) fairlead.Stage {
	switch app.Status {
	case "rejected":
		return fairlead.StageRejected
	case "hired":
		return fairlead.StageHired
	}
	name := strings.ToLower(string(app.StageName))
	contains := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(name, w) {
				return true
			}
		}
		return false
	}
	switch {
	case name == "" || contains("application review", "applied", "new "):
		return fairlead.StageApplied
	case contains("offer"):
		return fairlead.StageOffer
	case contains("screen", "phone", "assessment", "take home", "test", "review"):
		return fairlead.StageScreening
	case contains("interview", "onsite", "on-site", "face to face", "panel", "reference", "background"):
		return fairlead.StageInterview
	}
	return fairlead.StageScreening
}

// newestResume prefers the newest resume of the same application: another one of
// the same person may be tailored to another job.
func newestResume(rows []attachmentRow, app number) *attachmentRow {
	var best *attachmentRow
	for i := range rows {
		a := &rows[i]
		if a.Type != "resume" || a.ID == 0 {
			continue
		}
		if best == nil || betterResume(a, best, app) {
			best = a
		}
	}
	return best
}

func betterResume(a, b *attachmentRow, app number) bool {
	if same := a.ApplicationID == app; same != (b.ApplicationID == app) {
		return same
	}
	if !a.CreatedAt.Equal(b.CreatedAt.Time) {
		return a.CreatedAt.After(b.CreatedAt.Time)
	}
	return a.ID > b.ID
}

// digest covers what an assessment depends on: may it be made, from which job
// text, from which file. The file is known by its row, not by its link, which is
// signed anew each time.
func digest(s ats.Snapshot, resume *attachmentRow) string {
	parts := []string{"greenhouse/1", strconv.FormatBool(s.Assessable), string(s.Job.Remote), s.Job.Title, s.Job.Description, string(s.Job.Status), s.Application.AppliedAt.Format(time.RFC3339)}
	if resume != nil {
		parts = append(parts, resume.ID.String(), resume.CreatedAt.Format(time.RFC3339Nano), string(resume.Filename))
	}
	b, _ := json.Marshal(parts) // strings always marshal; the array keeps them apart
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// page is an address in Greenhouse for people.
func (g *Connector) page(kind string, id number, query url.Values) string {
	u := g.set.app.JoinPath(kind, id.String())
	u.RawQuery = query.Encode()
	return u.String()
}

// String is the id in decimal.
func (n number) String() string { return strconv.FormatInt(int64(n), 10) }

// remote is the id as a RemoteID, "" for none.
func (n number) remote() fairlead.RemoteID {
	if n == 0 {
		return ""
	}
	return fairlead.RemoteID(n.String())
}
