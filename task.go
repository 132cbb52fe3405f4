package fairlead

// TaskKind is what kind of background work a task is.
type TaskKind string

// Kinds of task. There are two boundaries only: after the costly part, and
// before the outside world changes.
const (
	// TaskAssess takes an event to an assessment: fetch, read, profile, assess.
	TaskAssess TaskKind = "assess"
	// TaskWriteBack takes an assessment to the ATS's own fields.
	TaskWriteBack TaskKind = "write_back"
)

// Task is a durable unit of background work. It holds ids only.
type Task struct {
	Kind      TaskKind
	Event     EventID     // for TaskAssess
	Writeback WritebackID // for TaskWriteBack
}
