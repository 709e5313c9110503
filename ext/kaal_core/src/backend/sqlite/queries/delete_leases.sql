-- Of a JSON array of [key, token].
DELETE FROM kaal_locks
WHERE (key, acquired_at) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))
RETURNING key
