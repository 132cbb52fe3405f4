package ats

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/fairlead/fairlead"
)

const (
	// downloadTimeout bounds a whole download.
	downloadTimeout = 30 * time.Second
	// maxHops is how many redirects within the allowed hosts are followed.
	maxHops = 3
)

// ErrLinkExpired is in the chain of the error of a download whose signed link no
// longer works: ask the ATS for a new one, once.
var ErrLinkExpired = errors.New("signed link expired")

// Downloader fetches files by signed links: from allowed hosts only, every
// redirect checked like the first address, without credentials, at most MaxFile
// bytes. The link is never part of an error.
type Downloader struct {
	Guard *Guard // with Hosts, NoCredentials and a GET rule for any path
}

// NewDownloader makes a Downloader for hosts; plain allows http beside https.
func NewDownloader(env Env, hosts []string, plain bool) *Downloader {
	return &Downloader{Guard: &Guard{
		Hosts: hosts, Plain: plain, NoCredentials: true,
		Rules: []Rule{{Method: http.MethodGet, Path: "*"}},
		Base:  env.Transport, Logger: env.Logger,
	}}
}

// Get opens the file behind link. The caller closes it; reading past MaxFile is
// TooLarge. Unavailable with ErrLinkExpired in its chain when the link is
// refused.
func (d *Downloader) Get(ctx context.Context, link string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, downloadTimeout)
	res, err := d.follow(ctx, link)
	if err != nil {
		cancel()
		return nil, err
	}
	if err := downloadStatus(res); err != nil {
		_ = res.Body.Close()
		cancel()
		return nil, err
	}
	return &cappedBody{body: res.Body, left: MaxFile, cancel: cancel}, nil
}

func (d *Downloader) follow(ctx context.Context, link string) (*http.Response, error) {
	for range maxHops {
		req, err := newRequest(ctx, Request{Method: http.MethodGet, URL: link})
		if err != nil {
			return nil, fairlead.Fail(fairlead.Invalid, "The ATS gave us a link to the file that is no address.", nil)
		}
		res, err := d.Guard.RoundTrip(req)
		if err != nil {
			var known *fairlead.Error
			if errors.As(err, &known) {
				return nil, fairlead.Fail(fairlead.Invalid, "The file is stored on a host Fairlead may not download from. Add the host to the connection's setting file_hosts if it is your ATS's file store.", known.Cause)
			}
			// The transport's own errors name hosts and ports, not paths or
			// queries; still only their kind is kept.
			return nil, fairlead.Fail(fairlead.Unavailable, "The file could not be downloaded. Fairlead tries again by itself.", errors.New(networkKind(err)))
		}
		location := res.Header.Get("Location")
		if res.StatusCode < 300 || res.StatusCode >= 400 || location == "" {
			return res, nil
		}
		_ = res.Body.Close()
		next, err := url.Parse(location)
		if err != nil {
			return nil, fairlead.Fail(fairlead.Invalid, "The file's host redirects to something that is no address.", nil)
		}
		link = req.URL.ResolveReference(next).String()
	}
	return nil, fairlead.Fail(fairlead.Invalid, "The file's host redirects too often.", nil)
}

func networkKind(err error) string {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "timeout"
	}
	return "connection failed"
}

func downloadStatus(res *http.Response) error {
	switch {
	case res.StatusCode == http.StatusOK:
		if res.ContentLength > MaxFile {
			return tooLarge()
		}
		return nil
	case res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests:
		return fairlead.Fail(fairlead.Unavailable, fmt.Sprintf("The file store answered with error %d. Fairlead tries again by itself.", res.StatusCode), nil)
	case res.StatusCode >= 400:
		return fairlead.Fail(fairlead.Unavailable, "The ATS's link to the file does not work. Fairlead asks for a new one.", fmt.Errorf("%w: status %d", ErrLinkExpired, res.StatusCode))
	}
	return fairlead.Fail(fairlead.Invalid, fmt.Sprintf("The file store answered with status %d instead of the file.", res.StatusCode), nil)
}

func tooLarge() error {
	return fairlead.Fail(fairlead.TooLarge, fmt.Sprintf("The file is larger than %d MiB.", MaxFile>>20), nil)
}

// cappedBody reads at most left bytes and then fails instead of cutting short.
type cappedBody struct {
	body   io.ReadCloser
	left   int64
	cancel context.CancelFunc
}

// Read implements io.Reader.
func (c *cappedBody) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, tooLarge()
	}
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.body.Read(p)
	c.left -= int64(n)
	if c.left < 0 {
		return n, tooLarge()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fairlead.Fail(fairlead.Unavailable, "The download broke off. Fairlead tries again by itself.", errors.New(networkKind(err)))
	}
	return n, err
}

// Close implements io.Closer.
func (c *cappedBody) Close() error {
	defer c.cancel()
	return c.body.Close()
}
