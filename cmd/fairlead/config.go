package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"github.com/fairlead/fairlead"
)

// config is everything that can be set, read once, checked whole. Each key can
// stand in the file (--config) and, in capitals with FAIRLEAD_ before it, in the
// environment, which wins.
type config struct {
	Data      string     // folder of the database, the master key and caches; default ./fairlead-data
	Database  string     // postgres://…; default a SQLite file in Data
	Listen    string     // address of webhooks and console; default 127.0.0.1:8080
	PublicURL string     // how the ATS and browsers reach us; default http://Listen
	Metrics   string     // address of /metrics, or off; default 127.0.0.1:9464
	KeyFile   string     // the master key; default Data/master.key
	Roles     []string   // web, worker; default both
	Workers   int        // tasks at a time
	LogLevel  slog.Level // debug, info, warn, error
	LogFormat string     // text or json
}

// keys are the configuration keys, for the file and (upper case) the
// environment, and what they mean.
var keys = []struct{ name, means string }{
	{"data", "folder of the database, the master key and caches (default ./fairlead-data)"},
	{"database", "postgres://… (default: a SQLite file in the data folder)"},
	{"listen", "address of webhooks and console (default 127.0.0.1:8080)"},
	{"public_url", "how the ATS and browsers reach Fairlead (default http:// and the listen address)"},
	{"metrics", "loopback address of /metrics, or off (default 127.0.0.1:9464)"},
	{"key_file", "the master key that seals personal data (default master.key in the data folder)"},
	{"roles", "web, worker, or both separated by a comma (default both)"},
	{"workers", "tasks at a time (default 16)"},
	{"log_level", "debug, info, warn or error (default info)"},
	{"log_format", "text or json (default text)"},
}

// configFlags are the settings every command with a database takes.
type configFlags struct {
	Config string `help:"Configuration file (YAML)." type:"path" placeholder:"FILE"`
	Data   string `help:"Data folder; default $FAIRLEAD_DATA or ./fairlead-data." type:"path" placeholder:"DIR"`
}

// load reads file, environment and flags, later ones winning.
func (f configFlags) load(env []string) (config, error) {
	k := koanf.New(".")
	if f.Config != "" {
		if err := k.Load(file.Provider(f.Config), yaml.Parser()); err != nil {
			return config{}, fairlead.Fail(fairlead.Invalid, "Cannot read the configuration "+f.Config+". It must be YAML with one key a line", err)
		}
		for _, name := range k.Keys() {
			if !known(name) {
				return config{}, fairlead.Fail(fairlead.Invalid, fmt.Sprintf("%s: unknown key %q. Known keys: %s.", f.Config, name, names()), nil)
			}
		}
	}
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		key, ours := strings.CutPrefix(name, "FAIRLEAD_")
		if key = strings.ToLower(key); ours && known(key) && value != "" {
			if err := k.Set(key, value); err != nil {
				return config{}, fairlead.Fail(fairlead.Invalid, "Cannot use "+name+".", err)
			}
		}
	}
	if f.Data != "" {
		if err := k.Set("data", f.Data); err != nil {
			return config{}, fairlead.Fail(fairlead.Invalid, "Cannot use --data.", err)
		}
	}
	return checked(k)
}

func known(name string) bool {
	return slices.ContainsFunc(keys, func(k struct{ name, means string }) bool { return k.name == name })
}

func names() string {
	var out []string
	for _, k := range keys {
		out = append(out, k.name)
	}
	return strings.Join(out, ", ")
}

func checked(k *koanf.Koanf) (config, error) {
	get := func(name, otherwise string) string {
		if v := strings.TrimSpace(k.String(name)); v != "" {
			return v
		}
		return otherwise
	}
	bad := func(name, want string) (config, error) {
		return config{}, fairlead.Fail(fairlead.Invalid, fmt.Sprintf("Configuration: %s is %q; it must be %s.", name, k.String(name), want), nil)
	}
	data, err := filepath.Abs(get("data", "fairlead-data"))
	if err != nil {
		return config{}, fmt.Errorf("data folder: %w", err)
	}
	c := config{
		Data: data, Database: get("database", filepath.Join(data, "fairlead.db")),
		Listen: get("listen", "127.0.0.1:8080"), KeyFile: get("key_file", filepath.Join(data, "master.key")),
		Roles: []string{"web", "worker"}, LogFormat: get("log_format", "text"), Metrics: get("metrics", "127.0.0.1:9464"),
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return bad("listen", "host:port, for example 127.0.0.1:8080")
	}
	if _, _, err := net.SplitHostPort(c.Metrics); err != nil && c.Metrics != "off" {
		return bad("metrics", "host:port, for example 127.0.0.1:9464, or off")
	}
	c.PublicURL = strings.TrimRight(get("public_url", "http://"+c.Listen), "/")
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return bad("public_url", "an http or https address, for example https://fairlead.example.com")
	}
	if strings.Contains(c.Database, "://") && !c.postgres() {
		// Not shown: it may hold a password.
		return config{}, fairlead.Fail(fairlead.Invalid, "Configuration: database must be postgres://user:password@host/name, or be left out for SQLite in the data folder.", nil)
	}
	if r := k.Strings("roles"); len(r) > 0 {
		c.Roles = r
	} else if s := k.String("roles"); s != "" {
		c.Roles = strings.Split(s, ",")
	}
	if err := checkRoles(c.Roles); err != nil {
		return config{}, err
	}
	c.Workers, err = strconv.Atoi(get("workers", strconv.Itoa(max(16, 2*runtime.NumCPU()))))
	if err != nil || c.Workers < 1 || c.Workers > 1000 {
		return bad("workers", "a number from 1 to 1000")
	}
	if err := c.LogLevel.UnmarshalText([]byte(get("log_level", "info"))); err != nil {
		return bad("log_level", "debug, info, warn or error")
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return bad("log_format", "text or json")
	}
	return c, nil
}

func checkRoles(roles []string) error {
	for _, r := range roles {
		if r != "web" && r != "worker" {
			return fairlead.Fail(fairlead.Invalid, fmt.Sprintf("There is no role %q. Roles: web, worker.", r), nil)
		}
	}
	if len(roles) == 0 {
		return fairlead.Fail(fairlead.Invalid, "No roles. Roles: web, worker.", nil)
	}
	return nil
}

func (c config) postgres() bool {
	return strings.HasPrefix(c.Database, "postgres://") || strings.HasPrefix(c.Database, "postgresql://")
}

func (c config) has(role string) bool { return slices.Contains(c.Roles, role) }

// where says which database it is, without its password.
func (c config) where() string {
	if !c.postgres() {
		return c.Database
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		return "postgres"
	}
	return u.Redacted()
}

// quiet is a logger for commands that are not the service: warnings only.
func (p program) quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (c config) logger(p *program) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.err, o))
	}
	return slog.New(slog.NewTextHandler(p.err, o))
}

// taxonomyDir is where imported tables are.
func (c config) taxonomyDir() string { return filepath.Join(c.Data, "taxonomy") }

// makeData makes the data folder and says whether it is new.
func (c config) makeData() (created bool, err error) {
	if _, err := os.Stat(c.Data); err == nil {
		return false, nil
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return false, fairlead.Fail(fairlead.Invalid, "Cannot make the data folder "+c.Data+". Name another with FAIRLEAD_DATA.", err)
	}
	return true, nil
}
