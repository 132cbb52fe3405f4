package taxonomy

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

// tabTable calls row with the wanted columns of a tab-separated O*NET table.
func tabTable(f fs.FS, name string, want []string, row func(line int, cells []string) error) error {
	body, err := readTable(f, name)
	if err != nil {
		return err
	}
	head, rest, _ := strings.Cut(body, "\n")
	columns := strings.Split(strings.TrimRight(head, "\r"), "\t")
	at := make([]int, len(want))
	for i, w := range want {
		if at[i] = slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), w) }); at[i] < 0 {
			return refused(name, 1, "has no column "+w)
		}
	}
	need := slices.Max(at) + 1
	cells := make([]string, len(want))
	n, rows := 1, 0
	for rest != "" {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		n++
		line = strings.TrimRight(line, "\r")
		if line == "" {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) < need || len(fields) > len(columns) {
			return refused(name, n, fmt.Sprintf("has %d columns instead of %d", len(fields), len(columns)))
		}
		if !utf8.ValidString(line) {
			return refused(name, n, "is not UTF-8")
		}
		for i, k := range at {
			cells[i] = strings.TrimSpace(fields[k])
		}
		if rows++; rows > maxImportRows {
			return refused(name, n, "has more rows than any release")
		}
		if err := row(n, cells); err != nil {
			return err
		}
	}
	if rows == 0 {
		return refused(name, n, "has no rows")
	}
	return nil
}

// plain keeps what would break our own tables out of a name.
func plain(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\t' || r == '\n' || r == '\r' || r == ' ' || r == '|' || r == '\u00a0' }), " ")
}

// readONET reads an O*NET release: Occupation Data, Alternate Titles and
// Technology Skills, and Sample of Reported Titles and Tools Used when present.
func readONET(f fs.FS, files map[string]string) (ImportReport, map[string]string, error) {
	report := ImportReport{Source: "onet"}
	fail := func(err error) (ImportReport, map[string]string, error) { return ImportReport{}, nil, err }
	for _, need := range []string{"Occupation Data", "Alternate Titles", "Technology Skills"} {
		if files[strings.ToLower(need)] == "" {
			return fail(refused(need+".txt", 0, "is missing from the release"))
		}
	}
	known := map[string]bool{}
	var occupations, titles, tools strings.Builder
	name := files["occupation data"]
	err := tabTable(f, name, []string{"O*NET-SOC Code", "Title"}, func(n int, c []string) error {
		if !validCode(c[0]) || c[1] == "" {
			return refused(name, n, "has no occupation code and title")
		}
		if known[c[0]] {
			return refused(name, n, "has the code "+c[0]+" a second time")
		}
		known[c[0]] = true
		report.Occupations++
		fmt.Fprintf(&occupations, "%s\t%s\n", c[0], plain(c[1]))
		return nil
	})
	if err != nil {
		return fail(err)
	}
	report.Tables = append(report.Tables, name)
	seen := map[string]bool{}
	for _, t := range []struct{ table, column, short string }{
		{"alternate titles", "Alternate Title", "Short Title"}, {"sample of reported titles", "Reported Job Title", ""},
	} {
		name := files[t.table]
		if name == "" {
			continue
		}
		want := []string{"O*NET-SOC Code", t.column}
		if t.short != "" {
			want = append(want, t.short)
		}
		err := tabTable(f, name, want, func(n int, c []string) error {
			if !known[c[0]] {
				return refused(name, n, "names an occupation that Occupation Data does not have")
			}
			if c[1] == "" {
				return refused(name, n, "has no title")
			}
			for _, s := range c[1:] {
				if s = plain(s); s == "" || s == "n/a" || seen[c[0]+s] {
					continue
				}
				seen[c[0]+s] = true
				report.Titles++
				fmt.Fprintf(&titles, "%s\t%s\n", c[0], s)
			}
			return nil
		})
		if err != nil {
			return fail(err)
		}
		report.Tables = append(report.Tables, name)
	}
	for _, table := range []string{"technology skills", "tools used"} {
		name := files[table]
		if name == "" {
			continue
		}
		kind := "tool"
		err := tabTable(f, name, []string{"O*NET-SOC Code", "Example"}, func(n int, c []string) error {
			if !known[c[0]] {
				return refused(name, n, "names an occupation that Occupation Data does not have")
			}
			s := plain(c[1])
			if s == "" {
				return refused(name, n, "has no name of a tool")
			}
			if seen[s] {
				return nil
			}
			seen[s] = true
			report.Skills++
			fmt.Fprintf(&tools, "%s\t%s\n", kind, s)
			return nil
		})
		if err != nil {
			return fail(err)
		}
		report.Tables = append(report.Tables, name)
	}
	return report, map[string]string{"onet/occupations.tsv": occupations.String(), "onet/titles.tsv": titles.String(), "onet/tools.tsv": tools.String()}, nil
}

// escoTable finds occupations_en.csv, occupations.csv, skills_en_trimmed.csv.
func escoTable(files map[string]string, kind string) string {
	if n := files[kind+"_en"]; n != "" {
		return n
	}
	if n := files[kind]; n != "" && strings.HasSuffix(n, ".csv") {
		return n
	}
	var found []string
	for base, n := range files {
		if strings.HasPrefix(base, kind+"_en") {
			found = append(found, n)
		}
	}
	slices.Sort(found)
	if len(found) > 0 {
		return found[0]
	}
	return ""
}

// csvTable calls row with the wanted columns of a CSV table; a wanted column
// that begins with ? may be missing and is then empty.
func csvTable(f fs.FS, name string, want []string, row func(line int, cells []string) error) error {
	body, err := readTable(f, name)
	if err != nil {
		return err
	}
	r := csv.NewReader(strings.NewReader(body))
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return refused(name, 1, "has no heading")
	}
	at := make([]int, len(want))
	for i, w := range want {
		w, optional := strings.CutPrefix(w, "?")
		at[i] = slices.IndexFunc(head, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), w) })
		if at[i] < 0 && !optional {
			return refused(name, 1, "has no column "+w)
		}
	}
	cells := make([]string, len(want))
	rows := 0
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var parse *csv.ParseError
			if errors.As(err, &parse) {
				return refused(name, parse.Line, "is malformed: "+parse.Err.Error())
			}
			return fairlead.Fail(fairlead.Invalid, name+" could not be read. Nothing was imported.", err)
		}
		n, _ := r.FieldPos(0)
		if rows++; rows > maxImportRows {
			return refused(name, n, "has more rows than any release")
		}
		for i, k := range at {
			cells[i] = ""
			if k >= 0 {
				if cells[i] = strings.TrimSpace(record[k]); !utf8.ValidString(cells[i]) {
					return refused(name, n, "is not UTF-8")
				}
			}
		}
		if err := row(n, cells); err != nil {
			return err
		}
	}
	if rows == 0 {
		return refused(name, 2, "has no rows")
	}
	return nil
}

// readESCO reads ESCO's CSV files: occupations, and skills when present.
func readESCO(f fs.FS, files map[string]string) (ImportReport, map[string]string, error) {
	report := ImportReport{Source: "esco"}
	fail := func(err error) (ImportReport, map[string]string, error) { return ImportReport{}, nil, err }
	var occupations, skills strings.Builder
	labels := func(out *strings.Builder, first, rest string) int {
		out.WriteString(plain(first))
		n := 1
		seen := map[string]bool{first: true}
		for s := range strings.SplitSeq(rest, "\n") {
			if s = plain(s); s != "" && !seen[s] {
				seen[s] = true
				out.WriteByte('\t')
				out.WriteString(s)
				n++
			}
		}
		out.WriteByte('\n')
		return n
	}
	name := escoTable(files, "occupations")
	err := csvTable(f, name, []string{"preferredLabel", "altLabels"}, func(n int, c []string) error {
		if c[0] == "" {
			return refused(name, n, "has an occupation without a preferred label")
		}
		report.Occupations++
		report.Titles += labels(&occupations, c[0], c[1])
		return nil
	})
	if err != nil {
		return fail(err)
	}
	report.Tables = append(report.Tables, name)
	out := map[string]string{"esco/occupations.tsv": ""}
	if name := escoTable(files, "skills"); name != "" {
		err := csvTable(f, name, []string{"preferredLabel", "altLabels", "?skillType"}, func(n int, c []string) error {
			if c[0] == "" {
				return refused(name, n, "has a skill without a preferred label")
			}
			kind := "method"
			if c[2] == "knowledge" {
				kind = "domain"
			}
			report.Skills++
			skills.WriteString(kind + "\t")
			labels(&skills, c[0], c[1])
			return nil
		})
		if err != nil {
			return fail(err)
		}
		report.Tables = append(report.Tables, name)
		out["esco/skills.tsv"] = skills.String()
	}
	out["esco/occupations.tsv"] = occupations.String()
	return report, out, nil
}

// isImported says whether name is one of our tables below the import folder.
func isImported(name string) bool {
	switch name {
	case "onet/occupations.tsv", "onet/titles.tsv", "onet/tools.tsv", "esco/occupations.tsv", "esco/skills.tsv":
		return true
	}
	return false
}

// readImported reads a table that Import wrote.
func (b *builder) readImported(name, body string) error {
	if b.imported < 0 {
		b.imported = len(b.skills)
		b.skills = slices.Grow(b.skills, 40_000)
		b.names = make(map[string]int32, 80_000) // what O*NET and ESCO bring
		for i := range b.skills {
			e := &b.skills[i]
			b.names[strings.ToLower(e.Name)] = int32(i)
			for _, a := range e.aliases {
				if k := strings.ToLower(a); b.names[k] == 0 {
					b.names[k] = int32(i)
				}
			}
		}
	}
	return lines(body, func(n int, line string) error {
		cells := strings.Split(line, "\t")
		if !utf8.ValidString(line) {
			return damaged(name, n, "is not UTF-8")
		}
		switch name {
		case "onet/occupations.tsv", "onet/titles.tsv":
			if len(cells) != 2 || !validCode(cells[0]) || cells[1] == "" {
				return damaged(name, n, "is no code, tab, name")
			}
			if name == "onet/occupations.tsv" {
				b.titles.addOccupation(cells[0], cells[1])
				return nil
			}
			occ, ok := b.titles.byCode[cells[0]]
			if !ok {
				return damaged(name, n, "names an occupation that is not there")
			}
			b.titles.names = append(b.titles.names, titleName{cells[1], occ})
		case "esco/occupations.tsv":
			b.titles.addConcept(cells)
		default:
			kind, ok := kinds[cells[0]]
			if !ok || len(cells) < 2 || cells[1] == "" {
				return damaged(name, n, "is no kind, tab, name")
			}
			e := entry{aliases: cells[2:], origin: name}
			e.Kind, e.Name = kind, cells[1]
			b.addImported(e)
		}
		return nil
	})
}

// addImported merges an imported skill into the one that has its name, or adds
// it. O*NET writes vendor and short form into one name (Structured query
// language SQL, Adobe Systems Adobe Photoshop): the parts are tried, too.
func (b *builder) addImported(e entry) {
	forms := importedForms(e.Name)
	for _, name := range forms {
		if i, ok := b.names[strings.ToLower(name)]; ok {
			known := &b.skills[i]
			for _, a := range append(forms[:1:1], e.aliases...) {
				if !b.has(strings.ToLower(a)) {
					known.aliases = append(known.aliases, a)
				}
			}
			return
		}
	}
	e.ID = slug(e.Name)
	if _, taken := b.byID[e.ID]; taken || e.ID == "" {
		return
	}
	kept := make([]string, 0, len(forms)-1+len(e.aliases))
	for _, a := range append(forms[1:], e.aliases...) {
		if !b.has(strings.ToLower(a)) {
			kept = append(kept, a)
		}
	}
	e.aliases = kept
	// Only the name stands in the index: another skill of the import may have
	// one of the aliases for its name, and is not this one for it.
	b.names[strings.ToLower(e.Name)] = int32(len(b.skills))
	b.add(e)
}

func (b *builder) has(name string) bool { _, ok := b.names[name]; return ok }

// importedForms are the names inside an imported name, the whole first.
func importedForms(name string) []string {
	out := []string{name}
	ws := strings.Fields(name)
	if n := len(ws); n >= 2 {
		short := ws[n-1]
		if len(short) >= 3 && len(short) <= 6 && strings.ToUpper(short) == short && isLetter(short[0]) && n >= 3 {
			out = append(out, strings.Join(ws[:n-1], " "), short) // Structured query language SQL
		}
		for k := 1; k < n; k++ {
			if ws[k] == ws[0] && k+1 < n {
				out = append(out, strings.Join(ws[k:], " ")) // Adobe Systems Adobe Photoshop
			}
		}
		if last := strings.ToLower(ws[n-1]); n >= 2 && (last == "software" || last == "systems" || last == "system") && n >= 3 {
			out = append(out, strings.Join(ws[:n-1], " "))
		}
	}
	return out
}
