SELECT key::text, cron::text, enabled, source::text, metadata::text,
  disabled_at::text, created_at::text, updated_at::text
FROM kaal_definitions
WHERE $1::text IS NULL OR key = $1
ORDER BY key
