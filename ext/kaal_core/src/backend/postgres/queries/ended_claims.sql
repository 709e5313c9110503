SELECT key::text, floor(extract(epoch FROM fire_time))::bigint FROM kaal_claims
WHERE namespace = $1 AND expires_at <= statement_timestamp() AT TIME ZONE 'UTC'
ORDER BY expires_at, id
OFFSET $2 LIMIT $3
