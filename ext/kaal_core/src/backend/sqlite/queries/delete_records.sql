DELETE FROM kaal_dispatches WHERE id IN (SELECT id FROM kaal_dispatches WHERE fire_time < ?1 LIMIT ?2)
