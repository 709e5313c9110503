UPDATE kaal_definitions
SET cron = ?, enabled = ?, source = ?, metadata = ?, disabled_at = ?, updated_at = ?
WHERE `key` = ?
