package fairlead

import "time"

// Environment tells a tenant for trying things out from the real one.
type Environment string

// Environments.
const (
	Sandbox    Environment = "sandbox"
	Production Environment = "production"
)

// Connection is one configured ATS account.
type Connection struct {
	ID          ConnectionID
	Kind        string // of connector: greenhouse, lever, …
	Environment Environment
	// Settings are plain: addresses, options. Their keys belong to the
	// connector.
	Settings map[string]string
	// Credentials are sealed at rest and never shown again.
	Credentials Credentials
	Fields      FieldMap
	// WriteBack is off in shadow mode: everything is assessed, nothing told.
	WriteBack bool
	CreatedAt time.Time
}

// Credentials are secrets by name. They print as their names only.
type Credentials map[string]string

// String hides the values.
func (c Credentials) String() string { return "[credentials]" }

// GoString hides the values.
func (c Credentials) GoString() string { return "[credentials]" }
