SELECT 1 FROM kaal_definitions WHERE `key` = ? FOR UPDATE
