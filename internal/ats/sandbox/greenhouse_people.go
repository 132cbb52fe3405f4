package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Job is a job to open with its job post.
type Job struct {
	Title       string `json:"title"`
	Description string `json:"description"` // HTML
	Status      string `json:"status"`      // open (default), draft, closed
	// Confidential jobs are hidden from most acting users.
	Confidential bool `json:"confidential"`
	// Unposted leaves the job without a post, and so without a description.
	Unposted bool `json:"unposted"`
}

// stageNames are the stages of every new job, in order.
func stageNames() []string {
	return []string{"Application Review", "Phone Screen", "Interview", "Offer"}
}

// AddJob opens a job with its stages, an opening and a job post and returns its
// id. It fires job_created.
func (g *Greenhouse) AddJob(j Job) (int64, error) {
	if strings.TrimSpace(j.Title) == "" {
		return 0, errors.New("a job needs a title")
	}
	if j.Status == "" {
		j.Status = "open"
	}
	if !slices.Contains([]string{"open", "draft", "closed"}, j.Status) {
		return 0, errors.New("status must be open, draft or closed")
	}
	g.mu.Lock()
	s := g.state
	now := s.stamp()
	var opened, closed any
	if j.Status != "draft" {
		opened = now
	}
	if j.Status == "closed" {
		closed = now
	}
	job := s.add("jobs", map[string]any{
		"name": j.Title, "requisition_id": nil, "notes": nil, "confidential": j.Confidential, "status": j.Status,
		"opened_at": opened, "closed_at": closed, "is_template": false, "copied_from_id": nil, "department_id": nil, "office_ids": []int64{},
	})
	job.custom = map[string]any{}
	for i, name := range stageNames() {
		s.add("job_interview_stages", map[string]any{"job_id": job.id, "name": name, "sort_order": int64(i), "active": true})
	}
	s.add("openings", map[string]any{
		"job_id": job.id, "opened_at": opened, "closed_at": nil, "sort_order": int64(0), "opening_id": nil, "application_id": nil,
		"close_reason_id": nil, "target_start_on": nil, "open": true, "custom_fields": map[string]any{},
	})
	if !j.Unposted {
		s.add("job_posts", map[string]any{
			"title": j.Title, "internal": false, "active": true, "live": j.Status == "open", "featured": false, "first_published_at": opened,
			"content": j.Description, "internal_content": nil, "language": "en", "public_url": nil, "demographic_question_set_id": nil,
			"job_id": job.id, "job_board_id": int64(1), "questions": []any{},
		})
	}
	g.emit("job_created", map[string]any{"job": g.hookJob(job, true)}, 0, 0)
	g.mu.Unlock()
	g.flush()
	return job.id, nil
}

// Applicant is somebody who applies.
type Applicant struct {
	Name  string
	Email string
	Phone string
	// Job is the job's id, or its exact name.
	Job    int64
	Title  string // the person's own
	Source string // by name; "" for the job board

	// Candidate, when it is not 0, is an existing candidate who applies again.
	Candidate int64
	// Filename and Resume are the resume; without them there is none.
	Filename string
	Resume   []byte
	// Note is the recruiter's note that every application has, so that it can
	// be shown untouched; "-" for none.
	Note     string
	Private  bool
	Prospect bool
}

// Made says what an application became.
type Made struct {
	Application int64 `json:"application_id"`
	Candidate   int64 `json:"candidate_id"`
	Job         int64 `json:"job_id"`
	Attachment  int64 `json:"attachment_id,omitempty"`
	Note        int64 `json:"note_id,omitempty"`
}

// Apply makes a candidate, an application and, with a resume, an attachment,
// and fires new_candidate_application (new_prospect_application for a
// prospect), as the real ATS would.
func (g *Greenhouse) Apply(a Applicant) (Made, error) {
	g.mu.Lock()
	made, err := g.apply(a)
	g.mu.Unlock()
	g.flush()
	return made, err
}

func (g *Greenhouse) apply(a Applicant) (Made, error) {
	s := g.state
	job := s.get("jobs", a.Job)
	if job == nil {
		return Made{}, errors.New("there is no such job: make one with POST /_sandbox/jobs")
	}
	candidate := s.get("candidates", a.Candidate)
	if a.Candidate != 0 && candidate == nil {
		return Made{}, errors.New("there is no such candidate")
	}
	if candidate == nil {
		if strings.TrimSpace(a.Name) == "" {
			return Made{}, errors.New("an application needs a name")
		}
		candidate = g.addCandidate(a)
	}
	post := s.find("job_posts", func(r *record) bool { return r.int("job_id") == job.id })
	var postID, stageID, stageName, definitionID, jobID any
	if len(post) > 0 {
		postID = post[0].id
	}
	prospective := []int64{}
	if a.Prospect {
		prospective = []int64{job.id}
	} else {
		jobID = job.id
	}
	app := s.add("applications", map[string]any{
		"candidate_id": candidate.id, "job_id": jobID, "job_post_id": postID, "status": "in_process", "prospect": a.Prospect,
		"needs_decision": true, "stage_id": stageID, "stage_name": stageName, "job_interview_stage_id": definitionID,
		"rejection_reason_id": nil, "source_id": g.sourceNamed(a.Source), "referrer_id": nil, "recruiter_id": int64(4280001),
		"coordinator_id": nil, "agency_note_id": nil, "rejected_at": nil, "last_activity_at": s.stamp(), "location_address": nil,
		"answers": []map[string]any{{"question": "Notice period?", "answer": "1 month"}}, "prospective_job_ids": prospective,
	})
	app.custom = map[string]any{}
	if s.definition("application", "notice_period") != nil {
		g.setCustom(nil, AuthorSeed, "application", app, "notice_period", "1 month")
	}
	if !a.Prospect {
		g.enter(app, g.stages(job.id)[0])
	}
	made := Made{Application: app.id, Candidate: candidate.id, Job: job.id}
	if len(a.Resume) > 0 || a.Filename != "" {
		if a.Filename == "" {
			a.Filename = "resume.pdf"
		}
		made.Attachment = g.attach(nil, AuthorApplicant, app, a.Filename, "resume", a.Resume).id
	}
	if a.Note == "" {
		a.Note = "Reached by phone; can start after the usual notice."
	}
	if a.Note != "-" {
		made.Note = g.note(AuthorRecruiter, 4280001, candidate.id, app.id, a.Note, "NOTE", "publicly_visible").id
	}
	action := "new_candidate_application"
	if a.Prospect {
		action = "new_prospect_application"
	}
	g.emitApplication(action, app)
	return made, nil
}

func (g *Greenhouse) addCandidate(a Applicant) *record {
	first, last, _ := strings.Cut(strings.TrimSpace(a.Name), " ")
	entries := func(value, kind string) []map[string]any {
		if value == "" {
			return []map[string]any{}
		}
		return []map[string]any{{"value": value, "type": kind}}
	}
	var title any
	if a.Title != "" {
		title = a.Title
	}
	c := g.state.add("candidates", map[string]any{
		"first_name": first, "last_name": last, "preferred_name": nil, "company": nil, "title": title,
		"last_activity_at": g.state.stamp(), "private": a.Private, "can_email": true, "time_zone": nil, "linked_user_ids": []int64{},
		"phone_numbers": entries(a.Phone, "mobile"), "addresses": []map[string]any{}, "email_addresses": entries(a.Email, "personal"),
		"website_addresses": []map[string]any{}, "social_media_addresses": []map[string]any{},
	})
	c.custom = map[string]any{}
	return c
}

func (g *Greenhouse) sourceNamed(name string) any {
	if name == "" {
		name = "Jobs page on your website"
	}
	for _, s := range g.state.tables["sources"].rows {
		if strings.EqualFold(s.str("name"), name) {
			return s.id
		}
	}
	return g.state.add("sources", map[string]any{"name": name, "type": map[string]any{"id": int64(9), "name": "Other"}}).id
}

// stages lists a job's active stage definitions in order.
func (g *Greenhouse) stages(job int64) []*record {
	all := g.state.find("job_interview_stages", func(r *record) bool { return r.int("job_id") == job && r.cols["active"] == true })
	slices.SortFunc(all, func(a, b *record) int { return int(a.int("sort_order") - b.int("sort_order")) })
	return all
}

// enter moves an application into a stage: the row of its history it was in
// ends, and a new one becomes current.
func (g *Greenhouse) enter(app, definition *record) {
	s := g.state
	now := s.stamp()
	for _, row := range s.where("application_stages", "application_id", app.id) {
		if row.cols["current"] == true {
			row.cols["current"], row.cols["exited_at"] = false, now
			row.cols["days_in_stage"] = int64(now.Sub(row.time("entered_at")).Hours() / 24)
		}
	}
	row := s.add("application_stages", map[string]any{
		"application_id": app.id, "job_interview_stage_id": definition.id, "entered_at": now, "exited_at": nil,
		"days_in_stage": int64(0), "current": true,
	})
	app.cols["stage_id"], app.cols["stage_name"], app.cols["job_interview_stage_id"] = row.id, definition.str("name"), definition.id
	app.cols["last_activity_at"] = now
	s.touch(app)
}

// createApplication and createCandidate exist because a client could call them;
// an integration that only tells scores has no reason to.
func (g *Greenhouse) createApplication(c *call, _ route) answer {
	candidate, ok1 := wholeNumber(c.body["candidate_id"])
	job, ok2 := wholeNumber(c.body["job_id"])
	if !ok1 || !ok2 || g.state.get("candidates", candidate) == nil || g.state.get("jobs", job) == nil {
		return unprocessable("candidate_id and job_id must name a candidate and a job.")
	}
	made, err := g.apply(Applicant{Candidate: candidate, Job: job, Note: "-"})
	if err != nil {
		return unprocessable(err.Error())
	}
	return reply(http.StatusCreated, g.show("applications", g.state.get("applications", made.Application)))
}

func (g *Greenhouse) createCandidate(c *call, _ route) answer {
	first, ok1 := c.body["first_name"].(string)
	last, ok2 := c.body["last_name"].(string)
	if !ok1 || !ok2 || first == "" {
		return unprocessable("first_name and last_name are required.")
	}
	application, _ := c.body["application"].(map[string]any)
	job, ok := wholeNumber(application["job_id"])
	if !ok || g.state.get("jobs", job) == nil {
		return invalid("application", "must name a job")
	}
	made, err := g.apply(Applicant{Name: first + " " + last, Job: job, Note: "-"})
	if err != nil {
		return unprocessable(err.Error())
	}
	return reply(http.StatusCreated, g.show("candidates", g.state.get("candidates", made.Candidate)))
}
