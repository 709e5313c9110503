-- $1 claims, $2 the time to live in milliseconds, $3 how often their jobs were called, or null. Not those that were
-- given up.
UPDATE kaal_delayed_claims SET
  attempts = coalesce($3, attempts), expires_at = now + $2 * interval '1 millisecond', updated_at = now
FROM (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
WHERE claim_id = ANY ($1) AND failed_at IS NULL
RETURNING claim_id::text
