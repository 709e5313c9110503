-- A json value goes into a text column as well.
INSERT INTO kaal_definitions (key, cron, enabled, source, metadata, disabled_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5::text::json, $6::text::timestamp, $7::text::timestamp, $8::text::timestamp)
