SELECT job_id, run_at, job_class, args, queue, created_at
FROM kaal_delayed_jobs ORDER BY run_at, job_id LIMIT ?1
