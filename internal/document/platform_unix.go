//go:build unix

package document

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByUs says whether a file belongs to the user we run as.
func ownedByUs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}

// alive says whether a process that nobody has waited for still runs. A process
// that ended and was not waited for counts as alive; the next request to it
// fails.
func alive(p *os.Process) bool { return p.Signal(syscall.Signal(0)) == nil }
