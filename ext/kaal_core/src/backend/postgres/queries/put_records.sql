-- $1 keys, $2 fire times, $3 times of dispatch, $4 nodes, $5 statuses.
INSERT INTO kaal_dispatches (key, fire_time, dispatched_at, node_id, status/*times*/, created_at, updated_at/**/)
SELECT key, fire_time, dispatched_at, node_id, status/*times*/, now, now/**/
FROM unnest($1::text[], $2::timestamp[], $3::timestamp[], $4::text[], $5::text[])
    AS run (key, fire_time, dispatched_at, node_id, status),
  (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
ORDER BY key, fire_time
ON CONFLICT (key, fire_time) DO UPDATE SET
  dispatched_at = excluded.dispatched_at, node_id = excluded.node_id,
  status = excluded.status/*times*/, updated_at = excluded.updated_at/**/
