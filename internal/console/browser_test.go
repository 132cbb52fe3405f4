package console

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/auth"
	"github.com/fairlead/fairlead/internal/fairleadtest"
)

// lacking skips a test that needs something this machine does not have, with
// the one command that installs it; in CI it fails instead.
func lacking(t *testing.T, what, install string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing and CI=true. Install it: %s", what, install)
	}
	t.Skipf("%s is missing. To run this test too: %s", what, install)
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	lacking(t, "Chromium", "sudo apt-get install -y --no-install-recommends chromium")
	return ""
}

func axe(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash("../../test/browser/node_modules/axe-core/axe.min.js"))
	if err != nil {
		lacking(t, "axe-core", "npm ci --ignore-scripts --prefix test/browser")
	}
	return string(b)
}

// window is one real browser with one tab, and what it complained about.
type window struct {
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

func openWindow(t *testing.T) *window {
	t.Helper()
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium(t)), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("headless", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("enable-blink-features", "ComputedAccessibilityInfo"), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute),
	}
	if os.Geteuid() == 0 {
		flags = append(flags, chromedp.NoSandbox) // Chromium refuses to run as root with its sandbox
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(t.Context(), flags...)
	ctx, stop := chromedp.NewContext(alloc)
	w := &window{ctx: ctx}
	t.Cleanup(func() { stop(); stopAlloc() })
	err := chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			w.complain("exception: " + e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
				w.complain("console: " + string(e.Args[0].Value))
			}
		case *cdplog.EventEntryAdded: // refusals by the content security policy come here
			if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Source == cdplog.EntrySourceSecurity {
				w.complain(string(e.Entry.Source) + ": " + e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	call(t, w, cdplog.Enable, cdp.Empty{})
	call(t, w, runtime.Enable, cdp.Empty{})
	return w
}

// call sends one command of the browser's protocol.
func call[P, R any](t *testing.T, w *window, c cdp.Command[P, R], params P) R {
	t.Helper()
	out, err := chromedp.Call(w.ctx, c, params)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// ask runs JavaScript in the page and waits for what it says.
func ask[T any](t *testing.T, w *window, script string) T {
	t.Helper()
	out, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%v, asked %.60s", err, script)
	}
	return out
}

func (w *window) complain(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.complaints = append(w.complaints, s)
}

// told returns and forgets the complaints.
func (w *window) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.complaints
	w.complaints = nil
	return out
}

func (w *window) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// fits says in words what is wider than the window.
const fits = `(() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return "";
  return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > wide + 1)
    .slice(0, 5).map(e => e.tagName + "." + e.className + " to " + Math.round(e.getBoundingClientRect().right)).join(", ") || "something";
})()`

// clipped says which texts are cut off by their own box.
const clipped = `[...document.querySelectorAll("h1,h2,h3,p,td,th,a,button,dd,dt,li,.band,.chip,.tag")]
  .filter(e => !e.closest(".hidden") && getComputedStyle(e).overflow === "hidden" && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1))
  .slice(0, 5).map(e => e.tagName + "." + e.className + ": " + e.textContent.slice(0, 40)).join("; ")`

const runAxe = `axe.run(document, {runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})
  .then(r => r.violations.map(v => v.id + ": " + v.help + " at " + v.nodes.slice(0, 3).map(n => n.target.join(" ") + " {" + (n.any[0] || n.all[0] || n.none[0] || {}).message + "}").join(", ")))`

// keys presses them one after the other.
func (w *window) keys(t *testing.T, keys ...string) {
	t.Helper()
	for _, k := range keys {
		w.do(t, chromedp.KeyEvent(k))
	}
}

// focused says in words what the next key goes to.
const focused = `(e => e.tagName + " " + (e.id || e.name || e.getAttribute("href") || e.textContent.trim().slice(0, 30)))(document.activeElement)`

// TestBrowserKeyboardOnly goes from the first-run link to a quote in a resume
// without a mouse.
func TestBrowserKeyboardOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	w := openWindow(t)
	store, cases := fullStore()
	s := newSite(t, store)
	link, err := auth.FirstRunLink(context.Background(), s.users, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	at := func(want string) {
		t.Helper()
		if got := ask[string](t, w, focused); got != want {
			t.Fatalf("focus is on %q, want %q", got, want)
		}
	}
	// The first admin makes themselves.
	w.do(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(link), chromedp.WaitVisible(chromedp.CSS("#name")))
	w.keys(t, "Ada Verhoeven", kb.Tab, "ada@example.com", kb.Tab, testPassword, kb.Tab, testPassword, kb.Enter)
	w.do(t, chromedp.WaitVisible(chromedp.CSS("nav[aria-label=Main]")))
	// The skip link is the first stop and leads past the navigation.
	w.keys(t, kb.Tab)
	at("A #main")
	if !ask[bool](t, w, `document.activeElement.getBoundingClientRect().top >= 0`) {
		t.Error("the skip link is focused and not to be seen")
	}
	w.keys(t, kb.Enter)
	at("MAIN main")
	// Rows shown as cards are still rows of a table to those who listen.
	w.do(t, chromedp.EmulateViewport(360, 780), chromedp.Navigate(s.URL+"/console/jobs/"+string(fairleadtest.Job(0).ID)), chromedp.WaitReady(chromedp.CSS("a.row-link")))
	const roles = `["table.ranked", "table.ranked tr", "table.ranked thead th", "table.ranked tbody th", "table.ranked td"].map(s => document.querySelector(s).computedRole).join(" ")`
	if got := ask[string](t, w, roles); got != "table row columnheader rowheader cell" {
		t.Errorf("a narrow list is told as %q", got)
	}
	w.do(t, chromedp.EmulateViewport(1440, 900))
	// Down the ranked list with the arrows, into the third application.
	w.do(t, chromedp.Navigate(s.URL+"/console/jobs/"+string(fairleadtest.Job(0).ID)), chromedp.WaitVisible(chromedp.CSS("a.row-link")))
	ask[chromedp.Void](t, w, `document.querySelector("a.row-link").focus()`)
	w.keys(t, kb.ArrowDown, kb.ArrowDown, kb.ArrowUp, kb.ArrowDown)
	at("A /console/assessments/" + string(cases[2].Assessment.ID))
	w.keys(t, kb.End)
	at("A /console/assessments/" + string(cases[59].Assessment.ID))
	w.keys(t, kb.Home)
	at("A /console/assessments/" + string(cases[0].Assessment.ID))
	w.keys(t, kb.Enter)
	w.do(t, chromedp.WaitVisible(chromedp.CSS(".score-big")))
	// From a quote to its place in the text, and back to its criterion.
	ask[chromedp.Void](t, w, `document.querySelector("#c1 blockquote a").focus()`)
	w.keys(t, kb.Enter)
	if got := ask[string](t, w, `document.querySelector(":target").closest("mark").firstChild.nextSibling.textContent`); got != cases[0].Assessment.Judgements[0].Evidence[0].Text {
		t.Errorf("the quote leads to %q", got)
	}
	w.keys(t, kb.Tab)
	at("A #c1")
	w.keys(t, kb.Enter)
	if got := ask[string](t, w, `document.querySelector(":target").id`); got != "c1" {
		t.Errorf("the number leads to %q", got)
	}
	// And out.
	ask[chromedp.Void](t, w, `document.querySelector(".who button").focus()`)
	w.keys(t, kb.Enter)
	w.do(t, chromedp.WaitVisible(chromedp.CSS("#password")))
	at("INPUT email")
	for _, c := range w.told() {
		t.Errorf("the browser complains: %s", c)
	}
}

// TestBrowserChecksCanFail: a check that cannot fail checks nothing.
func TestBrowserChecksCanFail(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	script := axe(t)
	w := openWindow(t)
	s := newSite(t, emptyStore())
	w.do(t, chromedp.EmulateViewport(360, 780), chromedp.Navigate(s.URL+"/console/sign-in"), chromedp.WaitReady(chromedp.CSS("main")))
	ask[chromedp.Void](t, w, `(() => {
	  const wide = document.createElement("div"); wide.className = "too-wide"; wide.textContent = "x"; document.body.append(wide);
	  document.querySelector("label").remove();
	  const script = document.createElement("script"); script.textContent = "window.broken = 1"; document.body.append(script);
	  const cut = document.querySelector("h1"); cut.textContent = "wide ".repeat(50);
	  wide.style.width = "2000px"; cut.style.overflow = "hidden"; cut.style.whiteSpace = "nowrap"; cut.style.width = "100px";
	})()`)
	if got := ask[string](t, w, fits); !strings.Contains(got, "too-wide") {
		t.Errorf("too wide, and says %q", got)
	}
	if got := ask[string](t, w, clipped); !strings.Contains(got, "H1") {
		t.Errorf("cut off, and says %q", got)
	}
	if got := strings.Join(w.told(), "\n"); !strings.Contains(got, "Content Security Policy") {
		t.Errorf("an inline script ran, or its refusal is not told: %q", got)
	}
	ask[chromedp.Void](t, w, script)
	if got := strings.Join(ask[[]string](t, w, runAxe), "\n"); !strings.Contains(got, "label:") {
		t.Errorf("an unlabelled field, and axe says %q", got)
	}
}

// TestBrowserPrints: on paper everything is there and the controls are not.
func TestBrowserPrints(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	w := openWindow(t)
	store, cases := fullStore()
	s := newSite(t, store, fairlead.RoleAdmin)
	w.enter(t, s, true)
	call(t, w, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	w.do(t, chromedp.EmulateViewport(800, 1100), chromedp.Navigate(s.URL+"/console/assessments/"+string(cases[0].Assessment.ID)), chromedp.WaitReady(chromedp.CSS("main")))
	for _, hidden := range []string{".bar", ".foot", ".main-button"} {
		if !ask[bool](t, w, `getComputedStyle(document.querySelector("`+hidden+`")).display === "none"`) {
			t.Errorf("%s is printed", hidden)
		}
	}
	if ask[bool](t, w, `(r => r.scrollHeight > r.clientHeight + 1)(document.querySelector(".resume"))`) {
		t.Error("the resume is cut off on paper")
	}
}

// shown is one page that people see.
type shown struct {
	name, path string
	site       *site
	signedIn   bool
	// Other states of a page are seen twice, narrow in the light and wide in
	// the dark; the pages themselves in all four.
	state bool
}

// everyPage is every page in every state worth looking at.
func everyPage(t *testing.T) []shown {
	t.Helper()
	store, cases := fullStore()
	full := newSite(t, store, fairlead.RoleAdmin, fairlead.RoleRecruiter)
	full.refuse("greenhouse-eu", 12)
	empty := newSite(t, emptyStore(), fairlead.RoleAdmin)
	stuck, _ := fullStore()
	stuck.balance.OldestOpen = fairleadtest.Now().Add(-42 * time.Minute)
	stuck.balance.Received++ // and one event is unaccounted for
	stuck.latency.P95 = 38 * time.Second
	bad := newSite(t, stuck, fairlead.RoleAdmin)
	calm, _ := fullStore()
	calm.balance.Received -= calm.balance.Parked
	calm.balance.Parked, calm.troubles, calm.balance.Open, calm.balance.Received = 0, nil, 0, calm.balance.Received-calm.balance.Open
	well := newSite(t, calm, fairlead.RoleAdmin)
	fresh := newSite(t, emptyStore())
	link, err := auth.FirstRunLink(context.Background(), fresh.users, fresh.URL)
	if err != nil {
		t.Fatal(err)
	}
	job := func(n int) string { return "/console/jobs/" + string(fairleadtest.Job(n).ID) }
	find := func(why string, f func(fairleadtest.Case) bool) string {
		for _, c := range cases {
			if f(c) {
				return string(c.Assessment.ID)
			}
		}
		t.Fatalf("no example is %s", why)
		return ""
	}
	unreadable := find("unreadable", func(c fairleadtest.Case) bool { return c.Assessment.Score == nil })
	conflict := find("changed by a person", func(c fairleadtest.Case) bool {
		return c.Assessment.Score != nil && c.Writeback.State == fairlead.WritebackParked
	})
	flagged := find("flagged", func(c fairleadtest.Case) bool { return len(c.Document.Hidden) > 0 })
	long := find("long of name", func(c fairleadtest.Case) bool { return len(c.Candidate.Name) > 80 })
	rtl := find("written from right to left", func(c fairleadtest.Case) bool { return strings.HasPrefix(c.Candidate.Name, "سل") })
	erased := string(fairleadtest.ID[fairlead.AssessmentID]('d', 999_999))
	return []shown{
		{"today", "/console/", full, true, false},
		{"today-well", "/console/", well, true, true},
		{"today-bad", "/console/", bad, true, true},
		{"today-empty", "/console/", empty, true, true},
		{"jobs", "/console/jobs", full, true, false},
		{"jobs-empty", "/console/jobs", empty, true, true},
		{"jobs-search", "/console/jobs?q=zzz", full, true, true},
		{"job-60", job(0), full, true, false},
		{"job-258", job(1), full, true, false},
		{"job-human", job(0) + "?band=human", full, true, true},
		{"job-nobody", job(0) + "?q=zzz", full, true, true},
		{"job-empty", job(7), full, true, true},
		{"assessment", "/console/assessments/" + string(cases[0].Assessment.ID), full, true, false},
		{"assessment-unreadable", "/console/assessments/" + unreadable, full, true, true},
		{"assessment-conflict", "/console/assessments/" + conflict, full, true, true},
		{"assessment-flagged", "/console/assessments/" + flagged, full, true, true},
		{"assessment-long", "/console/assessments/" + long, full, true, true},
		{"assessment-rtl", "/console/assessments/" + rtl, full, true, true},
		{"assessment-erased", "/console/assessments/" + erased, full, true, true},
		{"audit-find", "/console/audit", full, true, true},
		{"audit-find-wrong", "/console/audit?id=nonsense", full, true, true},
		{"audit", "/console/audit/" + string(cases[0].Assessment.ID), full, true, false},
		{"audit-erased", "/console/audit/" + erased, full, true, true},
		{"not-found", "/console/nowhere", full, true, false},
		{"not-found-stranger", "/console/nowhere", full, false, true},
		{"sign-in", "/console/sign-in", full, false, false},
		{"sign-in-nobody", "/console/sign-in", fresh, false, true},
		{"first-run", strings.TrimPrefix(link, fresh.URL), fresh, false, false},
		{"first-run-done", "/console/first-run", full, false, true},
	}
}

// TestBrowserEveryPage looks at every page in a real browser, narrow and wide,
// light and dark: nothing may be wider than the window, nothing cut off, no rule
// of WCAG 2.2 AA broken that axe can check, nothing in the browser's console.
// With FAIRLEAD_SCREENSHOTS naming a folder, pictures are saved there.
func TestBrowserEveryPage(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	script := axe(t)
	w := openWindow(t)
	pictures := os.Getenv("FAIRLEAD_SCREENSHOTS")
	only := os.Getenv("FAIRLEAD_SCREENSHOTS_ONLY")
	var at *site
	var in bool
	for _, p := range everyPage(t) {
		if only != "" && !strings.Contains(","+only+",", ","+p.name+",") {
			continue
		}
		if at != p.site || in != p.signedIn {
			w.enter(t, p.site, p.signedIn)
			at, in = p.site, p.signedIn
		}
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1440} {
				name := fmt.Sprintf("%s-%s-%d", p.name, scheme, width)
				corner := (scheme == "light") == (width == 360)
				if p.state && !corner && pictures == "" {
					continue
				}
				w.told()
				call(t, w, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
				})
				w.do(t, chromedp.EmulateViewport(width, map[int64]int64{360: 780, 1440: 900}[width]),
					chromedp.Navigate(p.site.URL+p.path), chromedp.WaitReady(chromedp.CSS("main")))
				tooWide, cut := ask[string](t, w, fits), ask[string](t, w, clipped)
				complaints := w.told()
				var broken []string
				if corner { // colours depend on the theme and layout on the width: both are seen twice
					ask[chromedp.Void](t, w, script)
					broken = ask[[]string](t, w, runAxe)
					w.told()
				}
				if tooWide != "" {
					t.Errorf("%s is wider than the window: %s", name, tooWide)
				}
				if cut != "" {
					t.Errorf("%s cuts text off: %s", name, cut)
				}
				for _, b := range broken {
					t.Errorf("%s: axe: %s", name, b)
				}
				for _, c := range complaints {
					if strings.HasPrefix(p.name, "not-found") && strings.Contains(c, "404") {
						continue // the browser tells of the status itself
					}
					t.Errorf("%s: %s", name, c)
				}
				if pictures != "" {
					w.photograph(t, filepath.Join(pictures, name+".png"))
				}
			}
		}
	}
}

func (w *window) photograph(t *testing.T, file string) {
	t.Helper()
	size := call(t, w, cdppage.GetLayoutMetrics, cdp.Empty{}).CSSContentSize
	beyond := true
	png := call(t, w, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{
		CaptureBeyondViewport: &beyond, Clip: &cdppage.Viewport{Width: size.Width, Height: min(size.Height, 2400), Scale: 1},
	})
	if err := os.WriteFile(file, png.Data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// enter signs in with the keyboard alone, or forgets who was signed in.
func (w *window) enter(t *testing.T, s *site, signIn bool) {
	t.Helper()
	call(t, w, network.ClearBrowserCookies, cdp.Empty{})
	if !signIn {
		return
	}
	w.do(t, chromedp.Navigate(s.URL+"/console/sign-in"), chromedp.WaitVisible(chromedp.CSS("#email")),
		chromedp.KeyEvent(string(fairlead.RoleAdmin)+"@example.com"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(testPassword), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(chromedp.CSS("nav[aria-label=Main]")))
	if where := ask[string](t, w, "location.href"); where != s.URL+"/console/" {
		t.Fatalf("after sign-in at %s", where)
	}
}
