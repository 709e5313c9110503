SELECT claim_id, attempts, job_id, run_at, job_class, args, queue, created_at, error, failed_at
FROM kaal_delayed_claims WHERE failed_at IS NOT NULL ORDER BY failed_at DESC, id DESC LIMIT ?1
