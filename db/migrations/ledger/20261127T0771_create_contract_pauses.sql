-- When a contract is paused: an open pause has no end yet. One that ends where it begins was taken back; it stays, and pauses nothing.
CREATE TABLE contract_pauses (
  no INTEGER PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  from_at INTEGER NOT NULL,
  to_at INTEGER CHECK (to_at >= from_at),
  reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX contract_pauses_by_contract ON contract_pauses (contract_id, from_at);

CREATE TRIGGER contract_pauses_do_not_overlap BEFORE INSERT ON contract_pauses
WHEN EXISTS (
  SELECT 1 FROM contract_pauses AS other
  WHERE other.contract_id = NEW.contract_id
    AND (other.to_at IS NULL OR other.to_at > other.from_at)
    AND (other.to_at IS NULL OR other.to_at > NEW.from_at)
    AND (NEW.to_at IS NULL OR NEW.to_at > other.from_at)
)
BEGIN SELECT RAISE (ABORT, 'contract_already_paused'); END;

CREATE TRIGGER contract_pauses_only_get_shorter BEFORE UPDATE ON contract_pauses
WHEN NEW.no <> OLD.no OR NEW.contract_id <> OLD.contract_id OR NEW.from_at <> OLD.from_at
  OR NEW.reason <> OLD.reason OR NEW.created_at <> OLD.created_at
  OR NEW.to_at IS NULL OR NEW.to_at > OLD.to_at
BEGIN SELECT RAISE (ABORT, 'contract_pause_immutable'); END;

CREATE TRIGGER contract_pauses_stay BEFORE DELETE ON contract_pauses
BEGIN SELECT RAISE (ABORT, 'contract_pause_immutable'); END;
