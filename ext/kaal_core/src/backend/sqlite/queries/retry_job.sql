-- ?1 claim, ?2 now.
UPDATE kaal_delayed_claims SET attempts = 0, error = NULL, failed_at = NULL, expires_at = ?2, updated_at = ?2
WHERE claim_id = ?1 AND failed_at IS NOT NULL
RETURNING claim_id
