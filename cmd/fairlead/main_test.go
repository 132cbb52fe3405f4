package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fairlead/fairlead/internal/document"
	"github.com/fairlead/fairlead/internal/sample"
)

// asProgram, set in the environment, makes the test binary the program itself:
// for tests that kill it.
const asProgram = "FAIRLEAD_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if document.RunChildIfAsked() {
		return
	}
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"fairlead": main})
}

// TestScripts runs the command line as a person does. $SAMPLES has the sample
// jobs and resumes.
func TestScripts(t *testing.T) {
	samples := t.TempDir()
	for _, d := range []string{"jobs", "resumes"} {
		if err := os.Mkdir(filepath.Join(samples, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, j := range sample.Jobs() {
		write(t, filepath.Join(samples, "jobs", j.ID+".html"), []byte("<h1>"+j.Title+"</h1>"+j.Description))
	}
	resumes, err := sample.Resumes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range resumes {
		write(t, filepath.Join(samples, "resumes", r.File), r.Data)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			home, err := os.UserCacheDir() // the compiled PDF engine is kept there
			e.Setenv("SAMPLES", samples)
			e.Setenv("XDG_CACHE_HOME", home)
			return err
		},
	})
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
