-- ?1 namespace, ?2 now, ?3 how many to skip, ?4 how many at most.
SELECT key, fire_time FROM kaal_claims
WHERE namespace = ?1 AND expires_at <= ?2
ORDER BY expires_at, id
LIMIT ?4 OFFSET ?3
