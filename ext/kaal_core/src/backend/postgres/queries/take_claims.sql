-- $1 how many at most, $2 the time to live in milliseconds, $3 what the claims' names begin with, $4 how many bytes of
-- arguments. What another is just taking is left to him.
WITH ended AS (
  SELECT id, expires_at, octet_length(args::text) AS bytes FROM kaal_delayed_claims
  WHERE expires_at <= statement_timestamp() AT TIME ZONE 'UTC'
  ORDER BY expires_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
), summed AS (
  SELECT id, sum(bytes) OVER (ORDER BY expires_at, id) - bytes AS ahead FROM ended
)
UPDATE kaal_delayed_claims SET
  claim_id = $3 || '-c' || id, expires_at = now + $2 * interval '1 millisecond', updated_at = now
FROM (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
WHERE id = ANY (ARRAY(SELECT id FROM summed WHERE ahead < $4))
RETURNING claim_id::text, attempts::bigint, job_id::text, floor(extract(epoch FROM run_at) * 1000000)::bigint,
  job_class::text, args::text, queue::text, floor(extract(epoch FROM created_at) * 1000000)::bigint
