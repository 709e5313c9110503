-- As open_claims.sql; ?6: whether only those whose lease has ended.
UPDATE kaal_claims SET node_id = ?3, expires_at = ?4, updated_at = ?5
WHERE namespace = ?1 AND (key, fire_time) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))
  AND (NOT ?6 OR expires_at <= ?5)
RETURNING key, fire_time
