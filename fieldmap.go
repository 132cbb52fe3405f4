package fairlead

import "slices"

// Output is something Fairlead tells the ATS.
type Output string

// Canonical outputs.
const (
	OutScore     Output = "match_score"
	OutReasoning Output = "reasoning"
	OutSkills    Output = "skills"
	OutAuditID   Output = "audit_id"
)

// Outputs lists every output in the order people see them.
func Outputs() []Output { return []Output{OutScore, OutReasoning, OutSkills, OutAuditID} }

// FieldType is what a field of the ATS can hold, in our words.
type FieldType string

// Types of field we can write.
const (
	FieldNumber      FieldType = "number"
	FieldText        FieldType = "text"
	FieldMultiSelect FieldType = "multi_select"
)

// MappedField says which field of the ATS takes an output.
type MappedField struct {
	Output Output
	Key    string // the ATS's stable key of the field
	Type   FieldType
	MaxLen int // characters a text field takes, 0 for no limit we know
	// Options a multi-select offers, nil when they are not known.
	Options []string
}

// FieldMap is which canonical output goes to which ATS field. An empty map
// means that the ATS gives us no fields: a private note and tags instead.
type FieldMap []MappedField

// Field returns the field that takes o.
func (m FieldMap) Field(o Output) (MappedField, bool) {
	for _, f := range m {
		if f.Output == o {
			return f, true
		}
	}
	return MappedField{}, false
}

// Value is what one field holds: nothing, one text (numbers in decimal), or,
// for lists, several.
type Value []string

// Equal compares content; nil and empty are the same.
func (v Value) Equal(w Value) bool { return slices.Equal(v, w) }

// Values are the values of outputs; a missing key is an empty value.
type Values map[Output]Value

// Equal compares all outputs.
func (v Values) Equal(w Values) bool {
	for _, o := range Outputs() {
		if !v[o].Equal(w[o]) {
			return false
		}
	}
	return true
}
