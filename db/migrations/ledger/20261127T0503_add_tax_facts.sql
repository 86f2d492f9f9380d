-- How a customer is taxed where the rule of the tax id and the address is not to decide, and where it is for tax.

ALTER TABLE customers ADD COLUMN tax_status TEXT CHECK (tax_status IN ('standard', 'reverse_charge', 'exempt'));

ALTER TABLE customers ADD COLUMN tax_exemption_reason TEXT
  CHECK (tax_exemption_reason <> '' AND (tax_status IS 'exempt') = (tax_exemption_reason IS NOT NULL));

-- ISO 3166, as in tax_rates; the country of the address where it is null.
ALTER TABLE customers ADD COLUMN tax_place TEXT
  CHECK (tax_place GLOB '[A-Z][A-Z]' OR tax_place GLOB '[A-Z][A-Z]-[A-Z0-9]*');
