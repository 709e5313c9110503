-- When the first job is due, and when the first lease ends.
SELECT (SELECT min(run_at) FROM kaal_delayed_jobs), (SELECT min(expires_at) FROM kaal_delayed_claims)
