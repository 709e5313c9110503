-- ?1 namespace, ?2 a JSON array of [key, fire time].
DELETE FROM kaal_claims
WHERE namespace = ?1 AND (key, fire_time) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))
