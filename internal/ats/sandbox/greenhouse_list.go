package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxIDs     = 50  // of one ids filter, and names of one fields filter
	maxPerPage = 500 // of per_page
)

// filter is how one query parameter chooses rows. Kind is ids, id, text, bool,
// enum, date, has (the column is a list that holds the id) or status.
type filter struct {
	kind, col string
	values    []string // of an enum
}

// listing says which parameters a list endpoint takes beside ids, created_at,
// updated_at, fields, per_page and cursor.
type listing struct {
	filters map[string]filter
	undated bool   // takes no created_at and updated_at
	custom  string // the field_type of its custom fields, "" for none
}

func listings() map[string]listing {
	ids := func(col string) filter { return filter{kind: "ids", col: col} }
	id := func(col string) filter { return filter{kind: "id", col: col} }
	text := func(col string) filter { return filter{kind: "text", col: col} }
	flag := func(col string) filter { return filter{kind: "bool", col: col} }
	date := func(col string) filter { return filter{kind: "date", col: col} }
	enum := func(col string, values ...string) filter { return filter{kind: "enum", col: col, values: values} }
	return map[string]listing{
		"applications": {custom: "application", filters: map[string]filter{
			"candidate_ids": ids("candidate_id"), "job_ids": ids("job_id"), "prospective_job_ids": {kind: "has", col: "prospective_job_ids"},
			"job_post_ids": ids("job_post_id"), "source_ids": ids("source_id"), "referrer_ids": ids("referrer_id"), "stage_ids": ids("stage_id"),
			"job_interview_stage_ids": ids("job_interview_stage_id"), "stage_name": text("stage_name"), "prospect": flag("prospect"),
			"status": {kind: "status", col: "status"}, "custom_field_option_id": {kind: "option"}, "last_activity_at": date("last_activity_at"),
		}},
		"candidates": {custom: "candidate", filters: map[string]filter{
			"email": {kind: "email"}, "tag": {kind: "tag"}, "private": flag("private"), "custom_field_option_id": {kind: "option"}, "last_activity_at": date("last_activity_at"),
		}},
		"jobs": {custom: "job", filters: map[string]filter{
			"status": enum("status", "open", "draft", "closed"), "department_id": id("department_id"), "office_id": {kind: "has", col: "office_ids"},
			"requisition_id": text("requisition_id"), "opened_at": date("opened_at"), "closed_at": date("closed_at"),
			"custom_field_option_id": {kind: "option"}, "confidential": flag("confidential"),
		}},
		"job_posts": {filters: map[string]filter{
			"job_ids": ids("job_id"), "job_board_ids": ids("job_board_id"), "active": flag("active"), "featured": flag("featured"), "live": flag("live"), "internal": flag("internal"),
		}},
		"job_interview_stages": {filters: map[string]filter{"job_ids": ids("job_id"), "active": flag("active")}},
		"application_stages": {filters: map[string]filter{
			"application_ids": ids("application_id"), "job_interview_stage_ids": ids("job_interview_stage_id"), "current": flag("current"),
		}},
		"attachments": {filters: map[string]filter{
			"application_ids": ids("application_id"), "candidate_ids": ids("candidate_id"), "type": enum("type", attachmentTypes()...),
		}},
		"custom_fields": {filters: map[string]filter{
			"field_type": enum("field_type", "job", "opening", "standard", "offer", "compensation_frequency", "candidate", "referral_question",
				"application", "rejection_question", "form", "agency_question", "user_attribute"),
			"active": flag("active"), "name": text("name"), "name_key": text("name_key"),
		}},
		"custom_field_options": {filters: map[string]filter{
			"custom_field_ids": ids("custom_field_id"), "active": flag("active"), "custom_field_key": text("custom_field_key"),
		}},
		"notes": {filters: map[string]filter{
			"candidate_ids": ids("candidate_id"), "user_ids": ids("user_id"), "application_ids": ids("application_id"),
			"type":       enum("type", "NOTE", "ACTIVITY", "INTERVIEW", "EMAIL", "FOLLOW_UP", "TAKE_HOME_TEST", "LINKEDIN_NOTE", "LINKEDIN_INMAIL", "AVAILABILITY_REQUEST", "MIGRATION_ERROR", "TOUCHPOINT", "FORM", "FEEDBACK"),
			"visibility": enum("visibility", "admin_only_visible", "privately_visible", "publicly_visible"),
		}},
		"candidate_tags":         {},
		"applied_candidate_tags": {filters: map[string]filter{"candidate_tag_ids": ids("candidate_tag_id"), "candidate_ids": ids("candidate_id")}},
		"sources":                {},
		"referrers":              {filters: map[string]filter{"user_ids": ids("user_id")}},
		"users": {filters: map[string]filter{
			"deactivated": flag("deactivated"), "primary_email": text("primary_email"), "show_service_accounts": {kind: "shown", col: "service_account"}, "employee_ids": text("employee_id"),
		}},
		"user_roles":            {},
		"rejection_reasons":     {filters: map[string]filter{"include_defaults": {kind: "shown", col: "built_in"}}},
		"rejection_details":     {filters: map[string]filter{"application_ids": ids("application_id"), "rejection_reason_ids": ids("rejection_reason_id")}},
		"openings":              {filters: map[string]filter{"job_ids": ids("job_id"), "open": flag("open"), "closed_at": date("closed_at")}},
		"close_reasons":         {},
		"offers":                {filters: map[string]filter{"application_ids": ids("application_id"), "job_ids": ids("job_id"), "candidate_ids": ids("candidate_id"), "current_only": {kind: "ignored"}, "status": enum("status", "Created", "Accepted", "Rejected", "Deprecated")}},
		"prospect_details":      {filters: map[string]filter{"application_ids": ids("application_id"), "pool_ids": ids("pool_id")}},
		"interviews":            {filters: map[string]filter{"job_ids": ids("job_id"), "application_ids": ids("application_id"), "status": text("status"), "starts_at": date("starts_at"), "ends_at": date("ends_at")}},
		"scorecards":            {filters: map[string]filter{"application_ids": ids("application_id")}},
		"job_owners":            {filters: map[string]filter{"user_ids": ids("user_id"), "job_ids": ids("job_id")}},
		"job_hiring_managers":   {filters: map[string]filter{"user_ids": ids("user_id"), "job_ids": ids("job_id")}},
		"eeoc":                  {filters: map[string]filter{"application_ids": ids("application_id"), "submitted_at": date("submitted_at")}},
		"demographic_answers":   {filters: map[string]filter{"application_ids": ids("application_id")}},
		"candidate_educations":  {filters: map[string]filter{"candidate_ids": ids("candidate_id")}},
		"candidate_employments": {filters: map[string]filter{"candidate_ids": ids("candidate_id")}},
	}
}

func attachmentTypes() []string {
	return []string{"resume", "cover_letter", "take_home_test", "offer_packet", "offer_letter", "signed_offer_letter", "other", "form_attachment", "midfunnel_agreement", "automated_agreement"}
}

// query is a list request understood: what to keep, what to show, where to go on.
type query struct {
	keep    []func(*record) bool
	among   []int64 // ids to look at, oldest first
	narrow  bool    // among says which; otherwise all
	fields  []string
	perPage int
	after   int64 // show ids below this, 0 from the top
	raw     string
}

// cursor is what an opaque cursor says: the query's own parameters, its page
// size and the last id shown.
type cursor struct {
	Resource string `json:"r"`
	Query    string `json:"q"`
	After    int64  `json:"a"`
}

func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString(mustJSON(c))
}

var errCursor = errors.New("the cursor is not valid")

// parseCursor reads a cursor we made for this resource.
func parseCursor(resource, s string) (cursor, error) {
	if len(s) > 8192 {
		return cursor{}, errCursor
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		return cursor{}, errCursor
	}
	var c cursor
	if err := json.Unmarshal(raw, &c); err != nil || c.Resource != resource || c.After <= 0 {
		return cursor{}, errCursor
	}
	return c, nil
}

// list answers GET /v3/<resource>.
func (g *Greenhouse) list(c *call, rt route) answer {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return unprocessable("The query string is malformed.")
	}
	raw, after := c.r.URL.RawQuery, int64(0)
	if values.Has("cursor") {
		if len(values) > 1 || len(values["cursor"]) > 1 {
			return unprocessable("When passing a cursor, do not include other query params.")
		}
		cur, err := parseCursor(rt.resource, values.Get("cursor"))
		if err != nil {
			return unprocessable("The cursor is invalid or has expired.")
		}
		raw, after = cur.Query, cur.After
		if values, err = url.ParseQuery(raw); err != nil {
			return unprocessable("The cursor is invalid or has expired.")
		}
	}
	_, brackets := g.fault(c, FaultBrackets)
	q, problem := g.parseQuery(rt.resource, values, brackets)
	if problem != nil {
		return unprocessable(problem)
	}
	q.raw, q.after = raw, after
	ids := g.state.tables[rt.resource].order
	if q.narrow {
		ids = q.among
	}
	rows := g.state.among(rt.resource, ids, func(r *record) bool {
		if q.after > 0 && r.id >= q.after || g.hidden(rt.resource, r) {
			return false
		}
		for _, keep := range q.keep {
			if !keep(r) {
				return false
			}
		}
		return true
	})
	a := reply(http.StatusOK, nil)
	if len(rows) > q.perPage {
		rows = rows[:q.perPage]
		next := cursor{Resource: rt.resource, Query: q.raw, After: rows[len(rows)-1].id}
		a.header = http.Header{"Link": {"<" + g.base + "/v3/" + rt.resource + "?cursor=" + next.String() + `>; rel="next"`}}
	}
	out := make([]map[string]any, 0, len(rows))
	for _, r := range rows {
		shown := g.show(rt.resource, r)
		if rt.resource == "candidates" {
			if _, ok := g.fault(c, FaultRedacted); ok {
				shown = map[string]any{"id": r.id, "message": "This candidate is private."}
			}
		}
		out = append(out, project(shown, q.fields))
	}
	a.body = out
	return a
}

// hidden says whether the acting user may not see a row: private candidates and
// confidential jobs, and what hangs on them.
func (g *Greenhouse) hidden(resource string, r *record) bool {
	if g.c.SeesPrivate {
		return false
	}
	candidate, job := r, r
	if app := g.state.get("applications", r.int("application_id")); app != nil {
		r = app
	}
	if resource != "candidates" {
		candidate = g.state.get("candidates", r.int("candidate_id"))
	}
	if resource != "jobs" {
		job = g.state.get("jobs", r.int("job_id"))
	}
	return candidate != nil && candidate.cols["private"] == true || job != nil && job.cols["confidential"] == true
}

func project(row map[string]any, fields []string) map[string]any {
	if len(fields) == 0 {
		return row
	}
	out := map[string]any{}
	for _, f := range fields {
		out[f] = row[f]
	}
	return out
}

// parseQuery turns parameters into conditions. A problem is one entry of the
// vendor's errors.
func (g *Greenhouse) parseQuery(resource string, values url.Values, brackets bool) (query, any) {
	q := query{perPage: g.c.PageSize}
	l := listings()[resource]
	if values.Has("created_at") && values.Has("updated_at") {
		return q, "Do not combine created_at and updated_at."
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		given := values[name]
		if len(given) != 1 {
			return q, map[string]any{name: "is given more than once"}
		}
		value, f := given[0], l.filters[name]
		problem := ""
		switch {
		case name == "per_page":
			q.perPage, problem = parsePerPage(value)
		case name == "fields":
			q.fields, problem = g.parseFields(resource, value)
		case name == "ids":
			f = filter{kind: "ids", col: "id"}
		case !l.undated && (name == "created_at" || name == "updated_at"):
			f = filter{kind: "date", col: name}
		case f.kind == "" && brackets && strings.Contains(name, "["):
			base, op, _ := strings.Cut(strings.TrimSuffix(name, "]"), "[")
			if l.filters[base].kind == "date" || base == "created_at" || base == "updated_at" {
				f, value = filter{kind: "date", col: base}, op+"|"+value
			}
		}
		if problem != "" {
			return q, map[string]any{name: problem}
		}
		if name == "per_page" || name == "fields" {
			continue
		}
		if f.kind == "" {
			return q, map[string]any{name: "is not a supported parameter"}
		}
		keep, problem := g.condition(f, value)
		if problem != "" {
			return q, map[string]any{name: problem}
		}
		q.keep = append(q.keep, keep)
		if f.kind == "ids" && !q.narrow {
			q.among, q.narrow = g.candidates(resource, f.col, value)
		}
	}
	return g.defaults(resource, values, q), nil
}

// candidates are the rows an ids filter can mean, where an index tells: a read
// by id need not look at every row.
func (g *Greenhouse) candidates(resource, col, value string) ([]int64, bool) {
	owners, _ := parseIDs(value)
	if col == "id" {
		slices.Sort(owners)
		return slices.Compact(owners), true
	}
	if !slices.Contains(indexed(), col) {
		return nil, false
	}
	var out []int64
	for _, o := range owners {
		out = append(out, g.state.tables[resource].index[col][o]...)
	}
	slices.Sort(out)
	return slices.Compact(out), true
}

// defaults adds what is hidden unless it is asked for.
func (g *Greenhouse) defaults(resource string, values url.Values, q query) query {
	hide := func(param, col string, hidden any) {
		if !values.Has(param) {
			q.keep = append(q.keep, func(r *record) bool { return r.cols[col] != hidden })
		}
	}
	switch resource {
	case "users":
		hide("show_service_accounts", "service_account", true)
	case "rejection_reasons":
		hide("include_defaults", "built_in", true)
	case "job_posts":
		hide("active", "active", false)
	}
	return q
}

func parsePerPage(value string) (int, string) {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return 0, fmt.Sprintf("`%s` is not a number", clip(value))
	case n > maxPerPage:
		return 0, fmt.Sprintf("`%d` number is greater than: %d", n, maxPerPage)
	case n < 1:
		return 0, fmt.Sprintf("`%d` number is less than: 1", n)
	}
	return n, ""
}

func (g *Greenhouse) parseFields(resource, value string) ([]string, string) {
	names := strings.Split(value, ",")
	if len(names) > maxIDs {
		return nil, fmt.Sprintf("has more than %d names", maxIDs)
	}
	known := g.columns(resource)
	for _, n := range names {
		if known != nil && !slices.Contains(known, n) {
			return nil, fmt.Sprintf("`%s` is not a property", clip(n))
		}
	}
	return names, ""
}

// columns are the properties of a resource, nil when it has no row to tell.
func (g *Greenhouse) columns(resource string) []string {
	for _, r := range g.state.tables[resource].rows {
		return slices.Sorted(maps.Keys(g.show(resource, r)))
	}
	return nil
}

// clip keeps a hostile value from filling an error.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// condition turns one parameter into a condition, or says what is wrong.
func (g *Greenhouse) condition(f filter, value string) (func(*record) bool, string) {
	switch f.kind {
	case "ids", "has":
		ids, problem := parseIDs(value)
		return func(r *record) bool {
			if f.kind == "ids" {
				return slices.Contains(ids, r.int(f.col))
			}
			list, _ := r.cols[f.col].([]int64)
			return slices.ContainsFunc(list, func(id int64) bool { return slices.Contains(ids, id) })
		}, problem
	case "id", "option":
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, fmt.Sprintf("`%s` is not a number", clip(value))
		}
		if f.kind == "option" {
			return g.hasOption(id), ""
		}
		return func(r *record) bool { return r.int(f.col) == id }, ""
	case "text":
		return func(r *record) bool { return r.str(f.col) == value }, ""
	case "bool", "shown":
		b, err := strconv.ParseBool(value)
		if err != nil || (value != "true" && value != "false") {
			return nil, fmt.Sprintf("`%s` is not true or false", clip(value))
		}
		if f.kind == "shown" {
			return func(r *record) bool { return b || r.cols[f.col] != true }, ""
		}
		return func(r *record) bool { return r.cols[f.col] == b }, ""
	case "enum":
		if !slices.Contains(f.values, value) {
			return nil, fmt.Sprintf("`%s` is not one of: %s", clip(value), strings.Join(f.values, ", "))
		}
		return func(r *record) bool { return r.str(f.col) == value }, ""
	case "status": // the filter says active where the row says in_process
		want, ok := map[string]string{"active": "in_process", "rejected": "rejected", "hired": "hired", "converted": "converted"}[value]
		if !ok {
			return nil, fmt.Sprintf("`%s` is not one of: active, rejected, hired, converted", clip(value))
		}
		return func(r *record) bool { return r.str(f.col) == want }, ""
	case "date":
		return parseDates(f.col, value)
	case "email":
		return func(r *record) bool {
			list, _ := r.cols["email_addresses"].([]map[string]any)
			return slices.ContainsFunc(list, func(e map[string]any) bool { s, _ := e["value"].(string); return strings.EqualFold(s, value) })
		}, ""
	case "tag":
		return func(r *record) bool { return slices.Contains(g.tagsOf(r.id), value) }, ""
	case "ignored":
		return func(*record) bool { return true }, ""
	}
	return nil, "is not a supported parameter"
}

// hasOption finds rows whose custom fields hold an option.
func (g *Greenhouse) hasOption(id int64) func(*record) bool {
	o := g.state.get("custom_field_options", id)
	return func(r *record) bool {
		if o == nil {
			return false
		}
		switch v := r.custom[o.str("custom_field_key")].(type) {
		case string:
			return v == o.str("name")
		case []string:
			return slices.Contains(v, o.str("name"))
		}
		return false
	}
}

// parseIDs reads at most 50 comma-separated ids.
func parseIDs(value string) ([]int64, string) {
	parts := strings.SplitN(value, ",", maxIDs+2)
	if len(parts) > maxIDs {
		return nil, fmt.Sprintf("size cannot be greater than %d", maxIDs)
	}
	ids := make([]int64, 0, len(parts))
	for _, p := range parts {
		id, err := strconv.ParseInt(p, 10, 64)
		if err != nil {
			return nil, fmt.Sprintf("`%s` is not a number", clip(p))
		}
		ids = append(ids, id)
	}
	return ids, ""
}

// parseDates reads "gte|2026-11-01T00:00:00Z", one or two sides.
func parseDates(col, value string) (func(*record) bool, string) {
	const shape = "must look like gte|2026-11-01T00:00:00Z or gt|…|lte|…"
	parts := strings.Split(value, "|")
	if len(parts) != 2 && len(parts) != 4 {
		return nil, shape
	}
	var tests []func(time.Time) bool
	for i := 0; i < len(parts); i += 2 {
		limit, ok := parseTime(parts[i+1])
		if !ok {
			return nil, shape
		}
		switch parts[i] {
		case "gt":
			tests = append(tests, func(t time.Time) bool { return t.After(limit) })
		case "gte":
			tests = append(tests, func(t time.Time) bool { return !t.Before(limit) })
		case "lt":
			tests = append(tests, func(t time.Time) bool { return t.Before(limit) })
		case "lte":
			tests = append(tests, func(t time.Time) bool { return !t.After(limit) })
		default:
			return nil, shape
		}
	}
	return func(r *record) bool {
		t, ok := r.cols[col].(time.Time)
		return ok && !slices.ContainsFunc(tests, func(test func(time.Time) bool) bool { return !test(t) })
	}, ""
}

// parseTime accepts what an ISO-8601 reader does, milliseconds or not.
func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Truncate(time.Millisecond), true
		}
	}
	return time.Time{}, false
}
