package sandbox

import (
	"slices"
	"strings"
	"time"
)

// record is one row of a table. cols are JSON columns as reads show them, times
// as time.Time; custom are custom field values by name_key, nil for records
// that have none.
type record struct {
	id     int64
	cols   map[string]any
	custom map[string]any
}

func (r *record) int(col string) int64 { n, _ := r.cols[col].(int64); return n }
func (r *record) str(col string) string {
	s, _ := r.cols[col].(string)
	return s
}
func (r *record) time(col string) time.Time {
	t, _ := r.cols[col].(time.Time)
	return t
}

// table is the rows of one resource. Ids are longer than 32 bits, as the
// vendor's are, and grow, so order needs no sorting.
type table struct {
	rows  map[int64]*record
	order []int64 // every id ever given, removed ones too
	next  int64
	// index finds rows by what they belong to: column → id there → ids here.
	index map[string]map[int64][]int64
}

// indexed are the columns by which rows are looked up often.
func indexed() []string {
	return []string{"application_id", "candidate_id", "job_id", "custom_field_id"}
}

// state is everything the account holds. Its owner locks.
type state struct {
	now    func() time.Time
	tables map[string]*table
	files  map[int64][]byte // by attachment
}

func newState(now func() time.Time) *state {
	s := &state{now: now, tables: map[string]*table{}, files: map[int64][]byte{}}
	for name, first := range firstIDs() {
		t := &table{rows: map[int64]*record{}, next: first, index: map[string]map[int64][]int64{}}
		for _, col := range indexed() {
			t.index[col] = map[int64][]int64{}
		}
		s.tables[name] = t
	}
	return s
}

func firstIDs() map[string]int64 {
	return map[string]int64{
		"applications": 71000001001, "candidates": 60000001001, "jobs": 40000001001, "job_posts": 41000001001,
		"job_interview_stages": 88000001001, "application_stages": 99000001001, "attachments": 55000001001,
		"custom_fields": 33000001001, "custom_field_options": 34000001001, "notes": 22000001001,
		"candidate_tags": 23000001001, "applied_candidate_tags": 24000001001, "sources": 40000000016,
		"referrers": 40000000516, "users": 4280001, "user_roles": 1, "rejection_reasons": 45000001001,
		"rejection_details": 46000001001, "openings": 47000001001, "offers": 48000001001, "close_reasons": 49000001001,
		"prospect_details": 50000001001, "interviews": 51000001001, "scorecards": 52000001001, "job_owners": 53000001001,
		"job_hiring_managers": 54000001001, "eeoc": 56000001001, "demographic_answers": 57000001001,
		"candidate_educations": 58000001001, "candidate_employments": 59000001001, "hooks": 1,
	}
}

// add makes a row of cols with the standard columns beside them.
func (s *state) add(tableName string, cols map[string]any) *record {
	t := s.tables[tableName]
	now := s.stamp()
	r := &record{id: t.next, cols: cols}
	t.next++
	cols["id"] = r.id
	for _, c := range []string{"created_at", "updated_at"} {
		if _, ok := cols[c]; !ok {
			cols[c] = now
		}
	}
	t.rows[r.id] = r
	t.order = append(t.order, r.id)
	for _, col := range indexed() {
		if owner := r.int(col); owner != 0 {
			t.index[col][owner] = append(t.index[col][owner], r.id)
		}
	}
	return r
}

// remove takes a row out.
func (s *state) remove(tableName string, r *record) {
	t := s.tables[tableName]
	delete(t.rows, r.id)
	for _, col := range indexed() {
		t.unlink(col, r)
	}
}

func (t *table) unlink(col string, r *record) {
	owner := r.int(col)
	t.index[col][owner] = slices.DeleteFunc(t.index[col][owner], func(id int64) bool { return id == r.id })
}

// relink gives a row another owner in an indexed column.
func (s *state) relink(tableName string, r *record, col string, owner int64) {
	t := s.tables[tableName]
	t.unlink(col, r)
	r.cols[col] = owner
	t.index[col][owner] = append(t.index[col][owner], r.id)
	slices.Sort(t.index[col][owner])
}

func (s *state) get(tableName string, id int64) *record { return s.tables[tableName].rows[id] }

// find lists rows for which keep says yes, newest id first.
func (s *state) find(tableName string, keep func(*record) bool) []*record {
	return s.among(tableName, s.tables[tableName].order, keep)
}

// among lists those of the rows with these ids, given oldest first, for which
// keep says yes, newest id first.
func (s *state) among(tableName string, ids []int64, keep func(*record) bool) []*record {
	var out []*record
	for _, id := range slices.Backward(ids) {
		if r, ok := s.tables[tableName].rows[id]; ok && keep(r) {
			out = append(out, r)
		}
	}
	return out
}

// where lists the rows that belong to id by an indexed column, newest first.
func (s *state) where(tableName, col string, id int64) []*record {
	return s.among(tableName, s.tables[tableName].index[col][id], func(*record) bool { return true })
}

func (s *state) touch(r *record) {
	r.cols["updated_at"] = s.stamp()
}

// definition finds a custom field by its key, nil when there is none.
func (s *state) definition(fieldType, key string) *record {
	for _, d := range s.tables["custom_fields"].rows {
		if d.str("field_type") == fieldType && d.str("name_key") == key {
			return d
		}
	}
	return nil
}

func (s *state) options(definition int64) []*record {
	all := s.where("custom_field_options", "custom_field_id", definition)
	slices.Reverse(all)
	return all
}

// define adds a custom field definition.
func (s *state) define(fieldType, name, key, valueType string, options ...string) *record {
	d := s.add("custom_fields", map[string]any{
		"field_type": fieldType, "name": name, "name_key": key, "value_type": valueType,
		"sort_order": int64(len(s.tables["custom_fields"].rows)), "private": false, "required": false,
		"require_approval": false, "trigger_new_version": false, "active": true, "updated_by_id": nil,
		"internal_type": nil, "expose_in_job_board_api": false, "placeholder": nil, "description": nil,
		"application_type": nil, "api_only": nil, "use_for_job_approvals": nil, "use_for_offer_approvals": nil,
		"template_token_string": nil, "default_value": nil,
	})
	if fieldType == "application" {
		d.cols["application_type"] = "all_applications"
	}
	for i, o := range options {
		s.add("custom_field_options", map[string]any{
			"custom_field_id": d.id, "custom_field_key": key, "name": o, "external_id": nil, "sort_order": int64(i), "active": true,
		})
	}
	return d
}

// seed fills a new account with what every account has.
func (g *Greenhouse) seed() {
	s := g.state
	user := func(first, last string, admin, service bool) {
		email := strings.ToLower(first) + "@corp.example"
		if service {
			email = ""
		}
		s.add("users", map[string]any{
			"first_name": first, "last_name": last, "name": strings.TrimSpace(first + " " + last), "primary_email": email,
			"emails": []string{email}, "job_title": nil, "agency_id": nil, "deactivated": false, "site_admin": admin,
			"employee_id": nil, "linked_candidate_ids": []int64{}, "office_ids": []int64{}, "department_ids": []int64{},
			"interviewer_tags": []any{}, "custom_fields": map[string]any{}, "service_account": service,
		})
	}
	user("Ana", "Ruiz", true, false)
	user("Bo", "Lee", false, false)
	user("Fairlead Integration", "", true, true)
	for _, name := range []string{"Indeed", "LinkedIn", "Jobs page on your website", "Employee referral"} {
		s.add("sources", map[string]any{"name": name, "type": map[string]any{"id": int64(4), "name": "Third-party boards"}})
	}
	for _, name := range []string{"Lacking skills or qualifications", "Position closed", "Candidate withdrew"} {
		s.add("rejection_reasons", map[string]any{"name": name, "type": map[string]any{"id": int64(1), "key": "WE_REJECTED_THEM", "name": "We rejected them"}, "built_in": name != "Position closed"})
	}
	s.add("close_reasons", map[string]any{"name": "Hire - New Headcount"})
	s.define("candidate", "Source detail", "source_detail", "short_text")
	s.define("job", "Salary range", "salary_range", "currency_range")
	if g.c.WithoutApplicationFields {
		return
	}
	s.define("application", "AI match score", "ai_match_score", "number")
	s.define("application", "AI reasoning", "ai_reasoning", "short_text")
	if len(g.c.SkillOptions) > 0 {
		s.define("application", "AI skills", "ai_skills", "multi_select", g.c.SkillOptions...)
	} else {
		s.define("application", "AI skills", "ai_skills", "long_text")
	}
	s.define("application", "AI audit id", "ai_audit_id", "short_text")
	s.define("application", "Notice period", "notice_period", "short_text")
	s.define("application", "Phone screen", "phone_screen", "single_select", "Not done", "Passed", "Call again")
	s.define("application", "Expected salary", "expected_salary", "currency").cols["private"] = true
	s.define("application", "Start date", "start_date", "date")
	s.define("application", "Needs visa", "needs_visa", "yes_no")
	s.define("application", "Old ranking", "old_ranking", "number").cols["active"] = false
}

// set changes a column and records it; it reports whether anything changed.
func (g *Greenhouse) set(c *call, author, object string, r *record, col string, value any) bool {
	if !g.journal.Changed(c.request(), author, object, r.id, "."+col, r.cols[col], value) {
		return false
	}
	r.cols[col] = value
	return true
}

// setCustom changes a custom field's value, nil to clear it.
func (g *Greenhouse) setCustom(c *call, author, object string, r *record, key string, value any) bool {
	if !g.journal.Changed(c.request(), author, object, r.id, key, r.custom[key], value) {
		return false
	}
	if value == nil {
		delete(r.custom, key)
	} else {
		r.custom[key] = value
	}
	return true
}

// request is the journal's record of a call, nil for nobody's.
func (c *call) request() *Request {
	if c == nil {
		return nil
	}
	return c.req
}

// stamp is the time as the vendor keeps it: UTC, to the millisecond.
func (s *state) stamp() time.Time { return s.now().UTC().Truncate(time.Millisecond) }
