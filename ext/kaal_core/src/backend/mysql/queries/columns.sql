SELECT column_name FROM information_schema.columns WHERE table_name = ? AND table_schema = DATABASE()
