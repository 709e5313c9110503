DELETE FROM kaal_definitions WHERE key = $1
