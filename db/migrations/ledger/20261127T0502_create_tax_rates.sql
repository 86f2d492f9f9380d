-- What a manufacturer charges as tax: dated rows that are never changed. A later row of the same place and category replaces
-- an earlier one; a row that ends on the day on which it begins was taken back.

CREATE TABLE tax_rates (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  -- ISO 3166: "DE", or a part of a country, "ES-CN".
  place TEXT NOT NULL CHECK (place GLOB '[A-Z][A-Z]' OR place GLOB '[A-Z][A-Z]-[A-Z0-9]*'),
  category TEXT NOT NULL CHECK (category NOT IN ('', 'outside')),
  percent TEXT NOT NULL CHECK (percent <> ''),
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  note TEXT CHECK (note <> ''),
  from_on TEXT NOT NULL CHECK (from_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  to_on TEXT CHECK (to_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND to_on >= from_on),
  -- The last day that an issued invoice was taxed for by this row.
  used_until_on TEXT CHECK (used_until_on >= from_on AND (to_on IS NULL OR used_until_on < to_on)),
  created_at INTEGER NOT NULL,
  CHECK (
    (kind IN ('standard', 'reduced') AND code = 'S' AND percent <> '0')
    OR (kind = 'zero' AND code = 'Z' AND percent = '0')
    OR (kind = 'exempt' AND code IN ('E', 'AE', 'O', 'G') AND percent = '0' AND note IS NOT NULL)
  )
) STRICT;

CREATE UNIQUE INDEX tax_rates_by_day ON tax_rates (manufacturer_id, place, category, from_on)
WHERE to_on IS NULL OR to_on > from_on;

CREATE TRIGGER tax_rates_are_immutable BEFORE UPDATE ON tax_rates
WHEN NEW.id IS NOT OLD.id OR NEW.manufacturer_id IS NOT OLD.manufacturer_id OR NEW.place IS NOT OLD.place
  OR NEW.category IS NOT OLD.category OR NEW.percent IS NOT OLD.percent OR NEW.kind IS NOT OLD.kind
  OR NEW.code IS NOT OLD.code OR NEW.note IS NOT OLD.note OR NEW.from_on IS NOT OLD.from_on
  OR NEW.created_at IS NOT OLD.created_at
  OR (OLD.to_on IS NOT NULL AND NEW.to_on IS NOT OLD.to_on)
  OR coalesce(NEW.used_until_on, '') < coalesce(OLD.used_until_on, '')
BEGIN SELECT RAISE (ABORT, 'tax_rate_immutable'); END;

CREATE TRIGGER tax_rates_stay BEFORE DELETE ON tax_rates
BEGIN SELECT RAISE (ABORT, 'tax_rate_immutable'); END;
