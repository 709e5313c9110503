SELECT 1 FROM kaal_dispatches WHERE `key` LIKE ? ESCAPE '|' LIMIT 1
