-- The events that wait are taken of each manufacturer by himself, and those that were followed up are forgotten by their age.

DROP INDEX stripe_events_waiting;
CREATE INDEX stripe_events_waiting ON stripe_events (manufacturer_id, received_at) WHERE processed_at IS NULL;
CREATE INDEX stripe_events_processed ON stripe_events (processed_at) WHERE processed_at IS NOT NULL;
