SELECT (SELECT count(*) FROM kaal_delayed_jobs),
  (SELECT count(*) FROM kaal_delayed_claims WHERE failed_at IS NULL),
  (SELECT count(*) FROM kaal_delayed_claims WHERE failed_at IS NOT NULL)
