-- ?1 a JSON array of claims, ?2 the end of their leases, ?3 now, ?4 how often their jobs were called, or null. Not
-- those that were given up.
UPDATE kaal_delayed_claims SET attempts = coalesce(?4, attempts), expires_at = ?2, updated_at = ?3
WHERE claim_id IN (SELECT value FROM json_each(?1)) AND failed_at IS NULL
RETURNING claim_id
