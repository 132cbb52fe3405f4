package document

import "golang.org/x/sys/unix"

// forbiddenHere are calls that only this architecture has.
var forbiddenHere = []int{unix.SYS_RENAMEAT}
