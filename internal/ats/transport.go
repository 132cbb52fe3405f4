package ats

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"time"

	"code.dny.dev/ssrf"
)

// Limits of one connection to an ATS.
const (
	dialTimeout   = 5 * time.Second
	tlsTimeout    = 5 * time.Second
	headerTimeout = 15 * time.Second
	maxPerHost    = 64
)

// NewTransport makes the transport every outgoing request to an ATS or its file
// store goes through. It dials public addresses on port 443 only, whatever a
// name resolves to: the check is on the resolved address, in the dialer, so
// that a name that changes its mind between check and use (DNS rebinding) gains
// nothing. It takes no proxy from the environment, speaks TLS 1.2 or newer, and
// times out.
//
// allowPrivate is for simulators and ATSs inside one's own network: loopback
// and private addresses on any port may then be dialled too. Link-local
// addresses, where clouds keep their metadata services, never may.
func NewTransport(allowPrivate bool) *http.Transport {
	options := []ssrf.Option{ssrf.WithPorts(443)}
	if allowPrivate {
		options = []ssrf.Option{
			ssrf.WithAnyPort(),
			ssrf.WithAllowedV4Prefixes(
				netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"),
				netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16")),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fc00::/7")),
		}
	}
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: ssrf.New(options...).Safe}
	return &http.Transport{
		Proxy:                  nil, // never from the environment: it would see credentials and resumes
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           maxPerHost,
		MaxIdleConnsPerHost:    maxPerHost,
		MaxConnsPerHost:        maxPerHost,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
}
