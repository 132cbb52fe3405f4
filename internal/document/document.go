// Package document turns a resume file into the text a person would read on
// it, in reading order, or says honestly that it cannot. It hides file formats,
// layout, hidden text and hostile input: parsers of untrusted files run in a
// child process with bounded time, memory and output and without files or
// network, so that no file can hurt or stop the caller.
package document

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/fairlead/fairlead"
)

// Config says how files are read and what a file may cost. The zero value is
// ready to use.
type Config struct {
	// Executable is the program that is started as a reading child; its main
	// calls RunChildIfAsked first. Default: os.Executable.
	Executable string
	// Workers is the number of files read at the same time, each by a child of
	// its own. Default: the number of CPUs.
	Workers int
	// Timeout is the longest a file may take, wall clock, without the time a
	// child needs to start. Default: 10 s.
	Timeout time.Duration
	// StartTimeout is the longest a child may take to start; the first start on
	// a machine compiles the PDF engine, some 20 s of CPU. Default: 5 minutes.
	StartTimeout time.Duration
	// MaxBytes is the largest file read. Default: 20 MiB.
	MaxBytes int
	// MaxPages is the largest number of pages. Default: 100.
	MaxPages int
	// MemoryLimit is the most bytes a child may hold in memory before it is
	// killed. Default: 256 MiB.
	MemoryLimit int64
	// CacheDir keeps the compiled PDF engine between starts. It is created with
	// mode 0700. Default: fairlead/reader in the user's cache folder, else in
	// the folder for temporary files.
	CacheDir string
	// Tesseract is the program that recognises text in pictures. Default: the
	// one on the PATH; without one, pictures and scans are for a human.
	Tesseract string
	// Logger hears of children that died. It never gets text of a file.
	// Default: discard.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Executable == "" {
		c.Executable, _ = os.Executable()
	}
	if c.Workers <= 0 {
		c.Workers = runtime.NumCPU()
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	if c.StartTimeout <= 0 {
		c.StartTimeout = 5 * time.Minute
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = 20 << 20
	}
	if c.MaxPages <= 0 {
		c.MaxPages = 100
	}
	if c.MemoryLimit <= 0 {
		c.MemoryLimit = 256 << 20
	}
	if c.CacheDir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			base = os.TempDir()
		}
		c.CacheDir = filepath.Join(base, "fairlead", "reader")
	}
	if c.Tesseract == "" {
		c.Tesseract, _ = exec.LookPath("tesseract")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Reader reads files through a pool of child processes. It is safe for
// concurrent use. It owns its children: they are started when first needed,
// used again for the next file, killed when a file takes too long or too much
// memory, and ended by Close.
type Reader struct {
	cfg Config
	// slots holds one entry for each worker: a child that is idle, or nil where
	// none is running.
	slots chan *child
	// compile is held by the first child that builds the PDF engine, so that
	// the others find it in the cache instead of building it again.
	compile   sync.Mutex
	compiled  bool
	closing   chan struct{}
	closeOnce sync.Once
}

// New returns a Reader. It starts nothing until the first Read.
func New(cfg Config) *Reader {
	r := &Reader{cfg: cfg.withDefaults(), closing: make(chan struct{})}
	r.slots = make(chan *child, r.cfg.Workers)
	for range r.cfg.Workers {
		r.slots <- nil
	}
	return r
}

// Read returns what the file says. It never fails: what is wrong with the file
// is in the document's Problems, and Readable is false when no text may be
// judged. The file's name comes from a stranger and decides nothing.
// When ctx ends first the document carries the problem ReadTimeout.
func (r *Reader) Read(ctx context.Context, _ string, data []byte) fairlead.Document {
	sum := sha256.Sum256(data)
	doc := r.read(ctx, data)
	doc.SHA256 = hex.EncodeToString(sum[:])
	return doc
}

func (r *Reader) read(ctx context.Context, data []byte) fairlead.Document {
	kind := sniff(data)
	if len(data) > r.cfg.MaxBytes {
		return unreadable(kind, fairlead.FileTooLarge, "the file is larger than the limit of "+megabytes(r.cfg.MaxBytes))
	}
	if len(data) == 0 {
		return unreadable(kind, fairlead.EmptyText, "the file is empty")
	}
	if kind == kindUnknown {
		return unreadable(kind, fairlead.Unsupported, "the content is of no type that can be read")
	}
	answer, failed := r.exchange(ctx, kind, data)
	if failed != nil {
		return unreadable(kind, failed.Code, failed.Detail)
	}
	doc := answer.document(kind)
	if len(answer.Pictures) > 0 && r.cfg.Tesseract != "" {
		doc = r.recognise(ctx, doc, answer.Pictures)
	}
	return doc
}

// Warm starts the children and their PDF engines ahead of the first Read, which
// is worth it because the first start on a machine compiles the engine: tens of
// seconds. Reads may go on meanwhile; a child is taken from them only while it
// gets ready. It returns when all are ready, with an error when one could not
// be started or when ctx ended; a Read after that tries again by itself.
func (r *Reader) Warm(ctx context.Context) error {
	// One after the other: the first fills the cache for the rest. The slots
	// come round, so that each turn meets another child.
	for range r.cfg.Workers {
		var c *child
		select {
		case <-r.closing:
			return warmError(errors.New("the reader is closed"))
		case <-ctx.Done():
			return warmError(ctx.Err())
		case c = <-r.slots:
		}
		ready := make(chan error, 1)
		go func() {
			c, err := r.warm(ctx, c)
			r.slots <- c
			ready <- err
		}()
		select {
		case <-ctx.Done():
			return warmError(ctx.Err())
		case err := <-ready:
			if err != nil {
				return warmError(err)
			}
		}
	}
	return nil
}

func warmError(cause error) error {
	return fmt.Errorf("warm the reader: %w", fairlead.Fail(fairlead.Unavailable,
		"The program that reads resumes is not ready. Resumes are tried all the same; if they come out unread, check that this machine lets Fairlead start processes.", cause))
}

// Close ends the children. It waits for reads that are running; a Read after
// Close says that it cannot.
func (r *Reader) Close() error {
	r.closeOnce.Do(func() {
		close(r.closing)
		for range r.cfg.Workers {
			if c := <-r.slots; c != nil {
				c.kill()
			}
		}
	})
	return nil
}

// unreadable is a document that a person must look at, and why.
func unreadable(k kind, code fairlead.ProblemCode, detail string) fairlead.Document {
	return fairlead.Document{
		MediaType: k.mediaType(),
		Problems:  []fairlead.Problem{{Code: code, Detail: detail}},
	}
}
