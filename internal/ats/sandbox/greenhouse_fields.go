package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"
)

// maxShortText is how many characters a short text holds.
const maxShortText = 255

// setting is one custom field value of a write, checked.
type setting struct {
	key   string
	value any // nil clears
}

// parseCustom checks the array form of custom_fields that writes use against
// the account's definitions. The entries of a refusal are the vendor's 422.
func (g *Greenhouse) parseCustom(fieldType string, r *record, raw any) ([]setting, []any) {
	items, ok := raw.([]any)
	if !ok {
		return nil, []any{map[string]any{"custom_fields": "must be an array"}}
	}
	var out []setting
	var problems []any
	for i, item := range items {
		at := fmt.Sprintf("custom_fields[%d]", i)
		s, problem := g.parseSetting(fieldType, r, item)
		if problem != "" {
			problems = append(problems, map[string]any{at: problem})
			continue
		}
		if slices.ContainsFunc(out, func(o setting) bool { return o.key == s.key }) {
			problems = append(problems, map[string]any{at: "the same field is given twice"})
			continue
		}
		out = append(out, s)
	}
	return out, problems
}

func (g *Greenhouse) parseSetting(fieldType string, r *record, item any) (setting, string) {
	object, ok := item.(map[string]any)
	if !ok {
		return setting{}, "must be an object"
	}
	for k := range object {
		if k != "name_key" && k != "custom_field_id" && k != "value" {
			return setting{}, fmt.Sprintf("`%s` is not a property", clip(k))
		}
	}
	key, byKey := object["name_key"]
	id, byID := object["custom_field_id"]
	value, given := object["value"]
	if byKey == byID {
		return setting{}, "needs exactly one of name_key and custom_field_id"
	}
	if !given {
		return setting{}, "needs a value"
	}
	var d *record
	if byKey {
		name, isText := key.(string)
		if !isText {
			return setting{}, "name_key must be a string"
		}
		d = g.state.definition(fieldType, name)
	} else if n, isNumber := wholeNumber(id); isNumber {
		if d = g.state.get("custom_fields", n); d != nil && d.str("field_type") != fieldType {
			d = nil
		}
	}
	switch {
	case d == nil:
		return setting{}, "there is no such custom field for this kind of object"
	case d.cols["active"] != true:
		return setting{}, "the custom field is not active"
	case !coversApplication(d, r):
		return setting{}, "the custom field is not for this kind of application"
	case value == nil:
		return setting{key: d.str("name_key")}, ""
	}
	checked, problem := g.checkValue(d, value)
	return setting{key: d.str("name_key"), value: checked}, problem
}

// checkValue checks one value against its definition's type and returns it as
// reads show it.
func (g *Greenhouse) checkValue(d *record, value any) (any, string) {
	switch kind := d.str("value_type"); kind {
	case "short_text", "long_text", "rich_text", "url":
		s, ok := value.(string)
		if !ok {
			return nil, "must be a string"
		}
		if kind == "short_text" && utf8.RuneCountInString(s) > maxShortText {
			return nil, fmt.Sprintf("is longer than %d characters", maxShortText)
		}
		if u, err := url.Parse(s); kind == "url" && (err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "") {
			return nil, "is not a URL"
		}
		return s, ""
	case "number":
		n, ok := value.(json.Number)
		if !ok {
			return nil, "must be a number"
		}
		return plainNumber(n), ""
	case "yes_no":
		b, ok := value.(bool)
		if !ok {
			return nil, "must be true or false"
		}
		return b, ""
	case "date":
		s, ok := value.(string)
		if _, err := time.Parse(time.DateOnly, s); !ok || err != nil {
			return nil, "must be a date such as 2026-11-23"
		}
		return s, ""
	case "single_select":
		return g.option(d, value)
	case "multi_select":
		list, ok := value.([]any)
		if !ok {
			return nil, "must be an array of options"
		}
		names := make([]string, 0, len(list))
		for _, item := range list {
			name, problem := g.option(d, item)
			if problem != "" {
				return nil, problem
			}
			if slices.Contains(names, name) {
				return nil, "the same option is given twice"
			}
			names = append(names, name)
		}
		return names, ""
	case "currency":
		return amounts(value, "currency_code", "amount")
	case "currency_range":
		return amounts(value, "currency_code", "min_amount", "max_amount")
	case "number_range":
		return amounts(value, "", "min_value", "max_value")
	case "user":
		id, ok := wholeNumber(value)
		if !ok || g.state.get("users", id) == nil {
			return nil, "must be a user's id"
		}
		return id, ""
	}
	return nil, "cannot be written"
}

// option finds an active option by id or exact text.
func (g *Greenhouse) option(d *record, value any) (string, string) {
	id, byID := wholeNumber(value)
	text, byText := value.(string)
	if !byID && !byText {
		return "", "must be an option's id or its exact text"
	}
	for _, o := range g.state.options(d.id) {
		if o.cols["active"] == true && (byID && o.id == id || byText && o.str("name") == text) {
			return o.str("name"), ""
		}
	}
	return "", "there is no such option"
}

// amounts checks an object of numbers with, where unit is not "", a currency.
func amounts(value any, unit string, names ...string) (any, string) {
	object, ok := value.(map[string]any)
	want := len(names)
	if unit != "" {
		want++
	}
	problem := fmt.Sprintf("must be an object with %v %s", names, unit)
	if !ok || len(object) != want {
		return nil, problem
	}
	if code, isText := object[unit].(string); unit != "" && (!isText || len(code) != 3) {
		return nil, problem
	}
	for _, n := range names {
		if _, isNumber := object[n].(json.Number); !isNumber {
			return nil, problem
		}
	}
	return object, ""
}

func wholeNumber(v any) (int64, bool) {
	switch n := v.(type) {
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	case int64:
		return n, true
	}
	return 0, false
}

// plainNumber writes 82.0 and 8.2e1 as 82, so that equal numbers are equal
// text. Numbers beyond reason stay as they came.
func plainNumber(n json.Number) json.Number {
	if len(n) > 40 || bytes.ContainsAny([]byte(n), "eE") && len(n) > 12 {
		return n
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok || !r.IsInt() {
		return n
	}
	return json.Number(r.Num().String())
}

// decodeJSON decodes one JSON value and nothing after it, numbers as written.
func decodeJSON(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode body: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("decode body: something follows the value")
	}
	return v, nil
}
