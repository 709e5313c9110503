UPDATE kaal_delayed_claims SET attempts = 0, error = NULL, failed_at = NULL, expires_at = now, updated_at = now
FROM (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
WHERE claim_id = $1 AND failed_at IS NOT NULL
