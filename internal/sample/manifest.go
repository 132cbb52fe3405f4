package sample

import (
	"encoding/json"
	"io"
	"math"

	"github.com/fairlead/fairlead"
)

// WriteManifest writes one JSON object per resume: what is true of it, years
// reckoned at asOf.
func WriteManifest(w io.Writer, resumes []Resume, asOf fairlead.YearMonth) error {
	type position struct {
		Title    string `json:"title"`
		Employer string `json:"employer"`
		Start    string `json:"start"`
		End      string `json:"end"`
		Current  bool   `json:"current"`
	}
	type education struct {
		Degree      string `json:"degree"`
		Name        string `json:"name"`
		Field       string `json:"field"`
		Institution string `json:"institution"`
		Year        int    `json:"year"`
	}
	type language struct {
		Name  string `json:"name"`
		Level string `json:"level"`
	}
	type line struct {
		File           string      `json:"file"`
		Job            string      `json:"job"`
		Fit            Fit         `json:"fit"`
		Layout         Layout      `json:"layout"`
		Name           string      `json:"name"`
		Email          string      `json:"email"`
		Phone          string      `json:"phone"`
		Location       string      `json:"location"`
		Years          float64     `json:"years_experience"`
		Positions      []position  `json:"positions"`
		Education      []education `json:"education"`
		Certifications []string    `json:"certifications"`
		Languages      []language  `json:"languages"`
		Skills         []string    `json:"skills"`
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range resumes {
		p := r.Person
		l := line{
			File: r.File, Job: r.Job, Fit: r.Fit, Layout: r.Layout, Name: p.Name, Email: p.Email, Phone: p.Phone, Location: p.City,
			Years: math.Round(float64(p.Months(asOf))/12*10) / 10, Certifications: p.Certifications, Skills: p.Skills,
		}
		for _, j := range p.Positions {
			l.Positions = append(l.Positions, position{j.Title, j.Employer, j.Start.String(), j.End.String(), j.End.IsZero()})
		}
		for _, e := range p.Education {
			l.Education = append(l.Education, education{e.Level.String(), e.Name, e.Field, e.University, e.Year})
		}
		for _, g := range p.Languages {
			l.Languages = append(l.Languages, language(g))
		}
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return nil
}
