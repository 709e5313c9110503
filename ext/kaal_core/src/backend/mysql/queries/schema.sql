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

-- The last runs of jobs that run in intervals, likewise.
CREATE TABLE IF NOT EXISTS kaal_intervals (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  namespace varchar(255) NOT NULL,
  `key` varchar(255) NOT NULL,
  last_run_at datetime(6) NOT NULL,
  holder varchar(255) NOT NULL,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE INDEX index_kaal_intervals_on_namespace_and_key (namespace, `key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE COLLATION;

-- Jobs that are to be dispatched at a time, as Kaal 0.6 has them.
CREATE TABLE IF NOT EXISTS kaal_delayed_jobs (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  job_id varchar(255) NOT NULL,
  run_at datetime(6) NOT NULL,
  job_class varchar(255) NOT NULL,
  args mediumtext NOT NULL,
  queue varchar(255),
  created_at datetime(6) NOT NULL,
  UNIQUE INDEX index_kaal_delayed_jobs_on_job_id (job_id),
  INDEX index_kaal_delayed_jobs_on_run_at_and_job_id (run_at, job_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE COLLATION;

-- Those of them that were taken and not done, and those that were given up: what kaal-rs has beside.
CREATE TABLE IF NOT EXISTS kaal_delayed_claims (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  claim_id varchar(64) NOT NULL,
  job_id varchar(255) NOT NULL,
  run_at datetime(6) NOT NULL,
  job_class varchar(255) NOT NULL,
  args mediumtext NOT NULL,
  queue varchar(255),
  attempts int NOT NULL,
  expires_at datetime(6),
  failed_at datetime(6),
  error text,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE INDEX index_kaal_delayed_claims_on_claim_id (claim_id),
  INDEX index_kaal_delayed_claims_on_expires_at (expires_at),
  INDEX index_kaal_delayed_claims_on_failed_at (failed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE COLLATION;
