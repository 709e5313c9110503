INSERT INTO kaal_delayed_jobs (job_id, run_at, job_class, args, queue, created_at) VALUES (?, ?, ?, ?, ?, ?)
