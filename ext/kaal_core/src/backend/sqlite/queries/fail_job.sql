-- ?1 claim, ?2 why, ?3 now, ?4 how often its job was called.
UPDATE kaal_delayed_claims SET error = ?2, attempts = ?4, failed_at = ?3, expires_at = NULL, updated_at = ?3
WHERE claim_id = ?1 AND failed_at IS NULL
