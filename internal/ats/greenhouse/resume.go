package greenhouse

import (
	"context"
	"errors"
	"io"
	"net/url"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
)

// Resume implements ats.Connector. Links live for seven days; one that no longer
// works is replaced once by a new one from the attachment's row.
func (g *Connector) Resume(ctx context.Context, r ats.ResumeRef) (ats.File, error) {
	var body io.ReadCloser
	var err error
	if r.URL != "" {
		body, err = g.files.Get(ctx, r.URL)
	}
	if r.URL == "" || errors.Is(err, ats.ErrLinkExpired) {
		var link string
		if link, err = g.newLink(ctx, r.Remote); err != nil {
			return ats.File{}, err
		}
		body, err = g.files.Get(ctx, link)
	}
	if err != nil {
		return ats.File{}, err
	}
	return ats.File{ReadCloser: body, Name: r.Filename}, nil
}

func (g *Connector) newLink(ctx context.Context, id fairlead.RemoteID) (string, error) {
	gone := fairlead.Fail(fairlead.NotFound, "The resume is no longer in Greenhouse.", nil)
	if !isID(string(id)) {
		return "", gone
	}
	rows, err := g.list(ctx, "/v3/attachments", url.Values{"ids": {string(id)}})
	if err != nil {
		return "", err
	}
	for _, a := range decode[attachmentRow](rows) {
		if a.ID.remote() == id && a.URL != "" {
			return string(a.URL), nil
		}
	}
	return "", gone
}
