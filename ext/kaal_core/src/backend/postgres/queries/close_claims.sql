-- $1 namespace, $2 keys, $3 fire times.
DELETE FROM kaal_claims USING unnest($2::text[], $3::timestamp[]) AS run (key, fire_time)
WHERE kaal_claims.namespace = $1 AND kaal_claims.key = run.key AND kaal_claims.fire_time = run.fire_time
