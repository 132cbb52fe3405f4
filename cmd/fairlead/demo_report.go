package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats/sandbox"
	"github.com/fairlead/fairlead/internal/audit"
	"github.com/fairlead/fairlead/internal/sample"
)

// demoReport is what the demo found, from the ATS's side wherever it can be.
type demoReport struct {
	posting, whole time.Duration
	latency        fairlead.Latency
	atsLatency     time.Duration
	checks         []demoCheck
	best           []string
}

// demoCheck is one thing that must hold.
type demoCheck struct {
	what  string
	wrong []string // empty when it holds
}

func (r *demoReport) ok() bool {
	return !slices.ContainsFunc(r.checks, func(c demoCheck) bool { return len(c.wrong) > 0 })
}

func (r *demoReport) print(p *program) {
	ink := p.ink()
	for _, c := range r.checks {
		if len(c.wrong) == 0 {
			p.printf("%s %s\n", ink.good("ok"), c.what)
			continue
		}
		p.printf("%s %s: %s\n", ink.bad("NO"), c.what, plural(len(c.wrong), "fault", "faults"))
		for _, w := range c.wrong[:min(len(c.wrong), 5)] {
			p.printf("     %s\n", printable(w))
		}
	}
	p.printf("   Webhook to verified field: p50 %.2f s, p95 %.2f s (n = %d; aim: p95 within 2 s with Greenhouse answering in %s)\n",
		r.latency.P50.Seconds(), r.latency.P95.Seconds(), r.latency.N, r.atsLatency)
	p.printf("   Sixty applications made in %.1f s, all scored and verified after %.1f s\n", r.posting.Seconds(), r.whole.Seconds())
	if len(r.best) > 0 {
		p.printf("\nFor example\n")
		for _, b := range r.best {
			p.printf("  %s\n", b)
		}
	}
}

// check looks at what the ATS holds now, at its journal and at our own log.
func (d *demo) check(posting, whole time.Duration) (*demoReport, error) {
	ctx := d.p.ctx
	r := &demoReport{posting: posting, whole: whole, atsLatency: d.latency}
	var err error
	if r.latency, err = d.service.store.Latency(ctx, len(d.resumes)); err != nil {
		return nil, err
	}
	balance, err := d.service.store.Balance(ctx)
	if err != nil {
		return nil, err
	}
	nothingLost := demoCheck{what: fmt.Sprintf("Nothing lost: %d received = %d written + %d ignored + %d superseded + %d withheld + %d parked + %d erased + %d open",
		balance.Received, balance.Written, balance.Ignored, balance.Superseded, balance.Withheld, balance.Parked, balance.Erased, balance.Open)}
	if !balance.Adds() || balance.Open > 0 || balance.Parked > 0 {
		nothingLost.wrong = append(nothingLost.wrong, "something is open or parked, or does not add up")
	}
	assessed, err := d.assessments()
	if err != nil {
		return nil, err
	}
	log, err := d.auditLog()
	if err != nil {
		return nil, err
	}
	journal := d.sandbox.ATS.Journal()
	r.checks = []demoCheck{
		d.fieldsCheck(assessed, journal), evidenceCheck(assessed), d.orderCheck(assessed), d.notesCheck(journal), foreignCheck(journal), log.pushesCheck(assessed), log.chainCheck(), nothingLost,
	}
	r.best = d.bestLines(assessed)
	return r, nil
}

// assessments are what we hold, by the ATS's id of the application.
func (d *demo) assessments() (map[int64]fairlead.AssessmentView, error) {
	ctx := d.p.ctx
	jobs, err := d.service.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	out := map[int64]fairlead.AssessmentView{}
	for _, j := range jobs {
		ranked, err := d.service.store.RankedApplications(ctx, j.Job.ID)
		if err != nil {
			return nil, err
		}
		for _, a := range ranked {
			id, err := strconv.ParseInt(string(a.Application.Remote), 10, 64)
			if err != nil || a.Assessment.ID == "" {
				continue
			}
			if out[id], err = d.service.store.Assessment(ctx, a.Assessment.ID); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// fieldsCheck replays the ATS's history: what its fields hold now, by whom.
func (d *demo) fieldsCheck(assessed map[int64]fairlead.AssessmentView, journal sandbox.Report) demoCheck {
	held := map[int64]map[string]string{}
	for _, c := range journal.History {
		if c.Object == "application" {
			if held[c.ID] == nil {
				held[c.ID] = map[string]string{}
			}
			held[c.ID][c.Field] = string(c.New)
		}
	}
	c := demoCheck{}
	good := 0
	for _, p := range d.posted {
		view, known := assessed[p.Application]
		fields := held[p.Application]
		quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) } // a string always marshals
		switch {
		case !known || view.Assessment.Score == nil:
			c.wrong = append(c.wrong, p.resume.File+" has no score")
		case fields["ai_match_score"] != strconv.Itoa(*view.Assessment.Score):
			c.wrong = append(c.wrong, p.resume.File+": the ATS holds score "+cmp.Or(fields["ai_match_score"], "none"))
		case fields["ai_audit_id"] != quoted(string(view.Assessment.ID)):
			c.wrong = append(c.wrong, p.resume.File+": the ATS holds another audit id")
		case fields["ai_reasoning"] == "" || fields["ai_reasoning"] == "null" || utf8.RuneCountInString(view.Assessment.Reasoning) > fairlead.MaxReasoning:
			c.wrong = append(c.wrong, p.resume.File+": no reasoning, or a long one")
		case fields["ai_skills"] == "" || fields["ai_skills"] == "null":
			c.wrong = append(c.wrong, p.resume.File+": no skills")
		case !slices.ContainsFunc(view.Writebacks, func(w fairlead.Writeback) bool {
			return w.State == fairlead.WritebackWritten && w.Found.Equal(w.Intended)
		}):
			c.wrong = append(c.wrong, p.resume.File+": not read back")
		default:
			good++
		}
	}
	c.what = fmt.Sprintf("%d of %d applications have score, reasoning, skills and audit id in Greenhouse's own fields, read back and equal", good, len(d.posted))
	return c
}

func evidenceCheck(assessed map[int64]fairlead.AssessmentView) demoCheck {
	quotes := 0
	var wrong []string
	for _, v := range assessed {
		for _, j := range v.Assessment.Judgements {
			for _, e := range j.Evidence {
				quotes++
				if e.At.Start < 0 || e.At.End > len(v.Document.Text) || e.At.Start >= e.At.End || v.Document.Text[e.At.Start:e.At.End] != e.Text {
					wrong = append(wrong, "a quote behind "+string(v.Assessment.ID)+" is not in the resume")
				}
			}
		}
	}
	return demoCheck{fmt.Sprintf("%d quotes stand word for word in the resumes they come from", quotes), wrong}
}

// orderCheck: within each job, those made to fit score above those from another
// occupation.
func (d *demo) orderCheck(assessed map[int64]fairlead.AssessmentView) demoCheck {
	lowest, highest := map[string]int{}, map[string]int{}
	for _, p := range d.posted {
		v := assessed[p.Application]
		if v.Assessment.Score == nil {
			continue
		}
		score := *v.Assessment.Score
		switch p.resume.Fit {
		case sample.Strong:
			if s, ok := lowest[p.resume.Job]; !ok || score < s {
				lowest[p.resume.Job] = score
			}
		case sample.Other:
			highest[p.resume.Job] = max(highest[p.resume.Job], score)
		}
	}
	c := demoCheck{what: fmt.Sprintf("In each of %d jobs, people made to fit score above people from other occupations", len(lowest))}
	for job, low := range lowest {
		if low <= highest[job] {
			c.wrong = append(c.wrong, fmt.Sprintf("%s: %d is not above %d", job, low, highest[job]))
		}
	}
	return c
}

func (d *demo) notesCheck(journal sandbox.Report) demoCheck {
	want := map[int64]string{}
	for _, p := range d.posted {
		want[p.Application] = p.note
	}
	untouched := 0
	c := demoCheck{}
	for _, n := range journal.Notes {
		switch {
		case slices.Contains(journal.Clients, n.Author):
			c.wrong = append(c.wrong, "we wrote a note although there are fields")
		case n.ChangedBy != "" || n.RemovedBy != "":
			c.wrong = append(c.wrong, "a recruiter's note was changed or removed")
		case n.Body == want[n.Application]:
			untouched++
		}
	}
	if untouched != len(d.posted) {
		c.wrong = append(c.wrong, fmt.Sprintf("%d of %d notes found as written", untouched, len(d.posted)))
	}
	c.what = fmt.Sprintf("%d recruiters' notes are untouched", untouched)
	return c
}

func foreignCheck(journal sandbox.Report) demoCheck {
	c := demoCheck{what: fmt.Sprintf("%d requests of ours: no field but our own written, nobody moved, rejected or hired", len(journal.Requests))}
	for _, v := range journal.Violations {
		c.wrong = append(c.wrong, v.Kind+" "+v.Method+" "+v.Path)
	}
	for _, h := range journal.History {
		if slices.Contains(journal.Clients, h.Author) && !slices.Contains(journal.OurFields, h.Field) {
			c.wrong = append(c.wrong, "we changed "+h.Object+" "+h.Field)
		}
	}
	return c
}

// auditExport is our log as a stranger gets it.
type auditExport struct {
	report  audit.Report
	written map[string]int // finished writebacks by assessment
}

func (d *demo) auditLog() (auditExport, error) {
	log := auditExport{written: map[string]int{}}
	if err := audit.NewSealer(audit.Config{Log: d.service.store, Logger: d.service.log}).Drain(d.p.ctx); err != nil {
		return log, err
	}
	var export bytes.Buffer
	if err := d.service.store.ExportAudit(d.p.ctx, &export); err != nil {
		return log, err
	}
	var err error
	if log.report, err = audit.Verify(bytes.NewReader(export.Bytes())); err != nil {
		return log, err
	}
	lines := bufio.NewScanner(&export)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Leaf string }
		var leaf struct {
			Kind  fairlead.EntryKind
			Facts map[string]string
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || json.Unmarshal([]byte(line.Leaf), &leaf) != nil {
			continue // the first line is about the file
		}
		if leaf.Kind == fairlead.EntryWritebackFinished && leaf.Facts["state"] == string(fairlead.WritebackWritten) {
			log.written[leaf.Facts["assessment"]]++
		}
	}
	return log, lines.Err()
}

func (l auditExport) pushesCheck(assessed map[int64]fairlead.AssessmentView) demoCheck {
	c := demoCheck{what: fmt.Sprintf("%d pushes, each with exactly one entry in the audit log", len(assessed))}
	for _, v := range assessed {
		if n := l.written[string(v.Assessment.ID)]; n != 1 {
			c.wrong = append(c.wrong, fmt.Sprintf("%s has %d entries", v.Assessment.ID, n))
		}
	}
	return c
}

func (l auditExport) chainCheck() demoCheck {
	c := demoCheck{what: fmt.Sprintf("The audit log verifies: %d entries, none altered, missing or reordered", l.report.Entries)}
	if !l.report.OK {
		c.wrong = append(c.wrong, l.report.Reason)
	}
	return c
}

// bestLines are the best of each of three jobs, for a first impression.
func (d *demo) bestLines(assessed map[int64]fairlead.AssessmentView) []string {
	best := map[string]fairlead.AssessmentView{}
	for _, p := range d.posted {
		v := assessed[p.Application]
		b, ok := best[v.Job.Title]
		if v.Assessment.Score != nil && (!ok || *v.Assessment.Score > *b.Assessment.Score) {
			best[v.Job.Title] = v
		}
	}
	var out []string
	for _, j := range sample.Jobs() {
		if v, ok := best[j.Title]; ok && len(out) < 3 {
			out = append(out, fmt.Sprintf("%-34s %3d %-6s %s", strings.TrimSpace(v.Candidate.Name)+", "+j.Title, *v.Assessment.Score, v.Assessment.Band, v.Assessment.Reasoning))
		}
	}
	return out
}
