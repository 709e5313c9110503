SELECT collation_name FROM information_schema.collations WHERE collation_name LIKE 'utf8mb4\_%bin'
