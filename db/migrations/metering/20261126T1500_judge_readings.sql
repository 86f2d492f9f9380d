-- Judging readings by docs/metering-rules.md: placed times, decisions of people, pins, and devices that are being judged again.

-- What a register showed, where that is not its total (after an exchange or a rollover), and whether a point's time was placed
-- (1: of the first, 2: of the last).
ALTER TABLE slots ADD COLUMN first_shown INTEGER;
ALTER TABLE slots ADD COLUMN last_shown INTEGER;
ALTER TABLE slots ADD COLUMN placed INTEGER NOT NULL DEFAULT 0;

-- Readings whose time is not their own, in sequence order.
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

-- A hold that a person has decided about stays off the lists; the reading it belongs to is no longer held by it.
-- An exchange and a value of one register in one reading are told apart by exchange_ordinal.
ALTER TABLE holds ADD COLUMN exchange_ordinal INTEGER;
ALTER TABLE holds ADD COLUMN is_decided INTEGER NOT NULL DEFAULT 0 CHECK (is_decided IN (0, 1));

-- The append-only audit trail of what people decided.
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_no INTEGER NOT NULL REFERENCES devices (no),
  decision TEXT NOT NULL CHECK (json_valid(decision)),
  decided_by TEXT NOT NULL CHECK (decided_by <> ''),
  reason TEXT NOT NULL CHECK (reason <> ''),
  decided_at INTEGER NOT NULL
) STRICT;

CREATE INDEX decisions_by_device ON decisions (device_no, id);

CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
BEGIN SELECT RAISE (ABORT, 'a decision is never changed'); END;
CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
BEGIN SELECT RAISE (ABORT, 'a decision is never deleted'); END;

-- Decisions whose entered exchange or hand-over reading contradicts what weighs more, and so does not count.
CREATE TABLE unaccepted_entries (
  decision_id INTEGER PRIMARY KEY REFERENCES decisions (id),
  device_no INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- Registers whose declared commissioning value contradicts what weighs more, and so does not count.
CREATE TABLE unaccepted_bases (
  device_no INTEGER NOT NULL,
  register TEXT NOT NULL,
  PRIMARY KEY (device_no, register)
) STRICT, WITHOUT ROWID;

-- Readings that carry exchanges; there are few.
CREATE TABLE reading_exchanges (
  device_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reading_id INTEGER NOT NULL,
  PRIMARY KEY (device_no, epoch, seq, reading_id)
) STRICT, WITHOUT ROWID;

-- A pin covers the standing readings of a device up to an identity that were stored by then.
CREATE TABLE pins (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  pinned_at INTEGER NOT NULL
) STRICT;

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

-- Accepted points that people had entered.
CREATE TABLE pinned_entries (
  device_no INTEGER NOT NULL,
  pin_no INTEGER NOT NULL REFERENCES pins (no),
  decision_id INTEGER NOT NULL REFERENCES decisions (id),
  model_version INTEGER NOT NULL,
  PRIMARY KEY (device_no, pin_no, decision_id)
) STRICT, WITHOUT ROWID;

-- Covered readings that are not simply "at its own time, everything accepted": what = 'time' (it was placed at `at`),
-- 'before' (its exchanges are not before `at`), 'value' or 'exchange' (not accepted), 'reading' (did not stand, so not covered).
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

CREATE TRIGGER pinned_spans_are_not_changed BEFORE UPDATE ON pinned_spans
BEGIN SELECT RAISE (ABORT, 'pinned usage never moves'); END;
CREATE TRIGGER pinned_spans_are_not_deleted BEFORE DELETE ON pinned_spans
BEGIN SELECT RAISE (ABORT, 'pinned usage never moves'); END;
CREATE TRIGGER pinned_devices_are_not_changed BEFORE UPDATE ON pinned_devices
BEGIN SELECT RAISE (ABORT, 'a pin is never changed'); END;
CREATE TRIGGER pin_exceptions_are_not_changed BEFORE UPDATE ON pin_exceptions
BEGIN SELECT RAISE (ABORT, 'a pin is never changed'); END;

-- Devices whose readings from an identity on have still to be judged. Their new readings are stored and acknowledged and
-- counted as pending.
CREATE TABLE unjudged_devices (
  device_no INTEGER PRIMARY KEY,
  from_epoch INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  -- Readings stored after this one are not judged yet.
  judged_reading_id INTEGER NOT NULL,
  pending INTEGER NOT NULL CHECK (pending >= 0)
) STRICT;

CREATE TABLE outcomes (
  outcome TEXT PRIMARY KEY CHECK (outcome IN ('received', 'pending', 'accepted', 'duplicate', 'held', 'rejected')),
  readings INTEGER NOT NULL CHECK (readings >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO outcomes SELECT outcome, readings FROM outcome_counts;
INSERT INTO outcomes VALUES ('pending', 0);
DROP TABLE outcome_counts;
ALTER TABLE outcomes RENAME TO outcome_counts;

-- Up to which reading the rows that follow from the log are saved (metering/store/checkpoint.ts).
INSERT INTO cursors SELECT 'checkpoint', coalesce(max(id), 0) FROM readings;

-- What earlier versions judged by simpler rules is judged again: every device that has readings.
INSERT INTO unjudged_devices (device_no, from_epoch, from_seq, judged_reading_id, pending)
SELECT device_no, 0, 0, (SELECT coalesce(max(id), 0) FROM readings), 0 FROM device_progress;
