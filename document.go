package fairlead

// Document is what a resume file says as text.
type Document struct {
	MediaType string // by content, not by name
	Pages     int    // 0 where the format has none
	// Readable is false when a person must look: never a low score.
	Readable bool
	// Text is what a human sees, in reading order, UTF-8.
	Text     string
	Problems []Problem
	// Hidden is text a human does not see; it is in no other field.
	Hidden []HiddenText
	// SHA256 of the file's bytes, lower-case hex.
	SHA256 string
}

// ProblemCode names what is wrong with a file.
type ProblemCode string

// The first group makes a document unreadable, the second flags it.
const (
	EmptyText    ProblemCode = "empty_text"
	Scanned      ProblemCode = "scanned"
	Garbled      ProblemCode = "garbled"
	Encrypted    ProblemCode = "encrypted"
	Corrupt      ProblemCode = "corrupt"
	FileTooLarge ProblemCode = "too_large"
	TooManyPages ProblemCode = "too_many_pages"
	ReadTimeout  ProblemCode = "timeout"
	Unsupported  ProblemCode = "unsupported"
	FileNotFound ProblemCode = "not_found"

	HiddenTextFound      ProblemCode = "hidden_text"
	InjectedInstructions ProblemCode = "injected_instructions"
	CopiedJobText        ProblemCode = "copied_job_text"
)

// Unreadable says whether the problem means that no score may be given.
func (c ProblemCode) Unreadable() bool {
	switch c {
	case HiddenTextFound, InjectedInstructions, CopiedJobText:
		return false
	}
	return true
}

// Problem is one thing found wrong with a file. Detail is for people and holds
// no text of the resume.
type Problem struct {
	Code   ProblemCode
	Page   int // counted from 1; 0 when it concerns the whole file
	Detail string
}

// HiddenText is a run a human does not see and why, for example white_on_white.
type HiddenText struct {
	Page   int
	Text   string
	Reason string
}

// Sentence says in plain words why a document cannot be read, "" when it can.
func (d Document) Sentence() string {
	if d.Readable {
		return ""
	}
	for _, p := range d.Problems {
		if !p.Code.Unreadable() {
			continue
		}
		switch p.Code {
		case EmptyText:
			return "the file holds no text"
		case Scanned:
			return "the file is a picture without text"
		case Garbled:
			return "the text comes out as unreadable characters"
		case Encrypted:
			return "the file is protected by a password"
		case Corrupt:
			return "the file is damaged"
		case FileTooLarge:
			return "the file is too large"
		case TooManyPages:
			return "the file has too many pages"
		case ReadTimeout:
			return "reading the file took too long"
		case Unsupported:
			return "the file type is not supported"
		case FileNotFound:
			return "there is no resume file"
		}
	}
	return "the file could not be read"
}
