# frozen_string_literal: true

# A process that ends a server and removes its folder when this process ends, in whatever way: it sees
# the pipe close. It has a process group of its own, so that what kills the suite's leaves it.
class ServerGuard
  # A server that does not take the hint within ten seconds is killed. A paused one takes none.
  SCRIPT = <<~SH
    read -r _
    if pid=$(cat "$0/pid"); then
      kill -"$1" "$pid"
      kill -CONT "$pid"
      tries=200
      while [ $tries -gt 0 ] && kill -0 "$pid"; do
        sleep 0.05
        tries=$((tries - 1))
      done
      kill -KILL "$pid"
    fi
    rm -rf "$0"
  SH

  def initialize(folder, signal)
    @pid_file = File.join(folder, 'pid')
    reader, @writer = IO.pipe
    # Who reads what the suite prints waits for all that could print there.
    watcher = Process.spawn('sh', '-c', SCRIPT, folder, signal.to_s, in: reader, out: File::NULL, err: File::NULL,
                                                                     pgroup: true)
    Process.detach(watcher)
    reader.close
  end

  def watch(pid)
    File.write(@pid_file, pid)
  end

  # The number of a process that has ended may become that of another.
  def forget
    File.delete(@pid_file)
  end
end
