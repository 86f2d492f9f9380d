-- What a call under a key has made, noted in the transaction that makes it: where the answer was lost with the server, the
-- call that is sent again is answered with that thing.
ALTER TABLE idempotency_keys ADD COLUMN made_id TEXT;
