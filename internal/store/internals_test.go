package store

import (
	"database/sql"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead/fairlead"
)

// Writer is the connection that writes, for tests that take its disk away.
func (s *Store) Writer() *sql.DB { return s.write }

// unaudited are the methods that change something without an Entry, and why.
var unaudited = map[string]string{
	"ReleaseWriteback": "a lease says nothing anybody could ask about later",
	"Requeue":          "the work was asked for, and its entry written, before",
	"SaveInvite":       "nothing has changed until somebody redeems it",
	"SealEntries":      "it gives the entries themselves their place",
	"BeginWriteback":   "it takes a lease",
	"CommitCtx":        "sessions: who signed in is in the log",
	"DeleteCtx":        "sessions: who signed in is in the log",
}

// TestNothingChangesWithoutAnEntry reads the package: an exported method that
// opens a changing transaction takes the audit Entry that says so.
func TestNothingChangesWithoutAnEntry(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	changing := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			m, ok := d.(*ast.FuncDecl)
			if !ok || m.Recv == nil || !m.Name.IsExported() || !changes(m) {
				continue
			}
			changing++
			if takesEntry(m) {
				if why, listed := unaudited[m.Name.Name]; listed {
					t.Errorf("%s takes an Entry and is listed as an exception (%s)", m.Name.Name, why)
				}
				continue
			}
			if unaudited[m.Name.Name] == "" {
				t.Errorf("%s: %s changes something and takes no Entry", name, m.Name.Name)
			}
		}
	}
	if changing < 15 {
		t.Errorf("found only %d methods that change something: this test is blind", changing)
	}
}

func changes(m *ast.FuncDecl) bool {
	found := false
	ast.Inspect(m.Body, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && (s.Sel.Name == "change" || s.Sel.Name == "write" && m.Name.Name != "Ping" || s.Sel.Name == "in") {
			found = found || s.Sel.Name != "write" || m.Name.Name != "Close"
		}
		return true
	})
	return found
}

func takesEntry(m *ast.FuncDecl) bool {
	return slices.ContainsFunc(m.Type.Params.List, func(p *ast.Field) bool {
		kind := p.Type
		if list, ok := kind.(*ast.ArrayType); ok {
			kind = list.Elt
		}
		s, ok := kind.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "Entry"
	})
}

var update = flag.Bool("update", false, "write golden files")

// TestWhatIsSealedStaysReadable: sealed values are JSON under their Go names. A
// field that is renamed would silently come back empty; so the form of the first
// version is kept here.
func TestWhatIsSealedStaysReadable(t *testing.T) {
	for name, v := range map[string]any{
		"assessment": &assessmentBody{}, "writeback": &writebackBody{}, "candidate": &candidateBody{}, "rubric": &fairlead.Rubric{},
	} {
		fill(reflect.ValueOf(v).Elem(), 1)
		path := filepath.Join("testdata", "sealed", name+".1.json")
		got, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, append(got, '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		stored, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read := reflect.New(reflect.TypeOf(v).Elem()).Interface()
		d := json.NewDecoder(strings.NewReader(string(stored)))
		d.DisallowUnknownFields()
		if err := d.Decode(read); err != nil {
			t.Errorf("%s: what was stored has no place any more: %v", name, err)
			continue
		}
		again, err := json.MarshalIndent(read, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		// New fields may be added; those that were there must come back.
		var before, after any
		if err := json.Unmarshal(stored, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &after); err != nil {
			t.Fatal(err)
		}
		if path := missing(before, after, name); path != "" {
			t.Errorf("%s does not come back as it was stored", path)
		}
	}
}

// missing names the first value of before that after does not have.
func missing(before, after any, path string) string {
	switch b := before.(type) {
	case map[string]any:
		a, _ := after.(map[string]any)
		for k, v := range b {
			if p := missing(v, a[k], path+"."+k); p != "" {
				return p
			}
		}
		return ""
	case []any:
		a, _ := after.([]any)
		for i, v := range b {
			if i >= len(a) {
				return path
			}
			if p := missing(v, a[i], path); p != "" {
				return p
			}
		}
		return ""
	}
	if !reflect.DeepEqual(before, after) {
		return path
	}
	return ""
}

// fill gives every field a value that is not its zero.
func fill(v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 23, 10, 0, n, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), n+i)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n))
	}
}

func TestPercentile(t *testing.T) {
	var d []time.Duration
	for i := range 20 {
		d = append(d, time.Duration(i+1))
	}
	if p50, p95, p100 := percentile(d, 50), percentile(d, 95), percentile(d[:1], 95); p50 != 10 || p95 != 19 || p100 != 1 {
		t.Errorf("%d %d %d", p50, p95, p100)
	}
}
