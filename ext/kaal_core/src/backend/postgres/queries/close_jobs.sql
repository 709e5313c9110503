DELETE FROM kaal_delayed_claims WHERE claim_id = ANY ($1) AND failed_at IS NULL
