# frozen_string_literal: true

require 'fileutils'
require 'server_guard'
require 'socket'
require 'process_children'
require 'tmpdir'

# A server of the suite's own, on a free port of the loopback, with a folder that is thrown away.
# It ends with the suite, also when that is killed.
class ServerProcess
  SECONDS_TO_START = 30

  # Below those that the system gives to whoever connects: nobody takes the port of a server that is stopped.
  PORTS = 10_000..30_000

  TRIES = 3

  # Another process has taken the port since it was found free.
  class PortTaken < RuntimeError; end

  class << self
    def new(...)
      tries = 0
      begin
        super
      rescue PortTaken
        (tries += 1) < TRIES ? retry : raise
      end
    end

    # The one of the suite.
    def shared
      @shared ||= new
    end

    def free_port
      port = Random.new.rand(PORTS)
      TCPServer.open('127.0.0.1', port) { port }
    rescue Errno::EADDRINUSE
      retry
    end

    # @param folders [Array<String>] where it may be besides the path, the best one first
    def program(*names, folders: [])
      places = [*folders, *ENV.fetch('PATH').split(':'), '/usr/sbin']
      names.product(places).map { |name, place| File.join(place, name) }.find { |file| File.executable?(file) } ||
        raise("#{names.first} is not installed: run bin/setup")
    end
  end

  attr_reader :port, :folder

  # @param options [Hash] settings, as the server names them
  def initialize(**options)
    @folder = Dir.mktmpdir("kaal-#{self.class.name.downcase}")
    @options = options
    @port = chosen_port
    @guard = ServerGuard.new(@folder, ending_signal)
    prepare
    start
  end

  def start
    @pid = launch(*command)
    wait_until_it_answers
  end

  # Starts it again with further settings.
  def start_with(**options)
    @options = @options.merge(options)
    start
  end

  # Stops the server, keeping its port and its data.
  def stop(signal = :TERM)
    Process.kill(signal, @pid)
    Process.wait(@pid)
    forget
  end

  def running?
    !@pid.nil?
  end

  def pause
    Process.kill(:STOP, @pid)
    ProcessChildren.new([@pid]).wait_until_stopped
  end

  def resume
    Process.kill(:CONT, @pid)
  end

  # A plain connection for looking at what is there. Each process has its own, and keeps those that it
  # inherited: were they collected, some clients would take leave on the connection of the parent.
  def inspector
    @inspectors ||= {}
    mine = @inspectors[Process.pid]
    @inspectors[Process.pid] = connect unless mine && alive?(mine)
    @inspectors[Process.pid]
  end

  private

  def chosen_port
    self.class.free_port
  end

  # What its data folder needs before the first start.
  def prepare; end

  # What ends it when the suite has ended.
  def ending_signal
    :KILL
  end

  # Whether a connection outlived what the server went through; some mend themselves.
  def alive?(_connection)
    true
  end

  def launch(*command)
    # Temporary files go there too: this process's folder for them need not be the server's to write to.
    places = { 'TMPDIR' => @folder }
    # A shell may have us ignore it, as what it runs in the background, and the server would ignore it too.
    Signal.trap(:QUIT, 'DEFAULT')
    pid = Process.spawn(places, *command, chdir: @folder, in: File::NULL, out: [log, 'a'], err: %i[child out])
    @guard.watch(pid)
    pid
  end

  # For what has an end of its own.
  def run(*command)
    _, status = Process.wait2(launch(*command))
    @guard.forget
    raise "#{command.join(' ')}: #{what_it_said}" unless status.success?
  end

  def forget
    @pid = nil
    @guard.forget
  end

  def log
    File.join(@folder, 'log')
  end

  def what_it_said
    File.readlines(log).last(20).join
  end

  def wait_until_it_answers
    limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + SECONDS_TO_START
    until answers?
      ended = Process.wait(@pid, Process::WNOHANG)
      forget if ended
      fail_to_start if ended || Process.clock_gettime(Process::CLOCK_MONOTONIC) > limit

      sleep 0.01
    end
  end

  def fail_to_start
    said = what_it_said
    raise said.include?('Address already in use') ? PortTaken : RuntimeError, "#{self.class} did not start: #{said}"
  end
end
