DELETE FROM kaal_delayed_claims WHERE claim_id = $1 AND failed_at IS NOT NULL
