package document

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/fairlead/fairlead"
)

// The protocol between parent and child, over the child's standard input and
// output. A frame is one byte that says what it is, the length of its payload
// as four bytes (big endian), and the payload. The parent sends a request and
// waits for its answer; there is never more than one under way.
//
//	requestPrepare  empty: build the PDF engine
//	requestRead     kind (1 byte), file
//	answerFrame     an answer as JSON
const (
	requestPrepare byte = 'p'
	requestRead    byte = 'r'
	answerFrame    byte = 'a'
)

const (
	childVariable = "FAIRLEAD_READING_CHILD"
	maxRequest    = 256 << 20
	maxAnswer     = 64 << 20
	// maxText bounds what one file may say; a book of a thousand pages is less.
	maxText       = 2 << 20
	maxHiddenText = 512 << 10
	maxHiddenRuns = 1000
)

// childSettings travel in the environment of the child.
type childSettings struct {
	MaxPages     int
	MemoryLimit  int64
	CacheDir     string
	Timeout      time.Duration
	StartTimeout time.Duration
	Recognise    bool // hand over pictures of pages without text
}

// answer is what a child says about a file. Retire asks the parent to replace
// the child, whose engine is broken or has grown.
type answer struct {
	Media    string `json:",omitempty"`
	Pages    int
	Text     string
	Problems []fairlead.Problem
	Hidden   []fairlead.HiddenText
	Pictures [][]byte `json:",omitempty"` // pages without text, as PNG, for recognition
	Retire   bool
}

func (a answer) document(k kind) fairlead.Document {
	d := fairlead.Document{
		MediaType: k.mediaType(), Pages: a.Pages, Text: a.Text, Problems: a.Problems, Hidden: a.Hidden, Readable: true,
	}
	if a.Media != "" {
		d.MediaType = a.Media
	}
	for _, p := range a.Problems {
		if p.Code.Unreadable() {
			d.Readable = false
		}
	}
	return d
}

// RunChildIfAsked serves as a reading child when this process was started as
// one and returns true when the work is over; the caller's main then returns.
// It returns false at once in every other process. It is the first call of main
// and of the TestMain of every package that reads documents.
func RunChildIfAsked() bool {
	raw, asked := os.LookupEnv(childVariable)
	if !asked {
		return false
	}
	var s childSettings
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return true
	}
	serve(s, os.Stdin, os.Stdout)
	return true
}

// serve answers requests until the parent closes the pipe.
func serve(s childSettings, in io.Reader, out io.Writer) {
	if s.MemoryLimit > 0 {
		debug.SetMemoryLimit(s.MemoryLimit / 2)
	}
	rd := &reading{settings: s}
	defer rd.close()
	requests := bufio.NewReaderSize(in, 64<<10)
	locked := false
	for {
		request, payload, err := readFrame(requests, maxRequest)
		if err != nil {
			return
		}
		var a answer
		switch request {
		case requestPrepare:
			guard := time.AfterFunc(s.StartTimeout+time.Second, func() { os.Exit(3) })
			err = rd.prepare()
			guard.Stop()
			if err != nil {
				return
			}
			// One file at a time needs one core; the parent runs as many
			// children as there are.
			runtime.GOMAXPROCS(1)
		case requestRead:
			// From here on the child needs no file and no network.
			if !locked {
				if err := lockDown(); err != nil {
					return
				}
				locked = true
			}
			// The parent kills a child that takes too long; this ends one whose
			// parent is gone.
			guard := time.AfterFunc(s.Timeout+time.Second, func() { os.Exit(3) })
			a = rd.read(payload)
			guard.Stop()
		default:
			return
		}
		reply, err := json.Marshal(a)
		if err != nil {
			return
		}
		if err := writeFrame(out, answerFrame, reply); err != nil {
			return
		}
	}
}

func encodeRequest(k kind, data []byte) []byte {
	return append([]byte{byte(k)}, data...)
}

func decodeRequest(b []byte) (kind, []byte, error) {
	if len(b) == 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return kind(b[0]), b[1:], nil
}

func writeFrame(w io.Writer, what byte, payload []byte) error {
	var head [5]byte
	head[0] = what
	binary.BigEndian.PutUint32(head[1:], uint32(len(payload)))
	if _, err := w.Write(head[:]); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	if _, err := w.Write(payload); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return nil
}

func readFrame(r io.Reader, limit int) (byte, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, fmt.Errorf("read frame: %w", err)
	}
	n := int(binary.BigEndian.Uint32(head[1:]))
	if n > limit {
		return 0, nil, errors.New("read frame: too long")
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, fmt.Errorf("read frame: %w", err)
	}
	return head[0], payload, nil
}

// reading is the child's side: the parsers and the engine they need.
type reading struct {
	settings childSettings
	pdf      *pdfEngine
}

func (r *reading) prepare() error {
	if r.pdf != nil {
		return nil
	}
	engine, err := startPDF(r.settings)
	if err != nil {
		return err
	}
	r.pdf = engine
	return nil
}

func (r *reading) close() {
	if r.pdf != nil {
		r.pdf.close()
	}
}

// read reads one file. A parser that panics has met a file it cannot read.
func (r *reading) read(payload []byte) (a answer) {
	k, data, err := decodeRequest(payload)
	if err != nil {
		return answer{Problems: []fairlead.Problem{{Code: fairlead.Corrupt, Detail: "the request was cut off"}}}
	}
	defer func() {
		if recover() != nil {
			a = answer{Retire: true, Problems: []fairlead.Problem{{Code: fairlead.Corrupt, Detail: "the file broke the program that reads it"}}}
		}
	}()
	return finish(r.parse(k, data))
}

func (r *reading) parse(k kind, data []byte) extract {
	switch k {
	case kindPDF:
		return r.pdf.read(data, r.settings)
	case kindDOCX:
		return readDOCX(data)
	case kindODT:
		return readODT(data)
	case kindRTF:
		return readRTF(data)
	case kindHTML:
		s, ok := decodeHTML(data)
		if !ok {
			return failed(fairlead.Garbled, "the encoding of the text is unknown")
		}
		return readHTML(s)
	case kindDOC:
		return readDOC(data)
	case kindPicture:
		return readPicture(data)
	case kindText:
		return readText(data)
	}
	return failed(fairlead.Unsupported, "the content is of no type that can be read")
}
