package profile_test

import (
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/profile"
)

// BenchmarkBuild reads resumes of about 6 KB; it prints documents and bytes a
// second. BenchmarkIdentity does the same for finding who somebody is.
func BenchmarkBuild(b *testing.B) {
	tax := standard(b)
	texts, size := sixKB(b)
	b.SetBytes(size)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		profile.Build(tax, fairlead.Document{Text: texts[n%len(texts)]}, asOf)
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "docs/s")
}

func BenchmarkIdentity(b *testing.B) {
	tax := standard(b)
	texts, size := sixKB(b)
	p := make([]fairlead.Profile, len(texts))
	for i, s := range texts {
		p[i] = profile.Build(tax, fairlead.Document{Text: s}, asOf)
	}
	b.SetBytes(size)
	n := 0
	for b.Loop() {
		profile.Identity(texts[n%len(texts)], p[n%len(texts)])
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "docs/s")
}

func sixKB(b *testing.B) ([]string, int64) {
	var texts []string
	var size int
	for _, l := range livecareer(b, 7) {
		if len(l.text) > 5000 && len(l.text) < 7000 {
			texts = append(texts, l.text)
			size += len(l.text)
		}
	}
	return texts, int64(size / len(texts))
}
