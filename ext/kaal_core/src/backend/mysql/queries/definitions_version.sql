-- A sum, for a change need not be later than the last one by another machine's clock.
SELECT CONCAT_WS(' ', COUNT(*), CAST(SUM(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', updated_at)) AS CHAR))
FROM kaal_definitions
