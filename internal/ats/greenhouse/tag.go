package greenhouse

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// tagsRefused says whether the account has lately refused us its tags. Tags
// decorate; a key without their scopes still writes notes.
func (g *Connector) tagsRefused() bool {
	at := g.noTags.Load()
	return at != nil && g.env.Now().Sub(*at) < listAge
}

func (g *Connector) tagsForbidden(err error) bool {
	if fairlead.CodeOf(err) != fairlead.Forbidden {
		return false
	}
	now := g.env.Now()
	g.noTags.Store(&now)
	g.env.Logger.Warn("tags are left out: the key may not use them", "connection", g.connection, "cause", fairlead.MessageOf(err))
	return true
}

// syncTags makes the person carry exactly want of our tags, each once.
func (g *Connector) syncTags(ctx context.Context, candidate number, want []string) error {
	if g.tagsRefused() {
		return nil
	}
	err := g.setTags(ctx, candidate, want)
	if g.tagsForbidden(err) {
		return nil
	}
	return err
}

func (g *Connector) setTags(ctx context.Context, candidate number, want []string) error {
	dictionary, err := g.dictionary(ctx)
	if err != nil {
		return err
	}
	rows, err := g.applied.get(ctx, candidate.String())
	if err != nil {
		return err
	}
	wanted := map[int64]bool{}
	for _, name := range want {
		id, ok := dictionary[name]
		if !ok {
			if id, err = g.createTag(ctx, name); err != nil {
				return err
			}
		}
		wanted[id] = true
	}
	ours := map[int64]bool{}
	for name, id := range dictionary {
		ours[id] = ats.IsOurTag(name)
	}
	for _, a := range decode[appliedTagRow](rows) {
		id := int64(a.TagID)
		switch {
		case wanted[id]:
			delete(wanted, id) // applied already; a second row of it is stale
		case ours[id]:
			_, err := g.call(ctx, http.MethodDelete, g.address("/v3/applied_candidate_tags/"+a.ID.String(), nil), nil)
			if err != nil && fairlead.CodeOf(err) != fairlead.NotFound {
				return err
			}
		}
	}
	missing := make([]int64, 0, len(wanted))
	for id := range wanted {
		missing = append(missing, id)
	}
	slices.Sort(missing)
	for _, id := range missing {
		_, err := g.call(ctx, http.MethodPost, g.address("/v3/applied_candidate_tags", nil), struct {
			CandidateID int64 `json:"candidate_id"`
			TagID       int64 `json:"candidate_tag_id"`
		}{int64(candidate), id})
		if err != nil {
			return err
		}
	}
	return nil
}

// foreignTags lists the person's tags that are not ours, for a digest.
func (g *Connector) foreignTags(ctx context.Context, candidate number) ([]string, error) {
	if g.tagsRefused() {
		return nil, nil
	}
	dictionary, err := g.dictionary(ctx)
	if err == nil {
		var rows []row
		if rows, err = g.applied.get(ctx, candidate.String()); err == nil {
			ours := map[int64]bool{}
			for name, id := range dictionary {
				ours[id] = ats.IsOurTag(name)
			}
			var out []string
			for _, a := range decode[appliedTagRow](rows) {
				if !ours[int64(a.TagID)] {
					out = append(out, "tag "+a.TagID.String())
				}
			}
			return out, nil
		}
	}
	if g.tagsForbidden(err) {
		return nil, nil
	}
	return nil, err
}

// dictionary is the account's tags by name.
func (g *Connector) dictionary(ctx context.Context) (map[string]int64, error) {
	return g.tagCache.Get(ctx, "", func(ctx context.Context) (map[string]int64, error) {
		rows, err := g.list(ctx, "/v3/candidate_tags", nil)
		if err != nil {
			return nil, err
		}
		out := map[string]int64{}
		for _, t := range decode[tagRow](rows) {
			out[string(t.Name)] = int64(t.ID)
		}
		return out, nil
	})
}

// createTag adds a name to the dictionary, unless somebody just has.
func (g *Connector) createTag(ctx context.Context, name string) (int64, error) {
	reply, err := g.call(ctx, http.MethodPost, g.address("/v3/candidate_tags", nil), struct {
		Name string `json:"name"`
	}{name})
	if err != nil && fairlead.CodeOf(err) != fairlead.Invalid { // 422: the name exists
		return 0, err
	}
	g.tagCache.Forget("")
	if err == nil {
		var made tagRow
		if json.Unmarshal(reply.Body, &made) == nil && made.ID != 0 {
			return int64(made.ID), nil
		}
	}
	dictionary, err := g.dictionary(ctx)
	if err != nil {
		return 0, err
	}
	id, ok := dictionary[name]
	if !ok {
		return 0, unavailable("Greenhouse does not list the tag we have just made. Fairlead tries again by itself.", nil)
	}
	return id, nil
}
