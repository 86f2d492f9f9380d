-- Finding devices by any part of their id, serial number or site: an index of every three characters in a row. It holds no
-- text of its own and follows the devices in the transaction that changes them.

CREATE VIRTUAL TABLE device_texts USING fts5 (
  id, serial, site, content = '', contentless_delete = 1, tokenize = 'trigram'
);

INSERT INTO device_texts (rowid, id, serial, site) SELECT no, id, serial, site FROM devices;

CREATE TRIGGER devices_are_found_by_text AFTER INSERT ON devices BEGIN
  INSERT INTO device_texts (rowid, id, serial, site) VALUES (new.no, new.id, new.serial, new.site);
END;

CREATE TRIGGER devices_are_found_by_new_text AFTER UPDATE OF id, serial, site ON devices BEGIN
  DELETE FROM device_texts WHERE rowid = old.no;
  INSERT INTO device_texts (rowid, id, serial, site) VALUES (new.no, new.id, new.serial, new.site);
END;

CREATE INDEX claims_by_expiry ON claims (manufacturer_id, expires_at, id);

CREATE INDEX quarantine_by_device ON quarantine (device_id, id);
