package document

import (
	"bytes"
	"context"
	"image"
	"image/color"
	_ "image/gif"  // the formats a scan comes in
	_ "image/jpeg" // likewise
	"image/png"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/fairlead/fairlead"
)

const (
	maxPixels        = 40_000_000 // A4 at 600 dots an inch is 35 million
	maxPicturedPages = 5
	recognisedWidth  = 2500
)

// readPicture decodes a picture and hands it on as a plain grey PNG, so that
// the recogniser never meets a stranger's file.
func readPicture(data []byte) extract {
	media := pictureType(data)
	out := extract{media: media, pages: 1, problems: []fairlead.Problem{{Code: fairlead.Scanned, Detail: "the file is a picture"}}}
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case err != nil && (media == "image/tiff" || media == "image/bmp" || media == "image/webp"):
		out.problems[0].Detail = "the file is a picture of a kind that cannot be recognised"
		return out
	case err != nil:
		out.problems[0] = fairlead.Problem{Code: fairlead.Corrupt, Detail: "the picture is damaged"}
		return out
	case config.Width <= 0 || config.Height <= 0 || config.Width*config.Height > maxPixels:
		out.problems[0] = fairlead.Problem{Code: fairlead.FileTooLarge, Detail: "the picture has more dots than are allowed"}
		return out
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		out.problems[0] = fairlead.Problem{Code: fairlead.Corrupt, Detail: "the picture is damaged"}
		return out
	}
	grey := toGrey(img)
	if p := encodePNG(grey); p != nil {
		out.pictures = [][]byte{p}
	}
	return out
}

// toGrey turns a picture grey and no wider than a recogniser can use.
func toGrey(img image.Image) *image.Gray {
	b := img.Bounds()
	step := max(1, b.Dx()/recognisedWidth)
	out := image.NewGray(image.Rect(0, 0, b.Dx()/step, b.Dy()/step))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			c, ok := color.GrayModel.Convert(img.At(b.Min.X+x*step, b.Min.Y+y*step)).(color.Gray)
			if ok {
				out.SetGray(x, y, c)
			}
		}
	}
	return out
}

func encodePNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		return nil
	}
	return b.Bytes()
}

// recognise reads pictures of pages with Tesseract where it is installed. It
// sees only pictures that a child of ours has painted, runs with the time left
// for one file, and is killed after it.
func (r *Reader) recognise(ctx context.Context, doc fairlead.Document, pictures [][]byte) fairlead.Document {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(len(pictures))*r.cfg.Timeout)
	defer cancel()
	var pages []string
	for _, p := range pictures {
		cmd := exec.CommandContext(ctx, r.cfg.Tesseract, "stdin", "stdout", "--psm", "3") // #nosec G204 -- found on the operator's path
		cmd.Env = []string{"OMP_THREAD_LIMIT=1", "PATH=" + os.Getenv("PATH"), "TESSDATA_PREFIX=" + os.Getenv("TESSDATA_PREFIX")}
		if os.Getenv("TESSDATA_PREFIX") == "" {
			cmd.Env = cmd.Env[:2]
		}
		cmd.Stdin = bytes.NewReader(p)
		out, err := cmd.Output()
		if err != nil {
			r.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "tesseract failed", slog.Any("cause", err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		pages = append(pages, strings.TrimSpace(string(out)))
	}
	read := finish(extract{text: strings.Join(pages, "\n\n"), pages: doc.Pages})
	for _, p := range read.Problems {
		if p.Code.Unreadable() {
			return doc // nothing was recognised: it stays a picture
		}
	}
	doc.Text, doc.Readable = read.Text, true
	kept := doc.Problems[:0:0]
	for _, p := range doc.Problems {
		if p.Code != fairlead.Scanned {
			kept = append(kept, p)
		}
	}
	doc.Problems = append(kept, read.Problems...)
	return doc
}
