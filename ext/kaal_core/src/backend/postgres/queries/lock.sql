SELECT pg_try_advisory_lock(id) FROM unnest($1::bigint[]) WITH ORDINALITY AS name (id, place) ORDER BY place
