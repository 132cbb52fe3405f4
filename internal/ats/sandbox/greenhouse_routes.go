package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

// route is one operation of the v3 surface.
type route struct {
	resource, scope string
	id              int64
	decision        bool // decides about a person
	foreign         bool // a write of a kind that is none of Fairlead's business
	keyed           bool // every key of its body must be ours
	handle          func(*call, route) answer
}

// operation is a route before its path is known.
type operation struct {
	scope                    string
	decision, foreign, keyed bool
	handle                   func(*call, route) answer
}

// route finds the operation for a method and a path under /v3/. There are no
// detail routes: GET /v3/<thing>/<id> is unknown, but for rejection reasons.
func (g *Greenhouse) route(method, path string) (route, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/v3/"), "/")
	resource := parts[0]
	if method == http.MethodGet && len(parts) == 1 {
		if _, ok := listings()[resource]; ok {
			return route{resource: resource, scope: resource + ":list", handle: g.list}, true
		}
		return route{}, false
	}
	id := int64(0)
	pattern := method + " " + resource
	if len(parts) > 1 {
		n, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil || n <= 0 {
			return route{}, false
		}
		id = n
		pattern += "/{id}"
	}
	if len(parts) > 2 {
		pattern += "/" + strings.Join(parts[2:], "/")
	}
	op, ok := g.operations()[pattern]
	if !ok {
		return route{}, false
	}
	return route{resource: resource, id: id, scope: op.scope, decision: op.decision, foreign: op.foreign, keyed: op.keyed, handle: op.handle}, true
}

func (g *Greenhouse) operations() map[string]operation {
	return map[string]operation{
		"GET rejection_reasons/{id}": {scope: "rejection_reasons:list", handle: g.rejectionReason},

		"PATCH applications/{id}":            {scope: "applications:update", keyed: true, handle: g.patchApplication},
		"PATCH candidates/{id}":              {scope: "candidates:update", keyed: true, handle: g.patchCandidate},
		"POST notes":                         {scope: "notes:create", handle: g.createNote},
		"POST candidate_tags":                {scope: "candidate_tags:create", handle: g.createTag},
		"POST applied_candidate_tags":        {scope: "applied_candidate_tags:create", handle: g.applyTag},
		"DELETE applied_candidate_tags/{id}": {scope: "applied_candidate_tags:destroy", handle: g.removeTag},
		"POST attachments":                   {scope: "attachments:create", handle: g.createAttachment},
		"DELETE attachments/{id}":            {scope: "attachments:destroy", foreign: true, handle: g.deleteAttachment},

		"POST applications/{id}/move":                 {scope: "applications:move", decision: true, handle: g.move},
		"POST applications/{id}/reject":               {scope: "applications:reject", decision: true, handle: g.reject},
		"POST applications/{id}/unreject":             {scope: "applications:unreject", decision: true, handle: g.unreject},
		"POST applications/{id}/hire":                 {scope: "applications:hire", decision: true, handle: g.hire},
		"POST applications/{id}/convert_to_candidate": {scope: "applications:convert_to_candidate", decision: true, handle: g.convert},
		"DELETE applications/{id}":                    {scope: "applications:destroy", decision: true, handle: g.deleteApplication},
		"POST applications":                           {scope: "applications:create", foreign: true, handle: g.createApplication},
		"POST candidates":                             {scope: "candidates:create", foreign: true, handle: g.createCandidate},
		"POST candidates/{id}/merge":                  {scope: "candidates:merge", decision: true, handle: g.merge},
		"PATCH candidates/{id}/anonymize":             {scope: "candidates:anonymize", decision: true, handle: g.anonymize},
		"DELETE candidates/{id}":                      {scope: "candidates:destroy", decision: true, handle: g.deleteCandidate},
	}
}

func (g *Greenhouse) rejectionReason(_ *call, rt route) answer {
	r := g.state.get("rejection_reasons", rt.id)
	if r == nil {
		return notFound()
	}
	return reply(http.StatusOK, g.show("rejection_reasons", r))
}
