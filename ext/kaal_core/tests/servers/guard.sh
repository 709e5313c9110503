# What the scripts of all servers begin with. They are called with a port and what else the server shall be
# told, under the name of a folder. Each defines `launch`, which starts the server and waits until it answers.
set -eu
port=$1
shift
PATH=$PATH:/usr/sbin # servers are there, which is not on everyone's path
export TMPDIR=$0 # that of root is not everyone's to write to
exec 3<&0 </dev/null # nothing but the guard reads what it waits at
server=

# However this ends, nothing stays.
clean() {
  set +e
  [ -z "$server" ] || kill "-$ending" "$server"
  wait
  rm -rf "$0"
}
trap clean EXIT

# Some servers refuse to run as root; they run as the user that their package made. Becomes the command,
# so that what is sent to the process arrives.
as() {
  user=$1
  shift
  [ "$(id -u)" -ne 0 ] || exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$@"
  exec "$@"
}

own() {
  [ "$(id -u)" -ne 0 ] || chown "$1" "$0"
}

# Waits until the command succeeds, for half a minute, while the server runs.
until_it_answers() {
  tries=600
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ]
    kill -0 "$server"
    sleep 0.05
  done
}

# As a crash does.
stop() {
  kill "-$ending" "$server"
  wait "$server" || :
  server=
}

# Says that the server is there. Stays until nobody needs it; each line says `stop` or `launch`, and is
# answered in the same way.
guard() {
  : >ready
  while read -r order <&3; do
    "$order" "$@"
    : >ready
  done
}
