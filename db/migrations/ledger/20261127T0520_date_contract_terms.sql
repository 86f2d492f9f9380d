-- The tariff and the time zone that a contract has from an instant on. Rows are only added: of several rows from one instant
-- the one added last holds, so that a change can be taken back before anything is invoiced by it.

CREATE TABLE contract_tariffs (
  no INTEGER PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  tariff_id TEXT NOT NULL REFERENCES tariffs (id),
  from_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX contract_tariffs_by_contract ON contract_tariffs (contract_id, from_at);

CREATE INDEX contract_tariffs_by_tariff ON contract_tariffs (tariff_id, contract_id);

-- A zone holds from the first period that begins at `from_at` or later.
CREATE TABLE contract_zones (
  no INTEGER PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  time_zone TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX contract_zones_by_contract ON contract_zones (contract_id, from_at);

INSERT INTO contract_tariffs (contract_id, tariff_id, from_at, created_at)
SELECT id, tariff_id, starts_at, created_at FROM contracts ORDER BY id;

INSERT INTO contract_zones (contract_id, time_zone, from_at, created_at)
SELECT id, time_zone, starts_at, created_at FROM contracts ORDER BY id;

-- Whoever makes a contract, it begins with its own tariff and zone.
CREATE TRIGGER contracts_begin_with_their_terms AFTER INSERT ON contracts
BEGIN
  INSERT INTO contract_tariffs (contract_id, tariff_id, from_at, created_at)
  VALUES (NEW.id, NEW.tariff_id, NEW.starts_at, NEW.created_at);
  INSERT INTO contract_zones (contract_id, time_zone, from_at, created_at)
  VALUES (NEW.id, NEW.time_zone, NEW.starts_at, NEW.created_at);
END;

CREATE TRIGGER contract_tariffs_are_immutable BEFORE UPDATE ON contract_tariffs
BEGIN SELECT RAISE (ABORT, 'contract_term_immutable'); END;

CREATE TRIGGER contract_tariffs_stay BEFORE DELETE ON contract_tariffs
BEGIN SELECT RAISE (ABORT, 'contract_term_immutable'); END;

CREATE TRIGGER contract_zones_are_immutable BEFORE UPDATE ON contract_zones
BEGIN SELECT RAISE (ABORT, 'contract_term_immutable'); END;

CREATE TRIGGER contract_zones_stay BEFORE DELETE ON contract_zones
BEGIN SELECT RAISE (ABORT, 'contract_term_immutable'); END;

-- From when a version prices the contracts that were running before it came into force; null is from then on too.
ALTER TABLE tariff_versions ADD COLUMN running_from_at INTEGER CHECK (running_from_at >= effective_at);
