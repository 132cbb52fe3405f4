package taxonomy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"
)

func TestReview(t *testing.T) {
	if os.Getenv("REVIEW") == "" {
		t.Skip()
	}
	tax, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	f, _ := os.Open("/work/shared/data/resumes-livecareer/reference-text.jsonl")
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	type st struct {
		n, low int
		id     string
	}
	m := map[string]*st{}
	n := 0
	for sc.Scan() {
		var o map[string]any
		json.Unmarshal(sc.Bytes(), &o)
		s, _ := o["text"].(string)
		n++
		for _, x := range tax.Find(s) {
			k := strings.ToLower(x.Text)
			if strings.ContainsAny(k, " /") {
				continue
			}
			e := m[k]
			if e == nil {
				e = &st{id: string(x.ID)}
				m[k] = e
			}
			e.n++
			if x.Text == k {
				e.low++
			}
		}
	}
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	sort.Slice(ks, func(i, j int) bool { return m[ks[i]].n > m[ks[j]].n })
	fmt.Println(n)
	for _, k := range ks {
		if m[k].n >= 8 {
			fmt.Printf("%s:%d/%d ", k, m[k].low, m[k].n)
		}
	}
	fmt.Println()
	for _, c := range tax.match.pats[:0] {
		_ = c
	}
}
