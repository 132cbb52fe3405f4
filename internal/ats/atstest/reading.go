package atstest

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

func (s Setup) describe(t *testing.T) {
	b := s.bench(t, Options{})
	d, err := b.c.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range fairlead.Outputs() {
		if f, ok := d.Fields.Field(o); !ok || f.Key == "" || f.Type == "" {
			t.Errorf("no field proposed for %s: %+v", o, d.Fields)
		}
	}
	if len(d.Missing) > 0 {
		t.Errorf("missing scopes on a key that has all: %v", d.Missing)
	}
	if len(d.Scopes) == 0 || d.RateLimit != 10_000 || d.RateWindow <= 0 {
		t.Errorf("scopes %v, rate %d per %v", d.Scopes, d.RateLimit, d.RateWindow)
	}
	without, err := s.bench(t, Options{WithoutFields: true}).c.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(without.Fields) != 0 || len(without.Remarks) == 0 {
		t.Errorf("an account without fields: %+v", without)
	}
}

func (s Setup) fetch(t *testing.T) {
	b := s.bench(t, Options{})
	job := b.Job(t, "Accountant", jobText)
	a := b.Apply(t, job, "Maya Ito", nil)
	got := b.snapshot(t, a)
	switch {
	case got.Application.Remote != a.Remote(), got.Candidate.Remote != a.RemoteCandidate(), got.Job.Remote != remote(job):
		t.Errorf("ids: %+v", got)
	case got.Candidate.Name != "Maya Ito", got.Job.Title != "Accountant", got.Job.Status != fairlead.JobOpen:
		t.Errorf("names: %+v", got)
	case !strings.Contains(got.Job.Description, "5+ years of accounting"):
		t.Errorf("description: %q", got.Job.Description)
	case got.Application.AppliedAt.IsZero(), got.Revision.IsZero(), got.Application.URL == "", got.Application.Stage != fairlead.StageApplied, got.Application.StageName == "":
		t.Errorf("application: %+v", got.Application)
	case !got.Assessable, got.Reason != "", got.Resume == nil, got.Digest == "":
		t.Errorf("assessable %v %q, resume %v", got.Assessable, got.Reason, got.Resume)
	}

	t.Run("digest", func(t *testing.T) {
		same := func(doing string, want bool) {
			t.Helper()
			now := b.snapshot(t, a)
			if (now.Digest == got.Digest) != want {
				t.Errorf("after %s the digest is the same: %v, want %v", doing, !want, want)
			}
			if now.Revision.Before(got.Revision) {
				t.Errorf("after %s the revision went back", doing)
			}
			got = now
		}
		same("nothing", true)
		target := b.target(t, a, "assessment-1")
		b.mustWrite(t, target, ats.Shape(target.Fields, values("82", "Keeps books.", "assessment-1", "SAP")))
		same("our own write", true)
		b.Human(t, "add_note", map[string]any{"application": a.Application, "text": "Call her."})
		same("a note", true)
		b.Human(t, "move", map[string]any{"application": a.Application})
		same("a stage", true)
		b.Human(t, "edit_job_post", map[string]any{"job": job, "text": "<p>Now with Oracle.</p>"})
		same("another job text", false)
		b.Human(t, "replace_resume", map[string]any{"application": a.Application, "filename": "new.txt", "resume": []byte("new")})
		same("another resume", false)
		if got.Resume.Filename != "new.txt" {
			t.Errorf("resume %q", got.Resume.Filename)
		}
	})

	t.Run("not assessable", func(t *testing.T) {
		b.Human(t, "reject", map[string]any{"application": a.Application})
		rejected := b.snapshot(t, a)
		if rejected.Assessable || rejected.Reason == "" || rejected.Application.Stage != fairlead.StageRejected {
			t.Errorf("rejected: %+v", rejected)
		}
		b.Human(t, "unreject", map[string]any{"application": a.Application})
		if now := b.snapshot(t, a); !now.Assessable || now.Digest == rejected.Digest {
			t.Error("unrejected looks like rejected")
		}
		prospect := b.snapshot(t, b.Apply(t, job, "Bo Lee", map[string]any{"prospect": true}))
		if prospect.Assessable || prospect.Reason == "" {
			t.Errorf("prospect: %+v", prospect)
		}
	})

	if bare := b.snapshot(t, b.Apply(t, job, "Cy Doe", map[string]any{"filename": "", "resume": ""})); bare.Resume != nil {
		t.Errorf("no resume: %+v", bare.Resume)
	}
	for _, id := range []fairlead.RemoteID{"1", "99999999999", "", "x", "1/move", "../users", "-1"} {
		if _, err := b.c.Fetch(t.Context(), id); fairlead.CodeOf(err) != fairlead.NotFound {
			t.Errorf("application %q: %v", id, err)
		}
	}
	b.Human(t, "delete_application", map[string]any{"application": a.Application})
	if _, err := b.c.Fetch(t.Context(), a.Remote()); fairlead.CodeOf(err) != fairlead.NotFound {
		t.Errorf("deleted: %v", err)
	}
}

func (s Setup) resume(t *testing.T) {
	b := s.bench(t, Options{})
	a := b.Apply(t, b.Job(t, "Accountant", jobText), "Maya Ito", nil)
	ref := *b.snapshot(t, a).Resume
	download := func() error {
		f, err := b.c.Resume(t.Context(), ref)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // read whole
		got, err := io.ReadAll(iotest.OneByteReader(f))
		if err == nil && (string(got) != resumeText || f.Name != "resume.txt") {
			return errors.New("another file: " + f.Name)
		}
		return err
	}
	if err := download(); err != nil {
		t.Fatal(err)
	}
	b.Fault(t, "file_stale", map[string]any{"count": 1})
	if err := download(); err != nil {
		t.Errorf("with a link that expired: %v", err)
	}
	b.Fault(t, "file_stale", nil)
	err := download()
	if fairlead.CodeOf(err) != fairlead.Unavailable {
		t.Errorf("with links that never work: %v", err)
	}
	s.keepsQuiet(t, err, ref.URL)
	b.Heal(t)
	ref.URL = ""
	if err := download(); err != nil {
		t.Errorf("without a link: %v", err)
	}
	big := b.Apply(t, b.Job(t, "Clerk", jobText), "Di Roe", map[string]any{"resume": make([]byte, 1<<20)})
	ref = *b.snapshot(t, big).Resume
	if f, err := b.c.Resume(t.Context(), ref); err != nil {
		t.Errorf("1 MiB: %v", err)
	} else if n, err := io.Copy(io.Discard, f); n != 1<<20 || err != nil {
		t.Errorf("1 MiB: %d bytes, %v", n, err)
	}
	for _, link := range []string{"http://169.254.169.254/latest/meta-data/", "https://evil.example/x", "file:///etc/passwd", "gopher://x/", "\x00"} {
		_, err := b.c.Resume(t.Context(), ats.ResumeRef{Remote: ref.Remote, Filename: "x", URL: link})
		if fairlead.CodeOf(err) != fairlead.Invalid {
			t.Errorf("%q: %v", link, err)
		}
	}
}

// keepsQuiet checks that an error holds none of the secrets.
func (s Setup) keepsQuiet(t *testing.T, err error, more ...string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, secret := range append(more, s.Secrets...) {
		if secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("an error gives away %q", secret)
		}
	}
}
