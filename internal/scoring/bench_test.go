package scoring

import (
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/profile"
)

// BenchmarkAssess scores resumes from text on one core against one rubric and
// prints resumes/s for resumes of 6 KB in the mean. Beside it stand two limits of
// the same run: reading the profile alone (what scoring cannot do without) and
// one pass over the bytes in search of line ends (what any program must do), and
// how often the latter fits into one assessment.
func BenchmarkAssess(b *testing.B) {
	j := newTestJudge(b)
	rubric := readRubric(b, j, "backend-engineer.html", "Senior Backend Engineer")
	docs, bytes := benchDocs(b)
	run := func(name string, do func(fairlead.Document)) time.Duration {
		var each time.Duration
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(bytes / len(docs)))
			i := 0
			for b.Loop() {
				do(docs[i%len(docs)])
				i++
			}
			each = b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(time.Second)/float64(each), "resumes/s")
		})
		return each
	}
	lines := 0
	pass := run("one-pass-over-the-bytes", func(d fairlead.Document) { lines += strings.Count(d.Text, "\n") })
	read := run("profile-alone", func(d fairlead.Document) { profile.Build(j.tax, d, testDate) })
	whole := run("assess", func(d fairlead.Document) { j.Assess(rubric, d, testDate) })
	if whole > 0 && pass > 0 && read > 0 {
		b.Logf("%d resumes, %.1f KB in the mean: %.0f resumes/s, %.1f times the profile alone, %.0f times one pass over the bytes",
			len(docs), float64(bytes)/float64(len(docs))/1024, float64(time.Second)/float64(whole), float64(whole)/float64(read), float64(whole)/float64(pass))
	}
}

// benchDocs are the real resumes where the test data is, else ours, grown to 6 KB.
func benchDocs(b *testing.B) (docs []fairlead.Document, bytes int) {
	b.Helper()
	add := func(text string) {
		if text != "" {
			docs = append(docs, readable(text))
			bytes += len(text)
		}
	}
	if dir, ok := sharedFolder(); ok {
		for _, r := range livecareer(b, dir) {
			add(r.text)
		}
		return docs, bytes
	}
	for _, c := range cases {
		text := somebody.fill(readFile(b, "resumes", c.resume))
		for len(text) < 6<<10 {
			text += "\n- Worked on the next thing with the same tools and wrote down what came of it"
		}
		add(text)
	}
	return docs, bytes
}
