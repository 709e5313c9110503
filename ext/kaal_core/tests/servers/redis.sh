ending=KILL
pings() { redis-cli -p "$port" ping | grep -q PONG; }
launch() {
  redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$0" "$@" &
  server=$!
  until_it_answers pings
}
launch "$@"
guard "$@"
