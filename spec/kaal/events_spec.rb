# frozen_string_literal: true

RSpec.describe 'Events' do
  let(:script) { <<~RUBY }
    require 'kaal'
    if ARGV.first == 'with'
      require 'active_support'
      require 'active_support/notifications'
    end
    log = StringIO.new
    Kaal.logger = Logger.new(log)
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
    now = Time.at(1_772_366_400)
    Time.define_singleton_method(:now) { now }
    seen = []
    subscriber = Kaal.subscribe(/\\.kaal\\z/) { |name, _started, _finished, _id, payload| seen << [name, payload] }
    Kaal.register(key: 'good', cron: '0 12 * * *', enqueue: ->(**) {})
    Kaal.register(key: 'bad', cron: '0 12 * * *', enqueue: ->(**) { raise 'bad' })
    Kaal.tick!
    Kaal.unsubscribe(subscriber)
    Kaal.subscribe('claim.kaal') { |*| raise 'a listener' }
    now += 86_400
    Kaal.tick!
    tick = seen.find { |name, _payload| name == 'tick.kaal' }
    runs = seen.select { |name, _payload| name == 'dispatch.kaal' }.map { |_name, payload| payload }
    puts runs.map { |run| run.values_at(:key, :attempt, :lateness) }.sort.inspect
    puts runs.map { |run| run[:fire_time].iso8601 }.uniq.inspect
    puts seen.map(&:first).tally.sort.to_h.slice('tick.kaal', 'dispatch.kaal', 'error.kaal').inspect, tick.last.inspect
    puts seen.select { |name, _payload| name == 'claim.kaal' }.sum { |_name, payload| payload[:won] }
    puts log.string[/a listener to claim.kaal failed: RuntimeError: a listener/]
  RUBY

  %w[with without].each do |how|
    it "tell of ticks, claims, dispatches and errors, #{how} ActiveSupport" do
      told = IO.popen([RbConfig.ruby, '-Ilib', '-', how], 'r+') do |ruby|
        ruby.write(script)
        ruby.close_write
        ruby.read
      end
      expect(told).to eq(<<~TOLD)
        [["bad", 1, 0.0], ["good", 1, 0.0]]
        ["2026-03-01T12:00:00Z"]
        {"tick.kaal"=>1, "dispatch.kaal"=>2, "error.kaal"=>1}
        {:due=>2}
        2
        a listener to claim.kaal failed: RuntimeError: a listener
      TOLD
    end
  end
end
