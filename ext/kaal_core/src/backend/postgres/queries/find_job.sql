SELECT job_id::text, floor(extract(epoch FROM run_at) * 1000000)::bigint, job_class::text, args::text, queue::text,
  floor(extract(epoch FROM created_at) * 1000000)::bigint
FROM kaal_delayed_jobs WHERE job_id = $1
