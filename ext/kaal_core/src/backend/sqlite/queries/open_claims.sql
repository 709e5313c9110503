-- ?1 namespace, ?2 a JSON array of [key, fire time], ?3 node, ?4 the end of the leases, ?5 now.
INSERT INTO kaal_claims (namespace, key, fire_time, node_id, expires_at, created_at, updated_at)
SELECT ?1, value ->> 0, value ->> 1, ?3, ?4, ?5, ?5 FROM json_each(?2) WHERE true
ON CONFLICT (namespace, key, fire_time) DO UPDATE SET
  node_id = excluded.node_id, expires_at = excluded.expires_at, updated_at = excluded.updated_at
