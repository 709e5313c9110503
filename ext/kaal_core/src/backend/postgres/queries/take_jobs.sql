-- $1 now, $2 how many at most, $3 the time to live in milliseconds, $4 what the claims' names begin with, $5 how many
-- bytes of arguments. What another is just taking is left to him.
WITH picked AS (
  SELECT id, run_at, job_id, octet_length(args::text) AS bytes FROM kaal_delayed_jobs WHERE run_at <= $1::timestamp
  ORDER BY run_at, job_id LIMIT $2 FOR UPDATE SKIP LOCKED
), summed AS (
  SELECT id, sum(bytes) OVER (ORDER BY run_at, job_id) - bytes AS ahead FROM picked
), due AS (
  DELETE FROM kaal_delayed_jobs WHERE id = ANY (ARRAY(SELECT id FROM summed WHERE ahead < $5))
  RETURNING id, job_id, run_at, job_class, args, queue, created_at
)
INSERT INTO kaal_delayed_claims
  (claim_id, job_id, run_at, job_class, args, queue, created_at, attempts, expires_at, updated_at)
SELECT $4 || '-' || id, job_id, run_at, job_class, args, queue, created_at, 0,
  now + $3 * interval '1 millisecond', now
FROM due, (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
RETURNING claim_id::text, attempts::bigint, job_id::text, floor(extract(epoch FROM run_at) * 1000000)::bigint,
  job_class::text, args::text, queue::text, floor(extract(epoch FROM created_at) * 1000000)::bigint
