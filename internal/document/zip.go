package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Limits on a package (DOCX, ODT). They count bytes that really come out, not
// what the headers claim.
const (
	maxZipEntries = 2000
	maxZipEntry   = 20 << 20
	maxZipTotal   = 50 << 20
	maxZipRatio   = 200
)

var (
	errZipLimit     = errors.New("the package unpacks to more than is allowed")
	errZipEncrypted = errors.New("the package is encrypted")
)

// archive opens packages with one budget for all their entries.
type archive struct {
	files map[string]*zip.File
	left  int64
}

func openArchive(data []byte) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open package: %w", err)
	}
	if len(z.File) > maxZipEntries {
		return nil, errZipLimit
	}
	a := &archive{files: map[string]*zip.File{}, left: maxZipTotal}
	for _, f := range z.File {
		if _, twice := a.files[f.Name]; !twice {
			a.files[f.Name] = f
		}
	}
	return a, nil
}

// read returns the bytes of an entry, nil when there is none of that name.
func (a *archive) read(name string) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, nil
	}
	if f.Flags&1 != 0 {
		return nil, errZipEncrypted
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open entry: %w", err)
	}
	defer func() { _ = in.Close() }()
	limit := min(a.left, maxZipEntry)
	if ratio := int64(f.CompressedSize64) * maxZipRatio; ratio > 0 {
		limit = min(limit, max(ratio, 1<<20))
	}
	out, err := io.ReadAll(io.LimitReader(in, limit+1))
	if int64(len(out)) > limit {
		return nil, errZipLimit
	}
	a.left -= int64(len(out))
	if err != nil {
		return out, fmt.Errorf("unpack entry: %w", err)
	}
	return out, nil
}
