package document

import (
	"strings"
	"testing"

	"github.com/fairlead/fairlead"
	"golang.org/x/text/encoding/charmap"
)

// TestEvalGateClean: hardly any clean resume is called garbled or accused.
func TestEvalGateClean(t *testing.T) {
	refs := sampled(references(t), 5)
	bad, accused := 0, 0
	for _, r := range refs {
		if strings.TrimSpace(r.Text) == "" {
			continue
		}
		if why := garbled(r.Text); why != "" {
			bad++
			t.Logf("%s: %s", r.File, why)
		}
		if m, ok := instructions(r.Text); ok {
			accused++
			t.Logf("%s: %q", r.File, m)
		}
	}
	t.Logf("%d resumes, %d called garbled, %d accused", len(refs), bad, accused)
	if bad*50 > len(refs) || accused*100 > len(refs) {
		t.Errorf("of %d clean resumes %d called garbled, %d accused", len(refs), bad, accused)
	}
}

// garblers are ways in which a text layer breaks.
var garblers = map[string]func(string) string{
	"shifted letters": func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7F {
				return '!' + (r-'!'+29)%94
			}
			return r
		}, s)
	},
	"shifted by three": func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7F {
				return r - 3
			}
			return r
		}, s)
	},
	"private use": func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7F {
				return r + 0xF000
			}
			return r
		}, s)
	},
	"replacement": func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune("aeiou", r) {
				return 0xFFFD
			}
			return r
		}, s)
	},
	"mojibake twice": func(s string) string {
		s = strings.NewReplacer("e", "é", "a", "à", "'", "’").Replace(s)
		for range 2 {
			out, err := charmap.Windows1252.NewDecoder().String(s)
			if err != nil {
				return s
			}
			s = out
		}
		return s
	},
	"mojibake": func(s string) string {
		s = strings.NewReplacer("e", "é", "u", "ü").Replace(s)
		out, _ := charmap.ISO8859_1.NewDecoder().String(s)
		return out
	},
	"other script": func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7F {
				return 0x2500 + r
			}
			return r
		}, s)
	},
	"consonants": func(s string) string {
		return strings.Map(func(r rune) rune {
			if i := strings.IndexRune("etaoinsrhldcumfpgwybvkxjqz", r); i >= 0 {
				return rune("qxzjkvbpygfwmucldrhsnioate"[i])
			}
			return r
		}, s)
	},
}

func TestEvalGateGarbled(t *testing.T) {
	refs := sampled(references(t), 20)
	caught, all := 0, 0
	for name, garble := range garblers {
		missed := 0
		for _, r := range refs {
			if len(r.Text) < 500 {
				continue
			}
			all++
			if _, bad := gateOf(garble(r.Text)); bad {
				caught++
			} else {
				missed++
			}
		}
		t.Logf("%-18s missed %d", name, missed)
	}
	if caught*100 < all*95 {
		t.Errorf("of %d garbled resumes %d flagged, want 95 %%", all, caught)
	}
}

func gateOf(s string) (fairlead.Problem, bool) {
	var x extract
	text := cleanText(&x, s)
	return gate(text, x)
}
