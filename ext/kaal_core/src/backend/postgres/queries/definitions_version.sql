-- A sum, for a change need not be later than the last one by another machine's clock.
SELECT concat_ws(' ', count(*), sum((extract(epoch FROM updated_at) * 1000000)::bigint)) FROM kaal_definitions
