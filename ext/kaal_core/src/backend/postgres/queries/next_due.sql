-- When the first job is due, in microseconds since 1970, and in how many milliseconds the first lease ends.
SELECT (SELECT floor(extract(epoch FROM min(run_at)) * 1000000)::bigint FROM kaal_delayed_jobs),
  (SELECT ceil(extract(epoch FROM min(expires_at) - statement_timestamp() AT TIME ZONE 'UTC') * 1000)::bigint
   FROM kaal_delayed_claims)
