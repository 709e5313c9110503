SELECT key::text, floor(extract(epoch FROM fire_time))::bigint, floor(extract(epoch FROM dispatched_at))::bigint,
  node_id::text, status::text
FROM kaal_dispatches
