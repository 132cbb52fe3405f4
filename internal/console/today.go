package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
)

// What Today judges by.
const (
	target      = 10 * time.Second // webhook to verified field, promise B6
	stuck       = 10 * time.Minute // an open event older than this is not just on its way
	newestN     = 500              // writebacks the latency is taken over
	troublesMax = 200
	linksMax    = 5 // links to single cases under one cause
)

// todayView answers "is everything all right?".
type todayView struct {
	Verdict  sentence
	Ledger   []ledgerLine
	Received string
	Sum      string
	Adds     bool
	Doubles  string // duplicates
	Nothing  bool   // nothing has ever arrived
	Webhook  string // where ATSs send to, for the empty state
	Oldest   string // age of the oldest open event, "" when nothing is open
	OldestAt moment
	OldestOK bool
	Latency  latencyView
	Causes   []cause
	Shown    int // troubles the causes were taken from
	Capped   bool
	Refused  []refusal
}

// sentence is the answer: Class ok, attention or bad; Next says what to do.
type sentence struct{ Class, Sign, Text, Next string }

// ledgerLine is one end an event can have, and how many had it.
type ledgerLine struct {
	Word, Means string
	N           string
	Zero        bool
	Class       string
}

type latencyView struct {
	N        int
	P50, P95 string
	OK       bool
	// Places on a scale from nothing to the target, hundredths of its length.
	P50At, P95At string
	Over         bool
}

// cause is one plain reason why things are parked, and where to look.
type cause struct {
	Reason string
	N      int
	What   string // an assessment or event
	Newest moment
	Links  []link
	More   int
}

type link struct{ Text, Href string }

type refusal struct {
	Connection string
	N          string
}

func (a *console) today(w http.ResponseWriter, r *http.Request) error {
	ctx, now := r.Context(), a.c.Now()
	balance, err := a.c.Store.Balance(ctx)
	if err != nil {
		return fmt.Errorf("read balance: %w", err)
	}
	latency, err := a.c.Store.Latency(ctx, newestN)
	if err != nil {
		return fmt.Errorf("read latency: %w", err)
	}
	troubles, err := a.c.Store.Troubles(ctx, troublesMax)
	if err != nil {
		return fmt.Errorf("read troubles: %w", err)
	}
	v := todayOf(balance, latency, now)
	v.Causes = causesOf(troubles, now)
	v.Shown, v.Capped = len(troubles), len(troubles) == troublesMax
	v.Webhook = strings.TrimRight(a.c.PublicURL, "/") + "/webhooks/"
	if a.c.Refused != nil {
		v.Refused = refusalsOf(a.c.Refused())
	}
	return a.show(w, r, http.StatusOK, "today", frame{Title: "Today", Section: "today"}, v)
}

func todayOf(b fairlead.Balance, l fairlead.Latency, now time.Time) todayView {
	line := func(word, means, class string, n int64) ledgerLine {
		return ledgerLine{Word: word, Means: means, N: num(n), Zero: n == 0, Class: class}
	}
	sum := b.Written + b.Superseded + b.Ignored + b.Withheld + b.Parked + b.Erased + b.Open
	v := todayView{
		Verdict: verdictOn(b, l, now),
		Ledger: []ledgerLine{
			line("Written", "score is in the ATS, read back and verified", "", b.Written),
			line("Superseded", "something newer about the same application took over", "", b.Superseded),
			line("Ignored", "asks for no work, such as a test ping or our own echo", "", b.Ignored),
			line("Withheld", "assessed, and on purpose not told to the ATS", "", b.Withheld),
			line("Needs a human", "set aside with a reason, listed below", "human", b.Parked),
			line("Erased", "the person asked to be forgotten", "", b.Erased),
			line("Open", "being worked on", "", b.Open),
		},
		Received: num(b.Received), Sum: num(sum), Adds: b.Adds(), Doubles: num(b.Duplicates),
		Nothing: b.Received == 0, OldestOK: true,
		Latency: latencyOf(l),
	}
	if b.Open > 0 && !b.OldestOpen.IsZero() {
		waited := now.Sub(b.OldestOpen)
		v.Oldest, v.OldestAt, v.OldestOK = age(waited), at(b.OldestOpen, now), waited <= stuck
	}
	return v
}

// verdictOn is the one sentence, the worst thing first.
func verdictOn(b fairlead.Balance, l fairlead.Latency, now time.Time) sentence {
	waited := now.Sub(b.OldestOpen)
	switch {
	case !b.Adds():
		return sentence{"bad", "!", "The numbers do not add up.", "Events are unaccounted for. This is a fault of ours: keep the log and report it."}
	case b.Open > 0 && !b.OldestOpen.IsZero() && waited > stuck:
		return sentence{"bad", "!", "Work is stuck: the oldest event has waited " + age(waited) + ".", "Nothing is lost. Check that the ATS answers and that a worker is running; the work resumes by itself."}
	case b.Received == 0:
		return sentence{"quiet", "–", "Nothing has arrived yet.", "Fairlead is running and waits for the first event from an ATS."}
	case b.Parked > 0:
		verb := "need"
		if b.Parked == 1 {
			verb = "needs"
		}
		return sentence{"attention", "!", plural(b.Parked, "event", "events") + " " + verb + " a human.", "Everything else is done or on its way. The reasons are below, with what to do."}
	case l.N > 0 && l.P95 > target:
		return sentence{"attention", "!", "Everything arrives, but slowly.", "The slowest twentieth took longer than " + seconds(target) + ". The ATS may be limiting our requests."}
	}
	return sentence{"ok", "✓", "Everything is all right.", "Every event that came in is accounted for."}
}

func latencyOf(l fairlead.Latency) latencyView {
	v := latencyView{N: l.N, P50: seconds(l.P50), P95: seconds(l.P95), OK: l.P95 <= target, Over: l.P95 > target}
	place := func(d time.Duration) string { return hundredths(int(min(d, target)), int(target)) }
	v.P50At, v.P95At = place(l.P50), place(l.P95)
	return v
}

// causesOf groups troubles by their reason, the most frequent first.
func causesOf(troubles []fairlead.Trouble, now time.Time) []cause {
	byReason := map[string]int{}
	var out []cause
	newest := map[string]time.Time{}
	for _, t := range troubles {
		reason := clean(t.Reason)
		if reason == "" {
			reason = "No reason was stored. Look at the log for this time."
		}
		i, known := byReason[reason]
		if !known {
			i = len(out)
			byReason[reason] = i
			out = append(out, cause{Reason: reason})
		}
		c := &out[i]
		c.N++
		if t.At.After(newest[reason]) {
			newest[reason] = t.At
			c.Newest = at(t.At, now)
		}
		switch {
		case t.Assessment == "":
			c.What = kindWords(t.Kind) + " on " + string(t.Connection)
		case len(c.Links) < linksMax:
			c.Links = append(c.Links, link{fmt.Sprintf("Case %d", len(c.Links)+1), "/console/assessments/" + string(t.Assessment)})
		default:
			c.More++
		}
	}
	slices.SortStableFunc(out, func(x, y cause) int { return y.N - x.N })
	return out
}

// kindWords says what an event told us.
func kindWords(k fairlead.EventKind) string {
	words := strings.ReplaceAll(string(k), "_", " ")
	if words == "" {
		return "an event"
	}
	return words
}

func refusalsOf(m map[fairlead.ConnectionID]int64) []refusal {
	var ids []string
	for id, n := range m {
		if n > 0 {
			ids = append(ids, string(id))
		}
	}
	slices.Sort(ids)
	out := make([]refusal, len(ids))
	for i, id := range ids {
		out[i] = refusal{id, num(m[fairlead.ConnectionID(id)])}
	}
	return out
}
