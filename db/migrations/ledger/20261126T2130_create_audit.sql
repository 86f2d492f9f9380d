-- One chain over the installation: `no` counts from 1 without gaps, each hash covers the entry and the hash before it.
CREATE TABLE audit_entries (
  no INTEGER PRIMARY KEY CHECK (no >= 1),
  occurred_at INTEGER NOT NULL,
  -- Absent for what concerns the installation.
  manufacturer_id TEXT REFERENCES manufacturers (id),
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'api_key', 'system')),
  actor_id TEXT NOT NULL CHECK (actor_id <> ''),
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action <> ''),
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  before TEXT CHECK (before IS NULL OR json_valid(before)),
  after TEXT CHECK (after IS NULL OR json_valid(after)),
  reason TEXT,
  -- Where an entry was copied from ("metering:17"), so that it is copied once.
  source TEXT UNIQUE,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64)
) STRICT;

CREATE INDEX audit_entries_by_manufacturer ON audit_entries (manufacturer_id, no);

CREATE INDEX audit_entries_by_subject ON audit_entries (subject_kind, subject_id, no);

CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE (ABORT, 'audit_append_only'); END;

CREATE TRIGGER audit_entries_are_not_removed BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE (ABORT, 'audit_append_only'); END;
