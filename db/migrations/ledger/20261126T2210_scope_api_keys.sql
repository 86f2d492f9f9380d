-- What a key may do, until when, and when it was used. A key from before has no scopes: it may do what it always could, everything.
ALTER TABLE api_keys ADD COLUMN scopes TEXT CHECK (scopes IS NULL OR json_valid(scopes));
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
-- To the minute: a busy key does not write with every request.
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
CREATE INDEX api_keys_by_manufacturer ON api_keys (manufacturer_id, id);
