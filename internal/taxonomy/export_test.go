package taxonomy

import "testing"

// Must is the embedded taxonomy.
func Must(t testing.TB) *Taxonomy {
	t.Helper()
	tax, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return tax
}
