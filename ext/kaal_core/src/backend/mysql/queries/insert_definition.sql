INSERT INTO kaal_definitions (cron, enabled, source, metadata, disabled_at, updated_at, created_at, `key`)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
