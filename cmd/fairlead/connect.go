package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/term"

	"github.com/fairlead/fairlead"
	"github.com/fairlead/fairlead/internal/ats"
	"github.com/fairlead/fairlead/internal/store"
)

type connectCommand struct {
	Greenhouse connectGreenhouseCommand `cmd:"" help:"Connect a Greenhouse account, or change one that is connected."`
	List       connectListCommand       `cmd:"" help:"List the connections."`
}

type connectGreenhouseCommand struct {
	configFlags
	Name         string   `arg:"" default:"greenhouse" help:"Name of the connection, part of its webhook address."`
	Environment  string   `enum:"sandbox,production," default:"" help:"sandbox or production; a new connection is a sandbox unless told otherwise."`
	Credentials  string   `help:"YAML file with client_id, client_secret and, if it has been chosen already, webhook_secret; - is standard input. Without it you are asked." placeholder:"FILE"`
	BaseURL      string   `help:"Address of Harvest v3, when it is not Greenhouse's own." placeholder:"URL"`
	AuthURL      string   `help:"Address of the token service, when it is not Greenhouse's own." placeholder:"URL"`
	ActingUser   string   `help:"Number of the Greenhouse user to act as; default the integration's service user." placeholder:"ID"`
	FileHosts    []string `help:"Hosts resumes may be downloaded from, when they are not Greenhouse's own." placeholder:"HOST"`
	AllowPrivate bool     `help:"Allow private and loopback addresses; for a simulated ATS."`
	WriteBack    *bool    `negatable:"" help:"Write results into the ATS; a new connection only assesses (shadow mode)."`
	SkipTest     bool     `help:"Save without asking the ATS."`
}

func (connectGreenhouseCommand) Help() string {
	return `Tests the credentials, shows which scopes are missing and which fields were found, and saves the connection; secrets are sealed at once and never shown again. Then it prints the webhook address and secret to paste into Greenhouse. docs/connectors.md has the menu paths.

Examples:
  fairlead connect greenhouse
  fairlead connect greenhouse --credentials greenhouse.yaml --environment production
  fairlead connect greenhouse --write-back`
}

func (c connectGreenhouseCommand) Run(p *program) error {
	if !fairlead.ValidConnectionID(c.Name) {
		return fairlead.Fail(fairlead.Invalid, fmt.Sprintf("%q cannot name a connection: use 1 to 40 lower-case letters, digits and hyphens.", c.Name), nil)
	}
	conf, err := c.load(p.env)
	if err != nil {
		return err
	}
	if _, err := conf.makeData(); err != nil {
		return err
	}
	s, err := openStore(p.ctx, conf, conf.logger(p), true)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // what was saved is saved
	connection, isNew, err := c.connection(p, s)
	if err != nil {
		return err
	}
	connector, err := kinds[connection.Kind](connection, ats.Env{Logger: p.quiet()})
	if err != nil {
		return err
	}
	if !c.SkipTest {
		d, err := c.test(p, connector)
		if err != nil {
			return err
		}
		connection.Fields = d.Fields
	}
	if err := save(p.ctx, s, connection); err != nil {
		return err
	}
	p.printf("\nSaved connection %s (%s, write-back %s).\n", connection.ID, connection.Environment, onOff(connection.WriteBack))
	p.printf("Webhook address: %s/webhooks/%s\n", conf.PublicURL, connection.ID)
	if isNew {
		p.printf("Webhook secret:  %s\n  (shown once; paste it into every webhook)\n", connection.Credentials["webhook_secret"])
	}
	return nil
}

// connection is the one to save: what is stored, changed by the flags.
func (c connectGreenhouseCommand) connection(p *program, s *store.Store) (fairlead.Connection, bool, error) {
	connection, err := s.Connection(p.ctx, fairlead.ConnectionID(c.Name))
	isNew := fairlead.CodeOf(err) == fairlead.NotFound
	if err != nil && !isNew {
		return connection, false, err
	}
	if isNew {
		connection = fairlead.Connection{
			ID: fairlead.ConnectionID(c.Name), Kind: "greenhouse", Environment: fairlead.Sandbox,
			Settings: map[string]string{}, Credentials: fairlead.Credentials{}, CreatedAt: time.Now().UTC(),
		}
	}
	if connection.Kind != "greenhouse" {
		return connection, false, fairlead.Fail(fairlead.Conflict, "The connection "+c.Name+" is a "+connection.Kind+" account. Choose another name.", nil)
	}
	if c.Environment != "" {
		connection.Environment = fairlead.Environment(c.Environment)
	}
	if c.WriteBack != nil {
		connection.WriteBack = *c.WriteBack
	}
	set := func(key, value string) {
		if value != "" {
			connection.Settings[key] = value
		}
	}
	set("base_url", c.BaseURL)
	set("auth_url", c.AuthURL)
	set("acting_user", c.ActingUser)
	set("file_hosts", strings.Join(c.FileHosts, ","))
	if c.AllowPrivate {
		set("allow_private", "true")
	}
	if isNew || c.Credentials != "" {
		given, err := c.credentials(p)
		if err != nil {
			return connection, false, err
		}
		for k, v := range given {
			connection.Credentials[k] = v
		}
	}
	if connection.Credentials["webhook_secret"] == "" {
		b := make([]byte, 24)
		_, _ = rand.Read(b) // never fails: crypto/rand aborts the program instead
		connection.Credentials["webhook_secret"] = base64.RawURLEncoding.EncodeToString(b)
	}
	return connection, isNew, nil
}

var greenhouseCredentials = []string{"client_id", "client_secret", "webhook_secret", "webhook_secret_previous"}

func (c connectGreenhouseCommand) credentials(p *program) (map[string]string, error) {
	if c.Credentials == "" {
		return askCredentials(p)
	}
	var data []byte
	var err error
	if c.Credentials == "-" {
		data, err = io.ReadAll(io.LimitReader(p.in, 64<<10))
	} else {
		data, err = os.ReadFile(c.Credentials)
	}
	if err != nil {
		return nil, fairlead.Fail(fairlead.Invalid, "Cannot read the credentials file. It is YAML with client_id and client_secret.", err)
	}
	given := map[string]string{}
	if err := yaml.Unmarshal(data, &given); err != nil {
		// The cause may quote a secret.
		return nil, fairlead.Fail(fairlead.Invalid, "The credentials file is no YAML of the form \"client_id: …\", one key a line.", nil)
	}
	for k := range given {
		if !slices.Contains(greenhouseCredentials, k) {
			return nil, fairlead.Fail(fairlead.Invalid, "The credentials file has an unknown key "+k+". Known: "+strings.Join(greenhouseCredentials, ", ")+".", nil)
		}
	}
	if given["client_id"] == "" || given["client_secret"] == "" {
		return nil, fairlead.Fail(fairlead.Invalid, "The credentials file needs client_id and client_secret.", nil)
	}
	return given, nil
}

// askCredentials asks on a terminal; what is typed as a secret is not shown.
func askCredentials(p *program) (map[string]string, error) {
	in, ok := p.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return nil, fairlead.Fail(fairlead.Invalid, "Credentials are needed. Name a YAML file with client_id and client_secret: --credentials FILE, or - for standard input.", nil)
	}
	p.printf("Client id: ")
	id, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		return nil, fairlead.Fail(fairlead.Invalid, "No client id was given.", err)
	}
	p.printf("Client secret (not shown): ")
	secret, err := term.ReadPassword(int(in.Fd()))
	p.printf("\n")
	if err != nil || strings.TrimSpace(id) == "" || len(secret) == 0 {
		return nil, fairlead.Fail(fairlead.Invalid, "Client id and client secret are both needed.", err)
	}
	return map[string]string{"client_id": strings.TrimSpace(id), "client_secret": strings.TrimSpace(string(secret))}, nil
}

// test asks the ATS what the key may do and tells what is missing.
func (c connectGreenhouseCommand) test(p *program, connector ats.Connector) (ats.Description, error) {
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	d, err := connector.Describe(ctx)
	if err != nil {
		return d, err
	}
	ink := p.ink()
	p.printf("%s The key works.\n", ink.good("ok"))
	if len(d.Missing) > 0 {
		p.printf("%s Scopes missing: %s\n", ink.bad("!!"), strings.Join(d.Missing, ", "))
	}
	if d.RateLimit > 0 {
		p.printf("   Rate limit: %d requests per %s\n", d.RateLimit, d.RateWindow)
	}
	if len(d.Fields) == 0 {
		p.printf("   No fields of ours on applications: results go into a private note and tags.\n")
	}
	for _, f := range d.Fields {
		p.printf("   %-12s → %s (%s)\n", f.Output, f.Key, f.Type)
	}
	for _, r := range d.Remarks {
		p.printf("   %s\n", printable(r))
	}
	return d, nil
}

// connectionSaver is the store's half of saving a connection.
type connectionSaver interface {
	SaveConnection(context.Context, fairlead.Connection, fairlead.Entry) error
}

func save(ctx context.Context, s connectionSaver, c fairlead.Connection) error {
	entry := fairlead.NewEntry(time.Now(), fairlead.EntryConnectionSaved, map[string]string{
		"kind": c.Kind, "environment": string(c.Environment), "write_back": onOff(c.WriteBack), "fields": fmt.Sprint(len(c.Fields)),
	})
	entry.Connection = c.ID
	return s.SaveConnection(ctx, c, entry)
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

type connectListCommand struct {
	configFlags
}

func (c connectListCommand) Run(p *program) error {
	conf, err := c.load(p.env)
	if err != nil {
		return err
	}
	s, err := openStore(p.ctx, conf, conf.logger(p), false)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // nothing was changed
	all, err := s.Connections(p.ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		p.printf("No connections. Make one with: fairlead connect greenhouse\n")
		return nil
	}
	w := p.table()
	_, _ = fmt.Fprintln(w, "NAME\tKIND\tENVIRONMENT\tWRITE-BACK\tFIELDS")
	for _, x := range all {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\n", x.ID, x.Kind, x.Environment, onOff(x.WriteBack), len(x.Fields))
	}
	return w.Flush()
}
