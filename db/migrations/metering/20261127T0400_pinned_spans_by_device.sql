-- How far a device has been pinned: a later pin covers at least that far.
CREATE INDEX pinned_spans_by_device ON pinned_spans (device_no, register, to_at);
