package profile

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fairlead/fairlead"
)

// card is what a text says of who somebody is and how to reach them.
type card struct {
	name     fairlead.Located
	emails   []fairlead.Located
	phones   []fairlead.Located
	links    []fairlead.Located
	location fairlead.Located
	headline fairlead.Located
	// block is how many lines from the top belong to the contact block.
	block int
}

func (b *builder) contact() card {
	var c card
	c.emails = b.emails()
	c.links = b.links(c.emails)
	c.block = b.block(c)
	c.emails = b.own(c.emails, c.block)
	c.phones = b.own(b.phones(c, b.region(c.block)), c.block)
	c.name = b.name(c)
	c.location = b.location(c)
	c.headline = b.headline(c)
	return c
}

// emails finds addresses, each once. Blanks around the marks are read through
// only where the whole still ends in a known kind of domain.
func (b *builder) emails() []fairlead.Located {
	var out []fairlead.Located
	seen := map[string]bool{}
	for i := range b.toks {
		if b.toks[i].kind != mark {
			continue
		}
		at := b.toks[i].start
		if b.text[at] != '@' {
			continue
		}
		s, ok := email(b.text, at)
		if !ok {
			if s, ok = b.spacedEmail(i); !ok {
				continue
			}
		}
		v := strings.Map(dropSpace, b.cut(s))
		if key := strings.ToLower(v); !seen[key] {
			seen[key] = true
			out = append(out, fairlead.Located{Value: v, At: s})
		}
	}
	return out
}

// own leaves out the e-mails and phones of others (referees, employers, a sample's second
// page): when one stands where people write their own, those that do not are
// not theirs.
func (b *builder) own(found []fairlead.Located, block int) []fairlead.Located {
	if len(found) < 2 {
		return found
	}
	var out []fairlead.Located
	for _, e := range found {
		i := b.lineAt(e.At.Start)
		kind := kindAt(b.parts, i)
		near := len(out) > 0 && e.At.Start-out[len(out)-1].At.End < 120
		if i < block || kind == Contact || kind == Personal || near {
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		return found[:1]
	}
	return out
}

// lineAt is the index of the line that holds byte k.
func (b *page) lineAt(k int) int {
	i, found := slices.BinarySearchFunc(b.lines, k, func(l line, k int) int { return cmp.Compare(l.at.Start, k) })
	if !found && i > 0 {
		i--
	}
	return i
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u00a0' {
		return -1
	}
	return r
}

// email reads an address around the @ at byte i. Local parts are those of RFC
// 5322's dot-atom, domains letters, digits and hyphens with a top level of
// letters.
func email(text string, i int) (fairlead.Span, bool) {
	from := i
	for from > 0 && isLocal(text[from-1]) {
		from--
	}
	for from < i && (text[from] == '.' || text[from] == '\'' || text[from] == '-' || text[from] == '/' || text[from] == '=' || text[from] == '|' || text[from] == '*') {
		from++
	}
	to := i + 1
	for to < len(text) && (isAlnum(text[to]) || text[to] == '-' || text[to] == '.') {
		to++
	}
	for to > i+1 && (text[to-1] == '.' || text[to-1] == '-') {
		to--
	}
	dot := strings.LastIndexByte(text[i+1:to], '.')
	if from == i || to-from > 254 || dot <= 0 || strings.Contains(text[i:to], "..") || text[i+1] == '-' {
		return fairlead.Span{}, false
	}
	top := text[i+1+dot+1 : to]
	if len(top) < 2 {
		return fairlead.Span{}, false
	}
	for k := range len(top) {
		if c := top[k] | 0x20; c < 'a' || c > 'z' {
			return fairlead.Span{}, false
		}
	}
	// "x@y.comPhone": a label glued to a well-known end.
	for _, known := range [...]string{"com", "net", "org", "edu"} {
		if len(top) > len(known)+1 && strings.HasPrefix(top, known) && top[len(known)] >= 'A' && top[len(known)] <= 'Z' {
			to -= len(top) - len(known)
			break
		}
	}
	// A local part that begins inside a non-ASCII word is no address of ours
	// to cut.
	if from > 0 && text[from-1] >= utf8.RuneSelf {
		if r, _ := utf8.DecodeLastRuneInString(text[:from]); isLetter(r) {
			return fairlead.Span{}, false
		}
	}
	return fairlead.Span{Start: from, End: to}, true
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isLocal(c byte) bool { return isAlnum(c) || strings.IndexByte("._%+-'&~!#$=", c) >= 0 && c != 0 }

// spacedEmail reads "john . doe @ x . com" around the @ at token i: every part
// one blank apart, ending in a common top level.
func (b *builder) spacedEmail(i int) (fairlead.Span, bool) {
	from, to := i-1, i+1
	if from < 0 || to >= len(b.toks) || b.toks[from].kind == mark || b.toks[to].kind == mark || b.toks[i].newline || b.toks[to].newline {
		return fairlead.Span{}, false
	}
	near := func(k int) bool { return !b.toks[k].newline && b.toks[k].spaces <= 1 }
	if !near(i) || !near(to) {
		return fairlead.Span{}, false
	}
	for from >= 2 && b.toks[from-1].kind == mark && strings.Contains("._-+", b.str(from-1)) && b.toks[from-2].kind != mark && near(from) && near(from-1) {
		from -= 2
	}
	for from >= 1 && touches(b.toks, from) && b.toks[from-1].kind != mark {
		from--
	}
	dots := 0
	for to+2 < len(b.toks) && (b.str(to+1) == "." || b.str(to+1) == "-") && b.toks[to+2].kind != mark && near(to+1) && near(to+2) {
		// ". Next" is the end of a sentence.
		if b.str(to+1) == "." {
			if b.toks[to+2].upper && dots > 0 {
				break
			}
			dots++
		}
		to += 2
	}
	if dots == 0 {
		return fairlead.Span{}, false
	}
	switch b.low(to) {
	case "com", "org", "net", "edu", "gov", "io", "co", "uk", "de", "fr", "es", "in", "us", "ca", "au", "info", "biz", "eu", "me", "dev":
		return b.span(from, to+1), true
	}
	return fairlead.Span{}, false
}

// links finds web addresses and the well-known profile paths written without
// a scheme.
func (b *builder) links(emails []fairlead.Located) []fairlead.Located {
	var out []fairlead.Located
	end := 0
	add := func(from, to int) {
		for to > from && strings.IndexByte(".,;:!?)>]'\"|*", b.text[to-1]) >= 0 {
			to--
		}
		if to-from < 6 || from < end {
			return
		}
		for _, e := range emails {
			if from < e.At.End && to > e.At.Start {
				return
			}
		}
		end = to
		out = append(out, fairlead.Located{Value: b.text[from:to], At: fairlead.Span{Start: from, End: to}})
	}
	for i := range b.toks {
		t := b.toks[i]
		if t.kind != word || t.start < end {
			continue
		}
		if i > 0 && touches(b.toks, i) {
			if p := b.str(i - 1); p == "@" || p == "." || p == "-" || p == "_" {
				continue
			}
		}
		rest := b.text[t.start:]
		low := b.low(i)
		switch {
		case (low == "http" || low == "https") && strings.HasPrefix(rest[t.end-t.start:], "://"), low == "www" && strings.HasPrefix(rest[3:], "."):
			add(t.start, t.start+urlEnd(rest))
		case i+3 < len(b.toks) && b.str(i+1) == "." && touches(b.toks, i+1) && touches(b.toks, i+2) && b.toks[i+2].kind == word:
			// linkedin.com/in/x, github.com/x, de.linkedin.com/in/x, janef.me/blog, jane.dev
			n := urlEnd(rest)
			host, path, _ := strings.Cut(rest[:n], "/")
			host = strings.ToLower(strings.TrimRight(host, ".,;:)|"))
			if isHost(host) && (path != "" || profileHost(host) || strings.HasSuffix(host, ".github.io") || webTop(host) && i < 120) {
				add(t.start, t.start+n)
			}
		}
	}
	return out
}

// urlEnd is how far a web address at the beginning of s goes.
func urlEnd(s string) int {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == '"' || c == '<' || c == '>' || c == '|' || c == '`' || c >= utf8.RuneSelf || c == '\\' || c == 0x7f {
			return i
		}
	}
	return len(s)
}

func isHost(h string) bool {
	dot := strings.LastIndexByte(h, '.')
	if dot < 1 || len(h)-dot < 3 || len(h) > 253 {
		return false
	}
	for i := range len(h) {
		c := h[i]
		if !isAlnum(c) && c != '.' && c != '-' {
			return false
		}
		if i > dot && (c < 'a' || c > 'z') {
			return false
		}
	}
	switch h[dot+1:] {
	case "com", "org", "net", "edu", "io", "me", "dev", "co", "uk", "de", "fr", "es", "in", "us", "ca", "au", "info", "biz", "eu", "ai", "app", "tech", "ch", "nl", "se", "it", "be", "at", "site", "page", "xyz", "online", "design", "gov":
		return true
	}
	return false
}

func profileHost(h string) bool {
	h = strings.TrimPrefix(h, "www.")
	for _, known := range [...]string{"linkedin.com", "github.com", "gitlab.com", "behance.net", "dribbble.com", "medium.com", "stackoverflow.com", "twitter.com", "x.com", "facebook.com", "instagram.com", "xing.com", "kaggle.com", "orcid.org", "about.me"} {
		if h == known || strings.HasSuffix(h, "."+known) {
			return true
		}
	}
	return false
}

// webTop are ends that hardly occur in file or product names ("Node.js",
// "ASP.NET", "Salesforce.com" are not links).
func webTop(h string) bool {
	switch h[strings.LastIndexByte(h, '.')+1:] {
	case "me", "dev", "io", "org", "info", "page", "site", "xyz", "design", "online":
		return !strings.HasPrefix(h, "socket.") && !strings.HasPrefix(h, "draw.")
	case "com":
		return strings.Count(h, ".") == 1 && len(h) > 12
	}
	return false
}

// block is how many lines from the top make up the contact block: everything
// before the first section heading, but no further than the last line that
// holds a way to reach somebody or could be a name, a title or a place.
func (b *builder) block(c card) int {
	n := 0
	limit := len(b.lines)
	for _, s := range b.parts {
		if s.Heading.Len() > 0 && s.Kind != Contact && s.Kind != Personal {
			limit = s.from
			if s.from > 0 && s.from <= len(b.lines) && b.lines[s.from-1].at.Start == s.Heading.Start {
				limit = s.from - 1
			}
			break
		}
	}
	for i := 0; i < limit && i < 25; i++ {
		l := b.lines[i]
		if l.bullet && l.at.Len() > 60 || l.at.Len() > 240 && i > 0 {
			break
		}
		if l.at.Len() > 90 && !b.reachable(l, c) && i > 0 {
			break
		}
		if ds := b.lineDates(l); len(ds) > 0 && ds[0].ranged {
			break
		}
		n = i + 1
	}
	return n
}

// reachable says whether the line holds an e-mail, a link or digits enough for
// a phone.
func (b *builder) reachable(l line, c card) bool {
	for _, e := range c.emails {
		if e.At.Start >= l.at.Start && e.At.End <= l.at.End {
			return true
		}
	}
	for _, e := range c.links {
		if e.At.Start >= l.at.Start && e.At.End <= l.at.End {
			return true
		}
	}
	digits := 0
	for k := l.tok; k < l.end; k++ {
		if b.toks[k].kind == number {
			digits += b.toks[k].end - b.toks[k].start
		}
	}
	return digits >= 9
}
