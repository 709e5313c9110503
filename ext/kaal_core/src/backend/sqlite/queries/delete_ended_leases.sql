DELETE FROM kaal_locks WHERE id IN (SELECT id FROM kaal_locks WHERE expires_at <= ?1 LIMIT ?2)
