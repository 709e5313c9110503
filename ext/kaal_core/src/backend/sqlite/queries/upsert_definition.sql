INSERT INTO kaal_definitions (key, cron, enabled, source, metadata, disabled_at, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (key) DO UPDATE SET
  cron = excluded.cron, enabled = excluded.enabled, source = excluded.source, metadata = excluded.metadata,
  disabled_at = excluded.disabled_at, updated_at = excluded.updated_at
