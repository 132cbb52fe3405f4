package document

import (
	"bytes"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

// looksLikeText says whether bytes of no known type may be text of some
// encoding.
func looksLikeText(data []byte) bool {
	head := data[:min(len(data), 4096)]
	return !bytes.ContainsRune(head, 0) && len(head) > 0
}

func readText(data []byte) extract {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if utf8.Valid(data) {
		return extract{text: string(data)}
	}
	return failed(fairlead.Unsupported, "the encoding of the text is unknown")
}
