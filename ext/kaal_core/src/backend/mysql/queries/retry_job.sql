UPDATE kaal_delayed_claims
SET attempts = 0, error = NULL, failed_at = NULL, expires_at = UTC_TIMESTAMP(6), updated_at = UTC_TIMESTAMP(6)
WHERE claim_id = ? AND failed_at IS NOT NULL
