package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/fairlead/fairlead"
)

func credentialsOf(id fairlead.ConnectionID) string {
	return "connection/" + string(id) + "/credentials"
}

const connectionColumns = `id, kind, environment, settings, fields, write_back, created_at`

// SaveConnection stores a connection, or what changed of it. Its credentials
// are sealed; those of a connection that is changed without any stay as they
// are.
func (s *Store) SaveConnection(ctx context.Context, c fairlead.Connection, entry fairlead.Entry) error {
	if !fairlead.ValidConnectionID(string(c.ID)) {
		return fairlead.Fail(fairlead.Invalid, "A connection's name has 1 to 40 lower-case letters, digits and hyphens, and begins with a letter or digit.", nil)
	}
	settings, err := plainJSON(c.Settings)
	if err != nil {
		return err
	}
	fields, err := plainJSON(c.Fields)
	if err != nil {
		return err
	}
	credentials, err := json.Marshal(map[string]string(c.Credentials))
	if err != nil {
		return fmt.Errorf("save connection: %w", err)
	}
	sealed := s.master.Seal(credentials, credentialsOf(c.ID))
	return s.change(ctx, "save connection", func(t tx) error {
		n, err := t.exec(ctx, `UPDATE connections SET kind = ?, environment = ?, settings = ?, fields = ?, write_back = ? WHERE id = ?`,
			c.Kind, string(c.Environment), settings, fields, truth(c.WriteBack), string(c.ID))
		if err != nil {
			return err
		}
		switch {
		case n == 0:
			_, err = t.exec(ctx, `INSERT INTO connections (`+connectionColumns+`, credentials) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
				string(c.ID), c.Kind, string(c.Environment), settings, fields, truth(c.WriteBack), micros(c.CreatedAt), sealed)
		case len(c.Credentials) > 0:
			_, err = t.exec(ctx, `UPDATE connections SET credentials = ? WHERE id = ?`, sealed, string(c.ID))
		}
		if err != nil {
			return err
		}
		return t.record(ctx, entry, nil, "")
	})
}

func scanConnection(scan func(...any) error, c *fairlead.Connection, more ...any) error {
	var settings, fields string
	var writeBack, created int64
	if err := scan(append([]any{&c.ID, &c.Kind, &c.Environment, &settings, &fields, &writeBack, &created}, more...)...); err != nil {
		return err
	}
	c.WriteBack, c.CreatedAt = writeBack == 1, timeOf(created)
	if err := fromJSON(settings, &c.Settings); err != nil {
		return err
	}
	return fromJSON(fields, &c.Fields)
}

// connection is a connection without its credentials; sql.ErrNoRows when there
// is none.
func (t tx) connection(ctx context.Context, id fairlead.ConnectionID) (fairlead.Connection, error) {
	var c fairlead.Connection
	err := scanConnection(t.row(ctx, `SELECT `+connectionColumns+` FROM connections WHERE id = ?`, string(id)).Scan, &c)
	return c, err
}

// Connections lists all connections by name, with their credentials.
func (s *Store) Connections(ctx context.Context) ([]fairlead.Connection, error) {
	return s.connections(ctx, ``)
}

// Connection is one connection with its credentials; NotFound when there is
// none.
func (s *Store) Connection(ctx context.Context, id fairlead.ConnectionID) (fairlead.Connection, error) {
	all, err := s.connections(ctx, ` WHERE id = ?`, string(id))
	if err != nil {
		return fairlead.Connection{}, err
	}
	if len(all) == 0 {
		return fairlead.Connection{}, fairlead.Fail(fairlead.NotFound, "There is no connection named "+string(id)+".", nil)
	}
	return all[0], nil
}

func (s *Store) connections(ctx context.Context, where string, args ...any) ([]fairlead.Connection, error) {
	var out []fairlead.Connection
	err := s.reading().each(ctx, func(r *sql.Rows) error {
		var c fairlead.Connection
		var sealed []byte
		if err := scanConnection(r.Scan, &c, &sealed); err != nil {
			return err
		}
		plain, err := s.master.Open(sealed, credentialsOf(c.ID))
		if err != nil {
			return fmt.Errorf("open credentials of %s: %w", c.ID, err)
		}
		if err := json.Unmarshal(plain, &c.Credentials); err != nil {
			return errors.New("credentials are damaged") // the cause could quote them
		}
		out = append(out, c)
		return nil
	}, `SELECT `+connectionColumns+`, credentials FROM connections`+where+` ORDER BY id`, args...)
	return out, s.fail("read connections", err)
}
