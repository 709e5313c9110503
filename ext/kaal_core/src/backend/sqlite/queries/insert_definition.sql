INSERT INTO kaal_definitions (key, cron, enabled, source, metadata, disabled_at, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
