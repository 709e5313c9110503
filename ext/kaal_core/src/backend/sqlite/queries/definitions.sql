-- ?1: the key, or NULL for all.
SELECT key, cron, enabled, source, metadata, disabled_at, created_at, updated_at FROM kaal_definitions
WHERE ?1 IS NULL OR key = ?1
ORDER BY key
