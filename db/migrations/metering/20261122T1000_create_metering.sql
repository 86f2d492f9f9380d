-- What metering stores. Layout measured for 20 million readings (design §5): readings are append-only in order of
-- arrival; no unique index on identity, which costs 2.5 times the rate. See metering/README.md, "Layout".

CREATE TABLE models (
  manufacturer_id TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  name TEXT NOT NULL,
  registers TEXT NOT NULL CHECK (json_valid(registers)),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (manufacturer_id, id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  no INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  manufacturer_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  model_version INTEGER NOT NULL,
  serial TEXT,
  commissioned_at INTEGER NOT NULL,
  base_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(base_values)),
  created_at INTEGER NOT NULL,
  UNIQUE (manufacturer_id, serial),
  FOREIGN KEY (manufacturer_id, model_id, model_version) REFERENCES models (manufacturer_id, id, version)
) STRICT;

CREATE INDEX devices_by_manufacturer ON devices (manufacturer_id, id);

CREATE TABLE device_secrets (
  id INTEGER PRIMARY KEY,
  device_no INTEGER NOT NULL REFERENCES devices (no),
  secret_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE INDEX device_secrets_by_device ON device_secrets (device_no);

-- One row per reading, kept byte for byte. previous_id links the readings of a device that came in sequence order,
-- newest to oldest; readings that came late, in conflict or after an implausible jump are listed in readings_off_chain.
CREATE TABLE readings (
  id INTEGER PRIMARY KEY,
  device_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  previous_id INTEGER,
  raw BLOB NOT NULL
) STRICT;

-- The newest chained reading of every block of 64 sequence numbers that is behind the chain's head: where to enter
-- the chain when a reading is looked up by identity.
CREATE TABLE reading_blocks (
  device_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  block INTEGER NOT NULL,
  reading_id INTEGER NOT NULL,
  PRIMARY KEY (device_no, epoch, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE readings_off_chain (
  device_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reading_id INTEGER NOT NULL,
  PRIMARY KEY (device_no, epoch, seq, reading_id)
) STRICT, WITHOUT ROWID;

-- Where each device stands: the head of its chain and the open slot of each register. One small row per device and
-- batch is all that an in-order reading rewrites.
CREATE TABLE device_progress (
  device_no INTEGER PRIMARY KEY,
  state TEXT NOT NULL
) STRICT;

-- Per register and 15-minute slot, the first and last accepted value in it: enough for the exact register value at
-- every slot border. A slot without a reading has no row, so a month's gap costs nothing.
CREATE TABLE slots (
  device_no INTEGER NOT NULL,
  register TEXT NOT NULL,
  slot_at INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  first_value INTEGER NOT NULL,
  first_reading_id INTEGER,
  last_at INTEGER NOT NULL,
  last_value INTEGER NOT NULL,
  last_reading_id INTEGER,
  PRIMARY KEY (device_no, register, slot_at)
) STRICT, WITHOUT ROWID;

-- Something implausible, set aside for a person: never billed, never dropped. A null register holds a whole reading.
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
) STRICT;

CREATE INDEX holds_by_device ON holds (device_no, epoch, seq);

CREATE TABLE usage_events (
  device_no INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  labels TEXT NOT NULL CHECK (json_valid(labels)),
  reading_id INTEGER NOT NULL,
  PRIMARY KEY (device_no, id)
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

-- Spans whose usage changed, in order of change; the forwarder follows them by id.
CREATE TABLE usage_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_no INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL
) STRICT;

-- Every reading that came in, by how it ended (I4). Kept in the transaction that decides it.
CREATE TABLE outcome_counts (
  outcome TEXT PRIMARY KEY CHECK (outcome IN ('received', 'accepted', 'duplicate', 'held', 'rejected')),
  readings INTEGER NOT NULL CHECK (readings >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO outcome_counts VALUES ('received', 0), ('accepted', 0), ('duplicate', 0), ('held', 0), ('rejected', 0);

CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
