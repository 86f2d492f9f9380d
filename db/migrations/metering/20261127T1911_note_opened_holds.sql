-- Holds that were opened, for whoever tells of them: one for each device, register and reason while such a hold is open, so that a
-- register that is held for long is told of once. Ids rise; a follower continues after the last that it has. The newest 100,000 are kept.

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
