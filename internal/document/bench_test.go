package document

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkRead says documents a second and milliseconds a document by format,
// after the child has started, and the same for poppler's pdftotext where it is
// installed (a process for each file, as it is used).
func BenchmarkRead(b *testing.B) {
	dir := shared(b, "resumes-livecareer")
	pdfs, _ := filepath.Glob(filepath.Join(dir, "*", "*.pdf"))
	var files [][]byte
	var names []string
	for i := 0; i < len(pdfs); i += 20 {
		data, err := os.ReadFile(pdfs[i])
		if err != nil {
			b.Fatal(err)
		}
		files, names = append(files, data), append(names, pdfs[i])
	}
	var body string
	for i := range 60 {
		body += para(run(fmt.Sprintf("Line %d of a resume in an office format, as long as lines are", i), ""))
	}
	sets := []struct {
		name  string
		files [][]byte
	}{
		{"pdf", files},
		{"docx", [][]byte{docx(body)}},
		{"odt", [][]byte{odt("", body)}},
		{"rtf", [][]byte{[]byte(`{\rtf1\ansi ` + body + `}`)}},
		{"html", [][]byte{[]byte("<html><body>" + body + "</body></html>")}},
		{"txt", [][]byte{[]byte(body)}},
	}
	for _, set := range sets {
		b.Run(set.name, func(b *testing.B) {
			r := New(Config{Workers: 1})
			defer r.Close()
			r.Read(context.Background(), "", set.files[0])
			i := 0
			for b.Loop() {
				r.Read(context.Background(), "", set.files[i%len(set.files)])
				i++
			}
			report(b)
		})
	}
	b.Run("pdftotext", func(b *testing.B) {
		program, err := exec.LookPath("pdftotext")
		if err != nil {
			b.Skip("pdftotext is not installed")
		}
		i := 0
		for b.Loop() {
			if err := exec.Command(program, names[i%len(names)], "-").Run(); err != nil {
				b.Fatal(err)
			}
			i++
		}
		report(b)
	})
}

func report(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "documents/s")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/document")
}
