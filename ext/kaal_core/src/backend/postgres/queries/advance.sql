-- $1 namespace, $2 keys, $3 last runs, $4 holder.
INSERT INTO kaal_intervals (namespace, key, last_run_at, holder, created_at, updated_at)
SELECT $1, key, last_run_at, $4, now, now
FROM unnest($2::text[], $3::timestamp[]) AS run (key, last_run_at),
  (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
ORDER BY key
ON CONFLICT (namespace, key) DO UPDATE SET
  last_run_at = excluded.last_run_at, holder = excluded.holder, updated_at = excluded.updated_at
WHERE kaal_intervals.last_run_at < excluded.last_run_at
  OR (kaal_intervals.last_run_at = excluded.last_run_at AND kaal_intervals.holder = excluded.holder)
RETURNING key::text, floor(extract(epoch FROM last_run_at))::bigint
