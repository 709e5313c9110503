UPDATE kaal_definitions
SET cron = ?2, enabled = ?3, source = ?4, metadata = ?5, disabled_at = ?6, updated_at = ?8
WHERE key = ?1 AND ?7 IS NOT NULL
