-- One row for each job of the calendar: which due instant it has taken, how its last run ended, and who is at it.
CREATE TABLE jobs (
  name TEXT PRIMARY KEY,
  -- The newest due instant that a run has taken; at first when the job was seen.
  last_due_at INTEGER NOT NULL,
  last_started_at INTEGER,
  last_finished_at INTEGER,
  last_outcome TEXT CHECK (last_outcome IN ('done', 'failed')),
  last_detail TEXT,
  -- The process that is at it, and when another may take over unless it says again that it lives.
  held_by TEXT,
  held_until_at INTEGER,
  CHECK ((held_by IS NULL) = (held_until_at IS NULL))
) STRICT;
