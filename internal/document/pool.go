package document

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
)

// child is the parent's end of a reading process. One goroutine at a time uses
// it: whoever took it out of the pool.
type child struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Reader
	prepared bool // the PDF engine is ready
	locked   bool // it has read a file and can open no more, not even the engine's cache
}

var (
	errTimeout = errors.New("timeout")
	errMemory  = errors.New("memory")
)

// exchange has a child read the file. It returns the answer, or the problem
// that stopped it.
func (r *Reader) exchange(ctx context.Context, k kind, data []byte) (answer, *fairlead.Problem) {
	var c *child
	select {
	case <-r.closing:
		return answer{}, &fairlead.Problem{Code: fairlead.ReadTimeout, Detail: "the reader is closed"}
	case <-ctx.Done():
		return answer{}, &fairlead.Problem{Code: fairlead.ReadTimeout, Detail: "reading was stopped before it began"}
	case c = <-r.slots:
	}
	kept := false // the child is still getting ready for whoever comes next
	defer func() {
		if !kept {
			r.slots <- c
		}
	}()

	// A child that died between two files is not this file's fault, so a file
	// is given one more child when the first one breaks.
	var err error
	for range 2 {
		if c != nil && (c.ended() || k == kindPDF && c.locked && !c.prepared) {
			c.kill()
			c = nil
		}
		if c == nil {
			if c, err = r.start(ctx); err != nil {
				continue
			}
		}
		if k == kindPDF && !c.prepared {
			getting := make(chan error, 1)
			go func() { getting <- r.prepare(c) }() //nolint:contextcheck // a child is made ready for whoever comes next, too: the one who waits may leave
			select {
			case err = <-getting:
			case <-ctx.Done():
				// The next file wants the engine too, so a caller that gives up
				// leaves the child to finish and go back to the others.
				kept = true
				go func() { r.slots <- r.orNone(c, <-getting) }()
				return answer{}, stopped()
			}
			if c = r.orNone(c, err); c == nil {
				continue
			}
		}
		var a answer
		a, err = c.ask(ctx, r.cfg.Timeout, r.cfg.MemoryLimit, requestRead, encodeRequest(k, data))
		if err == nil {
			c.locked = true
			if a.Retire {
				c.kill()
				c = nil
			}
			return a, nil
		}
		c.kill()
		c = nil
		r.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a reading child was ended",
			slog.String("media_type", k.mediaType()), slog.Int("bytes", len(data)), slog.Any("cause", err))
		if errors.Is(err, errTimeout) || errors.Is(err, errMemory) || ctx.Err() != nil {
			break
		}
	}
	switch {
	case ctx.Err() != nil:
		return answer{}, stopped()
	case errors.Is(err, errTimeout):
		return answer{}, &fairlead.Problem{Code: fairlead.ReadTimeout, Detail: "reading took longer than " + r.cfg.Timeout.String()}
	case errors.Is(err, errMemory):
		return answer{}, &fairlead.Problem{Code: fairlead.FileTooLarge, Detail: "reading needs more memory than the limit of " + megabytes(int(r.cfg.MemoryLimit))}
	case errors.Is(err, errStart):
		r.cfg.Logger.LogAttrs(ctx, slog.LevelError, "no reading child could be started", slog.Any("cause", err))
		return answer{}, &fairlead.Problem{Code: fairlead.ReadTimeout, Detail: "the program that reads files could not be started"}
	}
	return answer{}, &fairlead.Problem{Code: fairlead.Corrupt, Detail: "the file broke the program that reads it"}
}

var errStart = errors.New("start reading child")

// start runs a new child. It is ready for everything but PDF at once.
func (r *Reader) start(ctx context.Context) (*child, error) {
	settings, err := json.Marshal(childSettings{
		MaxPages: r.cfg.MaxPages, MemoryLimit: r.cfg.MemoryLimit, CacheDir: r.cfg.CacheDir,
		Timeout: r.cfg.Timeout, StartTimeout: r.cfg.StartTimeout, Recognise: r.cfg.Tesseract != "",
	})
	if err != nil {
		return nil, errors.Join(errStart, err)
	}
	// The child outlives the request that needed it first.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), r.cfg.Executable) // #nosec G204 -- our own program, named by the operator
	cmd.Env = []string{childVariable + "=" + string(settings)}
	// A child needs nothing of the folder it was started in.
	cmd.Dir = os.TempDir()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, errors.Join(errStart, err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(errStart, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(errStart, err)
	}
	c := &child{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 64<<10)}
	return c, nil
}

// prepare has the child build the PDF engine, once. The first child of a
// Reader does it alone; the others then find the compiled engine in the cache.
// No file's time limit runs meanwhile: StartTimeout is the one that holds.
func (r *Reader) prepare(c *child) error {
	r.compile.Lock()
	alone := !r.compiled
	if alone {
		defer r.compile.Unlock()
	} else {
		r.compile.Unlock()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-r.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	if _, err := c.ask(ctx, r.cfg.StartTimeout, 0, requestPrepare, nil); err != nil {
		return errors.Join(errStart, err)
	}
	c.prepared = true
	if alone {
		r.compiled = true
	}
	return nil
}

// orNone returns the child, or nil after ending one that failed to get ready.
func (r *Reader) orNone(c *child, err error) *child {
	if err != nil {
		c.kill()
		return nil
	}
	return c
}

func stopped() *fairlead.Problem {
	return &fairlead.Problem{Code: fairlead.ReadTimeout, Detail: "reading was stopped before it was finished"}
}

// warm makes one child ready for every kind of file.
func (r *Reader) warm(ctx context.Context, c *child) (*child, error) {
	if c != nil && (c.ended() || c.locked && !c.prepared) {
		c.kill()
		c = nil
	}
	if c == nil {
		var err error
		if c, err = r.start(ctx); err != nil {
			return nil, err
		}
	}
	if c.prepared {
		return c, nil
	}
	err := r.prepare(c) //nolint:contextcheck // a child is made ready for whoever comes next, too
	return r.orNone(c, err), err
}

// ask sends one request and waits for its answer. After an error the child must
// be killed: what it would say next is unknown.
func (c *child) ask(ctx context.Context, limit time.Duration, memory int64, request byte, payload []byte) (answer, error) {
	type result struct {
		answer answer
		err    error
	}
	done := make(chan result, 1)
	go func() {
		if err := writeFrame(c.in, request, payload); err != nil {
			done <- result{err: err}
			return
		}
		_, reply, err := readFrame(c.out, maxAnswer)
		var a answer
		if err == nil {
			err = json.Unmarshal(reply, &a)
		}
		done <- result{a, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	watch := time.NewTicker(20 * time.Millisecond)
	defer watch.Stop()
	for {
		select {
		case got := <-done:
			return got.answer, got.err
		case <-ctx.Done():
			return answer{}, ctx.Err()
		case <-timer.C:
			return answer{}, errTimeout
		case <-watch.C:
			if memory > 0 && residentBytes(c.cmd.Process.Pid) > memory*memorySlack {
				return answer{}, errMemory
			}
		}
	}
}

// ended says whether the process is gone, as far as the operating system tells
// without waiting.
func (c *child) ended() bool { return !alive(c.cmd.Process) }

// kill ends the process at once and waits until it is gone.
func (c *child) kill() {
	_ = c.in.Close()
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// residentBytes is the memory of a process that is in RAM, 0 where the system
// does not say (then only the child's own limits hold).
func residentBytes(pid int) int64 {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
