-- $1 job id, $2 due at, $3 class, $4 arguments, $5 queue, $6 enqueued at.
INSERT INTO kaal_delayed_jobs (job_id, run_at, job_class, args, queue, created_at)
VALUES ($1, $2::timestamp, $3, $4, $5, $6::timestamp)
ON CONFLICT DO NOTHING
