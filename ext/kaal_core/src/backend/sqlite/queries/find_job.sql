-- ?1 job id.
SELECT job_id, run_at, job_class, args, queue, created_at FROM kaal_delayed_jobs WHERE job_id = ?1
