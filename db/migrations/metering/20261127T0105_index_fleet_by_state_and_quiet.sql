-- The devices of a state in order of when they were last heard of, without looking at those of other states.
CREATE INDEX device_presence_by_state_and_quiet ON device_presence (manufacturer_id, state, quiet_since);
