-- The key, twice, or NULL for all.
SELECT `key`, cron, CAST(enabled AS SIGNED), source, CAST(metadata AS CHAR), CAST(disabled_at AS CHAR),
  CAST(created_at AS CHAR), CAST(updated_at AS CHAR)
FROM kaal_definitions
WHERE ? IS NULL OR `key` = ?
ORDER BY `key`
