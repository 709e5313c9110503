# frozen_string_literal: true

require 'active_support'
require 'active_support/executor'

RSpec.describe Kaal::Coordinator, '#tick! interrupted at any line' do
  let(:interrupt) { Class.new(Exception) } # rubocop:disable Lint/InheritException

  # On which the callback has begun.
  def call?(event)
    event.path.end_with?('callback.rb') && File.readlines(event.path)[event.lineno - 1].include?('enqueue.call')
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

  it 'calls each run once within the executor of a Rails app, which begins and ends as often' do
    began = ended = 0
    executor = Class.new(ActiveSupport::Executor)
    executor.to_run { began += 1 }
    executor.to_complete { ended += 1 }
    app = Struct.new(:config, :executor).new(Struct.new(:cache_classes).new(true), executor)
    (1..).each do |count|
      Kaal.reset_registry!
      Kaal.reset_coordinator!
      Kaal.configuration.callback_wrapper = ->(&callback) { Kaal.const_get(:RailsExecutor).send(:wrap, app, &callback) }
      calls = 0
      Kaal.backend = Kaal::Backend::MemoryAdapter.new
      Kaal.register(key: 'job', cron: '*/2 * * * *', enqueue: ->(**) { calls += 1 })
      reached = interrupted_tick(count)
      Kaal.tick!
      expect([calls, ended]).to eq([1, began]), "at line #{count}: #{calls} calls, began #{began} times, ended #{ended}"
      break unless reached
    end
  end

  it 'calls each run that is to run at least once, and closes its claim, when its lease has ended' do
    now = Time.now
    (1..).each do |count|
      Kaal.reset_registry!
      Kaal.reset_coordinator!
      backend = Kaal::Backend::MemoryAdapter.new
      Kaal.configure { |config| config.backend = backend }
      Kaal.configuration.enable_log_dispatch_registry = true
      calls = []
      allow(Time).to receive(:now).and_return(now)
      Kaal.register(key: 'job', cron: '0 0 1 1 *', guarantee: :at_least_once, enqueue: ->(**) { calls << :called })
      backend.claim_many([['job', 0]], Kaal.configuration, open: true)
      allow(Time).to receive(:now).and_return(now + 200)
      reached = interrupted_tick(count)
      allow(Time).to receive(:now).and_return(now + 400)
      Kaal.tick!
      allow(Time).to receive(:now).and_return(now + 600)
      expect([calls.size, backend.open_claims.ended_claims('kaal', 0, 1)]).to match([be_between(1, 2), []]), "at line #{count}: #{calls}"
      break unless reached
    end
  end
end
