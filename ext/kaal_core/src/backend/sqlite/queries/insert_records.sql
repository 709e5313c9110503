-- Of a JSON array of [key, key as Kaal 0.6 writes it, fire time, token, node, status].
-- ?3: whether a token may be there from an earlier try: the fraction of the second, for the second is that of
-- the try.
INSERT INTO kaal_dispatches (key, fire_time, dispatched_at, node_id, status/*times*/, created_at, updated_at/**/)
SELECT run.value ->> 0, run.value ->> 2, run.value ->> 3, run.value ->> 4, run.value ->> 5/*times*/, ?2, ?2/**/
FROM json_each(?1) AS run
WHERE NOT EXISTS (SELECT 1 FROM kaal_dispatches WHERE key = run.value ->> 1 AND fire_time = run.value ->> 2)
ON CONFLICT (key, fire_time) DO UPDATE SET status = excluded.status
WHERE ?3 AND kaal_dispatches.node_id = excluded.node_id
  AND substr(kaal_dispatches.dispatched_at, 20) = substr(excluded.dispatched_at, 20)
RETURNING key, fire_time
