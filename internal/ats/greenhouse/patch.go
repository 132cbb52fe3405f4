package greenhouse

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

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
// So the account shows it, once, while one writer at a time goes ahead and with
// as little at stake as can be:
//
//   - An application without foreign values risks only ours. The outputs are
//     written in two PATCHes; if the first is still there after the second, the
//     account merges; if it is gone, it replaces, and a third sets everything.
//   - With foreign values, only ours are sent, and the answer (after an
//     unclear failure, a new read) is compared with a read made just before. If
//     everything foreign is gone the account replaces: all of it is put back at
//     once, by a call that neither cancellation nor a stumble of the ATS stops.
//     A value that could not be put back is not put at stake at all.
//
// From then on
//
//	merges    only our changed fields are sent; should foreign values vanish
//	          all the same, they are put back and the account known to replace
//	replaces  the complete set is sent, read a moment before; foreign values
//	          may travel only exactly as they were read (ats.Permit)
//
// What is learned lives as long as the connector; the setting
// custom_fields_patch says it for good. "replace" is right under both kinds, for
// whom not even a moment's absence of a value is bearable: its price is that a
// foreign value edited between our read and our write, a round trip later, is
// set back.
type patchKind int32

const (
	patchUnknown patchKind = iota
	patchMerges
	patchReplaces
)

func (g *Connector) writeFields(ctx context.Context, t ats.Target, ours []element) error {
	if patchKind(g.patch.Load()) == patchUnknown {
		release, err := g.learning.Lock(ctx, "")
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
	before, _ := g.before.Get(string(t.Application)) // none: nothing to compare with
	_, err = g.restoreForeign(ctx, t, before, after, ours)
	return err
}

// writeLearning writes ours and learns which kind the account is.
func (g *Connector) writeLearning(ctx context.Context, t ats.Target, ours []element) error {
	app, err := g.application(ctx, t.Application)
	if err != nil {
		return err
	}
	if err := g.canRestore(ctx, t, app.CustomFields); err != nil {
		return err
	}
	if foreignOf(t, app.CustomFields) == nil {
		return g.writeInTwo(ctx, t, ours, app.CustomFields)
	}
	after, err := g.patchFields(ctx, t, ours, nil)
	failed := err
	if err != nil {
		if fairlead.CodeOf(err) != fairlead.Unavailable {
			return err
		}
		// Applied or not: look, even when the caller has given up.
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTimeout)
		defer cancel()
		now, err := g.application(patient, t.Application)
		if err != nil {
			return failed
		}
		after = now.CustomFields
	}
	replaced, err := g.restoreForeign(ctx, t, app.CustomFields, after, ours)
	if err == nil && failed == nil && !replaced {
		g.learned(patchMerges)
	}
	return errors.Join(err, failed)
}

// writeInTwo is for an application that holds nothing foreign.
func (g *Connector) writeInTwo(ctx context.Context, t ats.Target, ours []element, before customValues) error {
	// The witness is an output with a value: its disappearance tells. It need
	// not be among those that change.
	i := slices.IndexFunc(ours, func(e element) bool { return string(e.Value) != "null" })
	if i < 0 || len(ours) < 2 {
		own, err := g.carry(ctx, before)
		if err != nil {
			return err
		}
		_, err = g.patchFields(ctx, t, ours, own) // too little to learn from
		return err
	}
	witness := ours[i]
	others := slices.Delete(slices.Clone(ours), i, i+1)
	if _, err := g.patchFields(ctx, t, []element{witness}, nil); err != nil {
		return err
	}
	after, err := g.patchFields(ctx, t, others, nil)
	if err != nil {
		return err
	}
	if !after[witness.Key].isEmpty() {
		g.learned(patchMerges)
		return nil
	}
	// Gone: replaced, unless the ATS ignores writes to this very field, which
	// a write of everything shows.
	own, err := g.carry(ctx, before)
	if err != nil {
		return err
	}
	after, err = g.patchFields(ctx, t, ours, own)
	if err == nil && !after[witness.Key].isEmpty() {
		g.learned(patchReplaces)
	}
	return err
}

// canRestore says whether all foreign values could be written back.
func (g *Connector) canRestore(ctx context.Context, t ats.Target, custom customValues) error {
	_, err := g.carry(ctx, foreignOf(t, custom))
	if fairlead.CodeOf(err) == fairlead.Invalid {
		// Another application may teach us without this risk.
		return &fairlead.Error{Code: fairlead.Unavailable, Message: fairlead.MessageOf(err), RetryAfter: time.Minute}
	}
	return err
}

// foreignOf are the values that are not ours, nil when there are none.
func foreignOf(t ats.Target, custom customValues) customValues {
	var out customValues
	for key, v := range custom {
		if v.isEmpty() || mapped(t.Fields, key) {
			continue
		}
		if out == nil {
			out = customValues{}
		}
		out[key] = v
	}
	return out
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

// restoreForeign puts back what a write has erased because the account replaces,
// and says whether it does.
func (g *Connector) restoreForeign(ctx context.Context, t ats.Target, before, after customValues, written []element) (bool, error) {
	lost := foreignOf(t, before)
	if lost == nil {
		return false, nil
	}
	for key := range lost {
		if !after[key].isEmpty() {
			return false, nil // something foreign is still there: this was no replacing
		}
	}
	// What we took we give back, also when the task we do it for is cancelled.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTimeout)
	defer cancel()
	replaces, err := g.confirmReplaces(ctx, t, after, len(lost))
	if !replaces {
		return false, err
	}
	g.env.Logger.Warn("a write erased custom fields that are not ours; putting them back", "connection", g.connection, "fields", len(lost))
	g.patch.Store(int32(patchReplaces))
	// Our own that this write did not change went the same way.
	restore, err := g.carry(ctx, before)
	if err != nil {
		return true, err
	}
	return true, insist(func() error {
		_, err := g.patchFields(ctx, t, written, restore)
		return err
	})
}

const (
	restoreTimeout = 20 * time.Second
	restoreTries   = 3
)

// insist tries again what the ATS stumbles over.
func insist(do func() error) (err error) {
	for range restoreTries {
		if err = do(); fairlead.CodeOf(err) != fairlead.Unavailable {
			return err
		}
	}
	return err
}

// confirmReplaces tells an account that replaces from a person who cleared the
// last foreign value in the same moment, which must stay cleared: one of our own
// values is written again, and if another of ours is gone after that, it was the
// account. Nothing foreign is left that this could harm.
func (g *Connector) confirmReplaces(ctx context.Context, t ats.Target, after customValues, lost int) (replaces bool, err error) {
	ours := customValues{}
	for key, v := range after {
		if mapped(t.Fields, key) {
			ours[key] = v
		}
	}
	own, err := g.carry(ctx, ours)
	if err != nil {
		return false, err
	}
	if len(own) < 2 {
		return lost > 1 || patchKind(g.patch.Load()) == patchUnknown || g.set.patch == patchMerges, nil
	}
	err = insist(func() error {
		after, err := g.patchFields(ctx, t, own[:1], nil)
		replaces = err == nil && after[own[1].Key].isEmpty()
		return err
	})
	return replaces, err
}
