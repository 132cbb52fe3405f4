package taxonomy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fairlead/fairlead"
)

// Open is Default with the tables imported below dir beside the embedded ones.
// A dir that is not there is an empty one. Damaged tables are fairlead.Invalid
// with file and line; a folder that cannot be read is fairlead.Unavailable.
func Open(dir string) (*Taxonomy, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return Default()
	} else if err != nil {
		return nil, fairlead.Fail(fairlead.Unavailable, "The folder of imported taxonomy tables cannot be read. Check its permissions.", err)
	}
	return load(os.DirFS(dir))
}

// ImportReport says what an import brought.
type ImportReport struct {
	Source      string // onet or esco
	Occupations int    // in the source
	Titles      int    // titles of them
	Skills      int    // skills and tools in the source
	NewSkills   int    // of them not known before under any name; the rest merged into the skills they name
	Tables      []string
	SHA256      string // of the taxonomy with the import
}

// Limits of an import: a release of O*NET has tables of 10 MB.
const (
	maxTable      = 256 << 20
	maxImportRows = 2_000_000
)

// Import reads an O*NET database release (a folder or the zip) or a folder of
// ESCO CSV files from src and puts what Fairlead uses of it below dst, replacing
// an earlier import of the same source; Open(dst) then knows it. Skills and
// tools that the taxonomy already knows under any name keep their id. A required
// table that is missing, or any table used that is malformed, refuses the whole
// import with fairlead.Invalid and file and line, and nothing is changed.
func Import(src, dst string) (ImportReport, error) {
	var none ImportReport
	info, err := os.Stat(src)
	if err != nil {
		return none, fairlead.Fail(fairlead.NotFound, "There is no file or folder "+src+" to import. Name an O*NET release or a folder of ESCO CSV files.", err)
	}
	var source fs.FS
	if info.IsDir() {
		source = os.DirFS(src)
	} else {
		z, err := zip.OpenReader(src)
		if err != nil {
			return none, fairlead.Fail(fairlead.Invalid, src+" is neither a folder nor a zip archive. Name an O*NET release or a folder of ESCO CSV files.", err)
		}
		defer func() { _ = z.Close() }()
		source = z
	}
	files, err := listTables(source)
	if err != nil {
		return none, fairlead.Fail(fairlead.Invalid, "The release could not be read through. Fetch it again.", err)
	}
	var report ImportReport
	var tables map[string]string
	switch {
	case files["occupation data"] != "":
		report, tables, err = readONET(source, files)
	case escoTable(files, "occupations") != "":
		report, tables, err = readESCO(source, files)
	default:
		return none, fairlead.Fail(fairlead.Invalid, src+" has neither the O*NET table Occupation Data nor ESCO's occupations_en.csv. Name the folder that holds them.", nil)
	}
	if err != nil {
		return none, err
	}
	return install(dst, report, tables)
}

// listTables finds the tables of a release, at most four folders deep, by base
// name without extension in small letters. The first in the order of paths wins.
func listTables(f fs.FS) (map[string]string, error) {
	out := map[string]string{}
	return out, fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.Count(name, "/") >= 4 || name != "." && strings.HasPrefix(path.Base(name), ".") {
				return fs.SkipDir
			}
			return nil
		}
		ext := strings.ToLower(path.Ext(name))
		if ext != ".txt" && ext != ".tsv" && ext != ".csv" {
			return nil
		}
		base := strings.ToLower(strings.TrimSuffix(path.Base(name), path.Ext(name)))
		if _, ok := out[base]; !ok {
			out[base] = name
		}
		return nil
	})
}

// readTable reads a file whole, up to maxTable.
func readTable(f fs.FS, name string) (string, error) {
	r, err := f.Open(name)
	if err != nil {
		return "", fairlead.Fail(fairlead.Unavailable, "The table "+name+" could not be read. Check its permissions.", err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	if err != nil {
		return "", refused(name, 0, "could not be read")
	}
	if len(b) > maxTable {
		return "", fairlead.Fail(fairlead.TooLarge, fmt.Sprintf("The table %s is larger than %d MB. Import an original release.", name, maxTable>>20), nil)
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil
}

// refused is the error for a table of a release that cannot be used.
func refused(file string, line int, what string) error {
	where := file
	if line > 0 {
		where = fmt.Sprintf("%s:%d", file, line)
	}
	return fairlead.Fail(fairlead.Invalid, where+" "+what+". Nothing was imported; fetch the release again and import it unchanged.", nil)
}

// install writes the tables beside their place, proves that they load, and
// puts them there.
func install(dst string, report ImportReport, tables map[string]string) (ImportReport, error) {
	var none ImportReport
	disk := func(err error) (ImportReport, error) {
		return none, fairlead.Fail(fairlead.Unavailable, "The imported tables could not be written. Check space and permissions of the data folder.", err)
	}
	if err := os.MkdirAll(dst, 0o750); err != nil {
		return disk(err)
	}
	next, err := os.MkdirTemp(dst, ".import-")
	if err != nil {
		return disk(err)
	}
	defer func() { _ = os.RemoveAll(next) }()
	// A copy of what else is imported, so that the proof is of the whole.
	others, err := fs.Glob(os.DirFS(dst), "*/*.tsv")
	if err != nil {
		return disk(err)
	}
	for _, name := range others {
		if strings.HasPrefix(name, report.Source+"/") || strings.HasPrefix(name, ".") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dst, name))
		if err != nil {
			return disk(err)
		}
		tables[name] = string(b)
	}
	for name, body := range tables {
		p := filepath.Join(next, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o750); err != nil {
			return disk(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o600); err != nil {
			return disk(err)
		}
	}
	base, err := Default()
	if err != nil {
		return none, fmt.Errorf("load embedded tables: %w", err)
	}
	t, err := load(os.DirFS(next))
	if err != nil {
		return none, fmt.Errorf("load imported tables: %w", err)
	}
	for i := range t.skills {
		if strings.HasPrefix(t.skills[i].origin, report.Source+"/") {
			if _, known := base.byID[t.skills[i].ID]; !known {
				report.NewSkills++
			}
		}
	}
	report.SHA256 = t.sum
	place, old := filepath.Join(dst, report.Source), filepath.Join(next, ".old")
	if err := os.Rename(place, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return disk(err)
	}
	if err := os.Rename(filepath.Join(next, report.Source), place); err != nil {
		_ = os.Rename(old, place)
		return disk(err)
	}
	return report, nil
}
