INSERT INTO kaal_dispatches (key, fire_time, dispatched_at, node_id, status, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
ON CONFLICT (key, fire_time) DO UPDATE SET
  dispatched_at = excluded.dispatched_at, node_id = excluded.node_id, status = excluded.status,
  updated_at = excluded.updated_at
