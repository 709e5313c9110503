DELETE FROM kaal_delayed_claims WHERE claim_id = ? AND failed_at IS NOT NULL
