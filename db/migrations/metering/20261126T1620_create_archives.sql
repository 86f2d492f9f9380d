-- Readings that were moved out of `readings` into files below the folder `archives/` beside this database. The rows here are
-- the authority: a file without a row is nothing, a row without its file is an error and never "no readings".
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

-- One row per device and archive: the identities between which the archive may hold readings of the device.
CREATE TABLE archived_spans (
  device_no INTEGER NOT NULL,
  archive_no INTEGER NOT NULL REFERENCES archives (no),
  from_epoch INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_epoch INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (device_no, archive_no)
) STRICT, WITHOUT ROWID;

-- Where in the file a device's readings are, in sequence order: about 500 readings per row. The checksum is that of the
-- block in the file; a block that does not match it is refused.
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
