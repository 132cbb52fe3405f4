package greenhouse

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// Whether PATCH /v3/applications/{id} merges the custom_fields it is given into
// those that are there, or replaces all of them, is not documented (reference
// 5.1, open question 1), and a wrong guess either way harms somebody: sending
// only ours to an account that replaces erases what people entered; sending the
// complete set to an account that merges writes back foreign values that are a
// moment old.
//
// So the account itself is asked, once, with nothing at stake but our own
// fields. While the kind is unknown every PATCH carries the foreign values just
// read, which keeps them under either kind. The outputs are written in two
// PATCHes, the first output in one and the others in the next: if the first is
// still there after the second, the account merges; if it is gone, it replaces,
// and a third PATCH sets everything. From then on
//
//	merges    only our changed fields are sent
//	replaces  the complete set is sent, read a moment before; foreign values
//	          may travel only exactly as they were read (ats.Permit)
//
// What is learned lives as long as the connector; the setting
// custom_fields_patch says it for good. After each write to an account that is
// said to merge, the answer is compared with what Read saw; if everything
// foreign is gone, it is put back at once and the account known to replace.
type patchKind int32

const (
	patchUnknown patchKind = iota
	patchMerges
	patchReplaces
)

func (g *Connector) writeFields(ctx context.Context, t ats.Target, ours []element) error {
	if patchKind(g.patch.Load()) == patchUnknown {
		release, err := g.learning.lock(ctx, "")
		if err != nil {
			return err
		}
		if patchKind(g.patch.Load()) == patchUnknown {
			defer release()
			return g.writeLearning(ctx, t, ours)
		}
		release() // somebody else has learned it meanwhile
	}
	if patchKind(g.patch.Load()) == patchReplaces {
		return g.writeComplete(ctx, t, ours)
	}
	after, err := g.patchFields(ctx, t, ours, nil)
	if err != nil {
		return err
	}
	return g.restoreForeign(ctx, t, after)
}

// writeLearning writes ours and learns, where it can, which kind the account is.
func (g *Connector) writeLearning(ctx context.Context, t ats.Target, ours []element) error {
	carried, err := g.foreign(ctx, t)
	if err != nil {
		return err
	}
	// The witness is an output with a value: its disappearance tells.
	i := slices.IndexFunc(ours, func(e element) bool { return string(e.Value) != "null" })
	if i < 0 || len(ours) < 2 {
		_, err := g.patchFields(ctx, t, ours, carried)
		return err
	}
	witness := ours[i]
	others := slices.Delete(slices.Clone(ours), i, i+1)
	if _, err := g.patchFields(ctx, t, []element{witness}, carried); err != nil {
		return err
	}
	after, err := g.patchFields(ctx, t, others, carried)
	if err != nil {
		return err
	}
	if !after[witness.Key].isEmpty() {
		g.learned(patchMerges)
		return nil
	}
	// Gone: replaced, unless the ATS ignores writes to this very field, which
	// a write of everything shows.
	after, err = g.patchFields(ctx, t, ours, carried)
	if err == nil && !after[witness.Key].isEmpty() {
		g.learned(patchReplaces)
	}
	return err
}

func (g *Connector) learned(k patchKind) {
	g.patch.Store(int32(k))
	g.env.Logger.Info("learned how this Greenhouse account treats a PATCH of custom fields", "connection", g.connection, "replaces", k == patchReplaces)
}

// writeComplete sends ours, and everything else as it was a moment ago.
func (g *Connector) writeComplete(ctx context.Context, t ats.Target, ours []element) error {
	carried, err := g.foreign(ctx, t)
	if err != nil {
		return err
	}
	_, err = g.patchFields(ctx, t, ours, carried)
	return err
}

// foreign reads all custom fields of the application and returns those that hold
// something, as they are to be written.
func (g *Connector) foreign(ctx context.Context, t ats.Target) ([]element, error) {
	app, err := g.application(ctx, t.Application)
	if err != nil {
		return nil, err
	}
	return g.carry(ctx, app.CustomFields)
}

// carry turns values as read into values to write, in order of their keys. A
// value whose written form is not known is an error: better no score in the ATS
// than a recruiter's value lost.
func (g *Connector) carry(ctx context.Context, custom customValues) ([]element, error) {
	keys := make([]string, 0, len(custom))
	for k, v := range custom {
		if !v.isEmpty() {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	out := make([]element, 0, len(keys))
	for _, key := range keys {
		v, err := g.writtenForm(ctx, key, custom[key])
		if err != nil {
			return nil, err
		}
		out = append(out, element{key, v})
	}
	return out, nil
}

// writtenForm is what to send so that the field holds what it holds already.
func (g *Connector) writtenForm(ctx context.Context, key string, v customValue) (json.RawMessage, error) {
	var def fieldRow
	defs, err := g.definitions(ctx)
	if err != nil && fairlead.CodeOf(err) != fairlead.Forbidden {
		return nil, err
	}
	if i := slices.IndexFunc(defs, func(d fieldRow) bool { return string(d.NameKey) == key }); i >= 0 {
		def = defs[i]
	}
	kind := def.ValueType
	if kind == "" {
		kind = v.Type
	}
	switch kind {
	case "single_select", "multi_select":
		if def.ID == 0 {
			return v.Value, nil // exact texts are accepted too
		}
		ids, err := g.optionIDs(ctx, fairlead.MappedField{Key: key}, def, v.texts())
		if err != nil {
			return nil, cannotCarry(key)
		}
		if kind == "single_select" {
			return json.Marshal(ids[0])
		}
		return json.Marshal(ids)
	case "short_text", "long_text", "url", "rich_text", "yes_no", "boolean", "number", "date", "currency", "currency_range", "number_range":
		return v.Value, nil
	case "user":
		var u struct {
			ID     number `json:"id"`
			UserID number `json:"user_id"`
		}
		if err := json.Unmarshal(v.Value, &u); err == nil && max(u.UserID, u.ID) != 0 {
			return json.Marshal(max(u.UserID, u.ID))
		}
		var id number
		if err := json.Unmarshal(v.Value, &id); err == nil && id != 0 {
			return json.Marshal(id)
		}
	}
	return nil, cannotCarry(key)
}

func cannotCarry(key string) error {
	return invalid("Writing to this application could erase the value of the field " + key + ", so nothing was written. " +
		"Ask Greenhouse support whether PATCH /v3/applications merges custom_fields; if it does, set custom_fields_patch to merge in this connection.")
}

// patchFields sends ours and, unchanged, what of carried is not among ours; it
// returns all custom fields as they are afterwards.
func (g *Connector) patchFields(ctx context.Context, t ats.Target, ours, carried []element) (customValues, error) {
	permit := ats.Permit{Fields: t.Fields, Unchanged: map[string]string{}}
	send := slices.Clone(ours)
	for _, c := range carried {
		if slices.ContainsFunc(ours, func(e element) bool { return e.Key == c.Key }) {
			continue
		}
		permit.Unchanged[c.Key] = ats.CompactJSON(c.Value)
		send = append(send, c)
	}
	body := struct {
		CustomFields []element `json:"custom_fields"`
	}{send}
	reply, err := g.call(ats.WithPermit(ctx, permit), http.MethodPatch, g.address("/v3/applications/"+string(t.Application), nil), body)
	if err != nil {
		return nil, err
	}
	var app applicationRow
	if json.Unmarshal(reply.Body, &app) == nil && app.ID.remote() == t.Application && len(app.CustomFields) > 0 {
		return app.CustomFields, nil
	}
	app, err = g.application(ctx, t.Application) // the answer does not show them
	return app.CustomFields, err
}

// restoreForeign puts back what a write to an account said to merge has erased.
// One lost value may as well have been cleared by a person in that moment, so it
// takes two, or an account whose kind was claimed and not observed.
func (g *Connector) restoreForeign(ctx context.Context, t ats.Target, after customValues) error {
	before, ok := g.before.get(string(t.Application))
	if !ok {
		return nil
	}
	lost := customValues{}
	for key, v := range before {
		if v.isEmpty() || mapped(t.Fields, key) {
			continue
		}
		if !after[key].isEmpty() {
			return nil // something foreign is still there: this was no replacing
		}
		lost[key] = v
	}
	if len(lost) == 0 || len(lost) == 1 && g.set.patch != patchMerges {
		return nil
	}
	g.env.Logger.Warn("a write erased custom fields that are not ours; putting them back", "connection", g.connection, "fields", len(lost))
	g.patch.Store(int32(patchReplaces))
	restore, err := g.carry(ctx, lost)
	if err != nil {
		return err
	}
	current, err := g.carry(ctx, after)
	if err != nil {
		return err
	}
	_, err = g.patchFields(ctx, t, nil, append(restore, current...))
	return err
}
