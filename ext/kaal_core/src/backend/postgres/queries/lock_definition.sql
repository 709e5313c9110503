SELECT 1 FROM kaal_definitions WHERE key = $1 FOR UPDATE
