-- ?1 the key as Kaal 0.2 writes it, ?2 as Kaal 0.6 does; a NULL stands for any value.
SELECT key, fire_time, dispatched_at, node_id, status FROM kaal_dispatches
WHERE (?1 IS NULL OR key IN (?1, ?2)) AND (?3 IS NULL OR fire_time = ?3)
  AND (?4 IS NULL OR node_id = ?4) AND (?5 IS NULL OR status = ?5)
ORDER BY fire_time DESC, id DESC
