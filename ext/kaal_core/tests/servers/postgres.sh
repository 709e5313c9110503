ending=QUIT # it has memory and semaphores of the system to give back
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH=${programs:+$programs:}$PATH

own postgres
(as postgres initdb --pgdata "$0/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
  --wal-segsize=1 --no-sync)
cat >data/pg_hba.conf <<'END'
local all kaal scram-sha-256
host all kaal all scram-sha-256
local all all trust
host all all all trust
END

launch() {
  as postgres postgres -D "$0/data" -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories="$0" \
    -c fsync=off -c full_page_writes=off -c dynamic_shared_memory_type=mmap "$@" &
  server=$!
  until_it_answers pg_isready -h "$0" -p "$port"
}
launch "$@"
psql -h "$0" -p "$port" -U postgres -c "CREATE ROLE kaal LOGIN PASSWORD 'secret'" \
  -c 'CREATE DATABASE kaal_test OWNER kaal' postgres
guard "$@"
