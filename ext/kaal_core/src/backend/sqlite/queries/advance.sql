-- ?1 namespace, ?2 a JSON array of [key, last run], ?3 holder, ?4 now.
INSERT INTO kaal_intervals (namespace, key, last_run_at, holder, created_at, updated_at)
SELECT ?1, value ->> 0, value ->> 1, ?3, ?4, ?4 FROM json_each(?2) WHERE true
ON CONFLICT (namespace, key) DO UPDATE SET
  last_run_at = excluded.last_run_at, holder = excluded.holder, updated_at = excluded.updated_at
WHERE kaal_intervals.last_run_at < excluded.last_run_at
  OR (kaal_intervals.last_run_at = excluded.last_run_at AND kaal_intervals.holder = excluded.holder)
RETURNING key, last_run_at
