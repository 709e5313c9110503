SELECT claim_id::text, attempts::bigint, job_id::text, floor(extract(epoch FROM run_at) * 1000000)::bigint,
  job_class::text, args::text, queue::text, floor(extract(epoch FROM created_at) * 1000000)::bigint,
  error::text, floor(extract(epoch FROM failed_at) * 1000000)::bigint
FROM kaal_delayed_claims WHERE failed_at IS NOT NULL ORDER BY failed_at DESC, id DESC LIMIT $1
