-- What a fleet is listed and counted by: connection, never seen, revoked, and the open holds and alarms of a manufacturer.
-- The device's id is repeated beside its presence, so that one index gives a state's devices in order of id.

ALTER TABLE device_presence ADD COLUMN device_id TEXT NOT NULL DEFAULT '';

UPDATE device_presence SET device_id = (SELECT id FROM devices WHERE no = device_no);

DROP TRIGGER devices_are_listed_in_presence;

CREATE TRIGGER devices_are_listed_in_presence AFTER INSERT ON devices BEGIN
  INSERT INTO device_presence (device_no, manufacturer_id, quiet_since, device_id)
  VALUES (new.no, new.manufacturer_id, new.created_at, new.id);
END;

CREATE INDEX device_presence_by_state ON device_presence (manufacturer_id, state, device_id);

CREATE INDEX device_presence_never_seen ON device_presence (manufacturer_id, device_id) WHERE last_seen_at IS NULL;

CREATE INDEX devices_revoked ON devices (manufacturer_id, id) WHERE revoked_at IS NOT NULL;

CREATE INDEX holds_open ON holds (device_no) WHERE is_decided = 0;

CREATE INDEX alarms_open_by_device ON alarms (device_no) WHERE acknowledged_at IS NULL;
