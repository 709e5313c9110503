-- Of a JSON array of [key, token]. What has ended is nobody's to release: it is left to those that delete such.
DELETE FROM kaal_locks
WHERE (key, acquired_at) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))
  AND expires_at > strftime('%Y-%m-%d %H:%M:%f', 'now')
RETURNING key
