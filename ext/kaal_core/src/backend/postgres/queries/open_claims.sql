-- $1 namespace, $2 keys, $3 fire times, $4 node, $5 the time to live in milliseconds.
INSERT INTO kaal_claims (namespace, key, fire_time, node_id, expires_at, created_at, updated_at)
SELECT $1, key, fire_time, $4, now + $5 * interval '1 millisecond', now, now
FROM unnest($2::text[], $3::timestamp[]) AS run (key, fire_time),
  (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
ORDER BY key, fire_time
ON CONFLICT (namespace, key, fire_time) DO UPDATE SET
  node_id = excluded.node_id, expires_at = excluded.expires_at, updated_at = excluded.updated_at
