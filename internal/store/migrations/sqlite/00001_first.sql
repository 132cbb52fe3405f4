-- +goose Up
-- Times are microseconds since 1970, UTC. What is about a person's text is in
-- columns named sealed: AES-GCM under the candidate's own key.

CREATE TABLE connections (
  id          TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,
  environment TEXT NOT NULL,
  settings    TEXT NOT NULL,
  credentials BLOB NOT NULL, -- sealed by the master key
  fields      TEXT NOT NULL,
  write_back  INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
);

-- What was counted as it came in, so that the balance has two sides.
CREATE TABLE received (
  connection TEXT PRIMARY KEY,
  events     INTEGER NOT NULL DEFAULT 0,
  duplicates INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE events (
  id             TEXT PRIMARY KEY,
  connection     TEXT NOT NULL,
  kind           TEXT NOT NULL,
  remote_kind    TEXT NOT NULL,
  delivery_key   TEXT NOT NULL,
  application    TEXT NOT NULL, -- as the ATS names it
  candidate      TEXT NOT NULL,
  job            TEXT NOT NULL,
  merged_into    TEXT NOT NULL,
  body_sha256    TEXT NOT NULL,
  received_at    INTEGER NOT NULL,
  state          TEXT NOT NULL,
  reason         TEXT NOT NULL DEFAULT '',
  ended_at       INTEGER NOT NULL DEFAULT 0,
  assessment     TEXT NOT NULL DEFAULT '',
  writeback      TEXT NOT NULL DEFAULT '', -- it ends with this one
  accepted_entry TEXT NOT NULL,
  ended_entry    TEXT NOT NULL DEFAULT '',
  UNIQUE (connection, delivery_key)
);
CREATE INDEX events_state ON events (state, received_at);
CREATE INDEX events_writeback ON events (writeback) WHERE writeback <> '';

CREATE TABLE candidates (
  id         TEXT PRIMARY KEY,
  connection TEXT NOT NULL,
  remote     TEXT NOT NULL,
  key        BLOB NOT NULL, -- sealed by the master key; destroyed, all below is gone
  sealed     BLOB NOT NULL,
  UNIQUE (connection, remote)
);

CREATE TABLE jobs (
  id          TEXT PRIMARY KEY,
  connection  TEXT NOT NULL,
  remote      TEXT NOT NULL,
  title       TEXT NOT NULL,
  description TEXT NOT NULL,
  status      TEXT NOT NULL,
  closed_at   INTEGER NOT NULL,
  url         TEXT NOT NULL,
  UNIQUE (connection, remote)
);

CREATE TABLE applications (
  id         TEXT PRIMARY KEY,
  connection TEXT NOT NULL,
  remote     TEXT NOT NULL,
  candidate  TEXT NOT NULL REFERENCES candidates (id),
  job        TEXT NOT NULL REFERENCES jobs (id),
  stage      TEXT NOT NULL,
  stage_name TEXT NOT NULL,
  source     TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  url        TEXT NOT NULL,
  revision   INTEGER NOT NULL, -- the ATS's time of the snapshot we hold
  fetched_at INTEGER NOT NULL, -- ours, between snapshots of one revision
  digest     TEXT NOT NULL,    -- of the snapshot last assessed, '' before
  assessment TEXT NOT NULL,    -- the one that counts now, '' before
  UNIQUE (connection, remote)
);
CREATE INDEX applications_job ON applications (job);
CREATE INDEX applications_candidate ON applications (candidate);

CREATE TABLE rubrics (
  sha256 TEXT PRIMARY KEY,
  body   TEXT NOT NULL
);

CREATE TABLE assessments (
  id              TEXT PRIMARY KEY,
  connection      TEXT NOT NULL,
  application     TEXT NOT NULL REFERENCES applications (id),
  candidate       TEXT NOT NULL REFERENCES candidates (id), -- whose key sealed it
  score           INTEGER,
  band            TEXT NOT NULL,
  flags           TEXT NOT NULL,
  input_sha256    TEXT NOT NULL,
  rubric_sha256   TEXT NOT NULL REFERENCES rubrics (sha256),
  taxonomy_sha256 TEXT NOT NULL,
  engine          TEXT NOT NULL,
  as_of           INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  sealed          BLOB NOT NULL,
  entry           TEXT NOT NULL,
  UNIQUE (application, rubric_sha256, engine, taxonomy_sha256, input_sha256)
);
CREATE INDEX assessments_candidate ON assessments (candidate);

CREATE TABLE writebacks (
  id             TEXT PRIMARY KEY,
  connection     TEXT NOT NULL,
  assessment     TEXT NOT NULL REFERENCES assessments (id),
  application    TEXT NOT NULL REFERENCES applications (id),
  state          TEXT NOT NULL,
  reason         TEXT NOT NULL DEFAULT '',
  sealed         BLOB NOT NULL, -- intended, before, found
  created_at     INTEGER NOT NULL,
  received_at    INTEGER NOT NULL, -- of the first event behind it
  finished_at    INTEGER NOT NULL DEFAULT 0,
  finished_entry TEXT NOT NULL DEFAULT '',
  n              INTEGER NOT NULL, -- counts the application's writebacks from 1
  begun          INTEGER NOT NULL DEFAULT 0, -- how often: the ATS may hold its values
  looked         INTEGER NOT NULL DEFAULT 0, -- whether it ended knowing what the ATS holds
  lease          TEXT NOT NULL DEFAULT '',
  lease_until    INTEGER NOT NULL DEFAULT 0,
  UNIQUE (application, n)
);
CREATE INDEX writebacks_assessment ON writebacks (assessment);
CREATE INDEX writebacks_state ON writebacks (state, finished_at);

-- What an audit id names after its candidate was erased.
CREATE TABLE erased_assessments (
  id        TEXT PRIMARY KEY,
  erased_at INTEGER NOT NULL,
  entry     TEXT NOT NULL
);

-- The audit log. Rows are only ever added; sealing fills in seq and chain once.
CREATE TABLE entries (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  about      TEXT NOT NULL DEFAULT '', -- the assessment it is about
  leaf       BLOB NOT NULL,
  seq        INTEGER,
  chain      BLOB
);
CREATE UNIQUE INDEX entries_seq ON entries (seq) WHERE seq IS NOT NULL;
CREATE INDEX entries_unsealed ON entries (id) WHERE seq IS NULL;
CREATE INDEX entries_about ON entries (about) WHERE about <> '';

CREATE TABLE users (
  id            TEXT PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at    INTEGER NOT NULL
);

CREATE TABLE invites (
  token_sha256 TEXT PRIMARY KEY,
  role         TEXT NOT NULL,
  expires_at   INTEGER NOT NULL
);

CREATE TABLE sessions (
  token      TEXT PRIMARY KEY,
  data       BLOB NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE workers (
  id      TEXT PRIMARY KEY,
  seen_at INTEGER NOT NULL
);
