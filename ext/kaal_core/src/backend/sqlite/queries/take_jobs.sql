-- ?1 when the jobs are due at the latest, ?2 how many at most, ?3 the end of the lease, ?4 what the claims' names
-- begin with, ?5 now, ?6 how many bytes of arguments. Deletes no job: delete_jobs.sql does, in the same transaction.
INSERT INTO kaal_delayed_claims
  (claim_id, job_id, run_at, job_class, args, queue, created_at, attempts, expires_at, updated_at)
SELECT ?4 || '-' || id, job_id, run_at, job_class, args, queue, created_at, 0, ?3, ?5
FROM (
  SELECT *, sum(bytes) OVER (ORDER BY run_at, job_id) - bytes AS ahead FROM (
    SELECT *, length(CAST(args AS BLOB)) AS bytes FROM kaal_delayed_jobs
    WHERE run_at <= ?1 ORDER BY run_at, job_id LIMIT ?2
  )
) WHERE ahead < ?6
RETURNING claim_id, attempts, job_id, run_at, job_class, args, queue, created_at
