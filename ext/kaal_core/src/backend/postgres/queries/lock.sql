-- NULL, and no lock taken, where the server takes no writes. One row for all: each has its price on the way.
SELECT CASE current_setting('transaction_read_only') WHEN 'off' THEN ARRAY(
  SELECT pg_try_advisory_lock(id) FROM unnest($1::bigint[]) WITH ORDINALITY AS name (id, place) ORDER BY place
) END
