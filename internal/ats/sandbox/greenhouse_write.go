package sandbox

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

// checkKeys records every key of a PATCH that is not one of ours.
func (g *Greenhouse) checkKeys(c *call) {
	for _, k := range slices.Sorted(maps.Keys(c.body)) {
		if k != "custom_fields" {
			g.journal.Violated(c.author, "foreign_key", c.r.Method, c.r.URL.Path, "key "+clip(k))
		}
	}
	items, _ := c.body["custom_fields"].([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		key, byKey := object["name_key"].(string)
		if id, ok := wholeNumber(object["custom_field_id"]); ok && !byKey {
			if d := g.state.get("custom_fields", id); d != nil {
				key = d.str("name_key")
			}
		}
		if !slices.Contains(g.c.OurFields, key) {
			g.journal.Violated(c.author, "foreign_key", c.r.Method, c.r.URL.Path, "custom field "+clip(key))
		}
	}
}

// patchApplication changes an application's custom fields, and the few columns
// the vendor lets a client change.
func (g *Greenhouse) patchApplication(c *call, rt route) answer {
	app := g.state.get("applications", rt.id)
	if app == nil || g.hidden("applications", app) {
		return notFound()
	}
	columns := map[string]string{"source_id": "sources", "referrer_id": "referrers", "recruiter_id": "users", "coordinator_id": "users"}
	var problems []any
	for _, k := range slices.Sorted(maps.Keys(c.body)) {
		if k == "custom_fields" {
			continue
		}
		other, known := columns[k]
		id, isID := wholeNumber(c.body[k])
		switch {
		case !known:
			problems = append(problems, map[string]any{k: "cannot be changed here"})
		case c.body[k] != nil && (!isID || g.state.get(other, id) == nil):
			problems = append(problems, map[string]any{k: "is not the id of one of " + other})
		}
	}
	settings, more := []setting(nil), []any(nil)
	raw, given := c.body["custom_fields"]
	if given {
		settings, more = g.parseCustom("application", app, raw)
	}
	if problems = append(problems, more...); len(problems) > 0 {
		return unprocessable(problems...)
	}
	if _, ok := g.fault(c, FaultNotApplied); ok {
		return reply(http.StatusOK, g.show("applications", app))
	}
	for k := range columns {
		if v, ok := c.body[k]; ok {
			id, isID := wholeNumber(v)
			if !isID {
				g.set(c, c.author, "application", app, k, nil)
			} else {
				g.set(c, c.author, "application", app, k, id)
			}
		}
	}
	if given && g.writeCustom(c, c.author, "application", app, settings) {
		if !g.c.QuietCustomFields {
			g.state.touch(app)
		}
		g.emitApplication("application_updated", app)
	}
	return reply(http.StatusOK, g.show("applications", app))
}

// writeCustom applies checked settings, merging or replacing, and reports
// whether anything changed.
func (g *Greenhouse) writeCustom(c *call, author, object string, r *record, settings []setting) bool {
	replace := false
	if c != nil {
		if f, ok := g.fault(c, FaultPartialFields); ok {
			settings = settings[:min(len(settings), max(f.N, 1))]
		}
		_, replace = g.fault(c, FaultReplace)
		replace = replace || g.c.Replace
	}
	changed := false
	if replace && len(settings) > 0 {
		for _, key := range slices.Sorted(maps.Keys(r.custom)) {
			if !slices.ContainsFunc(settings, func(s setting) bool { return s.key == key }) {
				changed = g.setCustom(c, author, object, r, key, nil) || changed
			}
		}
	}
	for _, s := range settings {
		changed = g.setCustom(c, author, object, r, s.key, s.value) || changed
	}
	return changed
}

// patchCandidate changes a candidate: lists replace the whole list.
func (g *Greenhouse) patchCandidate(c *call, rt route) answer {
	candidate := g.state.get("candidates", rt.id)
	if candidate == nil || g.hidden("candidates", candidate) {
		return notFound()
	}
	texts := []string{"first_name", "last_name", "preferred_name", "company", "title", "time_zone"}
	flags := map[string]string{"is_private": "private", "can_email": "can_email"}
	lists := []string{"phone_numbers", "addresses", "email_addresses", "website_addresses", "social_media_addresses"}
	var problems []any
	for _, k := range slices.Sorted(maps.Keys(c.body)) {
		ok := true
		switch v := c.body[k]; {
		case k == "custom_fields":
		case slices.Contains(texts, k):
			_, isText := v.(string)
			ok = v == nil || isText
		case flags[k] != "":
			_, ok = v.(bool)
		case slices.Contains(lists, k):
			_, ok = asEntries(v)
		default:
			ok = false
		}
		if !ok {
			problems = append(problems, map[string]any{k: "cannot be changed here or has the wrong type"})
		}
	}
	settings, more := []setting(nil), []any(nil)
	if raw, given := c.body["custom_fields"]; given {
		settings, more = g.parseCustom("candidate", candidate, raw)
	}
	if problems = append(problems, more...); len(problems) > 0 {
		return unprocessable(problems...)
	}
	if _, ok := g.fault(c, FaultNotApplied); ok {
		return reply(http.StatusOK, g.show("candidates", candidate))
	}
	changed := false
	for _, k := range slices.Sorted(maps.Keys(c.body)) {
		v := c.body[k]
		switch {
		case k == "custom_fields":
			continue
		case slices.Contains(lists, k):
			v, _ = asEntries(v)
		case flags[k] != "":
			k = flags[k]
		}
		changed = g.set(c, c.author, "candidate", candidate, k, v) || changed
	}
	if g.writeCustom(c, c.author, "candidate", candidate, settings) || changed {
		g.state.touch(candidate)
		g.emitCandidate("update_candidate", candidate)
	}
	return reply(http.StatusOK, g.show("candidates", candidate))
}

// asEntries reads a list of {value, type} objects.
func asEntries(v any) ([]map[string]any, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]map[string]any, 0, len(list))
	for _, item := range list {
		object, ok := item.(map[string]any)
		if _, isText := object["value"].(string); !ok || !isText {
			return nil, false
		}
		out = append(out, object)
	}
	return out, true
}

// visibilities maps what writes say to what reads say.
func visibilities() map[string]string {
	return map[string]string{"public": "publicly_visible", "private": "privately_visible", "admin_only": "admin_only_visible"}
}

// createNote writes a note; notes can be neither changed nor removed over the API.
func (g *Greenhouse) createNote(c *call, _ route) answer {
	allowed := []string{"candidate_id", "application_id", "body", "visibility", "note_type", "user_id", "subject", "email_from", "email_to", "email_cc"}
	for k := range c.body {
		if !slices.Contains(allowed, k) {
			return invalid(k, "is not a supported property")
		}
	}
	candidateID, ok := wholeNumber(c.body["candidate_id"])
	candidate := g.state.get("candidates", candidateID)
	if !ok || candidate == nil || g.hidden("candidates", candidate) {
		return invalid("candidate_id", "must be the id of a candidate")
	}
	var applicationID any
	if raw, given := c.body["application_id"]; given && raw != nil {
		id, ok := wholeNumber(raw)
		app := g.state.get("applications", id)
		if !ok || app == nil || app.int("candidate_id") != candidateID {
			return invalid("application_id", "must be an application of this candidate")
		}
		applicationID = id
	}
	body, ok := c.body["body"].(string)
	if !ok || strings.TrimSpace(body) == "" {
		return invalid("body", "must be a non-empty string")
	}
	visibility, ok := c.body["visibility"].(string)
	if visibilities()[visibility] == "" || !ok {
		return invalid("visibility", "must be one of: public, private, admin_only")
	}
	kind, given := c.body["note_type"].(string)
	if !given {
		kind = "NOTE"
	}
	if !slices.Contains([]string{"NOTE", "ACTIVITY", "EMAIL"}, kind) {
		return invalid("note_type", "must be one of: NOTE, ACTIVITY, EMAIL")
	}
	for _, k := range []string{"subject", "email_from", "email_to", "email_cc"} {
		if _, has := c.body[k]; has != (kind == "EMAIL") {
			return invalid(k, "goes with note_type EMAIL, and only with it")
		}
	}
	userID := c.sub
	if raw, given := c.body["user_id"]; given && raw != nil {
		id, ok := wholeNumber(raw)
		if !ok || g.state.get("users", id) == nil {
			return invalid("user_id", "must be the id of a user")
		}
		userID = id
	}
	note := g.note(c.author, userID, candidateID, applicationID, body, kind, visibilities()[visibility])
	for _, k := range []string{"subject", "email_from", "email_to", "email_cc"} {
		if v, has := c.body[k]; has {
			note.cols[k] = v
		}
	}
	return reply(http.StatusCreated, g.show("notes", note))
}

// note adds a note and journals it. applicationID is an int64 or nil.
func (g *Greenhouse) note(author string, user, candidate int64, applicationID any, body, kind, visibility string) *record {
	var userID any
	if user != 0 {
		userID = user
	}
	n := g.state.add("notes", map[string]any{
		"candidate_id": candidate, "application_id": applicationID, "body": body, "body_with_tags": body, "subject": nil,
		"type": kind, "user_id": userID, "email_from": nil, "email_to": nil, "email_cc": []string{},
		"email_attachment_file_names": []string{}, "import_hash": nil, "visibility": visibility,
	})
	app, _ := applicationID.(int64)
	g.journal.Noted(NoteRecord{ID: n.id, Author: author, Candidate: candidate, Application: app, Body: body, Visibility: visibility})
	return n
}

// createTag adds a name to the dictionary of tags.
func (g *Greenhouse) createTag(c *call, _ route) answer {
	name, ok := c.body["name"].(string)
	if !ok || strings.TrimSpace(name) == "" || len(c.body) != 1 {
		return invalid("name", "must be a non-empty string, and the only property")
	}
	if g.tagNamed(name) != nil {
		return invalid("name", "has already been taken")
	}
	return reply(http.StatusCreated, g.show("candidate_tags", g.state.add("candidate_tags", map[string]any{"name": name})))
}

func (g *Greenhouse) tagNamed(name string) *record {
	for _, t := range g.state.tables["candidate_tags"].rows {
		if t.str("name") == name {
			return t
		}
	}
	return nil
}

// applyTag puts a tag on a candidate. Whether the vendor refuses the same tag
// twice is not documented; here it makes a second row, so that a client that
// does it is seen.
func (g *Greenhouse) applyTag(c *call, _ route) answer {
	candidateID, ok := wholeNumber(c.body["candidate_id"])
	candidate := g.state.get("candidates", candidateID)
	if !ok || candidate == nil || g.hidden("candidates", candidate) {
		return invalid("candidate_id", "must be the id of a candidate")
	}
	tagID, ok := wholeNumber(c.body["candidate_tag_id"])
	tag := g.state.get("candidate_tags", tagID)
	if !ok || tag == nil {
		return invalid("candidate_tag_id", "must be the id of a tag")
	}
	if len(c.body) != 2 {
		return unprocessable("Only candidate_id and candidate_tag_id are supported.")
	}
	return reply(http.StatusCreated, g.show("applied_candidate_tags", g.tag(c.author, candidateID, tag)))
}

func (g *Greenhouse) tag(author string, candidate int64, tag *record) *record {
	r := g.state.add("applied_candidate_tags", map[string]any{"candidate_tag_id": tag.id, "candidate_id": candidate})
	g.journal.Tagged(TagRecord{ID: r.id, Author: author, Candidate: candidate, Tag: tag.str("name")})
	return r
}

// removeTag takes a tag off; somebody else's is none of a client's business.
func (g *Greenhouse) removeTag(c *call, rt route) answer {
	r := g.state.get("applied_candidate_tags", rt.id)
	if r == nil {
		return notFound()
	}
	if author := g.journal.TagAuthor(r.id); author != c.author {
		g.journal.Violated(c.author, "foreign_tag", c.r.Method, c.r.URL.Path, "a tag put on by "+author)
	}
	g.state.remove("applied_candidate_tags", r)
	g.journal.TagRemoved(r.id, c.author)
	return reply(http.StatusNoContent, nil)
}

// blockedExtensions may not be attached.
func blockedExtensions() []string {
	return []string{".exe", ".bat", ".cmd", ".com", ".js", ".msi", ".scr", ".sh", ".vbs", ".jar"}
}

// createAttachment adds a file. A new resume or cover letter turns the previous
// one into "other", which is why a client that uploads one is reported.
func (g *Greenhouse) createAttachment(c *call, _ route) answer {
	for k := range c.body {
		if !slices.Contains([]string{"application_id", "filename", "type", "content", "url", "visibility", "content_type"}, k) {
			return invalid(k, "is not a supported property")
		}
	}
	appID, ok := wholeNumber(c.body["application_id"])
	app := g.state.get("applications", appID)
	if !ok || app == nil || g.hidden("applications", app) {
		return invalid("application_id", "must be the id of an application")
	}
	filename, ok := c.body["filename"].(string)
	if !ok || filename == "" || slices.Contains(blockedExtensions(), strings.ToLower(path.Ext(filename))) {
		return invalid("filename", "is missing or has an extension that is not allowed")
	}
	kind, ok := c.body["type"].(string)
	if !ok || !slices.Contains(attachmentTypes(), kind) {
		return invalid("type", "must be one of: "+strings.Join(attachmentTypes(), ", "))
	}
	if v, given := c.body["visibility"].(string); given && visibilities()[v] == "" {
		return invalid("visibility", "must be one of: public, private, admin_only")
	}
	encoded, hasContent := c.body["content"].(string)
	_, hasURL := c.body["url"].(string)
	if hasContent == hasURL {
		return unprocessable("Exactly one of content and url must be given.")
	}
	if hasURL {
		return invalid("url", "could not be fetched: the simulator fetches nothing")
	}
	content, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(content) == 0 {
		return invalid("content", "must be base64")
	}
	if kind == "resume" || kind == "cover_letter" {
		g.journal.Violated(c.author, "foreign_write", c.r.Method, c.r.URL.Path, fmt.Sprintf("a %s would displace the candidate's own", kind))
	}
	a := g.attach(c, c.author, app, filename, kind, content)
	return reply(http.StatusCreated, g.show("attachments", a))
}

func (g *Greenhouse) attach(c *call, author string, app *record, filename, kind string, content []byte) *record {
	if kind == "resume" || kind == "cover_letter" {
		for _, old := range g.state.where("attachments", "application_id", app.id) {
			if old.str("type") == kind {
				g.set(c, author, "attachment", old, "type", "other")
				g.state.touch(old)
			}
		}
	}
	a := g.state.add("attachments", map[string]any{
		"application_id": app.id, "candidate_id": app.int("candidate_id"), "type": kind, "filename": filename, "url": nil,
	})
	g.state.files[a.id] = content
	return a
}

func (g *Greenhouse) deleteAttachment(c *call, rt route) answer {
	a := g.state.get("attachments", rt.id)
	if a == nil {
		return notFound()
	}
	g.journal.Changed(c.req, c.author, "attachment", a.id, ".deleted", false, true)
	g.state.remove("attachments", a)
	delete(g.state.files, a.id)
	return reply(http.StatusNoContent, nil)
}
