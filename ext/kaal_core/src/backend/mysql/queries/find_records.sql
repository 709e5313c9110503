SELECT `key`, CAST(fire_time AS CHAR), CAST(dispatched_at AS CHAR), node_id, status FROM kaal_dispatches
