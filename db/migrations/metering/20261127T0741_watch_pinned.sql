-- Up to when documents rest on a device, by its pins and by its events: a change of usage before that is late.
CREATE TABLE pinned_until (
  device_no INTEGER PRIMARY KEY REFERENCES devices (no),
  to_at INTEGER NOT NULL
) STRICT;

INSERT INTO pinned_until (device_no, to_at) SELECT device_no, max(to_at) FROM pinned_spans GROUP BY device_no;
