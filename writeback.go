package fairlead

import "time"

// WritebackState is open or an end.
type WritebackState string

// States of a writeback.
const (
	WritebackOpen       WritebackState = "open"
	WritebackWritten    WritebackState = "written"
	WritebackSuperseded WritebackState = "superseded"
	WritebackWithheld   WritebackState = "withheld"
	WritebackParked     WritebackState = "parked"
)

// Writeback is what we told, or will tell, the ATS about one application.
type Writeback struct {
	ID          WritebackID
	Assessment  AssessmentID
	Application ApplicationID
	// Intended are the values the ATS should hold in the end.
	Intended Values
	// Before is what our fields held just before we wrote; for undo and for
	// showing a conflict.
	Before Values
	// Found is what they held when we read them back.
	Found      Values
	State      WritebackState
	Reason     string
	CreatedAt  time.Time
	FinishedAt time.Time
}
