package sandbox

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
)

//go:embed page.html
var pageHTML string

type jobPage struct {
	ID           int64
	Title        string
	Status       string
	Applications []applicationRow
}

type applicationRow struct {
	Name, Stage, Score, Reasoning, Skills, Audit string
	Notes                                        []string
}

type accountPage struct {
	Jobs                           []jobPage
	Deliveries, Writes, Violations int
}

// page shows jobs and applications with their AI fields, as an ATS screen does.
func (g *Greenhouse) page(w http.ResponseWriter, _ *http.Request) {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		http.Error(w, "The page's template is broken.", http.StatusInternalServerError)
		return
	}
	var b bytes.Buffer
	if err := t.Execute(&b, g.account()); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(b.Bytes()) // nobody is left to tell
}

func (g *Greenhouse) account() accountPage {
	report := g.Journal()
	p := accountPage{Deliveries: len(report.Deliveries), Violations: len(report.Violations)}
	for _, c := range report.History {
		if slices.Contains(report.Clients, c.Author) {
			p.Writes++
		}
	}
	views := g.views()
	g.mu.Lock()
	jobs := g.state.find("jobs", func(*record) bool { return true })
	for _, j := range slices.Backward(jobs) {
		p.Jobs = append(p.Jobs, jobPage{ID: j.id, Title: j.str("name"), Status: j.str("status")})
	}
	g.mu.Unlock()
	for i := range p.Jobs {
		for _, v := range views {
			if v.Job != p.Jobs[i].ID {
				continue
			}
			row := applicationRow{
				Name: v.Name, Stage: v.Stage, Score: words(v.Fields["ai_match_score"]), Reasoning: words(v.Fields["ai_reasoning"]),
				Skills: words(v.Fields["ai_skills"]), Audit: words(v.Fields["ai_audit_id"]),
			}
			if v.Status != "in_process" {
				row.Stage = v.Status
			}
			for _, n := range v.Notes {
				row.Notes = append(row.Notes, n.Body)
			}
			p.Jobs[i].Applications = append(p.Jobs[i].Applications, row)
		}
	}
	return p
}

// words is a field's value for people.
func words(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []string:
		return strings.Join(v, ", ")
	}
	return fmt.Sprint(v)
}
