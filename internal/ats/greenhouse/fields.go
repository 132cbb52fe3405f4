package greenhouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// Read implements ats.Connector. It never serves from a cache; reads asked for
// at the same time share a call that starts after all of them were asked for.
// With an empty field map it reads our newest note.
func (g *Connector) Read(ctx context.Context, t ats.Target) (ats.Current, error) {
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	app, err := g.application(ctx, t.Application)
	if err != nil {
		return ats.Current{}, err
	}
	if len(t.Fields) == 0 {
		return g.readNotes(ctx, app)
	}
	g.before.Put(string(t.Application), app.CustomFields)
	return ats.Current{Values: ourValues(t.Fields, app.CustomFields), Foreign: foreignDigest(t.Fields, app), At: g.env.Now()}, nil
}

// Write implements ats.Connector: custom fields of the application, or, with an
// empty field map, a private note and tags.
func (g *Connector) Write(ctx context.Context, t ats.Target, change fairlead.Values) error {
	if !isID(string(t.Application)) {
		return fairlead.Fail(fairlead.NotFound, "This is no Greenhouse application number.", nil)
	}
	if len(change) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	if len(t.Fields) == 0 {
		return g.writeNote(ctx, t, change)
	}
	ours, err := g.encode(ctx, t.Fields, change)
	if err != nil {
		return err
	}
	if len(ours) == 0 {
		return nil
	}
	err = g.writeFields(ctx, t, ours)
	if fairlead.CodeOf(err) == fairlead.Invalid {
		// A definition or an option may have changed under us; the next try
		// must see it.
		g.fieldCache.Forget(applicationFields)
		for _, f := range t.Fields {
			g.optionCache.Forget(f.Key)
		}
	}
	return err
}

func ourValues(m fairlead.FieldMap, custom customValues) fairlead.Values {
	out := fairlead.Values{}
	for _, f := range m {
		v := fairlead.Value(custom[f.Key].texts())
		if len(v) == 0 {
			continue
		}
		if f.Type == fairlead.FieldMultiSelect {
			v = ats.InOptionOrder(f, v)
		} else {
			v = fairlead.Value{strings.Join(v, ", ")}
		}
		out[f.Output] = v
	}
	return out
}

// foreignDigest covers what a PATCH of ours could harm: all other custom fields
// and the attributes the same endpoint would change.
func foreignDigest(m fairlead.FieldMap, app applicationRow) string {
	foreign := map[string]string{}
	for key, v := range app.CustomFields {
		if !mapped(m, key) && !v.isEmpty() {
			foreign[key] = ats.CompactJSON(v.Value)
		}
	}
	b, _ := json.Marshal([]any{foreign, app.SourceID, app.ReferrerID, app.RecruiterID, app.CoordinatorID}) // maps marshal sorted
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mapped(m fairlead.FieldMap, key string) bool {
	return slices.ContainsFunc(m, func(f fairlead.MappedField) bool { return f.Key == key })
}

// element is one custom field in a write.
type element struct {
	Key   string          `json:"name_key"`
	Value json.RawMessage `json:"value"`
}

func null() json.RawMessage { return json.RawMessage("null") }

// encode turns the changed outputs into what Greenhouse takes, in their order.
func (g *Connector) encode(ctx context.Context, m fairlead.FieldMap, change fairlead.Values) ([]element, error) {
	var out []element
	for _, o := range fairlead.Outputs() {
		v, changed := change[o]
		f, has := m.Field(o)
		if !changed || !has {
			continue
		}
		value := null()
		if len(v) > 0 {
			def, err := g.definition(ctx, f)
			if err != nil {
				return nil, err
			}
			if value, err = g.encodeValue(ctx, f, def, v); err != nil {
				return nil, err
			}
		}
		out = append(out, element{f.Key, value})
	}
	return out, nil
}

func (g *Connector) encodeValue(ctx context.Context, f fairlead.MappedField, def fieldRow, v fairlead.Value) (json.RawMessage, error) {
	switch def.ValueType {
	case "number":
		n := json.RawMessage(strings.TrimSpace(strings.Join(v, "")))
		var parsed json.Number
		if json.Unmarshal(n, &parsed) != nil || n[0] == '"' {
			return nil, wrongType(f)
		}
		return n, nil
	case "short_text", "long_text", "url", "rich_text":
		return json.Marshal(strings.Join(v, ", "))
	case "single_select", "multi_select":
		if def.ID == 0 { // definitions are hidden from us: exact texts are accepted too
			return json.Marshal(v)
		}
		ids, err := g.optionIDs(ctx, f, def, v)
		if err != nil {
			return nil, err
		}
		if def.ValueType == "single_select" {
			return json.Marshal(ids[0])
		}
		return json.Marshal(ids)
	}
	return nil, wrongType(f)
}

func wrongType(f fairlead.MappedField) error {
	return invalid("The Greenhouse field " + f.Key + " has a type that cannot take this value. Map another field, or make a new one as docs/connectors.md says.")
}

const applicationFields = "application"

// definition is the field as Greenhouse defines it now. When definitions are
// hidden from our key, the field map has to do.
func (g *Connector) definition(ctx context.Context, f fairlead.MappedField) (fieldRow, error) {
	for _, fresh := range []bool{false, true} {
		if fresh {
			g.fieldCache.Forget(applicationFields)
		}
		defs, err := g.definitions(ctx)
		if fairlead.CodeOf(err) == fairlead.Forbidden {
			types := map[fairlead.FieldType]text{fairlead.FieldNumber: "number", fairlead.FieldMultiSelect: "multi_select", fairlead.FieldText: "long_text"}
			return fieldRow{NameKey: text(f.Key), ValueType: types[f.Type]}, nil
		}
		if err != nil {
			return fieldRow{}, err
		}
		if i := slices.IndexFunc(defs, func(d fieldRow) bool { return string(d.NameKey) == f.Key }); i >= 0 {
			return defs[i], nil
		}
	}
	return fieldRow{}, invalid("The application field " + f.Key + " is no longer active in Greenhouse. Activate it in Configure → Custom Options → Application, or map another field.")
}

// definitions are the active custom fields of applications.
func (g *Connector) definitions(ctx context.Context) ([]fieldRow, error) {
	return g.fieldCache.Get(ctx, applicationFields, func(ctx context.Context) ([]fieldRow, error) {
		rows, err := g.list(ctx, "/v3/custom_fields", url.Values{"field_type": {"application"}, "active": {"true"}})
		if err != nil {
			return nil, err
		}
		defs := decode[fieldRow](rows)
		return slices.DeleteFunc(defs, func(d fieldRow) bool {
			return d.FieldType != "" && d.FieldType != "application" || d.Active.known && !d.Active.value
		}), nil
	})
}

// options are a select field's active options in the order people see.
func (g *Connector) options(ctx context.Context, def fieldRow) ([]optionRow, error) {
	return g.optionCache.Get(ctx, string(def.NameKey), func(ctx context.Context) ([]optionRow, error) {
		rows, err := g.list(ctx, "/v3/custom_field_options", url.Values{"custom_field_ids": {def.ID.String()}, "active": {"true"}})
		if err != nil {
			return nil, err
		}
		options := decode[optionRow](rows)
		options = slices.DeleteFunc(options, func(o optionRow) bool {
			return o.CustomFieldID != 0 && o.CustomFieldID != def.ID || o.Active.known && !o.Active.value
		})
		slices.SortStableFunc(options, func(a, b optionRow) int { return int(a.SortOrder - b.SortOrder) })
		return options, nil
	})
}

func (g *Connector) optionIDs(ctx context.Context, f fairlead.MappedField, def fieldRow, v []string) ([]number, error) {
	for _, fresh := range []bool{false, true} {
		if fresh {
			g.optionCache.Forget(f.Key)
		}
		options, err := g.options(ctx, def)
		if err != nil {
			return nil, err
		}
		ids := make([]number, 0, len(v))
		for _, name := range v {
			if i := slices.IndexFunc(options, func(o optionRow) bool { return string(o.Name) == name }); i >= 0 {
				ids = append(ids, options[i].ID)
			}
		}
		if len(ids) == len(v) {
			return ids, nil
		}
	}
	return nil, invalid("The Greenhouse field " + f.Key + " no longer offers all the options we want to set. Read the fields of this connection again, or add the options in Configure → Custom Options.")
}
