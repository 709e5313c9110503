DELETE FROM kaal_definitions WHERE `key` = ?
