package greenhouse_test

import (
	"net/http/httptest"
	"testing"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
	"github.com/fairlead/fairlead/internal/ats/atstest"
	"github.com/fairlead/fairlead/internal/ats/greenhouse"
	"github.com/fairlead/fairlead/internal/ats/sandbox"
)

const (
	clientID     = "conformance-7"
	clientSecret = "conformance-client-secret"
)

func TestConformance(t *testing.T) {
	atstest.Run(t, atstest.Setup{
		Start: func(t *testing.T, o atstest.Options) string {
			sim := sandbox.NewGreenhouse(sandbox.Config{
				ClientID: clientID, ClientSecret: clientSecret,
				WithoutApplicationFields: o.WithoutFields, Replace: o.Replace, SkillOptions: o.SkillOptions,
				RateLimit: o.RateLimit, Latency: o.Latency,
			})
			server := httptest.NewServer(sim)
			t.Cleanup(sim.Close)
			t.Cleanup(server.CloseClientConnections)
			return server.URL
		},
		Connect: func(t *testing.T, address string) ats.Connector {
			c, err := greenhouse.New(fairlead.Connection{
				ID: "gh", Kind: "greenhouse",
				Settings:    map[string]string{"base_url": address, "auth_url": address, "allow_private": "true"},
				Credentials: fairlead.Credentials{"client_id": clientID, "client_secret": clientSecret, "webhook_secret": atstest.WebhookSecret},
			}, ats.Env{})
			if err != nil {
				t.Fatal(err)
			}
			return c
		},
		Secrets: []string{clientID, clientSecret, atstest.WebhookSecret},
	})
}
