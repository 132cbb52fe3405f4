package document

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMain(m *testing.M) {
	if RunChildIfAsked() {
		return
	}
	os.Exit(m.Run())
}

// shared is the folder of test data beside the checkout, skipping where absent.
func shared(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("FAIRLEAD_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(root, "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no test data: %v", err)
	}
	return path
}
