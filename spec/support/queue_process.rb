# frozen_string_literal: true

require 'queue_delegate'

# A process of its own that performs the jobs of a queue, and notes in a file which it has performed.
class QueueProcess
  SETTINGS = { prefix: 'fleet', lease: 1, backoff: 0.05..0.5 }.freeze

  attr_reader :pid

  # @param url [String]
  # @param file [String] gets the number of each job on a line, when it is done; one write each, so that processes may
  #   share it
  # @yieldparam job [Hash]
  def initialize(url, file, **options, &work)
    @pid = fork { perform(url, file, options, work) }
  end

  # @return [Process::Status] how it ended
  def stop(signal = :TERM)
    Process.kill(signal, @pid)
    Process.wait2(@pid).last
  end

  private

  def perform(url, file, options, work)
    done = File.open(file, 'a')
    stop, stopping = IO.pipe
    trap(:TERM) { stopping.write('.') }
    delegate = QueueDelegate.new do |job|
      work&.call(job)
      done.syswrite("#{job['number']}\n")
    end
    server = Kaal::Queue::Server.new(delegate, url, **SETTINGS, **options)
    server.start
    stop.read(1)
    server.stop
    exit!(true)
  end
end
