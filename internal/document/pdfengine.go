package document

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// pdfEngine is one instance of PDFium, compiled to WebAssembly, in this
// process. go-pdfium brings the module and what it imports; the calls go to the
// module directly, because a page takes some 30,000 of them and go-pdfium
// allocates and frees guest memory around each one.
//
// After any error the instance is in an unknown state and must not be used
// again.
type pdfEngine struct {
	ctx      context.Context
	pool     pdfium.Pool
	instance pdfium.Pdfium
	mod      api.Module
	fns      map[string]api.Function
	scratch  uint32 // 256 bytes of guest memory for results
	stack    [16]uint64
	err      error // the first failure; sticky
}

// startPDF compiles (or loads from cache) and starts the engine.
func startPDF(s childSettings) (*pdfEngine, error) {
	e := &pdfEngine{ctx: context.Background(), fns: map[string]api.Function{}}
	// A listener on one function that is called once is the documented way to
	// get hold of the module that go-pdfium starts.
	ctx := experimental.WithFunctionListenerFactory(e.ctx, experimental.FunctionListenerFactoryFunc(
		func(def api.FunctionDefinition) experimental.FunctionListener {
			for _, name := range def.ExportNames() {
				if name == "FPDF_InitLibrary" {
					return experimental.FunctionListenerFunc(func(_ context.Context, mod api.Module, _ api.FunctionDefinition, _ []uint64, _ experimental.StackIterator) {
						e.mod = mod
					})
				}
			}
			return nil
		}))
	ctx = experimental.WithCompilationWorkers(ctx, 4)
	features := api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling
	rc := wazero.NewRuntimeConfig().WithCoreFeatures(features)
	if s.MemoryLimit > 0 {
		rc = rc.WithMemoryLimitPages(uint32(s.MemoryLimit * 5 / 8 >> 16))
	}
	if cache := openCache(s.CacheDir); cache != nil {
		rc = rc.WithCompilationCache(cache)
	}
	var err error
	e.pool, err = webassembly.Init(webassembly.Config{
		Context: ctx, MinIdle: 1, MaxIdle: 1, MaxTotal: 1, ReuseWorkers: true,
		RuntimeConfig: rc, FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return nil, fmt.Errorf("start pdf engine: %w", err)
	}
	e.instance, err = e.pool.GetInstance(time.Minute)
	if err != nil {
		return nil, fmt.Errorf("start pdf engine: %w", err)
	}
	if e.mod == nil {
		return nil, errors.New("start pdf engine: the module did not show itself")
	}
	e.scratch = e.malloc(256)
	return e, e.err
}

// openCache returns nil where no private folder can be had; the engine is then
// compiled at every start. The cache holds machine code, so a folder that
// others may write to is not used.
func openCache(dir string) wazero.CompilationCache {
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o022 != 0 || !ownedByUs(info) {
		return nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil
	}
	return cache
}

func (e *pdfEngine) close() {
	_ = e.instance.Close()
	_ = e.pool.Close()
}

// call calls an exported function. After a failure it returns 0 for ever.
func (e *pdfEngine) call(name string, params ...uint64) uint64 {
	if e.err != nil {
		return 0
	}
	fn := e.fns[name]
	if fn == nil {
		if fn = e.mod.ExportedFunction(name); fn == nil {
			e.err = fmt.Errorf("pdf engine has no %s", name)
			return 0
		}
		e.fns[name] = fn
	}
	copy(e.stack[:], params)
	if err := fn.CallWithStack(e.ctx, e.stack[:]); err != nil {
		e.err = fmt.Errorf("pdf engine: %w", err)
		return 0
	}
	return e.stack[0]
}

func (e *pdfEngine) malloc(n int) uint32 {
	p := uint32(e.call("malloc", uint64(n)))
	if p == 0 && e.err == nil {
		e.err = errors.New("pdf engine: out of memory")
	}
	return p
}

func (e *pdfEngine) free(p uint32) { e.call("free", uint64(p)) }

func (e *pdfEngine) bytes(p, n uint32) []byte {
	if e.err != nil {
		return nil
	}
	b, ok := e.mod.Memory().Read(p, n)
	if !ok {
		e.err = errors.New("pdf engine: bad address")
		return nil
	}
	return b
}

// floats reads n 32-bit floats from scratch memory.
func (e *pdfEngine) floats(dst []float64) {
	b := e.bytes(e.scratch, uint32(4*len(dst)))
	if b == nil {
		return
	}
	for i := range dst {
		dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
	}
}

func (e *pdfEngine) doubles(dst []float64) {
	b := e.bytes(e.scratch, uint32(8*len(dst)))
	if b == nil {
		return
	}
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
}

func (e *pdfEngine) uints(dst []uint32) {
	b := e.bytes(e.scratch, uint32(4*len(dst)))
	if b == nil {
		return
	}
	for i := range dst {
		dst[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
}
