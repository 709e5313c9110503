SELECT 1 FROM kaal_locks WHERE key = ?1 AND acquired_at = ?2
