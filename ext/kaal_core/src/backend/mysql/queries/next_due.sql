-- When the first job is due, and in how many milliseconds the first lease ends.
SELECT (SELECT CAST(MIN(run_at) AS CHAR) FROM kaal_delayed_jobs),
  (SELECT CAST(CEIL(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), MIN(expires_at)) / 1000) AS SIGNED)
   FROM kaal_delayed_claims)
