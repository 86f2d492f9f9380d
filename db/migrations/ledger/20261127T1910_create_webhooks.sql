-- Our own events on their way to servers of a manufacturer, by the Standard Webhooks specification.

CREATE TABLE webhook_endpoints (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  url TEXT NOT NULL CHECK (url <> ''),
  description TEXT NOT NULL,
  -- JSON list of the types that are sent there; null for every one, also those that come later.
  event_types TEXT CHECK (event_types IS NULL OR json_valid(event_types)),
  state TEXT NOT NULL DEFAULT 'on' CHECK (state IN ('on', 'off')),
  off_reason TEXT CHECK (off_reason IN ('by_hand', 'gone', 'failing', 'removed')),
  off_at INTEGER,
  secret_encrypted BLOB NOT NULL,
  previous_secret_encrypted BLOB,
  -- The previous secret signs too until then.
  previous_secret_until_at INTEGER,
  -- Of the first attempt that failed since one succeeded.
  failing_since_at INTEGER,
  created_at INTEGER NOT NULL,
  CHECK ((state = 'off') = (off_reason IS NOT NULL)),
  CHECK ((state = 'off') = (off_at IS NOT NULL)),
  CHECK ((previous_secret_encrypted IS NULL) = (previous_secret_until_at IS NULL))
) STRICT;

CREATE INDEX webhook_endpoints_by_manufacturer ON webhook_endpoints (manufacturer_id, id);

CREATE TABLE webhook_events (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  type TEXT NOT NULL CHECK (type <> ''),
  subject_id TEXT NOT NULL CHECK (subject_id <> ''),
  occurred_at INTEGER NOT NULL,
  -- The body of every delivery, byte for byte.
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  -- The place in another database that it was copied from.
  source TEXT UNIQUE
) STRICT;

CREATE INDEX webhook_events_by_manufacturer ON webhook_events (manufacturer_id, occurred_at, id);
CREATE INDEX webhook_events_by_age ON webhook_events (occurred_at);

CREATE TRIGGER webhook_events_are_immutable BEFORE UPDATE ON webhook_events
BEGIN SELECT RAISE (ABORT, 'a webhook event is never changed'); END;

CREATE TABLE webhook_deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
  endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (id),
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  -- Since it was begun or last asked for again; the log has all of them.
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  -- Also until when the attempt under way keeps others from it.
  next_attempt_at INTEGER,
  last_status INTEGER,
  problem TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  CHECK ((state = 'waiting') = (next_attempt_at IS NOT NULL)),
  CHECK ((state = 'waiting') = (ended_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id, endpoint_id);
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, next_attempt_at) WHERE state = 'waiting';

CREATE TABLE webhook_attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery_id INTEGER NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  attempted_at INTEGER NOT NULL,
  took_ms INTEGER NOT NULL CHECK (took_ms >= 0),
  status INTEGER,
  problem TEXT,
  -- How the answer began.
  answer TEXT
) STRICT;

CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id);

-- Up to where what metering noted has become events.
CREATE TABLE webhook_cursors (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
