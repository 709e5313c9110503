# frozen_string_literal: true

require 'rbconfig'

module Chaos
  # One process of a fleet, with a process group of its own: signals reach those that it has forked too.
  class Member
    PROGRAM = File.expand_path('node.rb', __dir__)
    PATHS = [File.expand_path('../../../lib', __dir__), File.expand_path('..', __dir__)].freeze
    # How long one may take to start, or to stop, in seconds; more than `Kaal.stop!` waits.
    PATIENCE = 60

    attr_reader :pid

    # Starts it; blocks until it is up.
    #
    # @param settings [String] see node.rb
    # @param environment [Hash{String => String}]
    # @param log [String] the file that gets what it says
    def initialize(settings, environment, log)
      reader, writer = IO.pipe
      leash, @leash = IO.pipe # ends it with this process
      command = [RbConfig.ruby, *PATHS.flat_map { |path| ['-I', path] }, PROGRAM, settings]
      @pid = Process.spawn(environment, *command, in: leash, out: writer, err: [log, 'a'], pgroup: true)
      [leash, writer].each(&:close)
      @family = reader
      @end = Process.detach(pid)
      up = reader.wait_readable(PATIENCE) && reader.gets
      raise "process #{pid} did not start, see #{log}" unless up == "up\n"
    end

    # @param name [Symbol] the signal, for it and what it has forked
    def signal(name)
      Process.kill("-#{name}", pid)
    rescue Errno::ESRCH
      nil # it has ended
    end

    def alive? = @end.alive?

    # Ends it as a crash does.
    def kill
      signal(:KILL)
      wait
    end

    # Ends it as a deployment does: a child that it has forked ends by itself.
    #
    # @return [String, nil] what was wrong about its end
    def stop
      Process.kill(:TERM, pid)
      signal(:CONT)
      return 'does not stop' unless @end.join(PATIENCE)

      wait
      failure
    end

    # @return [String, nil] how it has ended, if not well
    def failure
      status = @end.value
      return if status.success?

      { 3 => 'its scheduler had died', 4 => 'its scheduler did not stop' }.fetch(status.exitstatus, status.to_s)
    end

    private

    # Until the last of its process group has closed what it says things on.
    def wait
      @end.join
      @family.read
      [@family, @leash].each(&:close)
    end
  end
end
