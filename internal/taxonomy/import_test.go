package taxonomy

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
)

// release is a small O*NET release and a small ESCO, right in every way.
func release() map[string]string {
	return map[string]string{
		"db/Occupation Data.txt":   "O*NET-SOC Code\tTitle\tDescription\r\n15-1252.00\tSoftware Developers\tx\r\n99-9999.00\tTime Travellers\tx\r\n",
		"db/Alternate Titles.txt":  "O*NET-SOC Code\tTitle\tAlternate Title\tShort Title\tSource(s)\n99-9999.00\tTime Travellers\tChrononaut\tn/a\t08\n",
		"db/Technology Skills.txt": "O*NET-SOC Code\tExample\tCommodity Code\tCommodity Title\tHot Technology\n15-1252.00\tStructured query language SQL\t1\tx\tY\n99-9999.00\tFluxware Capacitor\t1\tx\tN\n",
	}
}

func esco() map[string]string {
	return map[string]string{
		"occupations_en.csv": "conceptUri,preferredLabel,altLabels\nu1,truffle hunter,\"truffle seeker\ntruffle finder\"\n",
		"skills_en.csv":      "conceptUri,skillType,preferredLabel,altLabels\nu2,knowledge,truffle lore,\"lore of truffles\"\n",
	}
}

func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestImport(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "taxonomy")
	if tax, err := Open(dst); err != nil || tax.SHA256() != Must(t).SHA256() {
		t.Fatalf("a folder that is not there is an empty one: %v", err)
	}
	r, err := Import(lay(t, release()), dst)
	if err != nil {
		t.Fatal(err)
	}
	if r.Source != "onet" || r.Occupations != 2 || r.Titles != 1 || r.Skills != 2 || r.NewSkills != 1 {
		t.Errorf("report %+v", r)
	}
	if r, err = Import(lay(t, esco()), dst); err != nil || r.Source != "esco" || r.NewSkills != 1 || r.Titles != 3 {
		t.Fatalf("report %+v, %v", r, err)
	}
	tax, err := Open(dst)
	if err != nil {
		t.Fatal(err)
	}
	if tax.SHA256() != r.SHA256 || tax.SHA256() == Must(t).SHA256() {
		t.Error("the sum does not tell the imported tables")
	}
	if got := found(tax, "Fluxware Capacitor, truffle lore and structured query language SQL"); got != "fluxware-capacitor truffle-lore sql" {
		t.Errorf("found %s", got)
	}
	if m := tax.Title("Chrononaut", 1); len(m.Occupations) != 1 || m.Occupations[0].Code != "99-9999.00" {
		t.Errorf("chrononaut is %+v", m)
	}
	// Again changes nothing.
	again, err := Import(lay(t, esco()), dst)
	if err != nil || again.SHA256 != r.SHA256 {
		t.Errorf("the second import gives %+v, %v", again, err)
	}
}

func TestImportZip(t *testing.T) {
	p := filepath.Join(t.TempDir(), "db.zip")
	f, err := os.Create(p)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, body := range release() {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if r, err := Import(p, t.TempDir()); err != nil || r.Occupations != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestImportRefuses(t *testing.T) {
	for _, c := range []struct {
		name, file, body, want string
		esco                   bool
	}{
		{"no alternate titles", "db/Alternate Titles.txt", "", "Alternate Titles.txt is missing", false},
		{"no technology skills", "db/Technology Skills.txt", "", "Technology Skills.txt is missing", false},
		{"column gone", "db/Alternate Titles.txt", "O*NET-SOC Code\tTitle\n15-1252.00\tx\n", "db/Alternate Titles.txt:1 has no column Alternate Title", false},
		{"bad code", "db/Occupation Data.txt", "O*NET-SOC Code\tTitle\n15-1252.00\tx\n15-12\ty\n", "db/Occupation Data.txt:3", false},
		{"twice", "db/Occupation Data.txt", "O*NET-SOC Code\tTitle\n15-1252.00\tx\n15-1252.00\ty\n", "db/Occupation Data.txt:3", false},
		{"short row", "db/Technology Skills.txt", "O*NET-SOC Code\tExample\n15-1252.00\n", "db/Technology Skills.txt:2 has 1 columns", false},
		{"no rows", "db/Technology Skills.txt", "O*NET-SOC Code\tExample\n", "has no rows", false},
		{"not UTF-8", "db/Technology Skills.txt", "O*NET-SOC Code\tExample\n15-1252.00\t\xff\xfe\n", "db/Technology Skills.txt:2 is not UTF-8", false},
		{"unknown occupation", "db/Alternate Titles.txt", "O*NET-SOC Code\tTitle\tAlternate Title\tShort Title\n11-1111.00\tx\ty\tz\n", "db/Alternate Titles.txt:2 names an occupation", false},
		{"no occupations", "occupations_en.csv", "", "has neither the O*NET table", true},
		{"open quote", "occupations_en.csv", "preferredLabel,altLabels\na,\"b\n", "occupations_en.csv:", true},
		{"no label", "occupations_en.csv", "preferredLabel,altLabels\na,b\n,c\n", "occupations_en.csv:3 has an occupation without", true},
		{"skills broken", "skills_en.csv", "preferredLabel,altLabels\na,b,c\n", "skills_en.csv:2 is malformed", true},
	} {
		files := release()
		if c.esco {
			files = esco()
		}
		if files[c.file] = c.body; c.body == "" {
			delete(files, c.file)
		}
		dst := t.TempDir()
		if _, err := Import(lay(t, release()), dst); err != nil {
			t.Fatal(err)
		}
		before, err := Open(dst)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Import(lay(t, files), dst)
		if fairlead.CodeOf(err) != fairlead.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		after, err := Open(dst)
		if err != nil || after.SHA256() != before.SHA256() {
			t.Errorf("%s: the refused import changed something: %v", c.name, err)
		}
	}
}

func TestOpenDamaged(t *testing.T) {
	dst := t.TempDir()
	if _, err := Import(lay(t, release()), dst); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dst, "onet", "titles.tsv"), []byte("99-9999.00\tok\nbroken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dst); fairlead.CodeOf(err) != fairlead.Invalid || !strings.Contains(err.Error(), "onet/titles.tsv:2") {
		t.Errorf("damaged tables: %v", err)
	}
}

func FuzzReadTables(f *testing.F) {
	for _, body := range release() {
		f.Add(body)
	}
	for _, body := range esco() {
		f.Add(body)
	}
	f.Add("[kind=tool]\nA | b | >a\n")
	f.Add("a\tb\tc\n\xff")
	f.Fuzz(func(t *testing.T, body string) {
		b := newBuilder()
		for _, name := range []string{"onet/occupations.tsv", "onet/titles.tsv", "onet/tools.tsv", "esco/occupations.tsv", "esco/skills.tsv"} {
			if err := b.readImported(name, body); err != nil && fairlead.CodeOf(err) != fairlead.Invalid {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, err := range []error{b.readSkills("x", body), b.readRules("x", body), b.readDenials("x", body), b.titles.read("titles/words.txt", body)} {
			if err != nil && fairlead.CodeOf(err) != fairlead.Invalid {
				t.Fatal(err)
			}
		}
	})
}
