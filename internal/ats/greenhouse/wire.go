package greenhouse

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// The shapes of Harvest v3 as far as we read them. Every member may be null,
// absent or of a type we did not expect; unknown members are ignored and unknown
// words pass through.

// number is an id of up to 63 bits; 0 is none. A string of digits is accepted.
type number int64

// UnmarshalJSON never fails: what is no id is none.
func (n *number) UnmarshalJSON(b []byte) error {
	*n = 0
	s := strings.Trim(string(b), `"`)
	if !isID(s) {
		return nil
	}
	var v int64
	if err := json.Unmarshal([]byte(strings.TrimLeft(s, "0")), &v); err == nil {
		*n = number(v)
	}
	return nil
}

// text is a string; anything else is "".
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		s = ""
	}
	*t = text(s)
	return nil
}

// flag is a boolean; known says whether it was one.
type flag struct{ value, known bool }

// UnmarshalJSON never fails.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = flag{}
	switch string(b) {
	case "true":
		*f = flag{true, true}
	case "false":
		*f = flag{false, true}
	}
	return nil
}

// moment is a time in one of Greenhouse's layouts; zero when it is none.
type moment struct{ time.Time }

// UnmarshalJSON never fails.
func (m *moment) UnmarshalJSON(b []byte) error {
	var t text
	_ = t.UnmarshalJSON(b)
	m.Time = parseTime(string(t))
	return nil
}

// parseTime reads RFC 3339 with or without fractions and with Z or an offset,
// an offset without a colon, a date, and the American date of webhooks.
func parseTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", time.DateOnly, "01/02/2006"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

func latest(times ...time.Time) time.Time {
	var out time.Time
	for _, t := range times {
		if t.After(out) {
			out = t
		}
	}
	return out
}

type applicationRow struct {
	ID             number       `json:"id"`
	CreatedAt      moment       `json:"created_at"`
	UpdatedAt      moment       `json:"updated_at"`
	LastActivityAt moment       `json:"last_activity_at"`
	CandidateID    number       `json:"candidate_id"`
	JobID          number       `json:"job_id"`
	JobPostID      number       `json:"job_post_id"`
	Status         text         `json:"status"`
	Prospect       flag         `json:"prospect"`
	StageName      text         `json:"stage_name"`
	SourceID       number       `json:"source_id"`
	ReferrerID     number       `json:"referrer_id"`
	RecruiterID    number       `json:"recruiter_id"`
	CoordinatorID  number       `json:"coordinator_id"`
	CustomFields   customValues `json:"custom_fields"`
}

type candidateRow struct {
	ID             number `json:"id"`
	UpdatedAt      moment `json:"updated_at"`
	LastActivityAt moment `json:"last_activity_at"`
	FirstName      text   `json:"first_name"`
	LastName       text   `json:"last_name"`
}

type jobRow struct {
	ID        number `json:"id"`
	UpdatedAt moment `json:"updated_at"`
	Name      text   `json:"name"`
	Notes     text   `json:"notes"`
	Status    text   `json:"status"`
	ClosedAt  moment `json:"closed_at"`
}

type postRow struct {
	ID        number `json:"id"`
	JobID     number `json:"job_id"`
	UpdatedAt moment `json:"updated_at"`
	Internal  flag   `json:"internal"`
	External  flag   `json:"external"`
	Active    flag   `json:"active"`
	Live      flag   `json:"live"`
	Content   text   `json:"content"`
}

type attachmentRow struct {
	ID            number `json:"id"`
	CreatedAt     moment `json:"created_at"`
	ApplicationID number `json:"application_id"`
	CandidateID   number `json:"candidate_id"`
	Type          text   `json:"type"`
	Filename      text   `json:"filename"`
	URL           text   `json:"url"`
}

type sourceRow struct {
	ID   number `json:"id"`
	Name text   `json:"name"`
}

type fieldRow struct {
	ID              number `json:"id"`
	FieldType       text   `json:"field_type"`
	Name            text   `json:"name"`
	NameKey         text   `json:"name_key"`
	ValueType       text   `json:"value_type"`
	Active          flag   `json:"active"`
	Private         flag   `json:"private"`
	ApplicationType text   `json:"application_type"`
}

type optionRow struct {
	ID            number `json:"id"`
	CustomFieldID number `json:"custom_field_id"`
	Name          text   `json:"name"`
	SortOrder     number `json:"sort_order"`
	Active        flag   `json:"active"`
}

type noteRow struct {
	ID            number `json:"id"`
	CandidateID   number `json:"candidate_id"`
	ApplicationID number `json:"application_id"`
	Body          text   `json:"body"`
	Type          text   `json:"type"`
}

type tagRow struct {
	ID   number `json:"id"`
	Name text   `json:"name"`
}

type appliedTagRow struct {
	ID          number `json:"id"`
	TagID       number `json:"candidate_tag_id"`
	CandidateID number `json:"candidate_id"`
}

// customValue is what a custom field holds, whatever its type.
type customValue struct {
	Name  text            `json:"name"`
	Type  text            `json:"type"`
	Value json.RawMessage `json:"value"`
}

// customValues are an object's custom fields by name key. Greenhouse writes no
// fields as {}, [] or null.
type customValues map[string]customValue

// UnmarshalJSON never fails: what is no object holds no fields, and a field that
// is no {name,type,value} object is kept as its own value.
func (c *customValues) UnmarshalJSON(b []byte) error {
	*c = nil
	var raw map[string]json.RawMessage
	_ = json.Unmarshal(b, &raw) // no object: no fields
	*c = make(customValues, len(raw))
	for key, r := range raw {
		var v customValue
		if err := json.Unmarshal(r, &v); err != nil || v.Value == nil && v.Name == "" && v.Type == "" {
			v = customValue{Value: r}
		}
		(*c)[key] = v
	}
	return nil
}

// isEmpty says whether a field's value is none: null, "", [] or {}.
func (v customValue) isEmpty() bool {
	switch string(bytes.TrimSpace(v.Value)) {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}

// texts reads a value as texts: a string, a number or boolean in its shortest
// decimal, or a list of those. Option objects are read by their name.
func (v customValue) texts() []string {
	if v.isEmpty() {
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(v.Value, &list); err != nil {
		list = []json.RawMessage{v.Value}
	}
	var out []string
	for _, item := range list {
		if s := scalar(item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func scalar(b json.RawMessage) string {
	var s string
	if json.Unmarshal(b, &s) == nil {
		return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	}
	var n json.Number
	if json.Unmarshal(b, &n) == nil {
		return plainNumber(n.String())
	}
	var o struct {
		Name  text `json:"name"`
		Value text `json:"value"`
	}
	if json.Unmarshal(b, &o) == nil {
		if o.Name != "" {
			return string(o.Name)
		}
		return string(o.Value)
	}
	if s = string(bytes.TrimSpace(b)); s == "true" || s == "false" {
		return s
	}
	return ""
}

// plainNumber drops a fraction of zeros: 82.0 is 82.
func plainNumber(s string) string {
	if whole, fraction, ok := strings.Cut(s, "."); ok && strings.Trim(fraction, "0") == "" {
		return whole
	}
	return s
}
