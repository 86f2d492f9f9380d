-- What people and devices changed about devices and models, written with the change itself. The ledger's audit trail copies
-- it by id; nothing else reads it.
CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  manufacturer_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'api_key', 'system')),
  actor_id TEXT NOT NULL CHECK (actor_id <> ''),
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action <> ''),
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  before TEXT CHECK (before IS NULL OR json_valid(before)),
  after TEXT CHECK (after IS NULL OR json_valid(after)),
  reason TEXT,
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER changes_are_not_changed BEFORE UPDATE ON changes
BEGIN SELECT RAISE (ABORT, 'changes_append_only'); END;

CREATE TRIGGER changes_are_not_removed BEFORE DELETE ON changes
BEGIN SELECT RAISE (ABORT, 'changes_append_only'); END;
