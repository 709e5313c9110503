-- Counted, so that there is one row for all.
SELECT count(pg_advisory_unlock(id)) FROM unnest($1::bigint[]) AS name (id)
