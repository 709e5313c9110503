-- The tables of Kaal's migrations, with the types that Rails gives them on MySQL, and a collation that takes
-- two keys for the same only if their bytes are.
CREATE TABLE IF NOT EXISTS kaal_locks (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `key` varchar(255) NOT NULL,
  acquired_at datetime(6) NOT NULL,
  expires_at datetime(6) NOT NULL,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE INDEX index_kaal_locks_on_key (`key`),
  INDEX index_kaal_locks_on_expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE COLLATION;

CREATE TABLE IF NOT EXISTS kaal_dispatches (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `key` varchar(255) NOT NULL,
  fire_time datetime(6) NOT NULL,
  dispatched_at datetime(6) NOT NULL,
  node_id varchar(255) NOT NULL,
  status varchar(50) DEFAULT 'dispatched' NOT NULL,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE INDEX index_kaal_dispatches_on_key_and_fire_time (`key`, fire_time),
  INDEX index_kaal_dispatches_on_dispatched_at (dispatched_at),
  INDEX index_kaal_dispatches_on_status (status),
  INDEX index_kaal_dispatches_on_fire_time (fire_time)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE COLLATION;

CREATE TABLE IF NOT EXISTS kaal_definitions (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `key` varchar(255) NOT NULL,
  cron varchar(255) NOT NULL,
  enabled boolean DEFAULT 1 NOT NULL,
  source varchar(50) DEFAULT 'code' NOT NULL,
  metadata json NOT NULL,
  disabled_at datetime(6),
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE INDEX index_kaal_definitions_on_key (`key`),
  INDEX index_kaal_definitions_on_enabled (enabled),
  INDEX index_kaal_definitions_on_source (source)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE COLLATION;

-- Claims that are open: what kaal-rs has beside Kaal's tables.
CREATE TABLE IF NOT EXISTS kaal_claims (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  namespace varchar(255) NOT NULL,
  `key` varchar(255) NOT NULL,
  fire_time datetime(6) NOT NULL,
  node_id varchar(255) NOT NULL,
  expires_at datetime(6) NOT NULL,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE INDEX index_kaal_claims_on_namespace_and_key_and_fire_time (namespace, `key`, fire_time),
  INDEX index_kaal_claims_on_expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE COLLATION;
