package document

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// squeeze makes one space of white space and one kind of each quote and dash.
func squeeze(s string) string {
	s = strings.NewReplacer("’", "'", "–", "-", "“", `"`, "”", `"`).Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

var (
	markdownLink = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	latexHref    = regexp.MustCompile(`\\href\{[^}]*\}`)
	latexCommand = regexp.MustCompile(`\\[a-zA-Z]+\*?(\[[^\]]*\])?`)
)

// yamlStrings collects what a person is meant to see of a rendercv file.
func yamlStrings(v any, out *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			switch k {
			case "design", "locale", "settings", "rendercv_settings", "social_networks", "custom_connections", "date", "start_date", "end_date",
				"url", "doi", "website", "photo", "phone", "locale_catalog", "show_timespan_in", "journal", "headline":
				continue
			}
			yamlStrings(e, out)
		}
	case []any:
		for _, e := range v {
			yamlStrings(e, out)
		}
	case string:
		v = markdownLink.ReplaceAllString(v, "$1")
		v = strings.NewReplacer("**", "", "*", "").Replace(v)
		if !strings.ContainsAny(v, `\`) {
			// A nested list is written as one paragraph.
			*out = append(*out, strings.Split(v, " - ")...)
		}
	}
}

type found struct{ have, all int }

// check counts the strings that stand in the text word for word.
func (f *found) check(t *testing.T, file, text string, want []string) {
	text = squeeze(text)
	for _, w := range want {
		if w = squeeze(w); len(w) < 3 {
			continue
		}
		f.all++
		if strings.Contains(text, w) {
			f.have++
		} else {
			t.Logf("%s: not found: %q", filepath.Base(file), w)
		}
	}
}

func (f *found) atLeast(t *testing.T, percent int) {
	t.Helper()
	t.Logf("%d of %d strings", f.have, f.all)
	if f.all == 0 || f.have*100 < f.all*percent {
		t.Errorf("found %d of %d strings of the truth, want %d %%", f.have, f.all, percent)
	}
}

func TestEvalRendercv(t *testing.T) {
	dir := filepath.Join(shared(t, "resume-layouts"), "rendercv")
	r := New(Config{Workers: 1})
	defer r.Close()
	var f found
	truths, _ := filepath.Glob(filepath.Join(dir, "*.yaml"))
	for _, truth := range truths {
		raw, err := os.ReadFile(truth)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := yaml.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		var want []string
		yamlStrings(v["cv"], &want)
		name := strings.TrimSuffix(truth, ".yaml") + ".pdf"
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		f.check(t, name, r.Read(t.Context(), name, data).Text, want)
	}
	f.atLeast(t, 97)
}

// latexArguments lists the braced arguments of a file's commands, as seen.
func latexArguments(src string) []string {
	var clean strings.Builder
	for _, l := range strings.Split(src, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(l), "%") {
			clean.WriteString(l + "\n")
		}
	}
	var out []string
	for _, command := range []string{`\item {`, `\cvsection{`, `\cvskill`, `\cventry`, `\cvhonor`} {
		rest := clean.String()
		for {
			_, after, ok := strings.Cut(rest, command)
			if !ok {
				break
			}
			rest = after
			if strings.HasSuffix(command, "{") {
				after = "{" + after
			}
			n := map[string]int{`\cventry`: 4, `\cvhonor`: 4, `\cvskill`: 2}[command]
			for range max(n, 1) {
				arg, tail, ok := braced(after)
				if !ok {
					break
				}
				after = tail
				out = append(out, seenLatex(arg))
			}
		}
	}
	return out
}

func braced(s string) (arg, rest string, ok bool) {
	start := strings.IndexByte(s, '{')
	if start < 0 {
		return "", "", false
	}
	if before, _, comment := strings.Cut(s[:start], "%"); strings.TrimSpace(before) != "" && !comment {
		return "", "", false
	}
	depth := 0
	for i := start; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[start+1 : i], s[i+1:], true
			}
		}
	}
	return "", "", false
}

func seenLatex(s string) string {
	s = latexHref.ReplaceAllString(s, "")
	s = strings.NewReplacer(`\&`, "&", `\%`, "%", `\#`, "#", `\_`, "_", `\$`, "$", "~", " ", "``", "“", "''", "”", "'", "’", "---", "—", "--", "–", `\LaTeX`, "LATEX").Replace(s)
	s = latexCommand.ReplaceAllString(s, "")
	return strings.NewReplacer("{", "", "}", "", `\`, "").Replace(s)
}

func TestEvalAwesomeCV(t *testing.T) {
	dir := filepath.Join(shared(t, "resume-layouts"), "awesome-cv")
	r := New(Config{Workers: 1})
	defer r.Close()
	var f found
	for _, which := range []string{"cv", "resume"} {
		name := filepath.Join(dir, "examples__"+which+".pdf")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := r.Read(t.Context(), name, data).Text
		main, err := os.ReadFile(filepath.Join(dir, "examples__"+which+".tex"))
		if err != nil {
			t.Fatal(err)
		}
		parts, _ := filepath.Glob(filepath.Join(dir, "examples__"+which+"__*.tex"))
		for _, part := range parts {
			section := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(part), "examples__"+which+"__"), ".tex")
			if !regexp.MustCompile(`(?m)^\\input\{` + which + `/` + section).Match(main) {
				continue
			}
			src, err := os.ReadFile(part)
			if err != nil {
				t.Fatal(err)
			}
			f.check(t, name+" "+section, text, latexArguments(string(src)))
		}
	}
	f.atLeast(t, 97)
}

func TestEvalHackMyResume(t *testing.T) {
	dir := filepath.Join(shared(t, "resume-layouts"), "hackmyresume")
	raw, err := os.ReadFile(filepath.Join(dir, "test__expected__modern__resume.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	t.Logf("%.600s", raw)
}
