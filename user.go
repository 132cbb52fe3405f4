package fairlead

import "time"

// Role is what a user may do.
type Role string

// Roles of the first version.
const (
	RoleAdmin     Role = "admin"
	RoleRecruiter Role = "recruiter"
)

// User is somebody who signs in to the console.
type User struct {
	ID           UserID
	Email        string
	Name         string
	Role         Role
	PasswordHash string // argon2id, PHC string
	CreatedAt    time.Time
}
