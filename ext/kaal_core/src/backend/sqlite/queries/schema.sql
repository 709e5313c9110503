-- The tables of Kaal's migrations, with the types that Rails gives them on SQLite.
CREATE TABLE IF NOT EXISTS kaal_locks (
  id integer PRIMARY KEY NOT NULL,
  key varchar(255) NOT NULL,
  acquired_at datetime(6) NOT NULL,
  expires_at datetime(6) NOT NULL,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS index_kaal_locks_on_key ON kaal_locks (key);
CREATE INDEX IF NOT EXISTS index_kaal_locks_on_expires_at ON kaal_locks (expires_at);

CREATE TABLE IF NOT EXISTS kaal_dispatches (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  key varchar(255) NOT NULL,
  fire_time datetime(6) NOT NULL,
  dispatched_at datetime(6) NOT NULL,
  node_id varchar(255) NOT NULL,
  status varchar(50) DEFAULT 'dispatched' NOT NULL,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS index_kaal_dispatches_on_key_and_fire_time ON kaal_dispatches (key, fire_time);
CREATE INDEX IF NOT EXISTS index_kaal_dispatches_on_dispatched_at ON kaal_dispatches (dispatched_at);
CREATE INDEX IF NOT EXISTS index_kaal_dispatches_on_status ON kaal_dispatches (status);
CREATE INDEX IF NOT EXISTS index_kaal_dispatches_on_fire_time ON kaal_dispatches (fire_time);

CREATE TABLE IF NOT EXISTS kaal_definitions (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  key varchar(255) NOT NULL,
  cron varchar(255) NOT NULL,
  enabled boolean DEFAULT 1 NOT NULL,
  source varchar(50) DEFAULT 'code' NOT NULL,
  metadata json DEFAULT '{}' NOT NULL,
  disabled_at datetime(6),
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS index_kaal_definitions_on_key ON kaal_definitions (key);
CREATE INDEX IF NOT EXISTS index_kaal_definitions_on_enabled ON kaal_definitions (enabled);
CREATE INDEX IF NOT EXISTS index_kaal_definitions_on_source ON kaal_definitions (source);

-- Claims that are open: what kaal-rs has beside Kaal's tables.
CREATE TABLE IF NOT EXISTS kaal_claims (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  namespace varchar(255) NOT NULL,
  key varchar(255) NOT NULL,
  fire_time datetime(6) NOT NULL,
  node_id varchar(255) NOT NULL,
  expires_at datetime(6) NOT NULL,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS index_kaal_claims_on_namespace_and_key_and_fire_time
  ON kaal_claims (namespace, key, fire_time);
CREATE INDEX IF NOT EXISTS index_kaal_claims_on_expires_at ON kaal_claims (expires_at);

-- The last runs of jobs that run in intervals, likewise.
CREATE TABLE IF NOT EXISTS kaal_intervals (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  namespace varchar(255) NOT NULL,
  key varchar(255) NOT NULL,
  last_run_at datetime(6) NOT NULL,
  holder varchar(255) NOT NULL,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS index_kaal_intervals_on_namespace_and_key ON kaal_intervals (namespace, key);

-- Jobs that are to be dispatched at a time, as Kaal 0.6 has them.
CREATE TABLE IF NOT EXISTS kaal_delayed_jobs (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  job_id varchar(255) NOT NULL,
  run_at datetime(6) NOT NULL,
  job_class varchar(255) NOT NULL,
  args text NOT NULL,
  queue varchar(255),
  created_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS index_kaal_delayed_jobs_on_job_id ON kaal_delayed_jobs (job_id);
CREATE INDEX IF NOT EXISTS index_kaal_delayed_jobs_on_run_at_and_job_id ON kaal_delayed_jobs (run_at, job_id);

-- Those of them that were taken and not done, and those that were given up: what kaal-rs has beside.
CREATE TABLE IF NOT EXISTS kaal_delayed_claims (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  claim_id varchar(64) NOT NULL,
  job_id varchar(255) NOT NULL,
  run_at datetime(6) NOT NULL,
  job_class varchar(255) NOT NULL,
  args text NOT NULL,
  queue varchar(255),
  attempts integer NOT NULL,
  expires_at datetime(6),
  failed_at datetime(6),
  error text,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS index_kaal_delayed_claims_on_claim_id ON kaal_delayed_claims (claim_id);
CREATE INDEX IF NOT EXISTS index_kaal_delayed_claims_on_expires_at ON kaal_delayed_claims (expires_at);
CREATE INDEX IF NOT EXISTS index_kaal_delayed_claims_on_failed_at ON kaal_delayed_claims (failed_at);
