-- $1 namespace, $2 keys, $3 fire times, $4 node, $5 the time to live in milliseconds, $6 whether only those
-- whose lease has ended.
UPDATE kaal_claims SET node_id = $4, expires_at = now + $5 * interval '1 millisecond', updated_at = now
FROM unnest($2::text[], $3::timestamp[]) AS run (key, fire_time),
  (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
WHERE kaal_claims.namespace = $1 AND kaal_claims.key = run.key AND kaal_claims.fire_time = run.fire_time
  AND (NOT $6 OR expires_at <= now)
RETURNING kaal_claims.key::text, floor(extract(epoch FROM kaal_claims.fire_time))::bigint
