package sample_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/sample"
)

func TestResumesAreSixtyAndTheSameEveryTime(t *testing.T) {
	first, err := sample.Resumes()
	if err != nil {
		t.Fatal(err)
	}
	second, err := sample.Resumes()
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != 60 {
		t.Fatalf("%d resumes, want 60", len(first))
	}
	names, layouts, perJob := map[string]bool{}, map[sample.Layout]int{}, map[string]int{}
	for i, r := range first {
		if names[r.File] || names[r.Person.Email] {
			t.Errorf("%s or its e-mail address is there twice", r.File)
		}
		names[r.File], names[r.Person.Email] = true, true
		layouts[r.Layout]++
		perJob[r.Job]++
		if !bytes.Equal(r.Data, second[i].Data) {
			t.Errorf("%s is not the same the second time", r.File)
		}
	}
	if len(layouts) != 5 {
		t.Errorf("layouts %v, want five", layouts)
	}
	if len(sample.Jobs()) != 8 || len(perJob) != 8 {
		t.Errorf("%d jobs, applied to %d; want 8 and 8", len(sample.Jobs()), len(perJob))
	}
}

func TestFitsAreWhatTheySay(t *testing.T) {
	jobs := map[string]sample.Job{}
	for _, j := range sample.Jobs() {
		jobs[j.ID] = j
	}
	resumes, err := sample.Resumes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range resumes {
		job := jobs[r.Job]
		have := 0
		for _, s := range job.Required {
			if slices.Contains(r.Person.Skills, s) {
				have++
			}
		}
		months := r.Person.Months(fairlead.YearMonth{Year: 2026, Month: 11})
		switch r.Fit {
		case sample.Strong:
			if have != len(job.Required) || months < job.Months {
				t.Errorf("%s is strong with %d of %d skills and %d of %d months", r.File, have, len(job.Required), months, job.Months)
			}
		case sample.Good:
			if missing := len(job.Required) - have; missing < 1 || missing > 2 {
				t.Errorf("%s is good with %d of %d skills", r.File, have, len(job.Required))
			}
		case sample.Other:
			if have > len(job.Required)/2 {
				t.Errorf("%s comes from another occupation with %d of %d skills", r.File, have, len(job.Required))
			}
		}
		for i, p := range r.Person.Positions {
			if !p.End.IsZero() && (p.End.Year < p.Start.Year || p.End.Year == p.Start.Year && p.End.Month < p.Start.Month) {
				t.Errorf("%s position %d ends before it starts", r.File, i)
			}
		}
	}
}

func TestManifestIsOneLineAResume(t *testing.T) {
	resumes, err := sample.Resumes()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := sample.WriteManifest(&b, resumes, fairlead.YearMonth{Year: 2026, Month: 11}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n != 60 {
		t.Errorf("%d lines", n)
	}
}
