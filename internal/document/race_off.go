//go:build !race

package document

const memorySlack = 1
