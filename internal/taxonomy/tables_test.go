package taxonomy

import "testing"

func TestDefault(t *testing.T) {
	tax, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d skills, %d patterns, %d words", tax.Len(), len(tax.match.pats), tax.match.vocab.size)
	for _, m := range tax.Find("5+ years of Core Java, C++, C#.NET, java script, MS Office; node.js and React.js. No experience with Kubernetes or k8s. Résumé: R.N., HTML5") {
		t.Logf("%+v", m)
	}
}
