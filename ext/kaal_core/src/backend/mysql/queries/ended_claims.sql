-- Namespace, how many at most, how many to skip.
SELECT `key`, CAST(fire_time AS CHAR) FROM kaal_claims
WHERE namespace = ? AND expires_at <= UTC_TIMESTAMP(6)
ORDER BY expires_at, id
LIMIT ? OFFSET ?
