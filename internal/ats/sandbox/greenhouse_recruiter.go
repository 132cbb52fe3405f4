package sandbox

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// Deed is something a human does in the ATS.
type Deed struct {
	// Action is set_field, add_note, add_tag, move, reject, unreject, hire,
	// replace_resume, remove_resume, edit_job_post, edit_job, merge,
	// delete_candidate, delete_application, anonymize, edit_definition or
	// edit_candidate.
	Action      string `json:"action"`
	Application int64  `json:"application"`
	Candidate   int64  `json:"candidate"`
	Job         int64  `json:"job"`
	Into        int64  `json:"into"` // merge: the surviving candidate

	Key   string `json:"key"`   // set_field, edit_definition
	Value any    `json:"value"` // set_field, edit_candidate (the title)

	Text string `json:"text"` // add_note, add_tag, edit_job_post (HTML)
	// Stage is the id of a stage definition to move to, 0 for the next.
	Stage int64 `json:"stage"`

	Filename string `json:"filename"` // replace_resume
	Resume   string `json:"resume"`   // replace_resume: base64

	Status string `json:"status"` // edit_job: open, draft, closed
	Name   string `json:"name"`   // edit_job, edit_definition
	Active *bool  `json:"active"` // edit_definition, edit_job_post (live)
	Type   string `json:"type"`   // edit_definition: another value type
}

// Recruit does what a human does in the ATS, with the webhooks it causes.
func (g *Greenhouse) Recruit(d Deed) error {
	g.mu.Lock()
	err := g.deed(d)
	g.mu.Unlock()
	g.flush()
	return err
}

func (g *Greenhouse) recruiter(w http.ResponseWriter, r *http.Request) {
	var d Deed
	if err := decodeStrict(r.Body, &d); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if err := g.Recruit(d); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true})
}

func (g *Greenhouse) deed(d Deed) error {
	s := g.state
	app, candidate, job := s.get("applications", d.Application), s.get("candidates", d.Candidate), s.get("jobs", d.Job)
	if candidate == nil && app != nil {
		candidate = s.get("candidates", app.int("candidate_id"))
	}
	needs := map[string]bool{
		"set_field": app != nil, "move": app != nil, "reject": app != nil, "unreject": app != nil, "hire": app != nil,
		"replace_resume": app != nil, "remove_resume": app != nil, "delete_application": app != nil,
		"add_note": candidate != nil, "add_tag": candidate != nil, "delete_candidate": candidate != nil, "anonymize": candidate != nil,
		"edit_candidate": candidate != nil, "merge": candidate != nil && s.get("candidates", d.Into) != nil && d.Into != candidate.id,
		"edit_job": job != nil, "edit_job_post": job != nil, "edit_definition": true,
	}
	if there, known := needs[d.Action]; !known {
		return errors.New("no such action: see docs/sandbox.md")
	} else if !there {
		return errors.New("the application, candidate or job this action needs does not exist")
	}
	problem := ""
	switch d.Action {
	case "set_field":
		return g.humanSets(app, d.Key, d.Value)
	case "add_note":
		var on any
		if app != nil {
			on = app.id
		}
		g.note(AuthorRecruiter, 4280001, candidate.id, on, d.Text, "NOTE", "publicly_visible")
	case "add_tag":
		tag := g.tagNamed(d.Text)
		if tag == nil {
			tag = s.add("candidate_tags", map[string]any{"name": d.Text})
		}
		g.tag(AuthorRecruiter, candidate.id, tag)
		s.touch(candidate)
		g.emitCandidate("update_candidate", candidate)
	case "move":
		problem = g.doMove(nil, AuthorRecruiter, app, d.Stage)
	case "reject":
		reasons := s.find("rejection_reasons", func(*record) bool { return true })
		problem = g.doReject(nil, AuthorRecruiter, app, reasons[0].id)
	case "unreject":
		problem = g.doUnreject(nil, AuthorRecruiter, app)
	case "hire":
		problem = g.doHire(nil, AuthorRecruiter, app)
	case "replace_resume":
		return g.replaceResume(app, d)
	case "remove_resume":
		for _, a := range s.where("attachments", "application_id", app.id) {
			s.remove("attachments", a)
			delete(s.files, a.id)
		}
		s.touch(app)
		g.emitApplication("application_updated", app)
	case "merge":
		g.doMerge(nil, AuthorRecruiter, s.get("candidates", d.Into), candidate)
	case "delete_candidate":
		g.doDeleteCandidate(nil, AuthorRecruiter, candidate)
	case "delete_application":
		g.doDeleteApplication(nil, AuthorRecruiter, app)
	case "anonymize":
		g.doAnonymize(nil, AuthorRecruiter, candidate)
	case "edit_candidate":
		g.set(nil, AuthorRecruiter, "candidate", candidate, "title", d.Value)
		s.touch(candidate)
		g.emitCandidate("update_candidate", candidate)
	case "edit_job":
		return g.editJob(job, d)
	case "edit_job_post":
		return g.editPost(job, d)
	case "edit_definition":
		return g.editDefinition(d)
	}
	if problem != "" {
		return errors.New(problem)
	}
	return nil
}

// humanSets writes a custom field of an application as its web page would.
func (g *Greenhouse) humanSets(app *record, key string, value any) error {
	plain, err := decodeJSON(mustJSON(value)) // a Go caller's int becomes what a request would hold
	if err != nil {
		return fmt.Errorf("read the value: %w", err)
	}
	settings, problems := g.parseCustom("application", app, []any{map[string]any{"name_key": key, "value": plain}})
	if len(problems) > 0 {
		return errors.New(string(mustJSON(problems)))
	}
	if g.writeCustom(nil, AuthorRecruiter, "application", app, settings) {
		g.state.touch(app)
		g.emitApplication("application_updated", app)
	}
	return nil
}

func (g *Greenhouse) replaceResume(app *record, d Deed) error {
	content, err := base64.StdEncoding.DecodeString(d.Resume)
	if err != nil || d.Filename == "" {
		return errors.New("replace_resume needs a filename and the resume in base64")
	}
	g.attach(nil, AuthorRecruiter, app, d.Filename, "resume", content)
	g.state.touch(app)
	g.emitApplication("application_updated", app)
	return nil
}

func (g *Greenhouse) editJob(job *record, d Deed) error {
	if d.Status != "" && !slices.Contains([]string{"open", "draft", "closed"}, d.Status) {
		return errors.New("status must be open, draft or closed")
	}
	now := g.state.stamp()
	if d.Name != "" {
		g.set(nil, AuthorRecruiter, "job", job, "name", d.Name)
	}
	if d.Status != "" && g.set(nil, AuthorRecruiter, "job", job, "status", d.Status) && d.Status == "closed" {
		job.cols["closed_at"] = now
	}
	g.state.touch(job)
	g.emit("job_updated", map[string]any{"job": g.hookJob(job, true)}, 0, 0)
	return nil
}

func (g *Greenhouse) editPost(job *record, d Deed) error {
	posts := g.state.where("job_posts", "job_id", job.id)
	if len(posts) == 0 {
		return errors.New("the job has no post")
	}
	post := posts[0]
	if d.Text != "" {
		g.set(nil, AuthorRecruiter, "job_post", post, "content", d.Text)
	}
	if d.Active != nil {
		g.set(nil, AuthorRecruiter, "job_post", post, "live", *d.Active)
	}
	g.state.touch(post)
	g.emit("job_post_updated", g.hookPost(post), 0, 0)
	return nil
}

// editDefinition renames, archives or retypes an application field, which an
// administrator may do under our feet.
func (g *Greenhouse) editDefinition(d Deed) error {
	def := g.state.definition("application", d.Key)
	if def == nil {
		return errors.New("there is no application field with this key")
	}
	if d.Name != "" {
		def.cols["name"] = d.Name
	}
	if d.Active != nil {
		def.cols["active"] = *d.Active
	}
	if d.Type != "" {
		def.cols["value_type"] = d.Type
	}
	g.state.touch(def)
	return nil
}
