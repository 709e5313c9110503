# frozen_string_literal: true

module Soak
  # A thousand jobs at mixed rates, some of which fail now and then.
  class Workload
    FAILING = 20 # one run in so many, of the jobs that do
    private_constant :FAILING

    # @param slow_seconds [Integer] 60, or how many seconds the slowest jobs have between two runs in a short soak
    def initialize(slow_seconds)
      @slow = slow_seconds == 60 ? '* * * * *' : "*/#{slow_seconds} * * * * *"
      @count = 0
      @lock = Mutex.new
    end

    # How many runs there were.
    attr_reader :count

    def register
      add('second', 20, cron: '* * * * * *')
      add('second, once at least', 10, cron: '* * * * * *', guarantee: :at_least_once)
      add('five seconds', 55, cron: '*/5 * * * * *')
      add('failing', 5, cron: '*/5 * * * * *', fails: true, on_error: :retry)
      [3, 5, 8, 10, 15].each { |seconds| add("every #{seconds}s", 20, every: seconds) }
      add('interval, once at least', 10, every: 10, guarantee: :at_least_once)
      add('slow', 700, cron: @slow)
      add('day', 100, cron: '0 3 * * *')
    end

    private

    def add(name, number, fails: false, **options)
      number.times { |job| Kaal.register(key: "#{name} #{job}", enqueue: callback(fails), **options) }
    end

    def callback(fails)
      lambda do |**|
        count = @lock.synchronize { @count += 1 }
        raise 'now and then' if fails && (count % FAILING).zero?
      end
    end
  end
end
