-- Periods whose bill was above zero and below what can be charged: they get no invoice of their own and are billed with the contract's
-- next period, for good. Who issues an invoice at the same time is refused, whoever comes second.
CREATE TABLE carried_periods (
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  period_from_at INTEGER NOT NULL,
  period_to_at INTEGER NOT NULL CHECK (period_to_at > period_from_at),
  -- What the bill came to when it was carried, with what had been carried into it. The next bill is rated anew.
  total_minor INTEGER NOT NULL CHECK (total_minor > 0),
  currency TEXT NOT NULL,
  carried_at INTEGER NOT NULL,
  PRIMARY KEY (contract_id, period_from_at)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER invoiced_periods_are_not_carried BEFORE INSERT ON carried_periods
WHEN EXISTS (
  SELECT 1 FROM invoices
  WHERE contract_id = NEW.contract_id AND kind = 'period'
    AND period_from_at < NEW.period_to_at AND period_to_at > NEW.period_from_at
)
BEGIN SELECT RAISE (ABORT, 'carried_period_contested'); END;

-- An invoice neither ends with a carried period nor begins after one.
CREATE TRIGGER carried_periods_are_billed_with_the_next BEFORE INSERT ON invoices
WHEN NEW.kind = 'period' AND EXISTS (
  SELECT 1 FROM carried_periods
  WHERE contract_id = NEW.contract_id AND period_to_at IN (NEW.period_from_at, NEW.period_to_at)
)
BEGIN SELECT RAISE (ABORT, 'carried_period_contested'); END;

CREATE TRIGGER carried_periods_are_not_changed BEFORE UPDATE ON carried_periods
BEGIN SELECT RAISE (ABORT, 'carried_period_stays'); END;

CREATE TRIGGER carried_periods_stay BEFORE DELETE ON carried_periods
BEGIN SELECT RAISE (ABORT, 'carried_period_stays'); END;
