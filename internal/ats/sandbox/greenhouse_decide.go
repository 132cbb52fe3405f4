package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// What only humans should do: move, reject, hire, convert, merge, anonymise,
// delete. A recruiter does it through /_sandbox/recruiter; an API client that
// does it over v3 succeeds, where its scopes allow it, and is reported.

func (g *Greenhouse) application(id int64) *record {
	app := g.state.get("applications", id)
	if app == nil || g.hidden("applications", app) {
		return nil
	}
	return app
}

// done is the vendor's 204, or its 422 with what was wrong.
func done(problem string) answer {
	if problem != "" {
		return unprocessable(problem)
	}
	return reply(http.StatusNoContent, nil)
}

func (g *Greenhouse) move(c *call, rt route) answer {
	app := g.application(rt.id)
	if app == nil {
		return notFound()
	}
	from, ok := wholeNumber(c.body["from_stage_id"])
	if !ok || from != app.int("stage_id") {
		return unprocessable("from_stage_id is required and must be the current stage.")
	}
	to := int64(0)
	if raw, given := c.body["to_stage_id"]; given {
		if to, ok = wholeNumber(raw); !ok {
			return invalid("to_stage_id", "must be a stage of this job")
		}
	}
	return done(g.doMove(c, c.author, app, to))
}

// doMove takes an application to a stage definition of its job, 0 for the next.
func (g *Greenhouse) doMove(c *call, author string, app *record, to int64) string {
	if app.str("status") != "in_process" {
		return "Only an active application can be moved."
	}
	stages := g.stages(app.int("job_id"))
	at := slices.IndexFunc(stages, func(s *record) bool { return s.id == app.int("job_interview_stage_id") })
	if to == 0 {
		if at+1 >= len(stages) {
			return "There is no next stage."
		}
		to = stages[at+1].id
	}
	i := slices.IndexFunc(stages, func(s *record) bool { return s.id == to })
	if i < 0 {
		return "to_stage_id is not a stage of this job."
	}
	if i == at {
		return "The application is in this stage already."
	}
	g.journal.Changed(c.request(), author, "application", app.id, ".stage_name", app.cols["stage_name"], stages[i].str("name"))
	g.enter(app, stages[i])
	g.emitApplication("candidate_stage_change", app)
	return ""
}

func (g *Greenhouse) reject(c *call, rt route) answer {
	app := g.application(rt.id)
	if app == nil {
		return notFound()
	}
	reason, ok := wholeNumber(c.body["rejection_reason_id"])
	if !ok || g.state.get("rejection_reasons", reason) == nil {
		return invalid("rejection_reason_id", "must be the id of a rejection reason")
	}
	return done(g.doReject(c, c.author, app, reason))
}

func (g *Greenhouse) doReject(c *call, author string, app *record, reason int64) string {
	if app.str("status") != "in_process" {
		return "Only an active application can be rejected."
	}
	now := g.state.stamp()
	g.set(c, author, "application", app, "status", "rejected")
	app.cols["rejected_at"], app.cols["rejection_reason_id"], app.cols["last_activity_at"] = now, reason, now
	g.state.touch(app)
	g.state.add("rejection_details", map[string]any{
		"application_id": app.id, "rejected_by_id": int64(4280001), "rejection_note_id": nil, "rejection_reason_id": reason,
		"rejected_at": now, "question_custom_fields": map[string]any{},
	})
	g.emitApplication("reject_candidate", app)
	return ""
}

func (g *Greenhouse) unreject(c *call, rt route) answer {
	app := g.application(rt.id)
	if app == nil {
		return notFound()
	}
	return done(g.doUnreject(c, c.author, app))
}

func (g *Greenhouse) doUnreject(c *call, author string, app *record) string {
	if app.str("status") != "rejected" {
		return "The application is not rejected."
	}
	g.set(c, author, "application", app, "status", "in_process")
	app.cols["rejected_at"], app.cols["rejection_reason_id"] = nil, nil
	for _, d := range g.state.where("rejection_details", "application_id", app.id) {
		g.state.remove("rejection_details", d)
	}
	g.state.touch(app)
	g.emitApplication("unreject_candidate", app)
	return ""
}

func (g *Greenhouse) hire(c *call, rt route) answer {
	app := g.application(rt.id)
	if app == nil {
		return notFound()
	}
	return done(g.doHire(c, c.author, app))
}

// doHire makes the offer, accepts it and fills the job's opening.
func (g *Greenhouse) doHire(c *call, author string, app *record) string {
	if app.str("status") != "in_process" || app.cols["job_id"] == nil {
		return "Only an active application to a job can be hired."
	}
	now := g.state.stamp()
	g.set(c, author, "application", app, "status", "hired")
	app.cols["stage_id"], app.cols["stage_name"], app.cols["job_interview_stage_id"] = nil, nil, nil
	app.cols["last_activity_at"] = now
	g.state.touch(app)
	var openingID any
	for _, o := range g.state.where("openings", "job_id", app.int("job_id")) {
		if o.cols["open"] == true {
			o.cols["open"], o.cols["closed_at"], o.cols["application_id"] = false, now, app.id
			openingID = o.id
			break
		}
	}
	offer := g.state.add("offers", map[string]any{
		"version": int64(1), "application_id": app.id, "job_id": app.int("job_id"), "candidate_id": app.int("candidate_id"),
		"opening_id": openingID, "status": "Accepted", "starts_on": now.AddDate(0, 1, 0).Format("2006-01-02"),
		"sent_on": now.Format("2006-01-02"), "resolved_at": now, "custom_fields": map[string]any{},
	})
	g.emit("offer_updated", g.hookOffer(offer), app.id, app.int("candidate_id"))
	g.emit("hire_candidate", g.hookHired(app, offer), app.id, app.int("candidate_id"))
	return ""
}

func (g *Greenhouse) convert(c *call, rt route) answer {
	app := g.application(rt.id)
	if app == nil {
		return notFound()
	}
	if app.cols["prospect"] != true || app.str("status") != "in_process" {
		return unprocessable("Only an active prospect can be converted.")
	}
	jobs, _ := app.cols["prospective_job_ids"].([]int64)
	if len(jobs) == 0 {
		return unprocessable("The prospect has no job.")
	}
	g.set(c, c.author, "application", app, "status", "converted")
	g.state.touch(app)
	if _, err := g.apply(Applicant{Candidate: app.int("candidate_id"), Job: jobs[0], Note: "-"}); err != nil {
		return unprocessable(err.Error())
	}
	return reply(http.StatusNoContent, nil)
}

func (g *Greenhouse) deleteApplication(c *call, rt route) answer {
	app := g.application(rt.id)
	if app == nil {
		return notFound()
	}
	g.doDeleteApplication(c, c.author, app)
	return reply(http.StatusNoContent, nil)
}

func (g *Greenhouse) doDeleteApplication(c *call, author string, app *record) {
	g.journal.Changed(c.request(), author, "application", app.id, ".deleted", false, true)
	g.emit("delete_application", map[string]any{"application": map[string]any{
		"id": app.id, "candidate_id": app.int("candidate_id"), "job_id": app.cols["job_id"], "created_at": hookTime(app.cols["created_at"]),
		"source_id": app.cols["source_id"], "candidate_rejection_reason_id": app.cols["rejection_reason_id"], "rejection_note_id": nil,
		"rejected_at": hookTime(app.cols["rejected_at"]), "referrer_id": nil, "prospect": app.cols["prospect"], "rejected_by_user_id": nil,
	}}, app.id, app.int("candidate_id"))
	g.drop(app)
}

// drop removes an application and what hangs on it.
func (g *Greenhouse) drop(app *record) {
	for _, name := range []string{"application_stages", "attachments", "rejection_details", "offers"} {
		for _, r := range g.state.where(name, "application_id", app.id) {
			g.state.remove(name, r)
			delete(g.state.files, r.id)
		}
	}
	g.state.remove("applications", app)
}

func (g *Greenhouse) deleteCandidate(c *call, rt route) answer {
	candidate := g.state.get("candidates", rt.id)
	if candidate == nil {
		return notFound()
	}
	g.doDeleteCandidate(c, c.author, candidate)
	return reply(http.StatusNoContent, nil)
}

func (g *Greenhouse) doDeleteCandidate(c *call, author string, candidate *record) {
	g.journal.Changed(c.request(), author, "candidate", candidate.id, ".deleted", false, true)
	deleted := []int64{}
	for _, app := range g.state.where("applications", "candidate_id", candidate.id) {
		deleted = append(deleted, app.id)
		g.drop(app)
	}
	person := g.hookPerson(candidate)
	person["deleted_application_ids"] = deleted
	g.forget(candidate, author)
	g.state.remove("candidates", candidate)
	g.emit("delete_candidate", map[string]any{"person": person}, 0, candidate.id)
}

// forget removes a candidate's notes and tags.
func (g *Greenhouse) forget(candidate *record, author string) {
	for _, n := range g.state.where("notes", "candidate_id", candidate.id) {
		g.state.remove("notes", n)
		g.journal.NoteRemoved(n.id, author)
	}
	for _, t := range g.state.where("applied_candidate_tags", "candidate_id", candidate.id) {
		g.state.remove("applied_candidate_tags", t)
		g.journal.TagRemoved(t.id, author)
	}
}

func (g *Greenhouse) merge(c *call, rt route) answer {
	primary := g.state.get("candidates", rt.id)
	id, ok := wholeNumber(c.body["secondary_candidate_id"])
	secondary := g.state.get("candidates", id)
	if primary == nil {
		return notFound()
	}
	if !ok || secondary == nil || secondary == primary {
		return invalid("secondary_candidate_id", "must be the id of another candidate")
	}
	g.doMerge(c, c.author, primary, secondary)
	return reply(http.StatusOK, g.show("candidates", primary))
}

// doMerge moves everything of the secondary candidate to the primary one. Of
// two applications to one job the secondary's collapses.
func (g *Greenhouse) doMerge(c *call, author string, primary, secondary *record) {
	g.journal.Changed(c.request(), author, "candidate", secondary.id, ".merged_into", nil, primary.id)
	mine := g.state.where("applications", "candidate_id", primary.id)
	for _, app := range g.state.where("applications", "candidate_id", secondary.id) {
		if slices.ContainsFunc(mine, func(m *record) bool {
			return m.cols["job_id"] == app.cols["job_id"] && app.cols["job_id"] != nil
		}) {
			g.doDeleteApplication(c, author, app)
			continue
		}
		g.state.relink("applications", app, "candidate_id", primary.id)
		g.state.touch(app)
	}
	for _, name := range []string{"attachments", "notes", "applied_candidate_tags", "offers"} {
		for _, r := range g.state.where(name, "candidate_id", secondary.id) {
			g.state.relink(name, r, "candidate_id", primary.id)
		}
	}
	g.state.touch(primary)
	person := g.hookPerson(secondary)
	person["new_candidate_id"] = primary.id
	g.state.remove("candidates", secondary)
	if g.subscribed("merge_candidate") {
		g.emit("merge_candidate", map[string]any{"person": person}, 0, secondary.id)
		return
	}
	delete(person, "new_candidate_id") // a merge without a merge webhook looks like a deletion
	person["deleted_application_ids"] = []int64{}
	g.emit("delete_candidate", map[string]any{"person": person}, 0, secondary.id)
}

func (g *Greenhouse) anonymize(c *call, rt route) answer {
	candidate := g.state.get("candidates", rt.id)
	if candidate == nil {
		return notFound()
	}
	g.doAnonymize(c, c.author, candidate)
	return reply(http.StatusOK, g.show("candidates", candidate))
}

// doAnonymize wipes who somebody is, and what their applications held.
func (g *Greenhouse) doAnonymize(c *call, author string, candidate *record) {
	for _, col := range []string{"first_name", "last_name", "preferred_name", "company", "title"} {
		g.set(c, author, "candidate", candidate, col, nil)
	}
	for _, col := range []string{"phone_numbers", "addresses", "email_addresses", "website_addresses", "social_media_addresses"} {
		candidate.cols[col] = []map[string]any{}
	}
	for _, key := range slices.Sorted(maps.Keys(candidate.custom)) {
		g.setCustom(c, author, "candidate", candidate, key, nil)
	}
	for _, app := range g.state.where("applications", "candidate_id", candidate.id) {
		for _, key := range slices.Sorted(maps.Keys(app.custom)) {
			g.setCustom(c, author, "application", app, key, nil)
		}
		for _, a := range g.state.where("attachments", "application_id", app.id) {
			g.state.remove("attachments", a)
			delete(g.state.files, a.id)
		}
		app.cols["answers"] = []map[string]any{}
		g.state.touch(app)
	}
	g.forget(candidate, author)
	g.state.touch(candidate)
	g.emit("candidate_anonymized", map[string]any{
		"candidate_id": candidate.id,
		"anonymized_fields": strings.Split("full_name,emails,email_addresses,phone_numbers,addresses,attachments,application_questions,"+
			"custom_application_fields,custom_candidate_fields,notes,tags", ","),
	}, 0, candidate.id)
}
