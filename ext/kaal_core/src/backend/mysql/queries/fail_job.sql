-- Why, how often its job was called, claim.
UPDATE kaal_delayed_claims
SET error = ?, attempts = ?, failed_at = UTC_TIMESTAMP(6), expires_at = NULL, updated_at = UTC_TIMESTAMP(6)
WHERE claim_id = ? AND failed_at IS NULL
