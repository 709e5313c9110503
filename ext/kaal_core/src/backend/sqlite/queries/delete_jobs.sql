-- ?1 a JSON array of job ids.
DELETE FROM kaal_delayed_jobs WHERE job_id IN (SELECT value FROM json_each(?1))
