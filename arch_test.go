package fairlead_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fairlead/fairlead"

// mayImport is who may import whom beside the root package and the standard
// library. A package that is not here imports the root only. Why is part of the
// table: a rule nobody can explain is a rule nobody keeps.
var mayImport = map[string]struct {
	packages []string
	why      string
}{
	"internal/ats/greenhouse": {[]string{"internal/ats"}, "a connector keeps the contract and knows no other part of the house"},
	"internal/ats/sandbox":    {[]string{"internal/ats"}, "a simulator is a second reading of the vendor's documents: it must not share a misreading with the connector"},
	"internal/ats/atstest":    {[]string{"internal/ats"}, "the conformance suite knows the contract and a server address"},
	"internal/profile":        {[]string{"internal/taxonomy"}, "structure is found with the taxonomy's names"},
	"internal/scoring":        {[]string{"internal/taxonomy", "internal/profile", "internal/llm"}, "the one place that judges, and the only one that may ask a model"},
	"internal/webhook":        {[]string{"internal/ats", "internal/web"}, "a delivery is verified by its connector and answered over HTTP"},
	"internal/pipeline":       {[]string{"internal/ats", "internal/document", "internal/profile", "internal/scoring"}, "the main story, top to bottom"},
	"internal/auth":           {[]string{"internal/web"}, "who is asking is asked over HTTP"},
	"internal/console":        {[]string{"internal/auth", "internal/web"}, "pages show what the store hands over; they compute nothing"},
	"internal/store":          {[]string{"internal/queue", "internal/secret"}, "a task is stored in the transaction of the change it belongs to, and what is about a person is sealed before it is written"},
	"internal/sample/gen":     {[]string{"internal/sample"}, "writes the sample files to a folder"},
}

// onlyImporters are packages that hide something from all but a few.
var onlyImporters = map[string]struct {
	importers []string
	why       string
}{
	"internal/store":       {[]string{"cmd/fairlead"}, "consumers declare the methods they need; only main knows the database"},
	"internal/llm":         {[]string{"internal/scoring", "cmd/fairlead"}, "what does the model see? must be answered by one package"},
	"internal/ats/sandbox": {[]string{"cmd/fairlead"}, "simulated ATSs are reached over HTTP, as the real ones are"},
	"internal/sample":      {[]string{"cmd/fairlead", "internal/sample/gen"}, "sample data is no part of the path of real data"},
}

// outside are trees that may import nothing of ours at all.
var outside = map[string]string{
	"tools/checker": "the judge shares no code with the judged",
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.imports {
			rel, ours := strings.CutPrefix(imported, module)
			rel = strings.TrimPrefix(rel, "/")
			if p.dir == "." {
				if ours || strings.Contains(strings.Split(imported, "/")[0], ".") {
					t.Errorf("root package imports %s: it is the language, standard library only", imported)
				}
				for _, banned := range []string{"net/http", "database/sql"} {
					if imported == banned {
						t.Errorf("root package imports %s: it must not know how a noun is stored or shown", banned)
					}
				}
				continue
			}
			if !ours {
				continue
			}
			if why, alone := outside[p.dir]; alone {
				t.Errorf("%s imports %s: %s", p.dir, imported, why)
			}
			if rel == "" || p.dir == rel {
				continue
			}
			if only, ok := onlyImporters[rel]; ok && !slices.Contains(only.importers, p.dir) {
				t.Errorf("%s imports %s: %s", p.dir, rel, only.why)
			}
			if strings.HasPrefix(p.dir, "cmd/") {
				continue
			}
			rule := mayImport[p.dir]
			if !slices.Contains(rule.packages, rel) {
				why := rule.why
				if why == "" {
					why = "no rule allows it; packages import the root only"
				}
				t.Errorf("%s imports %s: %s", p.dir, rel, why)
			}
		}
	}
}

// TestPackageDocs: every package says what it hides.
func TestPackageDocs(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.doc) < 60 {
			t.Errorf("%s has no package comment that says what it hides (%q)", p.dir, p.doc)
		}
	}
}

// TestNoDrawers: a package is worth having when it hides something.
func TestNoDrawers(t *testing.T) {
	for _, p := range packages(t) {
		switch base := filepath.Base(p.dir); base {
		case "util", "utils", "common", "helpers", "models", "services", "types", "misc", "shared", "pkg":
			t.Errorf("%s: a drawer named %q says nothing about what is in it", p.dir, base)
		}
	}
}

// TestRootHasNoTags: how a noun is written down is its speaker's affair.
func TestRootHasNoTags(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				t.Errorf("%s: struct tag %s in the root package", name, field.Tag.Value)
			}
			return true
		})
	}
}

type pkg struct {
	dir, doc string
	imports  []string
}

// packages reads every package of the module, without its test files.
func packages(t *testing.T) []pkg {
	t.Helper()
	found := map[string]*pkg{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); path != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" || base == "build" || base == "fairlead-data") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		p := found[dir]
		if p == nil {
			p = &pkg{dir: dir}
			found[dir] = p
		}
		p.doc += f.Doc.Text()
		for _, i := range f.Imports {
			p.imports = append(p.imports, strings.Trim(i.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]pkg, 0, len(found))
	for _, p := range found {
		out = append(out, *p)
	}
	if len(out) < 2 {
		t.Fatal("found no packages: is the test run from the module's root?")
	}
	return out
}
