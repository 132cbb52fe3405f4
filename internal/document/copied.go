package document

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/fairlead/fairlead"
)

// CopiedJobText says whether long runs of the advertisement stand word for word
// in the resume: at least a quarter of the advertisement's distinct eight-word
// runs, and at least ten of them. The flag never changes a score.
func CopiedJobText(text, job string) (fairlead.Problem, bool) {
	const run, least, share = 8, 10, 25
	wanted := map[string]bool{}
	words := wordsOf(job)
	for i := 0; i+run <= len(words); i++ {
		wanted[strings.Join(words[i:i+run], " ")] = true
	}
	if len(wanted) < least {
		return fairlead.Problem{}, false
	}
	found := map[string]bool{}
	words = wordsOf(text)
	for i := 0; i+run <= len(words); i++ {
		if w := strings.Join(words[i:i+run], " "); wanted[w] {
			found[w] = true
		}
	}
	percent := 100 * len(found) / len(wanted)
	if len(found) < least || percent < share {
		return fairlead.Problem{}, false
	}
	return fairlead.Problem{Code: fairlead.CopiedJobText, Detail: fmt.Sprintf("%d %% of the job description stands in the resume word for word", percent)}, true
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
