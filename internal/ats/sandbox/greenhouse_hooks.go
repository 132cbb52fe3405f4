package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Webhook payloads have the shapes of the vendor's version 1: other words for
// status and types than version 3, and everything embedded.

// emission is a webhook that a change caused, to be sent once the lock is off.
type emission struct {
	action                 string
	payload                json.RawMessage
	application, candidate int64
}

// emit remembers to send a webhook, with the state as it is now. The caller
// holds the lock.
func (g *Greenhouse) emit(action string, payload map[string]any, application, candidate int64) {
	g.pending = append(g.pending, emission{action, mustJSON(payload), application, candidate})
}

func (g *Greenhouse) emitApplication(action string, app *record) {
	g.emit(action, map[string]any{"application": g.hookApplication(action, app)}, app.id, app.int("candidate_id"))
}

func (g *Greenhouse) emitCandidate(action string, candidate *record) {
	tree := g.hookCandidate(candidate)
	delete(tree, "is_private")
	delete(tree, "can_email")
	g.emit(action, map[string]any{"candidate": tree}, 0, candidate.id)
}

// flush sends what changes have caused, to every enabled webhook of the action.
func (g *Greenhouse) flush() {
	g.mu.Lock()
	pending, hooks := g.pending, slices.Clone(g.hooks)
	g.pending = nil
	g.mu.Unlock()
	for _, e := range pending {
		for _, h := range hooks {
			if h.Action != e.action || !h.Enabled {
				continue
			}
			action := e.action
			if _, ok := g.faults.hook(e.action, FaultHookUnknown); ok {
				action = "candidate_constellation_changed"
			}
			g.sender.Send(h, e.action, g.encode(e.action, action, e.payload), e.application, e.candidate)
		}
	}
}

// encode writes an envelope as the vendor does: <, > and & escaped, which is
// why a receiver must verify the raw bytes.
func (g *Greenhouse) encode(match, action string, payload json.RawMessage) []byte {
	body := mustJSON(struct {
		Action  string          `json:"action"`
		Payload json.RawMessage `json:"payload"`
	}{action, payload})
	if _, ok := g.faults.hook(match, FaultHookFieldsList); ok {
		body = rewrite(body, func(object map[string]any) {
			if _, has := object["custom_fields"]; has {
				object["custom_fields"] = []any{}
			}
		})
	}
	if _, ok := g.faults.hook(match, FaultHookPublicName); ok {
		body = rewrite(body, func(object map[string]any) {
			if source, ok := object["source"].(map[string]any); ok && source["name"] != nil {
				source["public_name"] = source["name"]
				delete(source, "name")
			}
		})
	}
	if _, ok := g.faults.hook(match, FaultHookUnicode); ok {
		body = escapeUnicode(body)
	}
	return body
}

// rewrite applies change to every object of a JSON text we made ourselves.
func rewrite(body []byte, change func(map[string]any)) []byte {
	v, err := decodeJSON(body)
	if err != nil {
		return body
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			change(v)
			for _, child := range v {
				walk(child)
			}
		case []any:
			for _, child := range v {
				walk(child)
			}
		}
	}
	walk(v)
	return mustJSON(v)
}

// escapeUnicode writes every character beyond ASCII as \uXXXX.
func escapeUnicode(body []byte) []byte {
	var b bytes.Buffer
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		body = body[size:]
		switch {
		case r < utf8.RuneSelf:
			b.WriteByte(byte(r))
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

func (g *Greenhouse) subscribed(action string) bool {
	return slices.ContainsFunc(g.hooks, func(h Hook) bool { return h.Action == action && h.Enabled })
}

// Register creates one webhook for each action (none: RecommendedWebhooks) to
// one URL, as an administrator does by hand, and pings each: a webhook whose
// ping is not answered with 200 is saved disabled. Registering a URL again
// replaces its webhooks. It returns those of this URL.
func (g *Greenhouse) Register(ctx context.Context, url, secret string, actions ...string) []Hook {
	if len(actions) == 0 {
		actions = RecommendedWebhooks()
	}
	g.mu.Lock()
	g.hooks = slices.DeleteFunc(g.hooks, func(h Hook) bool { return h.URL == url })
	var made []Hook
	for _, action := range actions {
		t := g.state.tables["hooks"]
		made = append(made, Hook{ID: t.next, Action: action, URL: url, Enabled: true, secret: secret})
		t.next++
	}
	// Enabled until its ping says otherwise: nothing that happens meanwhile is lost.
	g.hooks = append(g.hooks, made...)
	g.mu.Unlock()
	for i, h := range made {
		made[i].Enabled = g.sender.Ping(ctx, h, mustJSON(map[string]any{"action": "ping", "payload": map[string]any{"web_hook_id": h.ID}}))
		g.mu.Lock()
		for j := range g.hooks {
			if g.hooks[j].ID == h.ID {
				g.hooks[j].Enabled = made[i].Enabled
			}
		}
		g.mu.Unlock()
	}
	return made
}

// Hooks lists the registered webhooks.
func (g *Greenhouse) Hooks() []Hook {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]Hook{}, g.hooks...)
}

// hookTime is a time as webhooks write it: RFC 3339 to the second.
func hookTime(v any) any {
	t, ok := v.(time.Time)
	if !ok {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// hookStatus is a status in the webhooks' words.
func hookStatus(status string) string {
	if status == "in_process" {
		return "active"
	}
	return status
}

func (g *Greenhouse) hookUser(id int64) any {
	u := g.state.get("users", id)
	if u == nil {
		return nil
	}
	return map[string]any{"id": u.id, "email": u.str("primary_email"), "name": u.str("name"), "employee_id": u.cols["employee_id"]}
}

// hookApplication is the application tree of an action; the trees differ.
func (g *Greenhouse) hookApplication(action string, app *record) map[string]any {
	candidate := g.state.get("candidates", app.int("candidate_id"))
	job := g.state.get("jobs", app.int("job_id"))
	full := action == "new_candidate_application" || action == "application_updated" || action == "new_prospect_application"
	sourceName := "name"
	if !full || action == "new_prospect_application" {
		if action != "candidate_stage_change" {
			sourceName = "public_name"
		}
	}
	var source any
	if s := g.state.get("sources", app.int("source_id")); s != nil {
		source = map[string]any{"id": s.id, sourceName: s.str("name")}
	}
	jobs := []any{}
	if job != nil && action != "application_updated" {
		tree := g.hookJob(job, false)
		tree["job_post_id"] = app.cols["job_post_id"]
		if !full {
			delete(tree, "url")
			delete(tree, "hiring_team")
		}
		jobs = append(jobs, tree)
	}
	out := map[string]any{
		"id": app.id, "rejected_at": hookTime(app.cols["rejected_at"]), "prospect": app.cols["prospect"], "status": hookStatus(app.str("status")),
		"applied_at": hookTime(app.cols["created_at"]), "last_activity_at": hookTime(app.cols["last_activity_at"]),
		"url":    fmt.Sprintf("%s/people/%d?application_id=%d", g.base, candidate.id, app.id),
		"source": source, "credited_to": g.hookUser(4280001), "rejection_reason": nil, "rejection_details": nil,
		"current_stage": g.hookStage(app), "custom_fields": g.hookCustom("application", app), "candidate": g.hookCandidate(candidate), "jobs": jobs,
	}
	if full {
		out["prospect_detail"] = map[string]any{"prospect_pool": nil, "prospect_stage": nil, "prospect_owner": nil}
	}
	if r := g.state.get("rejection_reasons", app.int("rejection_reason_id")); r != nil {
		out["rejection_reason"] = map[string]any{"id": r.id, "name": r.str("name"), "type": r.cols["type"]}
		out["rejection_details"] = map[string]any{"custom_fields": map[string]any{}}
	}
	if action == "application_updated" {
		if tree, ok := out["candidate"].(map[string]any); ok {
			delete(tree, "employments")
		}
	}
	return out
}

func (g *Greenhouse) hookStage(app *record) any {
	s := g.state.get("job_interview_stages", app.int("job_interview_stage_id"))
	if s == nil {
		return nil
	}
	return map[string]any{"id": s.id, "name": s.str("name"), "interviews": []any{}}
}

// hookCustom writes custom fields in the webhooks' words.
func (g *Greenhouse) hookCustom(fieldType string, r *record) map[string]any {
	out := map[string]any{}
	for key, field := range g.readCustom(fieldType, r) {
		f, _ := field.(map[string]any)
		if f["type"] == "yes_no" {
			f["type"] = "boolean"
		}
		if v, ok := f["value"].(map[string]any); ok && v["currency_code"] != nil {
			renamed := map[string]any{"unit": v["currency_code"]}
			for k, name := range map[string]string{"amount": "amount", "min_amount": "min_value", "max_amount": "max_value"} {
				if n, has := v[k]; has {
					renamed[name] = n
					if k != "amount" {
						renamed[name] = fmt.Sprint(n) // ranges come as strings
					}
				}
			}
			f["value"] = renamed
		}
		out[key] = f
	}
	return out
}

func (g *Greenhouse) hookCandidate(c *record) map[string]any {
	attachments := []any{}
	for _, a := range slices.Backward(g.state.where("attachments", "candidate_id", c.id)) {
		attachments = append(attachments, map[string]any{"filename": a.str("filename"), "url": g.fileURL(a), "type": a.str("type")})
	}
	social := []any{}
	if list, ok := c.cols["social_media_addresses"].([]map[string]any); ok {
		for _, e := range list {
			social = append(social, map[string]any{"value": e["value"]})
		}
	}
	return map[string]any{
		"id": c.id, "first_name": c.cols["first_name"], "last_name": c.cols["last_name"], "title": c.cols["title"], "company": c.cols["company"],
		"created_at": hookTime(c.cols["created_at"]), "external_id": nil, "photo_url": nil, "url": fmt.Sprintf("%s/people/%d", g.base, c.id),
		"is_private": c.cols["private"], "can_email": c.cols["can_email"], "phone_numbers": c.cols["phone_numbers"],
		"email_addresses": c.cols["email_addresses"], "addresses": c.cols["addresses"], "website_addresses": c.cols["website_addresses"],
		"social_media_addresses": social, "educations": []any{}, "employments": []any{}, "recruiter": g.hookUser(4280001), "coordinator": nil,
		"attachments": attachments, "tags": g.tagsOf(c.id), "custom_fields": g.hookCustom("candidate", c),
	}
}

func (g *Greenhouse) hookJob(job *record, openings bool) map[string]any {
	var post any
	if posts := g.state.where("job_posts", "job_id", job.id); len(posts) > 0 {
		post = posts[0].id
	}
	out := map[string]any{
		"id": job.id, "name": job.str("name"), "requisition_id": job.cols["requisition_id"], "notes": job.cols["notes"],
		"confidential": job.cols["confidential"], "job_post_id": post, "status": job.str("status"), "created_by_id": int64(4280001),
		"created_at": hookTime(job.cols["created_at"]), "opened_at": hookTime(job.cols["opened_at"]), "closed_at": hookTime(job.cols["closed_at"]),
		"url": fmt.Sprintf("%s/sdash/%d", g.base, job.id), "departments": []any{}, "offices": []any{},
		"hiring_team":   map[string]any{"hiring_managers": []any{}, "sourcers": []any{}, "recruiters": []any{}, "coordinators": []any{}},
		"custom_fields": g.hookCustom("job", job),
	}
	if openings {
		list := []any{}
		for _, o := range g.state.where("openings", "job_id", job.id) {
			list = append(list, map[string]any{"id": o.id, "opening_id": o.cols["opening_id"], "custom_fields": []any{}})
		}
		out["openings"] = list
	}
	return out
}

func (g *Greenhouse) hookPost(post *record) map[string]any {
	return map[string]any{
		"id": post.id, "title": post.str("title"), "location": nil, "content": post.cols["content"], "internal_content": post.cols["internal_content"],
		"updated_at": hookTime(post.cols["updated_at"]), "job_id": post.cols["job_id"], "external": true, "internal": post.cols["internal"],
		"live": post.cols["live"], "questions": []any{},
	}
}

func (g *Greenhouse) hookPerson(c *record) map[string]any {
	return map[string]any{
		"id": c.id, "first_name": c.cols["first_name"], "last_name": c.cols["last_name"], "company": c.cols["company"], "title": c.cols["title"],
		"created_at": hookTime(c.cols["created_at"]), "headline": nil, "is_private": c.cols["private"], "recruiter_user_id": int64(4280001),
		"coordinator_user_id": nil, "can_email": c.cols["can_email"],
	}
}

func (g *Greenhouse) hookOffer(o *record) map[string]any {
	start := o.str("starts_on")
	if t, err := time.Parse(time.DateOnly, start); err == nil {
		start = t.Format("01/02/2006")
	}
	return map[string]any{
		"id": o.id, "application_id": o.int("application_id"), "job_id": o.int("job_id"), "user_id": int64(4280001), "version": o.cols["version"],
		"sent_on": o.cols["sent_on"], "resolved_at": hookTime(o.cols["resolved_at"]), "start_date": start, "notes": nil,
		"offer_status": o.str("status"), "custom_fields": map[string]any{},
	}
}

// hookHired is the application tree of hire_candidate, which has no status.
func (g *Greenhouse) hookHired(app, offer *record) map[string]any {
	tree := g.hookApplication("hire_candidate", app)
	out := map[string]any{}
	for _, k := range strings.Fields("id credited_to source url candidate jobs custom_fields") {
		out[k] = tree[k]
	}
	if job := g.state.get("jobs", app.int("job_id")); job != nil {
		out["job"] = g.hookJob(job, false)
	}
	out["opening"] = map[string]any{"opening_id": nil, "custom_fields": []any{}}
	out["offer"] = map[string]any{
		"id": offer.id, "version": offer.cols["version"], "created_at": hookTime(offer.cols["created_at"]), "sent_at": offer.cols["sent_on"],
		"resolved_at": hookTime(offer.cols["resolved_at"]), "starts_at": offer.cols["starts_on"], "custom_fields": map[string]any{},
	}
	return map[string]any{"application": out}
}
