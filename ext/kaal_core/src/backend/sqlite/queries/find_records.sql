SELECT key, fire_time, dispatched_at, node_id, status FROM kaal_dispatches
