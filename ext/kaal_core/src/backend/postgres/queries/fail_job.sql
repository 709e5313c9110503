-- $1 claim, $2 why, $3 how often its job was called.
UPDATE kaal_delayed_claims SET error = $2, attempts = $3, failed_at = now, expires_at = NULL, updated_at = now
FROM (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
WHERE claim_id = $1 AND failed_at IS NULL
