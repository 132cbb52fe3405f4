// Command gen writes the sample jobs, resumes and their manifest to a folder,
// for people who want to look at them or feed them to another program:
// go run ./internal/sample/gen DIR
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/sample"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/sample/gen DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	for _, d := range []string{"jobs", "resumes"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o750); err != nil {
			return err
		}
	}
	for _, j := range sample.Jobs() {
		page := "<!doctype html><meta charset=utf-8><title>" + j.Title + "</title>\n<h1>" + j.Title + "</h1>\n" + j.Description
		if err := os.WriteFile(filepath.Join(dir, "jobs", j.ID+".html"), []byte(page), 0o600); err != nil {
			return err
		}
	}
	resumes, err := sample.Resumes()
	if err != nil {
		return err
	}
	for _, r := range resumes {
		if err := os.WriteFile(filepath.Join(dir, "resumes", r.File), r.Data, 0o600); err != nil {
			return err
		}
	}
	f, err := os.Create(filepath.Join(dir, "manifest.ndjson"))
	if err != nil {
		return err
	}
	now := time.Now()
	if err := sample.WriteManifest(f, resumes, fairlead.YearMonth{Year: now.Year(), Month: int(now.Month())}); err != nil {
		return err
	}
	return f.Close()
}
