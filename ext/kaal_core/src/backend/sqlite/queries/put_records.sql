-- Of a JSON array of [key, fire time, dispatched at, node, status].
INSERT INTO kaal_dispatches (key, fire_time, dispatched_at, node_id, status/*times*/, created_at, updated_at/**/)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4/*times*/, ?2, ?2/**/ FROM json_each(?1) WHERE true
ON CONFLICT (key, fire_time) DO UPDATE SET
  dispatched_at = excluded.dispatched_at, node_id = excluded.node_id,
  status = excluded.status/*times*/, updated_at = excluded.updated_at/**/
