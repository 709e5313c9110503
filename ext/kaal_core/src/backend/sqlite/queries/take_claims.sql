-- ?1 now, ?2 how many at most, ?3 the end of the lease, ?4 what the claims' names begin with, ?5 how many bytes of
-- arguments.
UPDATE kaal_delayed_claims SET claim_id = ?4 || '-c' || id, expires_at = ?3, updated_at = ?1
WHERE id IN (
  SELECT id FROM (
    SELECT id, sum(bytes) OVER (ORDER BY expires_at, id) - bytes AS ahead FROM (
      SELECT id, expires_at, length(CAST(args AS BLOB)) AS bytes FROM kaal_delayed_claims
      WHERE expires_at <= ?1 ORDER BY expires_at, id LIMIT ?2
    )
  ) WHERE ahead < ?5
)
RETURNING claim_id, attempts, job_id, run_at, job_class, args, queue, created_at
