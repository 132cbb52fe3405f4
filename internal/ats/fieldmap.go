package ats

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

// Shape fits values to what the mapped fields can hold, so that what we intend,
// what we write and what we read back are the same thing: outputs without a
// field are left out, text is cut on a word with an ellipsis, and a multi-select
// keeps the values that exist as options, in the options' order: to an ATS they
// are a set. An empty map shapes nothing: a note holds everything.
func Shape(m fairlead.FieldMap, values fairlead.Values) fairlead.Values {
	if len(m) == 0 {
		return values
	}
	out := make(fairlead.Values, len(values))
	for _, f := range m {
		v := values[f.Output]
		if len(v) == 0 {
			continue
		}
		switch f.Type {
		case fairlead.FieldMultiSelect:
			v = InOptionOrder(f, slices.DeleteFunc(slices.Clone(v), func(s string) bool {
				return f.Options != nil && !slices.Contains(f.Options, s)
			}))
		case fairlead.FieldText:
			if v = (fairlead.Value{Ellipsis(strings.TrimSpace(strings.Join(v, ", ")), f.MaxLen)}); v[0] == "" {
				v = nil
			}
		}
		if len(v) > 0 {
			out[f.Output] = v
		}
	}
	return out
}

// InOptionOrder is a multi-select's values as a set in one fixed order: that of
// the field's options, then, for values that are no option, the alphabet's. What
// we want and what we read back then compare equal whatever order the ATS keeps.
func InOptionOrder(f fairlead.MappedField, v fairlead.Value) fairlead.Value {
	rank := func(s string) int {
		if i := slices.Index(f.Options, s); i >= 0 {
			return i
		}
		return len(f.Options)
	}
	out := slices.Clone(v)
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
	return slices.Compact(out)
}

// Ellipsis cuts s to at most limit characters (runes), on a word where it can,
// ending in … when something was cut. A limit of 0 is none.
func Ellipsis(s string, limit int) string {
	if limit <= 0 || utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)[:limit-1]
	cut := len(runes)
	for i := cut; i > cut*2/3; i-- {
		if runes[i-1] == ' ' {
			cut = i - 1
			break
		}
	}
	return strings.TrimRight(string(runes[:cut]), " ,;") + "…"
}
