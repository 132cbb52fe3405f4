package main

import (
	"github.com/fairlead/fairlead"
)

// The wire form of documents and profiles, as the command contracts fix it.

type readOutput struct {
	File       string          `json:"file"`
	MediaType  string          `json:"media_type"`
	Pages      int             `json:"pages"`
	Readable   bool            `json:"readable"`
	Text       string          `json:"text"`
	Problems   []problemOutput `json:"problems"`
	HiddenText []hiddenOutput  `json:"hidden_text"`
	Profile    profileOutput   `json:"profile"`
	SHA256     string          `json:"sha256"`
}

type problemOutput struct {
	Code   fairlead.ProblemCode `json:"code"`
	Page   int                  `json:"page,omitempty"`
	Detail string               `json:"detail"`
}

type hiddenOutput struct {
	Page   int    `json:"page,omitempty"`
	Text   string `json:"text"`
	Reason string `json:"reason"`
}

type profileOutput struct {
	Name            string            `json:"name"`
	Emails          []string          `json:"emails"`
	Phones          []string          `json:"phones"`
	Location        string            `json:"location"`
	Links           []string          `json:"links"`
	SummaryTitle    string            `json:"summary_title"`
	Positions       []positionOutput  `json:"positions"`
	YearsExperience *float64          `json:"years_experience"`
	Education       []educationOutput `json:"education"`
	Certifications  []string          `json:"certifications"`
	Languages       []languageOutput  `json:"languages"`
	Skills          []skillOutput     `json:"skills"`
}

type positionOutput struct {
	Title      string `json:"title"`
	Employer   string `json:"employer"`
	Start      string `json:"start"`
	End        string `json:"end"`
	Current    bool   `json:"current"`
	Occupation string `json:"occupation"`
	At         [2]int `json:"at"`
}

type educationOutput struct {
	Degree      string `json:"degree"`
	Name        string `json:"name"`
	Field       string `json:"field"`
	Institution string `json:"institution"`
	Year        int    `json:"year,omitempty"`
	At          [2]int `json:"at"`
}

type languageOutput struct {
	Name  string `json:"name"`
	Level string `json:"level"`
}

type skillOutput struct {
	ID    string             `json:"id"`
	Name  string             `json:"name"`
	Kind  fairlead.SkillKind `json:"kind"`
	Years *float64           `json:"years,omitempty"`
	Start int                `json:"start"`
	End   int                `json:"end"`
	Text  string             `json:"text"`
}

func readOutputOf(file string, d fairlead.Document, p fairlead.Profile) readOutput {
	o := readOutput{
		File: file, MediaType: d.MediaType, Pages: d.Pages, Readable: d.Readable, Text: d.Text, SHA256: d.SHA256,
		Problems: []problemOutput{}, HiddenText: []hiddenOutput{}, Profile: profileOutputOf(p),
	}
	for _, x := range d.Problems {
		o.Problems = append(o.Problems, problemOutput{x.Code, x.Page, x.Detail})
	}
	for _, x := range d.Hidden {
		o.HiddenText = append(o.HiddenText, hiddenOutput{x.Page, x.Text, x.Reason})
	}
	return o
}

func profileOutputOf(p fairlead.Profile) profileOutput {
	o := profileOutput{
		Name: p.Name.Value, Emails: values(p.Emails), Phones: values(p.Phones), Location: p.Location.Value, Links: values(p.Links),
		SummaryTitle: p.Headline.Value, Positions: []positionOutput{}, YearsExperience: years(p.ExperienceMonths),
		Education: []educationOutput{}, Certifications: values(p.Certifications), Languages: []languageOutput{}, Skills: skillOutputs(p.Skills),
	}
	for _, x := range p.Positions {
		o.Positions = append(o.Positions, positionOutput{x.Title, x.Employer, x.Start.String(), x.End.String(), x.Current, x.Occupation, at(x.At)})
	}
	for _, x := range p.Education {
		o.Education = append(o.Education, educationOutput{x.Level.String(), x.Name, x.Field, x.Institution, x.Year, at(x.At)})
	}
	for _, x := range p.Languages {
		o.Languages = append(o.Languages, languageOutput{x.Name, x.Level})
	}
	return o
}

func skillOutputs(mentions []fairlead.SkillMention) []skillOutput {
	out := make([]skillOutput, 0, len(mentions))
	for _, m := range mentions {
		out = append(out, skillOutput{string(m.ID), m.Name, m.Kind, years(m.Months), m.At.Start, m.At.End, m.Text})
	}
	return out
}

func values(all []fairlead.Located) []string {
	out := make([]string, 0, len(all))
	for _, l := range all {
		out = append(out, l.Value)
	}
	return out
}

func at(s fairlead.Span) [2]int { return [2]int{s.Start, s.End} }
