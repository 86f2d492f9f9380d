-- Devices beyond their readings: where they are, when they were seen, what they sign in with, how they get their first
-- secret, and what an operator has to know about them. See metering/README.md, "Devices".

-- Per type of usage event, how a session whose end was lost is closed.
ALTER TABLE models ADD COLUMN event_types TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(event_types));

ALTER TABLE devices ADD COLUMN site TEXT;
ALTER TABLE devices ADD COLUMN revoked_at INTEGER;
ALTER TABLE devices ADD COLUMN revoked_reason TEXT;

CREATE INDEX devices_by_site ON devices (manufacturer_id, site, id) WHERE site IS NOT NULL;
CREATE INDEX devices_by_model ON devices (manufacturer_id, model_id, id);

-- Clustered for "the devices of this tag in order of id".
CREATE TABLE device_tags (
  manufacturer_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  device_id TEXT NOT NULL REFERENCES devices (id),
  PRIMARY KEY (manufacturer_id, tag, device_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_tags_by_device ON device_tags (device_id, tag);

-- Written at most every 30 s per device, in groups. quiet_since is what the silent devices are found by: when the device
-- was last seen, or registered; null for a revoked one, which nobody expects to hear from.
CREATE TABLE device_presence (
  device_no INTEGER PRIMARY KEY REFERENCES devices (no),
  manufacturer_id TEXT NOT NULL,
  quiet_since INTEGER,
  last_seen_at INTEGER,
  state TEXT CHECK (state IN ('online', 'offline')),
  state_at INTEGER,
  state_reason TEXT,
  firmware TEXT,
  CHECK ((state IS NULL) = (state_at IS NULL) AND (state IS NULL) = (state_reason IS NULL))
) STRICT;

CREATE INDEX device_presence_by_quiet ON device_presence (manufacturer_id, quiet_since);

INSERT INTO device_presence (device_no, manufacturer_id, quiet_since)
  SELECT no, manufacturer_id, created_at FROM devices;

CREATE TRIGGER devices_are_listed_in_presence AFTER INSERT ON devices BEGIN
  INSERT INTO device_presence (device_no, manufacturer_id, quiet_since) VALUES (new.no, new.manufacturer_id, new.created_at);
END;

ALTER TABLE device_secrets ADD COLUMN last_used_at INTEGER;

-- Two, so that a device can be given the next one before the last is revoked. Held here, because nothing else would notice.
CREATE TRIGGER device_secrets_are_at_most_two BEFORE INSERT ON device_secrets
WHEN (SELECT count(*) FROM device_secrets WHERE device_no = new.device_no AND revoked_at IS NULL) >= 2
BEGIN
  SELECT RAISE(ABORT, 'a device has at most two active secrets');
END;

-- Which client certificates a device may use; without an entry any that the broker trusts and that names the device.
CREATE TABLE device_certificates (
  device_no INTEGER NOT NULL REFERENCES devices (no),
  fingerprint256 TEXT NOT NULL CHECK (length(fingerprint256) = 64),
  PRIMARY KEY (device_no, fingerprint256)
) STRICT, WITHOUT ROWID;

-- A code with which a device signs in the first time. device_no and secret_id are what it last yielded; completed_at is
-- when the device signed in with that secret, and from then on the code is worth nothing.
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

CREATE INDEX claims_by_manufacturer ON claims (manufacturer_id, id);
CREATE INDEX claims_by_secret ON claims (secret_id) WHERE secret_id IS NOT NULL;

-- What an operator has to look at. The same code of a device that is still open is counted, not listed again.
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

CREATE UNIQUE INDEX alarms_open ON alarms (device_no, code) WHERE acknowledged_at IS NULL;
