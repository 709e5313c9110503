-- ?1 the key as Kaal 0.2 writes it, ?7 as Kaal 0.6 does.
INSERT INTO kaal_dispatches (key, fire_time, dispatched_at, node_id, status, created_at, updated_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6
WHERE NOT EXISTS (SELECT 1 FROM kaal_dispatches WHERE key = ?7 AND fire_time = ?2)
ON CONFLICT (key, fire_time) DO NOTHING
