-- Usage events as a function of the set of readings (docs/metering-rules.md §5): which report of an event stands, and
-- every report of those that were reported more than once. An event that came once, as most do, is one row.

CREATE TABLE usage_events_new (
  device_no INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  labels TEXT NOT NULL CHECK (json_valid(labels)),
  is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
  -- The report that stands.
  reading_id INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  place INTEGER NOT NULL,
  -- Of all reports: how many, and the greatest (received time, epoch, seq).
  reports INTEGER NOT NULL CHECK (reports >= 1),
  last_received_at INTEGER NOT NULL,
  last_epoch INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (device_no, id)
) STRICT, WITHOUT ROWID;

-- What was held before this migration is found again by `usance recompute`.
INSERT INTO usage_events_new
SELECT e.device_no, e.id, e.type, e.from_at, e.to_at, e.quantity, e.labels, 0, e.reading_id, r.received_at, r.epoch, r.seq, 0,
  1, r.received_at, r.epoch, r.seq
FROM usage_events AS e JOIN readings AS r ON r.id = e.reading_id;

DROP TABLE usage_events;
ALTER TABLE usage_events_new RENAME TO usage_events;

CREATE INDEX usage_events_by_end ON usage_events (device_no, type, to_at);
CREATE INDEX usage_events_open ON usage_events (device_no, type) WHERE is_open = 1;

-- The key begins with what finds the neighbours of a report among the links that stand (metering/events/judge-reports.ts).
CREATE TABLE usage_event_reports (
  device_no INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('link', 'again', 'held')),
  to_at INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  is_closed INTEGER NOT NULL CHECK (is_closed IN (0, 1)),
  reading_id INTEGER NOT NULL,
  place INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  type TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  labels TEXT NOT NULL CHECK (json_valid(labels)),
  PRIMARY KEY (device_no, event_id, verdict, to_at, quantity, is_closed, reading_id, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_event_reports_by_reading ON usage_event_reports (device_no, reading_id, event_id, verdict);
