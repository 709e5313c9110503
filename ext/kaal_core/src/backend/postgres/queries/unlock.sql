SELECT pg_advisory_unlock(id) FROM unnest($1::bigint[]) AS name (id)
