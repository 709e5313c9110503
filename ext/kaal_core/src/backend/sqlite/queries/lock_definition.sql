-- Changes nothing, but is a write: a transaction that begins with it waits for its turn, where one that
-- only becomes a writer later is refused.
UPDATE kaal_definitions SET key = key WHERE false
