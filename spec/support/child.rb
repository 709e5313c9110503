# frozen_string_literal: true

# Forked children that report what happened in them.
module Child
  # Runs the block in a forked child and gives its value, which must be marshallable. An exception
  # there is raised here; a child that does not end in time is killed and fails the example.
  def in_child(seconds: 20, &block)
    reader, writer = IO.pipe
    pid = fork { run_child(reader, writer, &block) }
    writer.close
    answer = read_all(reader, seconds) { Process.kill(:KILL, pid) }
    Process.wait(pid)
    raise "the child ended without an answer: #{$?.inspect}" if answer.empty? # rubocop:disable Style/SpecialGlobalVars

    outcome, value = Marshal.load(answer) # rubocop:disable Security/MarshalLoad
    outcome == :raised ? raise(value) : value
  end

  private

  def run_child(reader, writer)
    reader.close
    outcome =
      begin
        [:returned, yield]
      rescue Exception => e # rubocop:disable Lint/RescueException
        [:raised, "in the child: #{e.class}: #{e.message}"]
      end
    writer.write(Marshal.dump(outcome))
    writer.close
    exit!(true)
  end

  def read_all(reader, seconds)
    limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    answer = +''
    loop do
      left = limit - Process.clock_gettime(Process::CLOCK_MONOTONIC)
      unless reader.wait_readable([left, 0].max)
        yield
        raise "the child took more than #{seconds} s"
      end
      answer << reader.readpartial(65_536)
    end
  rescue EOFError
    answer
  ensure
    reader.close
  end
end
