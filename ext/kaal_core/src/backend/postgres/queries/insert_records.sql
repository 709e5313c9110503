-- $1 keys, $2 keys as Kaal 0.6 writes them, $3 fire times, $4 tokens, $5 nodes, $6 statuses, $7 whether a
-- token may be there from an earlier try: the fraction of the second, for the second is that of the try.
INSERT INTO kaal_dispatches (key, fire_time, dispatched_at, node_id, status/*times*/, created_at, updated_at/**/)
SELECT key, fire_time, token, node_id, status/*times*/, now, now/**/
FROM unnest($1::text[], $2::text[], $3::timestamp[], $4::timestamp[], $5::text[], $6::text[])
    AS run (key, prefixed, fire_time, token, node_id, status),
  (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
WHERE NOT EXISTS (
  SELECT 1 FROM kaal_dispatches WHERE key = run.prefixed AND fire_time = run.fire_time
)
ORDER BY key, fire_time
ON CONFLICT (key, fire_time) DO UPDATE SET status = excluded.status
WHERE $7 AND kaal_dispatches.node_id = excluded.node_id
  AND kaal_dispatches.dispatched_at - date_trunc('second', kaal_dispatches.dispatched_at)
    = excluded.dispatched_at - date_trunc('second', excluded.dispatched_at)
RETURNING key::text, floor(extract(epoch FROM fire_time))::bigint
