package fairlead

import "time"

// JobStatus is whether people can apply.
type JobStatus string

// States of a job.
const (
	JobOpen   JobStatus = "open"
	JobDraft  JobStatus = "draft"
	JobClosed JobStatus = "closed"
)

// Job is a position in the ATS that people apply to.
type Job struct {
	ID          JobID
	Connection  ConnectionID
	Remote      RemoteID
	Title       string
	Description string // HTML or text as the ATS has it
	Status      JobStatus
	ClosedAt    time.Time
	URL         string // in the ATS, for people
}

// Stage is the canonical pipeline stage; the ATS's own name is kept beside it.
type Stage string

// Canonical stages.
const (
	StageApplied   Stage = "applied"
	StageScreening Stage = "screening"
	StageInterview Stage = "interview"
	StageOffer     Stage = "offer"
	StageHired     Stage = "hired"
	StageRejected  Stage = "rejected"
)

// Candidate is a person. Name and contact are sealed at rest.
type Candidate struct {
	ID         CandidateID
	Connection ConnectionID
	Remote     RemoteID
	Name       string
}

// Application is a person's application to one job: what is assessed.
type Application struct {
	ID         ApplicationID
	Connection ConnectionID
	Remote     RemoteID
	Candidate  CandidateID
	Job        JobID
	Stage      Stage
	StageName  string // the ATS's own
	Source     string // where it came from, for example LinkedIn
	AppliedAt  time.Time
	URL        string // in the ATS, for people
}
