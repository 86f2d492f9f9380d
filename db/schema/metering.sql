CREATE UNIQUE INDEX alarms_open ON alarms (device_no, code) WHERE acknowledged_at IS NULL;

CREATE INDEX alarms_open_by_device ON alarms (device_no) WHERE acknowledged_at IS NULL;

CREATE INDEX claims_by_expiry ON claims (manufacturer_id, expires_at, id);

CREATE INDEX claims_by_manufacturer ON claims (manufacturer_id, id);

CREATE INDEX claims_by_secret ON claims (secret_id) WHERE secret_id IS NOT NULL;

CREATE INDEX decisions_by_device ON decisions (device_no, id);

CREATE INDEX device_presence_by_quiet ON device_presence (manufacturer_id, quiet_since);

CREATE INDEX device_presence_by_state ON device_presence (manufacturer_id, state, device_id);

CREATE INDEX device_presence_by_state_and_quiet ON device_presence (manufacturer_id, state, quiet_since);

CREATE INDEX device_presence_never_seen ON device_presence (manufacturer_id, device_id) WHERE last_seen_at IS NULL;

CREATE INDEX device_secrets_by_device ON device_secrets (device_no);

CREATE INDEX device_tags_by_device ON device_tags (device_id, tag);

CREATE INDEX devices_by_manufacturer ON devices (manufacturer_id, id);

CREATE INDEX devices_by_model ON devices (manufacturer_id, model_id, id);

CREATE INDEX devices_by_site ON devices (manufacturer_id, site, id) WHERE site IS NOT NULL;

CREATE INDEX devices_revoked ON devices (manufacturer_id, id) WHERE revoked_at IS NOT NULL;

CREATE INDEX holds_by_device ON holds (device_no, epoch, seq);

CREATE INDEX holds_open ON holds (device_no) WHERE is_decided = 0;

CREATE INDEX pinned_spans_by_device ON pinned_spans (device_no, register, to_at);

CREATE INDEX quarantine_by_device ON quarantine (device_id, id);

CREATE INDEX usage_event_reports_by_reading ON usage_event_reports (device_no, reading_id, event_id, verdict);

CREATE INDEX usage_events_by_end ON usage_events (device_no, type, to_at);

CREATE INDEX usage_events_open ON usage_events (device_no, type) WHERE is_open = 1;

CREATE TABLE alarms (
  id INTEGER PRIMARY KEY,
  device_no INTEGER NOT NULL REFERENCES devices (no),
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  raised_at INTEGER NOT NULL,
  last_raised_at INTEGER NOT NULL,
  times INTEGER NOT NULL DEFAULT 1 CHECK (times >= 1),
  acknowledged_at INTEGER,
  acknowledged_by TEXT,
  CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
) STRICT;

CREATE TABLE archive_blocks (
  device_no INTEGER NOT NULL,
  archive_no INTEGER NOT NULL REFERENCES archives (no),
  to_epoch INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  position INTEGER NOT NULL,
  from_epoch INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  lowest_id INTEGER NOT NULL,
  highest_id INTEGER NOT NULL,
  readings INTEGER NOT NULL CHECK (readings > 0),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (device_no, archive_no, to_epoch, to_seq, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE archived_spans (
  device_no INTEGER NOT NULL,
  archive_no INTEGER NOT NULL REFERENCES archives (no),
  from_epoch INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_epoch INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (device_no, archive_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE archives (
  no INTEGER PRIMARY KEY,
  file TEXT NOT NULL UNIQUE,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  -- Readings whose rows were removed because this file holds them; grows while the file is taken over.
  readings INTEGER NOT NULL CHECK (readings >= 0),
  oldest_received_at INTEGER NOT NULL,
  newest_received_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

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

CREATE TABLE claims (
  id INTEGER PRIMARY KEY,
  code_hash BLOB NOT NULL UNIQUE,
  manufacturer_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  device_id TEXT,
  serial TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  device_no INTEGER REFERENCES devices (no),
  secret_id INTEGER REFERENCES device_secrets (id),
  claimed_at INTEGER,
  completed_at INTEGER,
  CHECK ((device_no IS NULL) = (secret_id IS NULL) AND (device_no IS NULL) = (claimed_at IS NULL)),
  CHECK (completed_at IS NULL OR device_no IS NOT NULL)
) STRICT;

CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_no INTEGER NOT NULL REFERENCES devices (no),
  decision TEXT NOT NULL CHECK (json_valid(decision)),
  decided_by TEXT NOT NULL CHECK (decided_by <> ''),
  reason TEXT NOT NULL CHECK (reason <> ''),
  decided_at INTEGER NOT NULL
) STRICT;

CREATE TABLE device_certificates (
  device_no INTEGER NOT NULL REFERENCES devices (no),
  fingerprint256 TEXT NOT NULL CHECK (length(fingerprint256) = 64),
  PRIMARY KEY (device_no, fingerprint256)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_presence (
  device_no INTEGER PRIMARY KEY REFERENCES devices (no),
  manufacturer_id TEXT NOT NULL,
  quiet_since INTEGER,
  last_seen_at INTEGER,
  state TEXT CHECK (state IN ('online', 'offline')),
  state_at INTEGER,
  state_reason TEXT,
  firmware TEXT, device_id TEXT NOT NULL DEFAULT '',
  CHECK ((state IS NULL) = (state_at IS NULL) AND (state IS NULL) = (state_reason IS NULL))
) STRICT;

CREATE TABLE device_progress (
  device_no INTEGER PRIMARY KEY,
  state TEXT NOT NULL
) STRICT;

CREATE TABLE device_secrets (
  id INTEGER PRIMARY KEY,
  device_no INTEGER NOT NULL REFERENCES devices (no),
  secret_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
, last_used_at INTEGER) STRICT;

CREATE TABLE device_tags (
  manufacturer_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  device_id TEXT NOT NULL REFERENCES devices (id),
  PRIMARY KEY (manufacturer_id, tag, device_id)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE device_texts USING fts5 (
  id, serial, site, content = '', contentless_delete = 1, tokenize = 'trigram'
);

CREATE TABLE 'device_texts_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'device_texts_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'device_texts_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

CREATE TABLE 'device_texts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE devices (
  no INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  manufacturer_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  model_version INTEGER NOT NULL,
  serial TEXT,
  commissioned_at INTEGER NOT NULL,
  base_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(base_values)),
  created_at INTEGER NOT NULL, site TEXT, revoked_at INTEGER, revoked_reason TEXT,
  UNIQUE (manufacturer_id, serial),
  FOREIGN KEY (manufacturer_id, model_id, model_version) REFERENCES models (manufacturer_id, id, version)
) STRICT;

CREATE TABLE holds (
  id INTEGER PRIMARY KEY,
  device_no INTEGER NOT NULL,
  register TEXT,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reading_id INTEGER NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  held_at INTEGER NOT NULL
, exchange_ordinal INTEGER, is_decided INTEGER NOT NULL DEFAULT 0 CHECK (is_decided IN (0, 1))) STRICT;

CREATE TABLE migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE models (
  manufacturer_id TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  name TEXT NOT NULL,
  registers TEXT NOT NULL CHECK (json_valid(registers)),
  created_at INTEGER NOT NULL, event_types TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(event_types)),
  PRIMARY KEY (manufacturer_id, id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE opened_holds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_no INTEGER NOT NULL REFERENCES devices (no),
  reading_id INTEGER NOT NULL,
  -- Empty where the whole reading is held.
  register TEXT NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  held_at INTEGER NOT NULL,
  UNIQUE (device_no, reading_id, register, code)
) STRICT;

CREATE TABLE "outcome_counts" (
  outcome TEXT PRIMARY KEY CHECK (outcome IN ('received', 'pending', 'accepted', 'duplicate', 'held', 'rejected')),
  readings INTEGER NOT NULL CHECK (readings >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE pin_exceptions (
  device_no INTEGER NOT NULL,
  pin_no INTEGER NOT NULL REFERENCES pins (no),
  reading_id INTEGER NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('time', 'before', 'value', 'exchange', 'reading')),
  register TEXT NOT NULL DEFAULT '',
  exchange_ordinal INTEGER NOT NULL DEFAULT -1,
  at INTEGER,
  PRIMARY KEY (device_no, pin_no, reading_id, what, register, exchange_ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE pinned_devices (
  device_no INTEGER NOT NULL REFERENCES devices (no),
  pin_no INTEGER NOT NULL REFERENCES pins (no),
  through_epoch INTEGER NOT NULL,
  through_seq INTEGER NOT NULL,
  last_reading_id INTEGER NOT NULL,
  model_version INTEGER NOT NULL,
  -- Registers whose commissioning value was accepted.
  base_registers TEXT NOT NULL CHECK (json_valid(base_registers)),
  PRIMARY KEY (device_no, pin_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE pinned_entries (
  device_no INTEGER NOT NULL,
  pin_no INTEGER NOT NULL REFERENCES pins (no),
  decision_id INTEGER NOT NULL REFERENCES decisions (id),
  model_version INTEGER NOT NULL,
  PRIMARY KEY (device_no, pin_no, decision_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE pinned_spans (
  pin_no INTEGER NOT NULL REFERENCES pins (no),
  ordinal INTEGER NOT NULL,
  device_no INTEGER NOT NULL REFERENCES devices (no),
  register TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  start_value INTEGER NOT NULL,
  end_value INTEGER NOT NULL,
  PRIMARY KEY (pin_no, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE pinned_until (
  device_no INTEGER PRIMARY KEY REFERENCES devices (no),
  to_at INTEGER NOT NULL
) STRICT;

CREATE TABLE pins (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  pinned_at INTEGER NOT NULL
) STRICT;

CREATE TABLE placed_readings (
  device_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reading_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  -- It has a time of its own that might be trusted, and lost to others.
  is_candidate INTEGER NOT NULL CHECK (is_candidate IN (0, 1)),
  PRIMARY KEY (device_no, epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY,
  device_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  raw BLOB NOT NULL
) STRICT;

CREATE TABLE reading_blocks (
  device_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  block INTEGER NOT NULL,
  reading_id INTEGER NOT NULL,
  PRIMARY KEY (device_no, epoch, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE reading_exchanges (
  device_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reading_id INTEGER NOT NULL,
  PRIMARY KEY (device_no, epoch, seq, reading_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE readings (
  id INTEGER PRIMARY KEY,
  device_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  previous_id INTEGER,
  raw BLOB NOT NULL
) STRICT;

CREATE TABLE readings_off_chain (
  device_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reading_id INTEGER NOT NULL,
  PRIMARY KEY (device_no, epoch, seq, reading_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE slots (
  device_no INTEGER NOT NULL,
  register TEXT NOT NULL,
  slot_at INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  first_value INTEGER NOT NULL,
  first_reading_id INTEGER,
  last_at INTEGER NOT NULL,
  last_value INTEGER NOT NULL,
  last_reading_id INTEGER, first_shown INTEGER, last_shown INTEGER, placed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (device_no, register, slot_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE unaccepted_bases (
  device_no INTEGER NOT NULL,
  register TEXT NOT NULL,
  PRIMARY KEY (device_no, register)
) STRICT, WITHOUT ROWID;

CREATE TABLE unaccepted_entries (
  decision_id INTEGER PRIMARY KEY REFERENCES decisions (id),
  device_no INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE unjudged_devices (
  device_no INTEGER PRIMARY KEY,
  from_epoch INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  -- Readings stored after this one are not judged yet.
  judged_reading_id INTEGER NOT NULL,
  pending INTEGER NOT NULL CHECK (pending >= 0)
) STRICT;

CREATE TABLE usage_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_no INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL
) STRICT;

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

CREATE TABLE "usage_events" (
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

CREATE TRIGGER changes_are_not_changed BEFORE UPDATE ON changes
BEGIN SELECT RAISE (ABORT, 'changes_append_only'); END;

CREATE TRIGGER changes_are_not_removed BEFORE DELETE ON changes
BEGIN SELECT RAISE (ABORT, 'changes_append_only'); END;

CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
BEGIN SELECT RAISE (ABORT, 'a decision is never changed'); END;

CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
BEGIN SELECT RAISE (ABORT, 'a decision is never deleted'); END;

CREATE TRIGGER device_secrets_are_at_most_two BEFORE INSERT ON device_secrets
WHEN (SELECT count(*) FROM device_secrets WHERE device_no = new.device_no AND revoked_at IS NULL) >= 2
BEGIN
  SELECT RAISE(ABORT, 'a device has at most two active secrets');
END;

CREATE TRIGGER devices_are_found_by_new_text AFTER UPDATE OF id, serial, site ON devices BEGIN
  DELETE FROM device_texts WHERE rowid = old.no;
  INSERT INTO device_texts (rowid, id, serial, site) VALUES (new.no, new.id, new.serial, new.site);
END;

CREATE TRIGGER devices_are_found_by_text AFTER INSERT ON devices BEGIN
  INSERT INTO device_texts (rowid, id, serial, site) VALUES (new.no, new.id, new.serial, new.site);
END;

CREATE TRIGGER devices_are_listed_in_presence AFTER INSERT ON devices BEGIN
  INSERT INTO device_presence (device_no, manufacturer_id, quiet_since, device_id)
  VALUES (new.no, new.manufacturer_id, new.created_at, new.id);
END;

CREATE TRIGGER holds_are_noted AFTER INSERT ON holds
WHEN NEW.is_decided = 0 AND NOT EXISTS (
  SELECT 1 FROM holds WHERE device_no = NEW.device_no AND is_decided = 0
    AND register IS NEW.register AND code = NEW.code AND id <> NEW.id
)
BEGIN
  INSERT OR IGNORE INTO opened_holds (device_no, reading_id, register, code, detail, held_at)
  VALUES (NEW.device_no, NEW.reading_id, coalesce(NEW.register, ''), NEW.code, NEW.detail, NEW.held_at);
  DELETE FROM opened_holds WHERE id <= (SELECT max(id) FROM opened_holds) - 100000;
END;

CREATE TRIGGER pin_exceptions_are_not_changed BEFORE UPDATE ON pin_exceptions
BEGIN SELECT RAISE (ABORT, 'a pin is never changed'); END;

CREATE TRIGGER pinned_devices_are_not_changed BEFORE UPDATE ON pinned_devices
BEGIN SELECT RAISE (ABORT, 'a pin is never changed'); END;

CREATE TRIGGER pinned_spans_are_not_changed BEFORE UPDATE ON pinned_spans
BEGIN SELECT RAISE (ABORT, 'pinned usage never moves'); END;

CREATE TRIGGER pinned_spans_are_not_deleted BEFORE DELETE ON pinned_spans
BEGIN SELECT RAISE (ABORT, 'pinned usage never moves'); END;
