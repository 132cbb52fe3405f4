package taxonomy

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// BenchmarkOpen is what start-up costs with O*NET and ESCO imported when the
// shared data is here, else with the embedded tables alone.
func BenchmarkOpen(b *testing.B) {
	dst := b.TempDir()
	for _, s := range []string{"onet/29.3", "esco"} {
		if src := filepath.Join("..", "..", "..", "shared", "data", s); exists(src) {
			if _, err := Import(src, dst); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ResetTimer()
	var tax *Taxonomy
	for b.Loop() {
		var err error
		if tax, err = Open(dst); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(tax.match.pats)), "patterns")
	tax.match.pool.Put(&scratch{})
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-live")
	runtime.KeepAlive(tax)
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// sampleText is resume-like text of about 64 KB.
func sampleText() string {
	const part = `Senior Software Engineer, Example Corp, Boston MA, March 2019 to present. Designed and built REST APIs in Java and Spring Boot on AWS,
moved reporting from Excel spreadsheets to PostgreSQL and Tableau, led a team of five engineers and mentored interns. Reduced invoice processing
time by 40 percent together with accounts payable. Wrote Python scripts for data analysis; managed budgets, vendor relationships and the monthly close.
Education: B.S. Accounting. Skills: C++, C#, JavaScript, Node.js, Microsoft Office, QuickBooks, project management, customer service, Spanish.
Volunteered at the community garden on weekends and organized a neighborhood sports event every summer with about two hundred people attending.
`
	return strings.Repeat(part, 64<<10/len(part)+1)
}

func benchmarkFind(b *testing.B, tax *Taxonomy) {
	text := sampleText()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tax.match.find(text, func(mention) {})
	}
	b.ReportMetric(float64(len(tax.match.pats)), "patterns")
}

func BenchmarkFind(b *testing.B) { benchmarkFind(b, Must(b)) }

func BenchmarkFindImported(b *testing.B) {
	dst := b.TempDir()
	for _, s := range []string{"onet/29.3", "esco"} {
		src := filepath.Join("..", "..", "..", "shared", "data", s)
		if !exists(src) {
			b.Skip("no shared data")
		}
		if _, err := Import(src, dst); err != nil {
			b.Fatal(err)
		}
	}
	tax, err := Open(dst)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkFind(b, tax)
}

// BenchmarkReference is what else could look for names: one pass of a regular
// expression of 20 of them, and a byte scan, over the same text.
func BenchmarkReference(b *testing.B) {
	text := sampleText()
	re := regexp.MustCompile(`(?i)\b(java|spring boot|aws|excel|postgresql|tableau|python|javascript|node\.js|quickbooks|spanish|c\+\+|rest apis|accounts payable|budgets|microsoft office|project management|customer service|data analysis|reporting)\b`)
	b.Run("regexp20", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			re.FindAllStringIndex(text, -1)
		}
	})
	b.Run("count", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			_ = strings.Count(text, "QuickBooks")
		}
	})
}
