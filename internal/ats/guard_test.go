package ats_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// roundTripper is a transport that is a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1}
}

func TestGuard(t *testing.T) {
	var sent []string
	origin, _ := url.Parse("https://api.example/base")
	guard := &ats.Guard{
		Origin: *origin,
		Rules: []ats.Rule{
			{Method: "GET", Path: "/v3/things"},
			{Method: "PATCH", Path: "/v3/things/{id}", Keys: []string{"fields"}, Check: func(ctx context.Context, body map[string]json.RawMessage) error {
				if ats.PermitOf(ctx).Allows("ours", body["fields"]) {
					return nil
				}
				return errors.New("not permitted")
			}},
			{Method: "POST", Path: "/token", Form: []string{"grant_type"}},
		},
		Base: roundTripper(func(r *http.Request) (*http.Response, error) {
			body := ""
			if r.Body != nil {
				b, _ := io.ReadAll(r.Body)
				body = string(b)
			}
			sent = append(sent, r.Method+" "+r.URL.String()+" "+body)
			return answer(200, ""), nil
		}),
	}
	permitted := ats.WithPermit(t.Context(), ats.Permit{Fields: fairlead.FieldMap{{Key: "ours"}}})
	send := func(ctx context.Context, method, address, body string, header ...string) error {
		t.Helper()
		var reader io.Reader
		if body != "" {
			reader = strings.NewReader(body)
		}
		req, err := http.NewRequestWithContext(ctx, method, address, reader)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := guard.RoundTrip(req)
		if err == nil {
			_ = res.Body.Close()
		}
		return err
	}
	const base = "https://api.example/base"
	for _, ok := range [][3]string{
		{"GET", base + "/v3/things?ids=1,2", ""},
		{"PATCH", base + "/v3/things/7100000123", `{"fields":[1]}`},
		{"POST", base + "/token", "grant_type=x"},
	} {
		if err := send(permitted, ok[0], ok[1], ok[2]); err != nil {
			t.Errorf("%v: %v", ok, err)
		}
		if last := sent[len(sent)-1]; last != strings.Join(ok[:], " ") {
			t.Errorf("sent %q", last)
		}
	}
	before := len(sent)
	bad := [][3]string{
		// No way to move, reject, hire or delete anybody, however it is spelled.
		{"POST", base + "/v3/things/1/move", `{"fields":[1]}`}, {"POST", base + "/v3/things/1/reject", `{}`}, {"POST", base + "/v3/things/1/hire", ""},
		{"DELETE", base + "/v3/things/1", ""}, {"PUT", base + "/v3/things/1", `{"fields":[1]}`}, {"PATCH", base + "/v3/things/1/anonymize", `{"fields":[1]}`},
		{"PATCH", base + "/v3/things/1%2Fmove", `{"fields":[1]}`}, {"PATCH", base + "/v3/things/1/../2/move", `{"fields":[1]}`}, {"PATCH", base + "/v3/things/..", `{"fields":[1]}`},
		{"PATCH", base + "/v3/things/", `{"fields":[1]}`}, {"PATCH", base + "/v3/things/x", `{"fields":[1]}`}, {"PATCH", base + "/v3/things/12345678901234567890", `{"fields":[1]}`},
		{"PATCH", base + "/v3/things/1/", `{"fields":[1]}`}, {"PATCH", base + "//v3/things/1", `{"fields":[1]}`}, {"patch", base + "/v3/things/1", `{"fields":[1]}`},
		// Other keys, duplicates, no JSON, no body, a body on a read.
		{"PATCH", base + "/v3/things/1", `{"fields":[1],"status":"rejected"}`}, {"PATCH", base + "/v3/things/1", `{"fields":[1],"fields":[2]}`},
		{"PATCH", base + "/v3/things/1", `{"Fields":[1]}`}, {"PATCH", base + "/v3/things/1", `[]`}, {"PATCH", base + "/v3/things/1", `x`}, {"PATCH", base + "/v3/things/1", ""},
		{"GET", base + "/v3/things", `{"fields":[1]}`}, {"POST", base + "/token", "grant_type=x&sub=1"},
		{"PATCH", base + "/v3/things/1", `{"fields":"` + strings.Repeat("x", 2<<20) + `"}`},
		// Other places.
		{"GET", "https://evil.example/base/v3/things", ""}, {"GET", "http://api.example/base/v3/things", ""}, {"GET", "https://api.example:444/base/v3/things", ""},
		{"GET", "https://u:p@api.example/base/v3/things", ""}, {"GET", "https://api.example/v3/things", ""}, {"GET", "https://api.example/base/../base/v3/things", ""},
	}
	for _, b := range bad {
		if err := send(permitted, b[0], b[1], b[2]); fairlead.CodeOf(err) != fairlead.Forbidden {
			t.Errorf("%.80v: %v", b, err)
		}
	}
	if err := send(permitted, "GET", base+"/v3/things", "", "X-HTTP-Method-Override", "DELETE"); err == nil {
		t.Error("a method override passes")
	}
	if err := send(t.Context(), "PATCH", base+"/v3/things/1", `{"fields":[1]}`); err == nil {
		t.Error("a write without a permit passes")
	}
	if len(sent) != before {
		t.Errorf("refused requests left: %v", sent[before:])
	}
	if got := guard.Refused(); got != int64(len(bad)+2) {
		t.Errorf("%d refusals counted, want %d", got, len(bad)+2)
	}
}

func TestPermit(t *testing.T) {
	p := ats.Permit{
		Fields:    fairlead.FieldMap{{Key: "score"}},
		Unchanged: map[string]string{"salary": ats.CompactJSON(json.RawMessage(`{ "unit":"EUR", "amount": 1.0 }`))},
	}
	for _, row := range []struct {
		key, value string
		want       bool
	}{
		{"score", `1`, true}, {"score", `null`, true}, {"salary", `{"amount":1,"unit":"EUR"}`, true},
		{"salary", `{"amount":2,"unit":"EUR"}`, false}, {"salary", `null`, false}, {"notice", `1`, false}, {"", `1`, false},
	} {
		if got := p.Allows(row.key, json.RawMessage(row.value)); got != row.want {
			t.Errorf("%s=%s: %v", row.key, row.value, got)
		}
	}
}
