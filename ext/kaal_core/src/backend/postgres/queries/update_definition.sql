UPDATE kaal_definitions
SET cron = $2, enabled = $3, source = $4, metadata = $5::text::json,
  disabled_at = $6::text::timestamp, updated_at = $8::text::timestamp
WHERE key = $1 AND $7::text IS NOT NULL
