SELECT job_id, OCTET_LENGTH(args) FROM kaal_delayed_jobs WHERE run_at <= ? ORDER BY run_at, job_id LIMIT ?
