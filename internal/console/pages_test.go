package console

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/fairleadtest"
)

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTodayAddsUpBeforeYourEyes(t *testing.T) {
	store, _ := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	s.refuse("greenhouse-eu", 1200)
	p := s.page(t, s.signedIn(t, fairlead.RoleRecruiter), "/console/", 200)
	sum := 0
	for _, n := range p.all("table.ledger tbody td") {
		sum += number(t, n.text())
	}
	total := number(t, p.one(t, "tr.total td").text())
	if sum != total || total != int(store.balance.Received) {
		t.Errorf("lines sum to %d, total says %d, received %d", sum, total, store.balance.Received)
	}
	if got := p.one(t, "tr.total .adds").text(); got != "✓ adds up" {
		t.Errorf("says %q", got)
	}
	if got := number(t, p.one(t, "tr.apart td").text()); got != int(store.balance.Duplicates) {
		t.Errorf("duplicates %d", got)
	}
	if got := texts(p.all(".figures dd")); !slices.Equal(got, []string{"840 ms", "1.9 s"}) {
		t.Errorf("latency %q", got)
	}
	if got := p.one(t, "section[aria-labelledby=speed]").text(); !strings.Contains(got, "n = 500") || !strings.Contains(got, "10 s") {
		t.Errorf("latency without its n or target: %q", got)
	}
	if got := p.one(t, "section[aria-labelledby=refused]").text(); !strings.Contains(got, "1,200 on greenhouse-eu") {
		t.Errorf("refused: %q", got)
	}
	cases := 0
	for _, row := range p.all("table.causes tbody tr") {
		cases += number(t, row.one(t, "td.n").text())
		for _, l := range row.all(".links a") {
			id, _ := strings.CutPrefix(l.attr("href"), "/console/assessments/")
			if _, ok := store.views[fairlead.AssessmentID(id)]; !ok {
				t.Errorf("a case links to %q", l.attr("href"))
			}
		}
	}
	if cases != len(store.troubles) {
		t.Errorf("%d cases shown of %d", cases, len(store.troubles))
	}
}

func TestVerdictSaysTheWorstFirst(t *testing.T) {
	now := fairleadtest.Now()
	quick := fairlead.Latency{N: 10, P95: time.Second}
	slow := fairlead.Latency{N: 10, P95: 11 * time.Second}
	for _, c := range []struct {
		name    string
		balance fairlead.Balance
		latency fairlead.Latency
		class   string
		text    string
	}{
		{"well", fairlead.Balance{Received: 3, Written: 3}, quick, "ok", "Everything is all right."},
		{"on its way", fairlead.Balance{Received: 3, Written: 2, Open: 1, OldestOpen: now.Add(-time.Minute)}, quick, "ok", "Everything is all right."},
		{"nothing yet", fairlead.Balance{}, fairlead.Latency{}, "quiet", "Nothing has arrived yet."},
		{"slow", fairlead.Balance{Received: 3, Written: 3}, slow, "attention", "Everything arrives, but slowly."},
		{"one parked", fairlead.Balance{Received: 3, Written: 2, Parked: 1}, slow, "attention", "1 event needs a human."},
		{"two parked", fairlead.Balance{Received: 3, Written: 1, Parked: 2}, quick, "attention", "2 events need a human."},
		{"stuck", fairlead.Balance{Received: 3, Written: 1, Parked: 1, Open: 1, OldestOpen: now.Add(-3 * time.Hour)}, quick, "bad", "Work is stuck: the oldest event has waited 3 hours."},
		{"lost", fairlead.Balance{Received: 4, Written: 1, Parked: 1, Open: 1, OldestOpen: now.Add(-3 * time.Hour)}, quick, "bad", "The numbers do not add up."},
	} {
		got := verdictOn(c.balance, c.latency, now)
		if got.Class != c.class || got.Text != c.text || got.Next == "" {
			t.Errorf("%s: %+v, want %s, %q", c.name, got, c.class, c.text)
		}
	}
}

func TestWhenTheNumbersDoNotAddUpBothAreShown(t *testing.T) {
	store := emptyStore()
	store.balance = fairlead.Balance{Received: 1000, Written: 998}
	s := newSite(t, store, fairlead.RoleRecruiter)
	p := s.page(t, s.signedIn(t, fairlead.RoleRecruiter), "/console/", 200)
	if got := p.one(t, "tr.total").text(); !strings.Contains(got, "the lines above give 998") || !strings.Contains(got, "1,000") {
		t.Errorf("total says %q", got)
	}
}

func TestJobs(t *testing.T) {
	store, _ := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	p := s.page(t, c, "/console/jobs", 200)
	rows := p.all("table.jobs tbody tr")
	if len(rows) != len(store.jobs) {
		t.Fatalf("%d rows, want %d", len(rows), len(store.jobs))
	}
	if last := rows[len(rows)-1].text(); !strings.Contains(last, "Hotel Front Office Manager") || !strings.Contains(last, "closed") {
		t.Errorf("the closed job is not last: %q", last)
	}
	for _, r := range rows {
		if len(r.all("svg.spread-bar")) == 1 && !strings.Contains(r.one(t, ".spread-words").text(), " scored") {
			t.Errorf("a bar without words: %q", r.text())
		}
	}
	if got := p.one(t, "table.jobs tbody a[href=/console/jobs/"+string(fairleadtest.Job(1).ID)+"]").text(); got != "Backend Engineer (Go)" {
		t.Errorf("link says %q", got)
	}
	if got := texts(s.page(t, c, "/console/jobs?q=NURSE", 200).all("table.jobs tbody a")); !slices.Equal(got, []string{"Registered Nurse, Intensive Care"}) {
		t.Errorf("search finds %q", got)
	}
	if got := s.page(t, c, "/console/jobs?q=<b>none", 200).one(t, ".empty").text(); !strings.Contains(got, "“<b>none”") {
		t.Errorf("nothing found says %q", got)
	}
}

func TestRankedList(t *testing.T) {
	store, cases := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	path := "/console/jobs/" + string(fairleadtest.Job(0).ID)
	p := s.page(t, c, path, 200)
	rows := p.all("table.ranked tbody tr")
	if len(rows) != len(cases) {
		t.Fatalf("%d rows, want %d", len(rows), len(cases))
	}
	counts := map[string]int{}
	for i, r := range rows {
		want := cases[i]
		if got := r.one(t, "a.row-link").attr("href"); got != "/console/assessments/"+string(want.Assessment.ID) {
			t.Errorf("row %d leads to %s", i, got)
		}
		if r.one(t, ".why p").text() == "" {
			t.Errorf("row %d has no reason beside its score", i)
		}
		if want.Assessment.Score == nil {
			counts["human"]++
			if len(r.all(".score-n")) != 0 || strings.ContainsAny(r.one(t, "td.score").text(), "0123456789") || r.one(t, "td.score").text() != "Not scored" {
				t.Errorf("row %d: a score where there is none: %q", i, r.one(t, "td.score").text())
			}
			continue
		}
		counts[string(want.Assessment.Band)]++
		if got := r.one(t, "td.score").text(); got != strconv.Itoa(*want.Assessment.Score)+" "+wordOf(want.Assessment.Band) && got != strconv.Itoa(*want.Assessment.Score)+wordOf(want.Assessment.Band) {
			t.Errorf("row %d: score says %q", i, got)
		}
		if i > 0 && *cases[i-1].Assessment.Score == *want.Assessment.Score && r.one(t, ".rank").text() != rows[i-1].one(t, ".rank").text() {
			t.Errorf("row %d: equal scores, ranks %s and %s", i, rows[i-1].one(t, ".rank").text(), r.one(t, ".rank").text())
		}
		chips := r.all("li.chip .hidden") // the verdict as a word, for those who see no signs
		if len(chips) != 5 {
			t.Errorf("row %d: %d required criteria, want 5", i, len(chips))
		}
	}
	for band, n := range counts {
		if band == "human" {
			continue
		}
		got := s.page(t, c, path+"?band="+band, 200)
		if len(got.all("table.ranked tbody tr")) != n || got.one(t, ".filters a[aria-current]").text() != wordOf(fairlead.Band(band))+" "+strconv.Itoa(n) {
			t.Errorf("filter %s: %d rows, want %d; filter says %q", band, len(got.all("table.ranked tbody tr")), n, got.one(t, ".filters a[aria-current]").text())
		}
	}
	human := s.page(t, c, path+"?band=human", 200)
	if len(human.all("table.ranked tbody tr")) <= counts["human"] { // and those whose writeback is parked
		t.Errorf("%d need a human", len(human.all("table.ranked tbody tr")))
	}
	found := s.page(t, c, path+"?band=human&q=not+be+READ", 200)
	if len(found.all("table.ranked tbody tr")) != counts["human"] {
		t.Errorf("search within a filter finds %d, want %d", len(found.all("table.ranked tbody tr")), counts["human"])
	}
	if got := found.one(t, "form.search input[name=band]").attr("value"); got != "human" {
		t.Errorf("searching again would lose the filter: %q", got)
	}
	if rows := s.page(t, c, path+"?band=nonsense&page=-3", 200).all("table.ranked tbody tr"); len(rows) != len(cases) {
		t.Errorf("a filter nobody knows hides %d", len(cases)-len(rows))
	}
}

func TestHostileTextStaysText(t *testing.T) {
	store, cases := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	pages := []string{"/console/", "/console/jobs", "/console/jobs/" + string(fairleadtest.Job(0).ID) + "?q=%3Cscript%3E", "/console/jobs/" + string(fairleadtest.Job(0).ID), "/console/audit?id=%3Cscript%3Ealert(1)%3C/script%3E"}
	for _, x := range cases {
		pages = append(pages, "/console/assessments/"+string(x.Assessment.ID), "/console/audit/"+string(x.Assessment.ID))
	}
	for _, path := range pages {
		p := s.page(t, c, path, 200)
		for _, sc := range p.all("script") {
			if !strings.HasPrefix(sc.attr("src"), "/console/assets/app.") || sc.text() != "" {
				t.Errorf("%s: a script of somebody else: %q", path, sc.text())
			}
		}
		for d := range p.Descendants() {
			for _, a := range d.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(a.Val), "javascript:") {
					t.Errorf("%s: %s=%q on %s", path, a.Key, a.Val, d.Data)
				}
			}
		}
		if strings.ContainsRune(p.text(), '\u202e') {
			t.Errorf("%s: text that turns the page around", path)
		}
	}
	p := s.page(t, c, "/console/jobs/"+string(fairleadtest.Job(0).ID), 200)
	if !slices.Contains(texts(p.all("a.row-link bdi")), "<script>alert(1)</script>") {
		t.Error("the name that looks like a script is not shown as it is")
	}
	if outside("javascript:alert(1)") != "" || outside("//evil.example/x") != "" || outside("https://x.example/a") == "" {
		t.Error("addresses of the ATS are not checked")
	}
}

func TestQuotesLeadBothWays(t *testing.T) {
	store, cases := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	x := cases[0]
	p := s.page(t, s.signedIn(t, fairlead.RoleRecruiter), "/console/assessments/"+string(x.Assessment.ID), 200)
	if got := p.one(t, "h1").text(); got != x.Candidate.Name {
		t.Errorf("heading %q", got)
	}
	if got := p.one(t, ".score-big").text(); got != strconv.Itoa(*x.Assessment.Score)+" of 100" {
		t.Errorf("score %q", got)
	}
	quotes := 0
	for i, j := range x.Assessment.Judgements {
		li := p.one(t, "li#c"+strconv.Itoa(i+1))
		if !strings.Contains(li.text(), verdictOf(j.Verdict).Word) || !strings.Contains(li.text(), points(j.Points)+" of "+points(j.Criterion.Weight)+" points") || !strings.Contains(li.text(), j.Because) {
			t.Errorf("criterion %d says %q", i+1, li.text())
		}
		links := li.all("blockquote a")
		if len(links) != len(j.Evidence) {
			t.Errorf("criterion %d: %d of %d quotes lead to the text", i+1, len(links), len(j.Evidence))
		}
		for k, l := range links {
			quotes++
			if l.text() != j.Evidence[k].Text {
				t.Errorf("quote %q, want %q", l.text(), j.Evidence[k].Text)
			}
			spot := p.one(t, ".resume "+l.attr("href"))
			if spot.Parent.Data != "mark" {
				t.Errorf("%s is not in a mark", l.attr("href"))
			}
		}
	}
	refs := p.all(".resume mark a.ref")
	if len(refs) != quotes {
		t.Errorf("%d numbers in the text for %d quotes", len(refs), quotes)
	}
	for _, r := range refs {
		p.one(t, "li"+r.attr("href"))
	}
	if !slices.ContainsFunc(p.all("a.main-button"), func(n node) bool { return n.attr("href") == x.Application.URL }) {
		t.Error("no way back to the ATS")
	}
}

func TestHiddenTextIsShownApart(t *testing.T) {
	store, cases := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	for _, x := range cases {
		if len(x.Document.Hidden) == 0 {
			continue
		}
		p := s.page(t, s.signedIn(t, fairlead.RoleRecruiter), "/console/assessments/"+string(x.Assessment.ID), 200)
		if strings.Contains(p.one(t, ".resume").text(), "Ignore all previous") {
			t.Error("hidden text stands among the text a human sees")
		}
		if got := p.one(t, ".callout.flag").text(); !strings.Contains(got, x.Document.Hidden[0].Text) || !strings.Contains(got, "did not change the score") || !strings.Contains(got, "white on white") {
			t.Errorf("flag says %q", got)
		}
		return
	}
	t.Fatal("no example hides text")
}

func TestUnreadableIsNeverAScore(t *testing.T) {
	store, cases := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	n := 0
	for _, x := range cases {
		if x.Assessment.Score != nil {
			continue
		}
		n++
		p := s.page(t, c, "/console/assessments/"+string(x.Assessment.ID), 200)
		if len(p.all(".score-big")) != 0 || len(p.all(".criterion")) != 0 || len(p.all(".gauge")) != 0 {
			t.Error("judged although nobody could read it")
		}
		if got := p.one(t, ".callout.human").text(); !strings.Contains(strings.ToLower(got), x.Document.Sentence()) || !strings.Contains(got, "What to do:") || !strings.Contains(got, "Fairlead reads it by itself") {
			t.Errorf("says %q", got)
		}
	}
	if n < 3 {
		t.Fatalf("only %d examples", n)
	}
}

func TestErasedSaysSoAndNothingElse(t *testing.T) {
	store, _ := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	id := string(fairleadtest.ID[fairlead.AssessmentID]('d', 999_999))
	for _, path := range []string{"/console/assessments/" + id, "/console/audit/" + id} {
		p := s.page(t, c, path, 200)
		if !strings.Contains(p.text(), "This person was erased") || len(p.all(".resume")) != 0 || len(p.all(".score-big")) != 0 {
			t.Errorf("%s: %q", path, p.text())
		}
	}
}

func TestEveryViewIsNotedOrRefused(t *testing.T) {
	store, cases := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	id := string(cases[0].Assessment.ID)
	s.page(t, c, "/console/assessments/"+id, 200)
	s.page(t, c, "/console/audit/"+id, 200)
	s.page(t, c, "/console/audit/"+string(fairleadtest.ID[fairlead.AssessmentID]('d', 12_345_678)), 404)
	if len(store.noted) != 2 {
		t.Fatalf("%d views noted, want 2", len(store.noted))
	}
	for i, page := range []string{"assessment", "audit"} {
		e := store.noted[i]
		if e.Kind != fairlead.EntryAssessmentViewed || e.Facts["page"] != page || e.Facts["assessment"] != id || len(e.Actor) != 36 || e.Subject != cases[0].Candidate.ID {
			t.Errorf("entry %+v", e)
		}
	}
	store.blind = true
	p := s.page(t, c, "/console/assessments/"+id, 503)
	if strings.Contains(p.text(), cases[0].Candidate.Name) {
		t.Error("shown although the view could not be noted")
	}
}

func TestAuditPage(t *testing.T) {
	store, cases := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	a := cases[0].Assessment
	v := store.views[a.ID]
	p := s.page(t, c, "/console/audit/"+string(a.ID), 200)
	facts := p.one(t, "dl.facts").text()
	for _, want := range []string{a.InputSHA256, a.RubricSHA256, a.TaxonomySHA256, v.Document.SHA256, a.Engine} {
		if !strings.Contains(facts, want) {
			t.Errorf("facts lack %q", want)
		}
	}
	rows := p.all("table.entries tbody tr")
	if len(rows) != len(v.Entries) {
		t.Fatalf("%d entries, want %d", len(rows), len(v.Entries))
	}
	for i, r := range rows {
		if r.all("pre.leaf")[0].text() != strings.Join(strings.Fields(string(v.Entries[i].Leaf)), " ") {
			t.Errorf("entry %d: not the exact bytes", i)
		}
	}
	if rows[0].one(t, "td.n").text() != "1,040" || rows[len(rows)-1].one(t, "td.n").text() != "soon" {
		t.Errorf("seq %q … %q", rows[0].one(t, "td.n").text(), rows[len(rows)-1].one(t, "td.n").text())
	}
	if !strings.Contains(p.text(), "fairlead verify") {
		t.Error("does not say how to verify")
	}
	res, err := c.Get(s.URL + "/console/audit?id=" + url.QueryEscape("  "+strings.ToUpper(string(a.ID))+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/console/audit/"+string(a.ID) {
		t.Errorf("an audit id copied with spaces: %s, %s", res.Status, res.Header.Get("Location"))
	}
	if got := s.page(t, c, "/console/audit?id=123", 200).one(t, "[role=alert]").text(); !strings.Contains(got, "not an audit id") {
		t.Errorf("says %q", got)
	}
}

func TestErrorPages(t *testing.T) {
	store, _ := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	for path, headline := range map[string]string{
		"/console/nowhere": "Not here", "/nowhere": "Not here", "/console/jobs/nowhere": "Not here", "/console/assessments/nowhere": "Not here",
	} {
		p := s.page(t, c, path, 404)
		if p.one(t, "h1").text() != headline || len(p.all("a.main-button[href=/console/]")) != 1 {
			t.Errorf("%s: %q", path, p.one(t, "main").text())
		}
	}
	store.fail = errDown
	p := s.page(t, c, "/console/", 500)
	if strings.Contains(p.text(), "refused") || !strings.Contains(s.log.String(), "connection refused") {
		t.Errorf("cause on the page or not in the log: %q\n%s", p.text(), s.log)
	}
	if id := p.one(t, "main code").text(); id == "" || !strings.Contains(s.log.String(), id) {
		t.Error("the number on the page is not in the log")
	}
	store.fail = fairlead.Fail(fairlead.Unavailable, "The database does not answer. Try again in a moment.", errDown)
	if got := s.page(t, c, "/console/jobs", 503).one(t, "main").text(); !strings.Contains(got, "The database does not answer.") {
		t.Errorf("says %q", got)
	}
}

func TestPageIsSmallAndKept(t *testing.T) {
	store, _ := fullStore()
	s := newSite(t, store, fairlead.RoleRecruiter)
	c := s.signedIn(t, fairlead.RoleRecruiter)
	fetch := func(path string) (*http.Response, int) {
		req, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip")
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, len(b)
	}
	total := 0
	res, n := fetch("/console/jobs/" + string(fairleadtest.Job(1).ID))
	total += n
	if res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", res.Header)
	}
	for name := range s.app.assets.content {
		res, n := fetch("/console/assets/" + name)
		total += n
		if !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s, %s", name, res.Status, res.Header.Get("Cache-Control"))
		}
	}
	if total > 150<<10 {
		t.Errorf("258 applications take %d KiB, at most 150", total>>10)
	}
	t.Logf("258 applications: %d KiB with all files", total>>10)
	if res, _ := fetch("/console/first-run?token=x"); res.Header.Get("Content-Encoding") != "" {
		t.Error("a page with a secret is compressed")
	}
	if res, _ := fetch("/console/assets/app.css"); res.StatusCode != http.StatusNotFound {
		t.Error("a file without its digest is served")
	}
}

func TestHighlight(t *testing.T) {
	text := "ab cd éf gh"
	q := func(s string) fairlead.Evidence {
		i := strings.Index(text, s)
		return fairlead.Evidence{Text: s, At: fairlead.Span{Start: i, End: i + len(s)}}
	}
	anchor := func(c, k int) string { return strconv.Itoa(c) + "-" + strconv.Itoa(k) }
	js := []fairlead.Judgement{
		{Verdict: fairlead.Partial, Evidence: []fairlead.Evidence{q("ab cd"), q("cd éf")}},
		{Verdict: fairlead.Met, Evidence: []fairlead.Evidence{q("cd"), {Text: "zz", At: fairlead.Span{Start: 0, End: 2}}, {Text: "gh", At: fairlead.Span{Start: 9, End: 99}}, {Text: "", At: fairlead.Span{Start: 3, End: 3}}, {Text: "\xc3", At: fairlead.Span{Start: 6, End: 7}}}},
	}
	pieces, placed := highlight(text, js, anchor)
	var all, marked strings.Builder
	for _, p := range pieces {
		all.WriteString(p.Text)
		if p.Marked {
			marked.WriteString(p.Text)
		}
	}
	if all.String() != text || marked.String() != "ab cd éf" {
		t.Errorf("pieces %q, marked %q", all.String(), marked.String())
	}
	if len(placed) != 3 || !placed["0-0"] || !placed["0-1"] || !placed["1-0"] {
		t.Errorf("placed %v: a quote that does not stand there is marked, or one that does is not", placed)
	}
}

func FuzzHighlight(f *testing.F) {
	f.Add("some text", 0, 4, 5, 9)
	f.Add("é\r\n\u202eab", 0, 2, 1, 7)
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		cut := func(s, e int) fairlead.Evidence {
			x := fairlead.Evidence{At: fairlead.Span{Start: s, End: e}}
			if s >= 0 && s < e && e <= len(text) {
				x.Text = text[s:e]
			}
			return x
		}
		js := []fairlead.Judgement{{Evidence: []fairlead.Evidence{cut(a, b)}}, {Evidence: []fairlead.Evidence{cut(c, d)}}}
		pieces, placed := highlight(text, js, func(c, k int) string { return strconv.Itoa(c) })
		var all strings.Builder
		anchors := 0
		for _, p := range pieces {
			all.WriteString(p.Text)
			anchors += len(p.Anchors)
		}
		if utf8.ValidString(text) && all.String() != visible(text) {
			t.Errorf("%q became %q", visible(text), all.String())
		}
		if anchors != len(placed) {
			t.Errorf("%d anchors for %d quotes", anchors, len(placed))
		}
	})
}
