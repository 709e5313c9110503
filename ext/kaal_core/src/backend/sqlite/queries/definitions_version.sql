-- Sums, for a change need not be later than the last one by another machine's clock.
SELECT printf('%d %d %d', count(*), sum(strftime('%s', updated_at)), sum(CAST(substr(updated_at, 21) AS integer)))
FROM kaal_definitions
