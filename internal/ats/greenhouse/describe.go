package greenhouse

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// readScopes are needed in any case, each with the endpoint that shows it.
func readScopes() map[string]string {
	return map[string]string{
		"harvest:applications:list":         "/v3/applications",
		"harvest:candidates:list":           "/v3/candidates",
		"harvest:attachments:list":          "/v3/attachments",
		"harvest:jobs:list":                 "/v3/jobs",
		"harvest:job_posts:list":            "/v3/job_posts",
		"harvest:sources:list":              "/v3/sources",
		"harvest:custom_fields:list":        "/v3/custom_fields",
		"harvest:custom_field_options:list": "/v3/custom_field_options",
	}
}

// noteReadScopes are needed where there are no application custom fields.
func noteReadScopes() map[string]string {
	return map[string]string{
		"harvest:notes:list":                  "/v3/notes",
		"harvest:candidate_tags:list":         "/v3/candidate_tags",
		"harvest:applied_candidate_tags:list": "/v3/applied_candidate_tags",
	}
}

func noteWriteScopes() []string {
	return []string{"harvest:notes:create", "harvest:candidate_tags:create", "harvest:applied_candidate_tags:create", "harvest:applied_candidate_tags:destroy"}
}

const fieldWriteScope = "harvest:applications:update"

// wanted is how the field of an output is known and what it may hold.
type wanted struct {
	output fairlead.Output
	keys   []string // immutable keys, best first
	names  []string // display names, lower case
	types  map[text]fairlead.FieldType
	make   string // how to make it
}

func wantedFields() []wanted {
	texts := map[text]fairlead.FieldType{"short_text": fairlead.FieldText, "long_text": fairlead.FieldText}
	return []wanted{
		{fairlead.OutScore, []string{"ai_match_score", "fairlead_match_score", "match_score"}, []string{"ai match score", "match score", "fairlead match score"},
			map[text]fairlead.FieldType{"number": fairlead.FieldNumber, "short_text": fairlead.FieldText}, `"AI match score" of type Number`},
		{fairlead.OutReasoning, []string{"ai_reasoning", "ai_match_reasoning", "fairlead_reasoning", "ai_summary"}, []string{"ai reasoning", "ai match reasoning", "fairlead reasoning", "ai summary"},
			texts, `"AI reasoning" of type Long text`},
		{fairlead.OutSkills, []string{"ai_skills", "ai_matched_skills", "fairlead_skills"}, []string{"ai skills", "ai matched skills", "fairlead skills"},
			map[text]fairlead.FieldType{"multi_select": fairlead.FieldMultiSelect, "long_text": fairlead.FieldText, "short_text": fairlead.FieldText}, `"AI skills" of type Multi select (with the skills you want to filter by as options) or Long text`},
		{fairlead.OutAuditID, []string{"ai_audit_id", "fairlead_audit_id"}, []string{"ai audit id", "fairlead audit id"},
			texts, `"AI audit ID" of type Short text`},
	}
}

// Describe implements ats.Connector. It reads one row of each endpoint we need;
// it writes nothing, so the right to write shows only at the first write.
func (g *Connector) Describe(ctx context.Context) (ats.Description, error) {
	token, err := g.tokens.get(ctx, "")
	if err != nil {
		return ats.Description{}, err
	}
	var d ats.Description
	g.fieldCache.Forget(applicationFields) // somebody may just have made them
	defs, err := g.definitions(ctx)
	if err != nil && fairlead.CodeOf(err) != fairlead.Forbidden {
		return d, err
	}
	if err := g.proposeFields(ctx, defs, &d); err != nil {
		return d, err
	}
	probe := readScopes()
	writes := []string{fieldWriteScope}
	if len(d.Fields) == 0 {
		writes = noteWriteScopes()
		for scope, p := range noteReadScopes() {
			probe[scope] = p
		}
	}
	if d.Missing, err = g.missing(ctx, probe); err != nil {
		return d, err
	}
	for scope := range probe {
		d.Scopes = append(d.Scopes, scope)
	}
	d.Scopes = append(d.Scopes, writes...)
	slices.Sort(d.Scopes)
	if granted := scopesOf(token); granted != nil {
		for _, w := range writes {
			if !slices.Contains(granted, w) {
				d.Missing = append(d.Missing, w)
			}
		}
		for _, s := range granted {
			if !slices.Contains(d.Scopes, s) {
				d.Remarks = append(d.Remarks, "The key may do more than Fairlead needs: untick "+s+" in Configure → Dev Center → API Credentials → Manage Scopes.")
			}
		}
	} else {
		d.Remarks = append(d.Remarks, "The right to write ("+strings.Join(writes, ", ")+") cannot be checked without writing. Fairlead's first write shows it; tick it in Manage Scopes now.")
	}
	slices.Sort(d.Missing)
	for _, s := range d.Missing {
		d.Remarks = append(d.Remarks, "Tick "+s+" in Configure → Dev Center → API Credentials → (your credential) → Manage Scopes → Harvest.")
	}
	d.RateLimit, d.RateWindow = g.env.Limiter.Rate()
	g.remarkOnAccount(&d)
	return d, nil
}

// proposeFields finds our outputs' fields by key, then by display name.
func (g *Connector) proposeFields(ctx context.Context, defs []fieldRow, d *ats.Description) error {
	if len(defs) == 0 {
		d.Remarks = append(d.Remarks, "This account shows no active custom fields for applications (they come with higher Greenhouse tiers, and need the scope harvest:custom_fields:list). Until there are some, Fairlead writes a private note and tags.")
		return nil
	}
	for _, w := range wantedFields() {
		def, ok := w.find(defs)
		if !ok {
			d.Remarks = append(d.Remarks, "There is no field for "+outputWord(w.output)+". Make one: Configure → Custom Options → Application → Add Field, "+w.make+", for candidate applications.")
			continue
		}
		kind, ok := w.types[def.ValueType]
		switch {
		case !ok:
			d.Remarks = append(d.Remarks, "The field "+clip(string(def.Name), 60)+" is of type "+clip(string(def.ValueType), 30)+", which cannot hold "+outputWord(w.output)+". Make another: Configure → Custom Options → Application → Add Field, "+w.make+".")
			continue
		case def.ApplicationType == "prospect_applications":
			d.Remarks = append(d.Remarks, "The field "+clip(string(def.Name), 60)+" is for prospects only. Let it apply to candidate applications in Configure → Custom Options → Application.")
			continue
		}
		f := fairlead.MappedField{Output: w.output, Key: string(def.NameKey), Type: kind}
		switch def.ValueType {
		case "short_text":
			f.MaxLen = 255
		case "multi_select":
			options, err := g.options(ctx, def)
			if err != nil && fairlead.CodeOf(err) != fairlead.Forbidden {
				return err
			}
			if err == nil {
				f.Options = []string{}
				for _, o := range options {
					f.Options = append(f.Options, string(o.Name))
				}
				if len(options) == 0 {
					d.Remarks = append(d.Remarks, "The field "+clip(string(def.Name), 60)+" has no options, so it can hold no skills. Add the skills you want to filter by, or use a Long text field.")
				}
			}
		}
		d.Fields = append(d.Fields, f)
	}
	return nil
}

func (w wanted) find(defs []fieldRow) (fieldRow, bool) {
	for _, key := range w.keys {
		if i := slices.IndexFunc(defs, func(d fieldRow) bool { return string(d.NameKey) == key }); i >= 0 {
			return defs[i], true
		}
	}
	for _, name := range w.names {
		if i := slices.IndexFunc(defs, func(d fieldRow) bool {
			return d.NameKey != "" && strings.EqualFold(strings.Join(strings.Fields(string(d.Name)), " "), name)
		}); i >= 0 {
			return defs[i], true
		}
	}
	return fieldRow{}, false
}

func outputWord(o fairlead.Output) string {
	switch o {
	case fairlead.OutScore:
		return "the match score"
	case fairlead.OutReasoning:
		return "the reasoning"
	case fairlead.OutSkills:
		return "the skills"
	}
	return "the audit ID"
}

// missing asks each endpoint for one row and returns the scopes of those that
// refuse.
func (g *Connector) missing(ctx context.Context, probe map[string]string) ([]string, error) {
	scopes := make([]string, 0, len(probe))
	for s := range probe {
		scopes = append(scopes, s)
	}
	slices.Sort(scopes)
	refused := make([]bool, len(scopes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, s := range scopes {
		group.Go(func() error {
			err := g.probe(ctx, probe[s])
			if fairlead.CodeOf(err) == fairlead.Forbidden {
				refused[i] = true
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var out []string
	for i, s := range scopes {
		if refused[i] {
			out = append(out, s)
		}
	}
	return out, nil
}

// probe reads one row and throws it away. Only ids are asked for, so that no
// personal data moves.
func (g *Connector) probe(ctx context.Context, p string) error {
	_, err := g.call(ctx, "GET", g.address(p, url.Values{"per_page": {"1"}, "fields": {"id"}}), nil)
	if fairlead.CodeOf(err) == fairlead.Invalid { // no projection here
		_, err = g.call(ctx, "GET", g.address(p, url.Values{"per_page": {"1"}}), nil)
	}
	return err
}

// scopesOf reads the scopes out of a token that is a JWT, nil when it shows
// none. Nothing is trusted because of it.
func scopesOf(token string) []string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil
	}
	var claims map[string]json.RawMessage
	if json.Unmarshal(payload, &claims) != nil {
		return nil
	}
	for _, name := range []string{"scope", "scopes", "scp"} {
		var list []string
		var line string
		if json.Unmarshal(claims[name], &list) != nil && json.Unmarshal(claims[name], &line) == nil {
			list = strings.Fields(line)
		}
		list = slices.DeleteFunc(list, func(s string) bool { return !strings.HasPrefix(s, "harvest:") })
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

func (g *Connector) remarkOnAccount(d *ats.Description) {
	if len(g.secrets) == 0 {
		d.Remarks = append(d.Remarks, "No webhook_secret is set, so every delivery is refused. Choose a long random text, enter it here and as Secret Key in Configure → Dev Center → Web Hooks.")
	}
	if d.RateLimit > 0 && d.RateLimit < 50 {
		d.Remarks = append(d.Remarks, "This key may make few requests. Bursts will take minutes; ask Greenhouse support for a higher limit if that matters.")
	}
	switch patchKind(g.patch.Load()) {
	case patchReplaces:
		d.Remarks = append(d.Remarks, "This account replaces all custom fields on a write. Fairlead sends the others along unchanged. Set custom_fields_patch to replace to spare it finding out after each start.")
	case patchMerges, patchUnknown:
	}
	if g.production && g.set.allowPrivate {
		d.Remarks = append(d.Remarks, "allow_private is on for a production connection. Turn it off unless Greenhouse is reached through your own network.")
	}
}
