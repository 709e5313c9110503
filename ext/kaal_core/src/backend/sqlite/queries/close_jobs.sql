-- ?1 a JSON array of claims.
DELETE FROM kaal_delayed_claims WHERE claim_id IN (SELECT value FROM json_each(?1)) AND failed_at IS NULL
