ending=KILL
own mysql
(as mysql mariadb-install-db --no-defaults --datadir="$0/data" --auth-root-authentication-method=normal --skip-test-db)
# It listens only when it has run this.
cat >start.sql <<'END'
CREATE DATABASE IF NOT EXISTS kaal_test CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS kaal@'%' IDENTIFIED BY 'secret';
GRANT ALL ON kaal_test.* TO kaal@'%';
END

launch() {
  as mysql mariadbd --no-defaults --datadir="$0/data" --socket="$0/socket" --pid-file="$0/server.pid" \
    --bind-address=127.0.0.1 --port="$port" --character-set-server=utf8mb4 --init-file="$0/start.sql" \
    --innodb-flush-log-at-trx-commit=2 --innodb-flush-method=nosync --innodb-log-file-size=8M \
    --innodb-buffer-pool-size=32M "$@" &
  server=$!
  until_it_answers mariadb-admin --no-defaults --socket="$0/socket" --user=root ping
}
launch "$@"
guard "$@"
