package greenhouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/fairlead/fairlead/internal/ats"
)

// reads are the list endpoints we may call. Demographic and EEOC answers are
// not among them and never will be on this connection.
func reads() []string {
	return []string{
		"/v3/applications", "/v3/candidates", "/v3/jobs", "/v3/job_posts", "/v3/attachments", "/v3/sources",
		"/v3/job_interview_stages", "/v3/custom_fields", "/v3/custom_field_options",
		"/v3/notes", "/v3/candidate_tags", "/v3/applied_candidate_tags",
	}
}

// apiRules is everything this connector can do to a Greenhouse account (promise
// I7). Moving, rejecting, unrejecting, hiring, merging, anonymising, deleting
// and every attribute of an application other than our mapped custom fields are
// out of reach because they are not here.
func apiRules() []ats.Rule {
	rules := []ats.Rule{
		{Method: http.MethodPatch, Path: "/v3/applications/{id}", Keys: []string{"custom_fields"}, Check: onlyMappedFields},
		{Method: http.MethodPost, Path: "/v3/notes", Keys: []string{"candidate_id", "application_id", "body", "visibility", "note_type"}, Check: onlyPrivateNotes},
		{Method: http.MethodPost, Path: "/v3/candidate_tags", Keys: []string{"name"}, Check: onlyOurTags},
		{Method: http.MethodPost, Path: "/v3/applied_candidate_tags", Keys: []string{"candidate_id", "candidate_tag_id"}},
		{Method: http.MethodDelete, Path: "/v3/applied_candidate_tags/{id}"},
	}
	for _, p := range reads() {
		rules = append(rules, ats.Rule{Method: http.MethodGet, Path: p})
	}
	return rules
}

func authRules() []ats.Rule {
	return []ats.Rule{{Method: http.MethodPost, Path: "/token", Form: []string{"grant_type", "sub"}}}
}

// onlyMappedFields looks at the bytes about to leave, independently of the code
// that made them.
func onlyMappedFields(ctx context.Context, body map[string]json.RawMessage) error {
	var elements []map[string]json.RawMessage
	if err := json.Unmarshal(body["custom_fields"], &elements); err != nil {
		return errors.New("custom_fields is not a list of objects")
	}
	if len(elements) == 0 {
		return errors.New("an empty list of custom fields could erase them all")
	}
	permit := ats.PermitOf(ctx)
	for _, e := range elements {
		var key string
		if err := json.Unmarshal(e["name_key"], &key); err != nil || key == "" || len(e) != 2 || e["value"] == nil {
			return errors.New("a custom field has other members than name_key and value")
		}
		if !permit.Allows(key, e["value"]) {
			return fmt.Errorf("custom field %q is not mapped", key)
		}
	}
	return nil
}

func onlyPrivateNotes(_ context.Context, body map[string]json.RawMessage) error {
	if string(body["visibility"]) != `"private"` || string(body["note_type"]) != `"NOTE"` {
		return errors.New("a note that is not private")
	}
	var text string
	if err := json.Unmarshal(body["body"], &text); err != nil || !ats.IsOurNote(text) {
		return errors.New("a note that does not say it is Fairlead's")
	}
	return nil
}

func onlyOurTags(_ context.Context, body map[string]json.RawMessage) error {
	var name string
	if err := json.Unmarshal(body["name"], &name); err != nil || !ats.IsOurTag(name) {
		return errors.New("a tag that is not Fairlead's")
	}
	return nil
}
