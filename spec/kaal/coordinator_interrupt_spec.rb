# frozen_string_literal: true

RSpec.describe Kaal::Coordinator, '#tick! interrupted at any line' do
  let(:interrupt) { Class.new(Exception) } # rubocop:disable Lint/InheritException

  # On which the callback has begun.
  def call?(event)
    event.path.end_with?('dispatcher.rb') && File.readlines(event.path)[event.lineno - 1].include?('enqueue.call')
  end

  # Ticks, and is interrupted when so many lines of the gem's own have run.
  #
  # @return [Boolean] whether there were so many
  def interrupted_tick(count)
    thread = Thread.current
    trace = TracePoint.new(:line) do |event|
      next unless event.path.include?('lib/kaal/') && !call?(event) && (count -= 1).zero?

      trace.disable
      thread.raise(interrupt)
    end
    trace.enable { Kaal.tick! }
    !count.positive?
  rescue interrupt
    true
  end

  it 'calls each run once all the same' do
    (1..).each do |count|
      Kaal.reset_registry!
      Kaal.reset_coordinator!
      Kaal.configure { |config| config.backend = Kaal::Backend::MemoryAdapter.new }
      calls = []
      2.times { |number| Kaal.register(key: "job-#{number}", cron: '*/2 * * * *', enqueue: ->(**) { calls << number }) }
      reached = interrupted_tick(count)
      Kaal.tick!
      expect(calls.sort).to eq([0, 1]), "at line #{count}: #{calls}"
      break unless reached
    end
  end
end
