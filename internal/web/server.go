package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/fairlead/fairlead"
)

// Limits on every connection.
const (
	HeaderTimeout  = 5 * time.Second  // to send the request's header
	RequestTimeout = 30 * time.Second // to be answered; handlers see it as their context's deadline
	IdleTimeout    = 60 * time.Second // between requests on one connection
	MaxHeaderBytes = 16 << 10
)

// Config is what a Server needs.
type Config struct {
	Addr    string // host:port, for ListenAndServe
	Handler http.Handler
	Logger  *slog.Logger
	// HTTPS says that browsers reach us over https, through a proxy or not;
	// they are then told never to try anything else.
	HTTPS bool
}

// Server makes an http.Server with the limits above, security headers, request
// ids, a deadline on every request's context and recovery from panics. The
// caller starts and stops it.
func Server(c Config) *http.Server {
	h := Handle(c.Logger, func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), RequestTimeout)
		defer cancel()
		r2 := r.WithContext(ctx)
		c.Handler.ServeHTTP(w, r2)
		r.Pattern = r2.Pattern // for the log line of a panic
		return nil
	})
	return &http.Server{
		Addr:              c.Addr,
		Handler:           Secure(c.HTTPS, h),
		ReadHeaderTimeout: HeaderTimeout,
		ReadTimeout:       HeaderTimeout + BodyTimeout,
		WriteTimeout:      HeaderTimeout + BodyTimeout + RequestTimeout,
		IdleTimeout:       IdleTimeout,
		MaxHeaderBytes:    MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug),
	}
}

// policy lets a page load what we serve ourselves and nothing else: no inline
// script or style, no frames, no other host.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Secure sets the security headers of every answer. A handler may set stricter
// or laxer ones of its own afterwards.
func Secure(https bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// SameOrigin refuses requests that change something and come from a page of
// another site (http.CrossOriginProtection). Programs, which send neither
// Sec-Fetch-Site nor Origin, pass.
func (e Edge) SameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	return e.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if err := guard.Check(r); err != nil {
			return fairlead.Fail(fairlead.Forbidden, "This request came from another site and was refused. If Fairlead runs behind a proxy, let the proxy pass the Host header on unchanged.", err)
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// Redirect answers with a redirect to a path of our own, never to another host.
func Redirect(w http.ResponseWriter, r *http.Request, path string) error {
	if len(path) == 0 || path[0] != '/' || len(path) > 1 && (path[1] == '/' || path[1] == '\\') {
		return fairlead.Fail(fairlead.Internal, "Something went wrong on our side. Look at the log for this time.", errors.New("redirect to another host"))
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
