package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// controlRoutes is the control surface (docs/sandbox.md) and the page for people.
func (g *Greenhouse) controlRoutes() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", g.page)
	m.HandleFunc("GET /_sandbox/journal", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, g.Journal()) })
	m.HandleFunc("GET /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"faults": g.faults.Active(), "kinds": FaultKinds()})
	})
	m.HandleFunc("POST /_sandbox/faults", g.setFaults)
	m.HandleFunc("DELETE /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		g.faults.Reset()
		g.sender.Flush()
		writeJSON(w, http.StatusOK, map[string]any{"faults": g.faults.Active()})
	})
	m.HandleFunc("GET /_sandbox/jobs", g.listJobs)
	m.HandleFunc("POST /_sandbox/jobs", g.postJob)
	m.HandleFunc("GET /_sandbox/applications", g.listApplications)
	m.HandleFunc("POST /_sandbox/applications", g.postApplication)
	m.HandleFunc("GET /_sandbox/applications/{id}", g.getApplication)
	m.HandleFunc("POST /_sandbox/recruiter", g.recruiter)
	m.HandleFunc("GET /_sandbox/webhooks", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"webhooks": g.Hooks()})
	})
	m.HandleFunc("POST /_sandbox/webhooks", g.postWebhooks)
	return m
}

// refuse tells a person or a test what was wrong with a control request.
func refuse(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, map[string]any{"error": err.Error()})
}

// Journal is what the account remembers, as GET /_sandbox/journal answers it.
func (g *Greenhouse) Journal() Report {
	r := g.journal.Report()
	r.Vendor = "greenhouse"
	r.Clients = []string{g.c.ClientID}
	r.OurFields = g.c.OurFields
	r.Deliveries = g.sender.Records()
	return r
}

// SetFault sets a fault, as POST /_sandbox/faults does.
func (g *Greenhouse) SetFault(f Fault) error {
	if f.Kind == FaultRevokeTokens {
		g.revokeTokens()
		return nil
	}
	if err := g.faults.Add(f); err != nil {
		return fmt.Errorf("set fault: %w", err)
	}
	return nil
}

// setFaults takes one fault, {"faults":[…]}, or {"reset":true} with or without.
func (g *Greenhouse) setFaults(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Fault
		Reset  bool    `json:"reset"`
		Faults []Fault `json:"faults"`
	}
	if err := decodeStrict(r.Body, &body); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if body.Reset {
		g.faults.Reset()
		g.sender.Flush()
	}
	if body.Kind != "" {
		body.Faults = append(body.Faults, body.Fault)
	}
	for _, f := range body.Faults {
		if err := g.SetFault(f); err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"faults": g.faults.Active()})
}

func decodeStrict(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("decode the request: %w", err)
	}
	return nil
}

func (g *Greenhouse) postWebhooks(w http.ResponseWriter, r *http.Request) {
	var body struct {
		URL     string   `json:"url"`
		Secret  string   `json:"secret"`
		Actions []string `json:"actions"`
	}
	if err := decodeStrict(r.Body, &body); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if !strings.HasPrefix(body.URL, "http://") && !strings.HasPrefix(body.URL, "https://") {
		refuse(w, http.StatusBadRequest, errors.New("url must be the address that takes the webhooks"))
		return
	}
	if body.Secret == "" {
		body.Secret = g.c.WebhookSecret
	}
	writeJSON(w, http.StatusOK, map[string]any{"webhooks": g.Register(r.Context(), body.URL, body.Secret, body.Actions...)})
}

func (g *Greenhouse) postJob(w http.ResponseWriter, r *http.Request) {
	var j Job
	if err := decodeStrict(r.Body, &j); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	id, err := g.AddJob(j)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{"job_id": id})
}

func (g *Greenhouse) listJobs(w http.ResponseWriter, _ *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := []map[string]any{}
	for _, j := range slices.Backward(g.state.find("jobs", func(*record) bool { return true })) {
		out = append(out, map[string]any{
			"id": j.id, "title": j.str("name"), "status": j.str("status"), "applications": len(g.state.where("applications", "job_id", j.id)),
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"jobs": out})
}

// view is an application as GET /_sandbox/applications shows it.
type view struct {
	ID        int64          `json:"id"`
	Candidate int64          `json:"candidate_id"`
	Name      string         `json:"name"`
	Job       int64          `json:"job_id"`
	JobTitle  string         `json:"job"`
	Status    string         `json:"status"`
	Stage     string         `json:"stage"`
	Resume    string         `json:"resume,omitempty"`
	Fields    map[string]any `json:"fields"` // values by key, only those set
	Tags      []string       `json:"tags"`
	Notes     []noteView     `json:"notes"`
}

type noteView struct {
	ID         int64  `json:"id"`
	Body       string `json:"body"`
	Visibility string `json:"visibility"`
}

func (g *Greenhouse) view(app *record) view {
	v := view{
		ID: app.id, Candidate: app.int("candidate_id"), Job: app.int("job_id"), Status: app.str("status"), Stage: app.str("stage_name"),
		Fields: maps.Clone(app.custom), Tags: g.tagsOf(app.int("candidate_id")), Notes: []noteView{},
	}
	if c := g.state.get("candidates", v.Candidate); c != nil {
		v.Name = strings.TrimSpace(c.str("first_name") + " " + c.str("last_name"))
	}
	if j := g.state.get("jobs", v.Job); j != nil {
		v.JobTitle = j.str("name")
	}
	for _, a := range g.state.where("attachments", "application_id", app.id) {
		if a.str("type") == "resume" {
			v.Resume = a.str("filename")
		}
	}
	for _, n := range slices.Backward(g.state.where("notes", "candidate_id", v.Candidate)) {
		if n.int("application_id") == app.id || n.cols["application_id"] == nil {
			v.Notes = append(v.Notes, noteView{ID: n.id, Body: n.str("body"), Visibility: n.str("visibility")})
		}
	}
	return v
}

func (g *Greenhouse) views() []view {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := []view{}
	for _, app := range slices.Backward(g.state.find("applications", func(*record) bool { return true })) {
		out = append(out, g.view(app))
	}
	return out
}

func (g *Greenhouse) listApplications(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"applications": g.views()})
}

func (g *Greenhouse) getApplication(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	g.mu.Lock()
	defer g.mu.Unlock()
	app := g.state.get("applications", id)
	if err != nil || app == nil {
		refuse(w, http.StatusNotFound, errors.New("there is no such application"))
		return
	}
	writeJSON(w, http.StatusOK, g.view(app))
}

// postApplication takes multipart form data (name, job, resume and more) or the
// same as JSON with the resume in base64.
func (g *Greenhouse) postApplication(w http.ResponseWriter, r *http.Request) {
	a, job, err := readApplicant(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if a.Job, err = g.findJob(job); err != nil && job.Description != "" {
		a.Job, err = g.AddJob(job)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	made, err := g.Apply(a)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	writeJSON(w, http.StatusCreated, made)
}

// findJob takes an id or an exact name for the title; of two jobs of one name
// the newest.
func (g *Greenhouse) findJob(job Job) (int64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if id, err := strconv.ParseInt(job.Title, 10, 64); err == nil && g.state.get("jobs", id) != nil {
		return id, nil
	}
	named := g.state.find("jobs", func(j *record) bool { return strings.EqualFold(j.str("name"), job.Title) })
	if len(named) == 0 {
		return 0, errors.New("job must be the id or the exact name of a job: make one with POST /_sandbox/jobs, or give a description and one is made")
	}
	return named[0].id, nil
}

// readApplicant reads who applies, and to which job: its id or name as the title.
func readApplicant(r *http.Request) (Applicant, Job, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var body struct {
			Name, Email, Phone, Title, Source, Note, Filename, Description string
			Job                                                            json.RawMessage
			Resume                                                         string // base64
			Candidate                                                      int64
			Private, Prospect                                              bool
		}
		if err := decodeStrict(r.Body, &body); err != nil {
			return Applicant{}, Job{}, err
		}
		content, err := base64.StdEncoding.DecodeString(body.Resume)
		if err != nil {
			return Applicant{}, Job{}, errors.New("resume must be base64")
		}
		return Applicant{
			Name: body.Name, Email: body.Email, Phone: body.Phone, Title: body.Title, Source: body.Source, Note: body.Note,
			Filename: body.Filename, Resume: content, Candidate: body.Candidate, Private: body.Private, Prospect: body.Prospect,
		}, Job{Title: jobName(body.Job), Description: body.Description}, nil
	}
	if err := r.ParseMultipartForm(maxBody); err != nil { // #nosec G120 -- ServeHTTP has bounded the body
		return Applicant{}, Job{}, fmt.Errorf("read the form: %w", err)
	}
	a := Applicant{
		Name: r.FormValue("name"), Email: r.FormValue("email"), Phone: r.FormValue("phone"), Title: r.FormValue("title"),
		Source: r.FormValue("source"), Note: r.FormValue("note"), Private: r.FormValue("private") == "true", Prospect: r.FormValue("prospect") == "true",
	}
	if s := r.FormValue("candidate"); s != "" {
		id, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return Applicant{}, Job{}, errors.New("candidate must be an id")
		}
		a.Candidate = id
	}
	file, head, err := r.FormFile("resume")
	switch {
	case errors.Is(err, http.ErrMissingFile):
	case err != nil:
		return Applicant{}, Job{}, fmt.Errorf("read the resume: %w", err)
	default:
		defer func() { _ = file.Close() }() // it was only read
		if a.Resume, err = io.ReadAll(file); err != nil {
			return Applicant{}, Job{}, fmt.Errorf("read the resume: %w", err)
		}
		a.Filename = path.Base(head.Filename)
	}
	return a, Job{Title: r.FormValue("job"), Description: r.FormValue("description")}, nil
}

// jobName is a job as a request names it: a number or a text.
func jobName(raw json.RawMessage) string {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return name
	}
	return string(raw)
}
