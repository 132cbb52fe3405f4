//go:build race

package document

// memorySlack widens the memory limit of a child that is built with the race
// detector, which needs five to ten times the memory.
const memorySlack = 10
