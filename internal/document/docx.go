package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strings"

	"github.com/fairlead/fairlead"
)

func readDOCX(data []byte) extract {
	a, err := openArchive(data)
	if err != nil {
		return archiveFailure(err)
	}
	body, err := a.read("word/document.xml")
	if err != nil {
		return archiveFailure(err)
	}
	if body == nil {
		return failed(fairlead.Corrupt, "the package holds no document")
	}
	var b strings.Builder
	d := xml.NewDecoder(bytes.NewReader(body))
	inText := false
	for {
		t, err := d.Token()
		if err != nil {
			break
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inText = true
			case "tab":
				b.WriteByte(' ')
			case "br", "cr":
				b.WriteByte('\n')
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "p":
				b.WriteByte('\n')
			}
		case xml.CharData:
			if inText {
				b.Write(t)
			}
		}
	}
	return extract{text: strings.TrimSpace(b.String())}
}

func archiveFailure(err error) extract {
	if errors.Is(err, errZipLimit) {
		return failed(fairlead.FileTooLarge, "the package unpacks to more than is allowed")
	}
	return failed(fairlead.Corrupt, "the package is damaged")
}
