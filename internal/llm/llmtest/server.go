// Package llmtest is a scripted language model over real HTTP, in both wire
// forms: it answers what a test tells it to, and misbehaves the ways real
// servers do. It hides the wire forms from tests and imports nothing of ours,
// so that a misreading of them does not hide on both sides.
package llmtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Step is what the server does with one request. The zero value answers "{}".
type Step struct {
	Text       string // the answer
	Status     int    // other than 200: an error
	RetryAfter string // header
	Model      string // answers in this name instead of the one asked for
	Refuse     bool   // declines
	Cut        bool   // stops at the token limit
	Raw        string // sends this body instead
	Hang       bool   // answers nothing until the client gives up
}

// Question is a request the server got.
type Question struct {
	Path, Key, Model, System, User string
	Temperature                    *float64
}

// Server is a scripted model. Script is called for each question, counted from
// 0, and may look at it; set it before the first request.
type Server struct {
	*httptest.Server
	Script func(n int, q Question) Step

	mu        sync.Mutex
	questions []Question
}

// New starts a server; Close ends it.
func New(script func(n int, q Question) Step) *Server {
	s := &Server{Script: script}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Questions are the requests so far, in order.
func (s *Server) Questions() []Question {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Question(nil), s.questions...)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<22))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	var in struct {
		Model       string   `json:"model"`
		System      string   `json:"system"`
		Temperature *float64 `json:"temperature"`
		Messages    []struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"messages"`
	}
	if json.Unmarshal(body, &in) != nil || r.Method != http.MethodPost {
		http.Error(w, "no such request", http.StatusBadRequest)
		return
	}
	q := Question{Path: r.URL.Path, Model: in.Model, System: in.System, Temperature: in.Temperature}
	for _, m := range in.Messages {
		if m.Role == "system" {
			q.System += m.Content
		} else {
			q.User += m.Content
		}
	}
	anthropic := strings.HasSuffix(r.URL.Path, "/v1/messages")
	q.Key = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if anthropic {
		q.Key = r.Header.Get("X-Api-Key")
		if r.Header.Get("Anthropic-Version") == "" {
			http.Error(w, "anthropic-version: header is required", http.StatusBadRequest)
			return
		}
	} else if !strings.HasSuffix(r.URL.Path, "/chat/completions") {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	n := len(s.questions)
	s.questions = append(s.questions, q)
	s.mu.Unlock()
	step := s.Script(n, q)
	switch {
	case step.Hang:
		<-r.Context().Done()
		return
	case step.Status != 0 && step.Status != http.StatusOK:
		if step.RetryAfter != "" {
			w.Header().Set("Retry-After", step.RetryAfter)
		}
		http.Error(w, `{"error":{"message":"scripted: `+http.StatusText(step.Status)+`"}}`, step.Status)
		return
	case step.Raw != "":
		_, _ = io.WriteString(w, step.Raw)
		return
	}
	if step.Text == "" {
		step.Text = "{}"
	}
	if step.Model == "" {
		step.Model = in.Model
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply(step, anthropic, len(body)))
}

func reply(s Step, anthropic bool, sent int) map[string]any {
	if anthropic {
		stop := "end_turn"
		switch {
		case s.Refuse:
			stop = "refusal"
		case s.Cut:
			stop = "max_tokens"
		}
		return map[string]any{
			"model": s.Model, "stop_reason": stop,
			"content": []map[string]any{{"type": "text", "text": s.Text}},
			"usage":   map[string]int{"input_tokens": sent / 4, "output_tokens": len(s.Text) / 4},
		}
	}
	finish := "stop"
	message := map[string]any{"role": "assistant", "content": s.Text}
	switch {
	case s.Refuse:
		message = map[string]any{"role": "assistant", "content": nil, "refusal": "I cannot help with that."}
	case s.Cut:
		finish = "length"
	}
	return map[string]any{
		"model":   s.Model,
		"choices": []map[string]any{{"message": message, "finish_reason": finish}},
		"usage":   map[string]int{"prompt_tokens": sent / 4, "completion_tokens": len(s.Text) / 4},
	}
}
