package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// node is an element of an XML tree, or text where name is empty. Namespaces
// are dropped: the formats read here use a local name for one thing only.
type node struct {
	name  string
	attrs []xml.Attr
	kids  []*node
	text  string
}

const (
	maxXMLNodes = 400_000
	maxXMLDepth = 256
)

var errXMLLimit = errors.New("the XML is nested or split beyond what is allowed")

// parseXML reads a document. Entities other than XML's own five are errors and
// nothing is ever fetched: encoding/xml knows no external entities. A document
// that breaks off gives the tree up to there and an error.
func parseXML(data []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(toUTF8XML(data)))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	root := &node{}
	stack := []*node{root}
	for n := 0; ; n++ {
		if n > maxXMLNodes || len(stack) > maxXMLDepth {
			return root, errXMLLimit
		}
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return root, err
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			if len(t.Attr) > 200 {
				return root, errXMLLimit
			}
			e := &node{name: t.Name.Local, attrs: t.Attr}
			top.kids = append(top.kids, e)
			stack = append(stack, e)
		case xml.EndElement:
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			top.kids = append(top.kids, &node{text: string(t)})
		}
	}
}

// toUTF8XML turns UTF-16, which the formats allow, into UTF-8.
func toUTF8XML(data []byte) []byte {
	if len(data) >= 2 && (data[0] == 0xFF && data[1] == 0xFE || data[0] == 0xFE && data[1] == 0xFF) {
		if s, ok := decodeUTF16(data); ok {
			return []byte(s)
		}
	}
	return data
}

func (n *node) attr(local string) string {
	for _, a := range n.attrs {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// child returns the first child element of that name, nil when there is none.
func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// find returns the first element of that name, depth first.
func (n *node) find(name string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
		if f := k.find(name); f != nil {
			return f
		}
	}
	return nil
}

// all calls f for each element of that name.
func (n *node) all(name string, f func(*node)) {
	if n == nil {
		return
	}
	for _, k := range n.kids {
		if k.name == name {
			f(k)
		}
		k.all(name, f)
	}
}

// content is all text below n.
func (n *node) content() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	if n == nil {
		return
	}
	b.WriteString(n.text)
	for _, k := range n.kids {
		k.write(b)
	}
}
