package fairlead_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

func TestNewIDIsAVersion7UUIDAndSortsByTime(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var ids []string
	for i := range 200 {
		id := fairlead.NewID[fairlead.EventID](start.Add(time.Duration(i) * time.Millisecond))
		if !shape.MatchString(string(id)) {
			t.Fatalf("%q is not a UUID version 7", id)
		}
		ids = append(ids, string(id))
	}
	if !slices.IsSorted(ids) {
		t.Error("identifiers made later sort earlier")
	}
}

func TestErrorCarriesItsCodeThroughWrapping(t *testing.T) {
	cause := errors.New("dial tcp: refused")
	inner := &fairlead.Error{Code: fairlead.Unavailable, Message: "Greenhouse does not answer.", Cause: cause, RetryAfter: time.Minute}
	err := fmt.Errorf("fetch application: %w", inner)
	if got := fairlead.CodeOf(err); got != fairlead.Unavailable {
		t.Errorf("CodeOf = %q", got)
	}
	if got := fairlead.MessageOf(err); got != "Greenhouse does not answer." {
		t.Errorf("MessageOf = %q", got)
	}
	if got := fairlead.RetryAfterOf(err); got != time.Minute {
		t.Errorf("RetryAfterOf = %v", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if got := fairlead.CodeOf(cause); got != fairlead.Internal {
		t.Errorf("CodeOf(foreign error) = %q", got)
	}
	if got := fairlead.CodeOf(nil); got != "" {
		t.Errorf("CodeOf(nil) = %q", got)
	}
}

func TestLeafIsCanonicalAndHoldsNoText(t *testing.T) {
	e := fairlead.Entry{
		ID:   "01939f5e-0000-7000-8000-000000000001",
		Time: time.Date(2026, 11, 23, 11, 0, 0, 123456789, time.FixedZone("CET", 3600)),
		Kind: fairlead.EntryAssessmentFinished, Actor: "fairlead", Connection: "greenhouse", Subject: "s1",
		Facts:  map[string]string{"score": "86", "assessment": "a1", "odd \"name": "line\nbreak"},
		Commit: map[string]string{"reasoning": "Maya knows SQL"}, Commitments: map[string]string{"reasoning": "00ff"},
	}
	want := `{"v":1,"id":"01939f5e-0000-7000-8000-000000000001","time":"2026-11-23T10:00:00.123456Z","kind":"assessment.finished",` +
		`"actor":"fairlead","connection":"greenhouse","subject":"s1","facts":{"assessment":"a1","odd \"name":"line\nbreak","score":"86"},` +
		`"commitments":{"reasoning":"00ff"}}`
	if got := string(e.Leaf()); got != want {
		t.Errorf("leaf\n got %s\nwant %s", got, want)
	}
	if !json.Valid(e.Leaf()) {
		t.Error("leaf is not JSON")
	}
}

func TestBalanceAddsUpOnlyWhenItDoes(t *testing.T) {
	b := fairlead.Balance{Received: 7, Open: 1, Written: 1, Superseded: 1, Ignored: 1, Withheld: 1, Parked: 1, Erased: 1}
	if !b.Adds() {
		t.Error("7 = 7×1 does not add up")
	}
	b.Received++
	if b.Adds() {
		t.Error("8 = 7×1 adds up")
	}
}

func TestValidConnectionID(t *testing.T) {
	for s, want := range map[string]bool{
		"greenhouse": true, "gh-2": true, "2gh": true, "": false, "-gh": false, "GH": false, "a/b": false, "a b": false,
		"a234567890123456789012345678901234567890": true, "a2345678901234567890123456789012345678901": false,
	} {
		if got := fairlead.ValidConnectionID(s); got != want {
			t.Errorf("ValidConnectionID(%q) = %v", s, got)
		}
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	c := fairlead.Credentials{"client_secret": "canary-4711"}
	for _, format := range []string{"%v", "%+v", "%s", "%#v"} {
		if got := fmt.Sprintf(format, c); regexp.MustCompile("canary").MatchString(got) {
			t.Errorf("%s prints %s", format, got)
		}
	}
	if got := fmt.Sprintf("%+v", fairlead.Connection{Credentials: c}); regexp.MustCompile("canary").MatchString(got) {
		t.Errorf("a connection prints its credentials: %s", got)
	}
}
