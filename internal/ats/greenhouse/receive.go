package greenhouse

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// maxPing is the largest body looked at without a signature, in bytes.
const maxPing = 4 << 10

// Receive implements ats.Connector.
//
// Proof. Signature is "sha256 " and the HMAC-SHA256, in hex, of the exact body
// under the webhook's secret; either of two secrets verifies while one is being
// rotated. Without a configured secret nothing verifies.
//
// Ping. Greenhouse tries out the address when a webhook is saved; whether that
// request is signed is not documented. An unsigned body whose action is ping is
// therefore answered, but asks for nothing and has one fixed delivery key, so
// that whoever sends a million of them leaves one row. A ping with a wrong
// signature is refused: the secret was mistyped, and the person who just saved
// the webhook is there to see it.
//
// Delivery key. It is the Greenhouse-Event-ID with the digest of the body. The
// id alone would let a sender that repeats an id (or a replay that claims one
// in advance: the header is not signed) swallow a different event. The digest
// alone would swallow a true second event whose bytes equal the first's
// (A→B→A→B: job payloads carry no time). With both, a retry is recognised when
// it keeps its id, as integrators expect; should Greenhouse give retries new ids
// a retry counts as one more event, which costs a re-read and changes nothing
// (equal digest of the snapshot). Without an id only the digest is left.
func (g *Connector) Receive(d ats.Delivery) ([]fairlead.Event, error) {
	signed, err := g.authenticate(d)
	if err != nil {
		return nil, err
	}
	var h hook
	// This decoder matches names exactly and refuses duplicate names, invalid
	// UTF-8, nesting beyond 10,000 and anything after the value.
	if err := json.Unmarshal(d.Body, &h); err != nil {
		if !signed {
			return nil, unsigned()
		}
		return nil, fairlead.Fail(fairlead.Invalid, "The delivery is signed but is not the JSON object Greenhouse sends.", nil)
	}
	if !signed && h.Action != "ping" {
		return nil, unsigned()
	}
	event, err := h.event()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(d.Body)
	event.BodySHA256 = hex.EncodeToString(sum[:])
	switch id := d.Header.Get("Greenhouse-Event-Id"); {
	case !signed:
		event.DeliveryKey = "unsigned-ping"
	case id != "":
		event.DeliveryKey = clip(id, 100) + " " + event.BodySHA256
	default:
		event.DeliveryKey = event.BodySHA256
	}
	if event.Job != "" {
		// What we remember of the job is older than what we were just told.
		g.jobCache.Forget(string(event.Job))
	}
	return []fairlead.Event{event}, nil
}

// authenticate says whether the body is signed; false without an error means
// that it may still be an unsigned ping.
func (g *Connector) authenticate(d ats.Delivery) (bool, error) {
	values := d.Header[http.CanonicalHeaderKey("Signature")]
	if len(values) == 0 && len(d.Body) <= maxPing {
		return false, nil
	}
	if len(values) != 1 {
		return false, unsigned()
	}
	digits, ok := strings.CutPrefix(values[0], "sha256 ")
	if !ok || len(digits) != hex.EncodedLen(sha256.Size) {
		return false, unsigned()
	}
	sent, err := hex.DecodeString(digits)
	if err != nil {
		return false, unsigned()
	}
	match := false
	for _, secret := range g.secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write(d.Body)
		// No early return: the time must not tell which secret matched.
		match = hmac.Equal(mac.Sum(nil), sent) || match
	}
	if !match {
		return false, unsigned()
	}
	return true, nil
}

func unsigned() error {
	return fairlead.Fail(fairlead.Unauthenticated, "The delivery's signature is missing or does not match. Enter the same secret key in Greenhouse (Configure → Dev Center → Web Hooks) and in this connection.", nil)
}

// hook is what a delivery says. Everything is optional but the action.
type hook struct {
	Action  string      `json:"action"`
	Payload hookPayload `json:"payload"`
}

// hookPayload is the union of all payloads' roots. Values stay raw: an oddity in
// a part we do not use must not lose the event.
type hookPayload struct {
	Application jsontext.Value `json:"application"`
	Candidate   jsontext.Value `json:"candidate"`
	Person      jsontext.Value `json:"person"`
	Job         jsontext.Value `json:"job"`
	JobPost     jsontext.Value `json:"job_post"`
	// Flat payloads.
	JobID            jsontext.Value `json:"job_id"`
	CandidateID      jsontext.Value `json:"candidate_id"`
	AnonymizedFields jsontext.Value `json:"anonymized_fields"`
}

// UnmarshalJSON takes payloads that are no objects as empty.
func (p *hookPayload) UnmarshalJSON(b []byte) error {
	if jsontext.Value(b).Kind() != '{' {
		return nil
	}
	type plain hookPayload
	return json.Unmarshal(b, (*plain)(p))
}

// hookObject is an object of a payload.
type hookObject struct {
	ID             jsontext.Value `json:"id"`
	JobID          jsontext.Value `json:"job_id"`
	CandidateID    jsontext.Value `json:"candidate_id"`
	NewCandidateID jsontext.Value `json:"new_candidate_id"`
	Candidate      struct {
		ID jsontext.Value `json:"id"`
	} `json:"candidate"`
}

func object(v jsontext.Value) hookObject {
	var o hookObject
	if err := json.Unmarshal(v, &o); err != nil {
		// The whole body is valid JSON, so this is an object of another shape:
		// its id, if it has one, is all we can use.
		var only struct {
			ID jsontext.Value `json:"id"`
		}
		_ = json.Unmarshal(v, &only) // no id then, and the caller says so
		return hookObject{ID: only.ID}
	}
	return o
}

// event says what each of Greenhouse's 29 actions means to us.
func (h hook) event() (fairlead.Event, error) {
	e := fairlead.Event{RemoteKind: clip(h.Action, 60)}
	p := h.Payload
	need := func(id fairlead.RemoteID, what string) error {
		if id == "" {
			return fairlead.Fail(fairlead.Invalid, "The delivery does not name the "+what+" it is about.", nil)
		}
		return nil
	}
	switch h.Action {
	case "":
		return e, fairlead.Fail(fairlead.Invalid, "The delivery has no action.", nil)
	case "ping":
		e.Kind = fairlead.Ping
		return e, nil

	case "new_candidate_application", "application_updated", "candidate_stage_change",
		// Somebody decided or took a decision back: the stage is kept up to
		// date, and who was unrejected before being assessed is assessed.
		"reject_candidate", "unreject_candidate", "hire_candidate", "unhire_candidate":
		a := object(p.Application)
		e.Kind = applicationKind(h.Action)
		e.Application, e.Candidate = remoteID(a.ID), remoteID(a.Candidate.ID)
		return e, need(e.Application, "application")
	case "delete_application":
		a := object(p.Application)
		e.Kind = fairlead.ApplicationDeleted
		e.Application, e.Candidate, e.Job = remoteID(a.ID), remoteID(a.CandidateID), remoteID(a.JobID)
		return e, need(e.Application, "application")

	case "update_candidate":
		e.Kind, e.Candidate = fairlead.CandidateUpdated, remoteID(object(p.Candidate).ID)
		return e, need(e.Candidate, "candidate")
	case "merge_candidate":
		person := object(p.Person)
		e.Kind, e.Candidate, e.MergedInto = fairlead.CandidateMerged, remoteID(person.ID), remoteID(person.NewCandidateID)
		return e, need(e.Candidate, "candidate")
	case "delete_candidate":
		e.Kind, e.Candidate = fairlead.CandidateDeleted, remoteID(object(p.Person).ID)
		return e, need(e.Candidate, "candidate")
	case "candidate_anonymized":
		e.Kind, e.Candidate = fairlead.CandidateAnonymized, remoteID(p.CandidateID)
		if !touchesOurs(p.AnonymizedFields) {
			e.Kind = fairlead.Skipped
		}
		return e, need(e.Candidate, "candidate")

	case "job_updated", "job_deleted":
		e.Kind, e.Job = fairlead.JobUpdated, remoteID(object(p.Job).ID)
		return e, need(e.Job, "job")
	case "job_post_created", "job_post_updated", "job_post_deleted":
		// The post holds the description. A post without a job is for
		// prospects, who are not assessed.
		e.Kind = fairlead.JobUpdated
		if e.Job = remoteID(p.JobID); e.Job == "" {
			e.Job = remoteID(object(p.JobPost).JobID)
		}
		if e.Job == "" {
			e.Kind = fairlead.Skipped
		}
		return e, nil

	case "new_prospect_application", // prospects have not applied
		"job_created", "job_approved", // nobody has applied yet; nothing an assessment depends on
		"offer_created", "offer_approved", "offer_updated", "offer_deleted",
		"interview_deleted", "scorecard_deleted",
		"job_interview_stage_deleted", "department_deleted", "office_deleted":
		e.Kind = fairlead.Skipped
		return e, nil
	}
	e.Kind = fairlead.Unknown
	return e, nil
}

func applicationKind(action string) fairlead.EventKind {
	switch action {
	case "new_candidate_application":
		return fairlead.ApplicationCreated
	case "application_updated":
		return fairlead.ApplicationUpdated
	}
	return fairlead.StageChanged
}

// touchesOurs says whether anonymising these fields concerns anything we hold:
// name, contact, resume text and what was derived from it. The list of fields is
// open-ended, so what we hold nothing of is listed, and all else counts: erasing
// once too often is a new assessment, once too rarely is a broken law.
func touchesOurs(v jsontext.Value) bool {
	var fields []string
	if v == nil || json.Unmarshal(v, &fields) != nil || fields == nil {
		return true // it does not say which
	}
	for _, f := range fields {
		switch f {
		case "source", "recruiter", "coordinator", "credited_to", "tags",
			"custom_candidate_fields", "custom_rejection_question_fields", "referral_questions",
			"rejection_reason", "rejection_notes", "offers", "all_offer_versions",
			"scorecards_and_interviews", "candidate_stage_data", "follow_up_reminders",
			"activity_items", "innotes", "inmails", "touchpoints",
			"prospect_owner", "prospect_jobs", "prospect_office", "prospect_offices",
			"prospect_department", "prospect_departments", "prospect_pool", "prospect_stage":
		default:
			return true
		}
	}
	return false
}

// remoteID reads an id: a positive integer of at most 63 bits, or the same in a
// string. Anything else is no id.
func remoteID(v jsontext.Value) fairlead.RemoteID {
	s := string(v)
	if len(s) >= 2 && s[0] == '"' {
		s = s[1 : len(s)-1]
	}
	if !isID(s) || s[0] == '0' || len(s) == 19 && s > "9223372036854775807" {
		return ""
	}
	return fairlead.RemoteID(s)
}

// clip makes what somebody else wrote fit to be shown: printable, at most n
// characters.
func clip(s string, n int) string {
	out := make([]rune, 0, n)
	for _, r := range s {
		if len(out) == n {
			break
		}
		if unicode.IsPrint(r) {
			out = append(out, r)
		}
	}
	return string(out)
}
