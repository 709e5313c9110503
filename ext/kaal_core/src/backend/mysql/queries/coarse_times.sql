-- Rails before 7.0 makes them so.
SELECT column_name FROM information_schema.columns
WHERE table_name = 'kaal_locks' AND table_schema = DATABASE()
  AND column_name IN ('acquired_at', 'expires_at', 'created_at') AND datetime_precision < 6
ORDER BY column_name
LIMIT 1
