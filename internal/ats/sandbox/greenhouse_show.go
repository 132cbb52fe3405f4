package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fileLife is how long a signed file link works.
const fileLife = 7 * 24 * time.Hour

const milliseconds = "2006-01-02T15:04:05.000Z"

// show is a row as a v3 read answers it.
func (g *Greenhouse) show(resource string, r *record) map[string]any {
	out := make(map[string]any, len(r.cols)+1)
	for k, v := range r.cols {
		switch k {
		case "service_account", "built_in", "custom_field_key": // ours, for filters
			continue
		}
		if t, ok := v.(time.Time); ok {
			v = t.UTC().Format(milliseconds)
		}
		out[k] = v
	}
	switch resource {
	case "applications":
		out["custom_fields"] = g.readCustom("application", r)
	case "candidates":
		out["custom_fields"] = g.readCustom("candidate", r)
		out["tags"] = g.tagsOf(r.id)
	case "jobs":
		out["custom_fields"] = g.readCustom("job", r)
	case "attachments":
		out["url"] = g.fileURL(r)
	}
	return out
}

// readCustom is the map form of reads: every active definition, set or not.
func (g *Greenhouse) readCustom(fieldType string, r *record) map[string]any {
	out := map[string]any{}
	for _, d := range g.state.tables["custom_fields"].rows {
		if d.str("field_type") != fieldType || d.cols["active"] != true || !coversApplication(d, r) {
			continue
		}
		key := d.str("name_key")
		out[key] = map[string]any{"name": d.str("name"), "type": d.str("value_type"), "value": r.custom[key]}
	}
	return out
}

// coversApplication says whether an application field's definition applies to
// this kind of application.
func coversApplication(d, r *record) bool {
	prospect := r.cols["prospect"] == true
	switch d.cols["application_type"] {
	case "candidate_applications":
		return !prospect
	case "prospect_applications":
		return prospect
	}
	return true
}

// tagsOf lists the names of a candidate's tags, oldest first, each once.
func (g *Greenhouse) tagsOf(candidate int64) []string {
	names := []string{}
	for _, applied := range slices.Backward(g.state.where("applied_candidate_tags", "candidate_id", candidate)) {
		if tag := g.state.get("candidate_tags", applied.int("candidate_tag_id")); tag != nil && !slices.Contains(names, tag.str("name")) {
			names = append(names, tag.str("name"))
		}
	}
	return names
}

// fileURL is a link to an attachment's bytes, signed and good for seven days.
func (g *Greenhouse) fileURL(r *record) string {
	expires := g.c.Now().Add(fileLife).Unix()
	return fmt.Sprintf("%s/files/%d-%d-%s/%s?X-Amz-Expires=%d", g.base, r.id, expires, g.fileProof(r.id, expires),
		url.PathEscape(r.str("filename")), int(fileLife.Seconds()))
}

func (g *Greenhouse) fileProof(id, expires int64) string {
	mac := hmac.New(sha256.New, g.fileKey)
	mac.Write([]byte(strconv.FormatInt(id, 10) + "-" + strconv.FormatInt(expires, 10))) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// file answers a signed link as the object store behind the vendor does.
func (g *Greenhouse) file(c *call) answer {
	refuse := func(status int, code, message string) answer {
		a := answer{status: status, header: http.Header{"Content-Type": {"application/xml"}}}
		a.body = []byte(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`)
		return a
	}
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	}
	if c.r.Header.Get("Authorization") != "" {
		return refuse(http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
	}
	sig, _, _ := strings.Cut(strings.TrimPrefix(c.r.URL.Path, "/files/"), "/")
	parts := strings.SplitN(sig, "-", 3)
	if len(parts) != 3 {
		return refuse(http.StatusForbidden, "AccessDenied", "Access Denied")
	}
	id, err1 := strconv.ParseInt(parts[0], 10, 64)
	expires, err2 := strconv.ParseInt(parts[1], 10, 64)
	if err1 != nil || err2 != nil || subtle.ConstantTimeCompare([]byte(parts[2]), []byte(g.fileProof(id, expires))) != 1 {
		return refuse(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
	}
	if _, stale := g.fault(c, FaultFileStale); stale || g.c.Now().Unix() >= expires {
		return refuse(http.StatusForbidden, "AccessDenied", "Request has expired")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	content, ok := g.state.files[id]
	if !ok {
		return refuse(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
	}
	return answer{status: http.StatusOK, body: content, header: http.Header{"Content-Type": {"application/octet-stream"}}}
}
