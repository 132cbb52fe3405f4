package console

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/auth"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pages holds one parsed template per page, each a copy of the layout with the
// page's own "main".
type pages struct {
	byName map[string]*template.Template
	assets *assets
}

// names of all pages; a template without a name here, or a name without a
// template, stops the program at its start.
func pageNames() []string {
	return []string{"today", "jobs", "job", "assessment", "audit", "audit_search", "sign_in", "first_run", "problem"}
}

func newPages(a *assets) *pages {
	layout := template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"asset": a.path,
		"num":   func(n int) string { return num(n) },
	}).ParseFS(templateFiles, "templates/layout.html"))
	p := &pages{byName: map[string]*template.Template{}, assets: a}
	for _, name := range pageNames() {
		t := template.Must(layout.Clone())
		p.byName[name] = template.Must(t.ParseFS(templateFiles, "templates/"+name+".html"))
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil || len(files) != len(p.byName)+1 {
		panic("console: a template belongs to no page")
	}
	return p
}

// frame is what the layout shows around every page.
type frame struct {
	Title   string // of the page, before the product's name
	Section string // which entry of the navigation is current
	User    *fairlead.User
	Version string
	Plain   bool // without navigation: sign-in, first run
}

// page is what a template gets.
type page struct {
	frame
	View any // the page's own typed view
}

// show renders a page to memory and then writes it, so that an error in a
// template is an error page and never half a page.
func (a *console) show(w http.ResponseWriter, r *http.Request, status int, name string, f frame, view any) error {
	f.Version = a.c.Version
	if u, ok := auth.UserOf(r.Context()); ok {
		f.User = &u
	}
	var b bytes.Buffer
	if err := a.pages.byName[name].Execute(&b, page{f, view}); err != nil {
		return fmt.Errorf("render page %s: %w", name, err)
	}
	return write(w, r, status, b.Bytes(), !f.Plain)
}

// worthCompressing is the size in bytes from which a page is compressed. Pages
// with a secret in them are not compressed at all (BREACH).
const worthCompressing = 2 << 10

func write(w http.ResponseWriter, r *http.Request, status int, body []byte, compress bool) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store") // pages hold personal data
	if compress {
		h.Add("Vary", "Accept-Encoding")
		if len(body) >= worthCompressing && acceptsGzip(r) {
			var z bytes.Buffer
			gz := gzip.NewWriter(&z)
			if _, err := gz.Write(body); err != nil {
				return fmt.Errorf("compress page: %w", err)
			}
			if err := gz.Close(); err != nil {
				return fmt.Errorf("compress page: %w", err)
			}
			h.Set("Content-Encoding", "gzip")
			body = z.Bytes()
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away is nobody's error
	return nil
}

func acceptsGzip(r *http.Request) bool {
	for _, v := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(v), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.ReplaceAll(q, " ", "") != "q=0"
		}
	}
	return false
}

//go:embed assets/*
var assetFiles embed.FS

// assets are served under names that hold their content's digest, so browsers
// may keep them for ever.
type assets struct {
	named   map[string]string // app.css → app.1234abcd.css
	content map[string][]byte // by hashed name
}

func newAssets() *assets {
	a := &assets{named: map[string]string{}, content: map[string][]byte{}}
	files, err := fs.Glob(assetFiles, "assets/*")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, f := range files {
		b, err := assetFiles.ReadFile(f)
		if err != nil {
			panic(err) // embedded at build
		}
		base := path.Base(f)
		ext := path.Ext(base)
		hashed := strings.TrimSuffix(base, ext) + "." + digest(b)[:12] + ext
		a.named[base], a.content[hashed] = hashed, b
	}
	return a
}

// path gives the address of an asset; a name that is not there is a fault in a
// template and shows in its first test.
func (a *assets) path(name string) (string, error) {
	hashed, ok := a.named[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return "/console/assets/" + hashed, nil
}

func (a *assets) serve(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	b, ok := a.content[name]
	if !ok {
		return fairlead.Fail(fairlead.NotFound, "There is no such file. Load the page again.", nil)
	}
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	w.Header().Set("Content-Type", types[path.Ext(name)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b)
	return nil
}
