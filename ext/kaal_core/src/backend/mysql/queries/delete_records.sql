DELETE FROM kaal_dispatches WHERE fire_time < CAST(? AS datetime(6)) LIMIT ?
