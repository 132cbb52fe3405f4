package ats_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

func client(serve roundTripper) *ats.Client {
	env := ats.Env{Transport: serve}.WithDefaults(false)
	origin, _ := url.Parse("https://api.example")
	return ats.NewClient(env, "Example", &ats.Guard{Origin: *origin, Base: serve, Rules: []ats.Rule{
		{Method: "GET", Path: "/x"}, {Method: "PATCH", Path: "/x", Keys: []string{"a"}},
	}}, env.Limiter)
}

var (
	get   = ats.Request{Method: "GET", URL: "https://api.example/x?secret=s3cr3t"}
	patch = ats.Request{Method: "PATCH", URL: "https://api.example/x?secret=s3cr3t", Body: []byte(`{"a":1}`)}
)

func TestClientRetries(t *testing.T) {
	for _, row := range []struct {
		name  string
		r     ats.Request
		serve func(n int) (*http.Response, error)
		code  fairlead.Code
		sent  int
	}{
		{"a read that fails once", get, func(n int) (*http.Response, error) {
			if n == 1 {
				return answer(502, ""), nil
			}
			return answer(200, ""), nil
		}, "", 2},
		{"a read on a broken connection", get, func(int) (*http.Response, error) { return nil, errors.New("dial s3cr3t") }, fairlead.Unavailable, 3},
		{"a read that fails", get, func(int) (*http.Response, error) { return answer(500, "s3cr3t"), nil }, fairlead.Unavailable, 3},
		{"a read told to come back", get, func(int) (*http.Response, error) { return answer(503, "", "Retry-After", "60"), nil }, fairlead.Unavailable, 1},
		{"a write that fails", patch, func(int) (*http.Response, error) { return answer(500, ""), nil }, fairlead.Unavailable, 1},
		{"a write on a broken connection", patch, func(int) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, fairlead.Unavailable, 1},
		{"a write held back for a moment", patch, func(n int) (*http.Response, error) {
			if n == 1 {
				return answer(429, "", "Retry-After", "1"), nil
			}
			return answer(200, ""), nil
		}, "", 2},
		{"a write held back for long", patch, func(int) (*http.Response, error) { return answer(429, "", "Retry-After", "60"), nil }, fairlead.RateLimited, 1},
		{"held back again and again", get, func(int) (*http.Response, error) { return answer(429, "", "Retry-After", "1"), nil }, fairlead.RateLimited, 3},
		{"a redirect", get, func(int) (*http.Response, error) { return answer(302, "", "Location", "https://evil.example"), nil }, fairlead.Invalid, 1},
		{"a refusal", get, func(int) (*http.Response, error) { return answer(403, "no"), nil }, "", 1},
		{"too much", get, func(int) (*http.Response, error) { return answer(200, strings.Repeat("x", ats.MaxJSON+1)), nil }, fairlead.Invalid, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			_, err := client(func(*http.Request) (*http.Response, error) { sent++; return row.serve(sent) }).Do(t.Context(), row.r)
			if fairlead.CodeOf(err) != row.code || sent != row.sent {
				t.Errorf("%s: sent %d, want %d; %v", row.name, sent, row.sent, err)
			}
			if err != nil && strings.Contains(fairlead.MessageOf(err), "s3cr3t") {
				t.Errorf("%s: %v", row.name, err)
			}
		})
	}
}

// An ATS that answers nothing, or a byte a second, does not hold a worker for
// more than half a minute.
func TestClientTimesOut(t *testing.T) {
	drip := func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: dripping{r.Context()}}, nil
	}
	silent := func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }
	for name, serve := range map[string]roundTripper{"drip": drip, "silent": silent} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, err := client(serve).Do(t.Context(), get)
			if took := time.Since(began); fairlead.CodeOf(err) != fairlead.Unavailable || took > 30*time.Second {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		})
	}
}

type dripping struct{ ctx context.Context }

func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(time.Second):
		return copy(p, "x"), nil
	}
}

func (dripping) Close() error { return nil }

func TestClientBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent, healthy := 0, false
		c := client(func(*http.Request) (*http.Response, error) {
			sent++
			if healthy {
				return answer(200, ""), nil
			}
			return answer(503, ""), nil
		})
		for range 30 {
			if _, err := c.Do(t.Context(), get); fairlead.CodeOf(err) != fairlead.Unavailable {
				t.Fatal(err)
			}
		}
		if sent > 20 {
			t.Errorf("%d requests before it gave up", sent)
		}
		_, err := c.Do(t.Context(), get)
		if wait := fairlead.RetryAfterOf(err); wait <= 0 || wait > 30*time.Second {
			t.Errorf("asks to wait %v", wait)
		}
		// For ten minutes one probe in thirty seconds, not more.
		sent = 0
		for range 600 {
			time.Sleep(time.Second)
			_, _ = c.Do(t.Context(), get)
		}
		if sent < 15 || sent > 24 {
			t.Errorf("%d probes in ten minutes", sent)
		}
		healthy = true
		time.Sleep(31 * time.Second)
		for range 5 {
			if _, err := c.Do(t.Context(), get); err != nil {
				t.Errorf("after recovery: %v", err)
			}
		}
	})
}

// The dialer looks at the address a name resolved to.
func TestTransportRefusesPrivateAddresses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	try := func(allow bool, address string) error {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := ats.NewTransport(allow).RoundTrip(req)
		if err == nil {
			_ = res.Body.Close()
		}
		return err
	}
	for _, host := range []string{"127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port, "[::ffff:127.0.0.1]:" + port, "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0:" + port, "100.64.0.1", "[fe80::1]", "[fc00::1]", "[64:ff9b::7f00:1]"} {
		if err := try(false, "http://"+host+"/"); err == nil || !strings.Contains(err.Error(), "prohibited") && !strings.Contains(err.Error(), "permitted") {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := try(true, server.URL); err != nil {
		t.Errorf("loopback where it is allowed: %v", err)
	}
	for _, host := range []string{"169.254.169.254", "[fe80::1]", "0.0.0.0:" + port} {
		if err := try(true, "http://"+host+"/"); err == nil || !strings.Contains(err.Error(), "permitted") {
			t.Errorf("%s with allow_private: %v", host, err)
		}
	}
	t.Setenv("HTTP_PROXY", server.URL)
	if ats.NewTransport(false).Proxy != nil {
		t.Error("a proxy is taken from the environment")
	}
}

func TestClientGzipBomb(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}))
	defer server.Close()
	env := ats.Env{}.WithDefaults(true)
	origin, _ := url.Parse(server.URL)
	c := ats.NewClient(env, "Example", &ats.Guard{Origin: *origin, Plain: true, Base: env.Transport, Rules: []ats.Rule{{Method: "GET", Path: "/x"}}}, env.Limiter)
	if _, err := c.Do(t.Context(), ats.Request{Method: "GET", URL: server.URL + "/x"}); fairlead.CodeOf(err) != fairlead.Invalid {
		t.Errorf("64 MiB in %d bytes: %v", bomb.Len(), err)
	}
}

func TestDownloader(t *testing.T) {
	d := ats.NewDownloader(ats.Env{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		switch r.URL.Path {
		case "/ok":
			return answer(200, "file"), nil
		case "/away":
			return answer(302, "", "Location", "https://evil.example/ok"), nil
		case "/near":
			return answer(302, "", "Location", "/ok"), nil
		case "/loop":
			return answer(302, "", "Location", "/loop"), nil
		case "/big":
			return answer(200, strings.Repeat("x", ats.MaxFile+1)), nil
		case "/announced":
			res := answer(200, "")
			res.ContentLength = ats.MaxFile + 1
			return res, nil
		case "/broken":
			return nil, errors.New("read " + r.URL.String())
		case "/down":
			return answer(503, ""), nil
		}
		return answer(403, "<Error>AccessDenied</Error>"), nil
	})}.WithDefaults(false), []string{"*.amazonaws.com"}, false)
	const host, query = "https://b.s3.amazonaws.com", "?X-Amz-Signature=s3cr3t"
	for _, row := range []struct {
		link string
		code fairlead.Code
	}{
		{host + "/ok", ""}, {host + "/near", ""}, {host + "/away", fairlead.Invalid}, {host + "/loop", fairlead.Invalid},
		{host + "/big", fairlead.TooLarge}, {host + "/announced", fairlead.TooLarge}, {host + "/broken", fairlead.Unavailable},
		{host + "/down", fairlead.Unavailable}, {host + "/expired", fairlead.Unavailable},
		{"http://b.s3.amazonaws.com/ok", fairlead.Invalid}, {"https://amazonaws.com/ok", fairlead.Invalid}, {"https://evilamazonaws.com/ok", fairlead.Invalid},
		{"https://b.s3.amazonaws.com.evil.example/ok", fairlead.Invalid}, {"https://b.s3.amazonaws.com@evil.example/ok", fairlead.Invalid}, {"ftp://b.s3.amazonaws.com/ok", fairlead.Invalid}, {":", fairlead.Invalid},
	} {
		body, err := d.Get(t.Context(), row.link+query)
		if err == nil {
			_, err = io.Copy(io.Discard, body)
			_ = body.Close()
		}
		if fairlead.CodeOf(err) != row.code {
			t.Errorf("%s: %v", row.link, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: the error gives the link away", row.link)
		}
		if errors.Is(err, ats.ErrLinkExpired) != (row.link == host+"/expired") {
			t.Errorf("%s: expired? %v", row.link, err)
		}
	}
}
