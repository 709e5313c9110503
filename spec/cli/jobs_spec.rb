# frozen_string_literal: true

require 'command_line'

RSpec.describe Kaal::CLI do
  include CommandLine

  before { write_app }

  def definition = store.definition_registry.find_definition('job')

  describe 'tick' do
    it 'dispatches what is due, once' do
      expect(kaal('tick')).to have_attributes(out: "Kaal tick completed\n", err: '', code: 0)
      done = read('calls').lines
      expect([done.size, done.uniq.size]).to eq([2, 2])
      expect(kaal('tick', '--json').json).to eq('dispatched' => 0)
    end

    it 'says in one line what is wrong with the scheduler file' do
      write('config/scheduler.yml', "defaults:\n  jobs: [{ key: job }]\n")
      expect(kaal('tick')).to have_attributes(out: '', err: /\Akaal: .*scheduler.yml: .*job.*cron.*\n\z/, code: 1)
    end

    it 'fails when the store does not answer any more' do
      FileUtils.rm(path('config/scheduler.yml'))
      write('config/kaal.yml', read('config/kaal.yml').sub('storage/kaal', 'none/kaal'))
      expect(kaal('tick')).to have_attributes(out: '', err: /^kaal: .*none/, code: 1)
    end

    it 'is done where only a job fails' do
      write_app(job: 'raise "no paper"')
      expect(kaal('tick')).to have_attributes(out: "Kaal tick completed\n", err: /no paper/, code: 0)
    end

    it 'finds the scheduler file of Kaal 0.6' do
      FileUtils.mv(path('config/scheduler.yml'), path('config/kaal-scheduler.yml'))
      kaal!('tick')
      expect(read('calls').lines.size).to eq(2)
    end
  end

  describe 'what is stored' do
    before do
      store.definition_registry.upsert_definition(key: 'coded', cron: '@hourly', metadata: { by: 'newer code' })
      write('jobs.rb', "#{read('jobs.rb')}Kaal.register(key: 'coded', cron: '@daily', enqueue: ->(**) {})\n")
    end

    def crons = store.definition_registry.all_definitions.to_h { |definition| definition.values_at(:key, :cron) }

    times = %w[--from 2026-03-01T00:00:00Z --to 2026-03-01T01:00:00Z]
    [%w[status], %w[lint config/scheduler.yml], %w[history coded], %w[run coded], ['backfill', 'coded', *times], %w[doctor],
     %w[next @daily], %w[disable coded], %w[enable coded]].each do |arguments|
      it "is left as it is by kaal #{arguments.first}" do
        kaal!(*arguments)
        expect(crons).to eq('coded' => '@hourly')
      end
    end

    it 'is what code and file say after a tick' do
      kaal!('tick')
      expect(crons).to eq('coded' => '@daily', 'job' => '* * * * *')
    end

    it 'may be out of reach: doctor says so' do
      write('config/kaal.yml', read('config/kaal.yml').sub('storage/kaal', 'none/kaal'))
      expect(kaal('doctor')).to have_attributes(out: /^connection: .*none/, err: '', code: 3)
    end

    it 'is no reason for another mistake than a start makes' do
      write('jobs.rb', "#{read('jobs.rb')}Kaal.register(key: 'job', cron: '@daily', enqueue: ->(**) {})\n")
      expect(kaal('status')).to have_attributes(err: /job job is defined by code too/, code: 1)
    end
  end

  describe 'enable and disable' do
    before { kaal!('tick') }

    it 'switch a job, and say that the file switches it again' do
      expect(kaal('disable', 'job')).to have_attributes(out: "job is disabled\n", err: /the scheduler file enables job/, code: 0)
      expect([definition[:enabled], kaal!('status').out]).to match([false, /^job .* disabled/])
      expect(definition[:enabled]).to be(false) # which asking for the status leaves
      expect(kaal('enable', 'job', '--json').json).to include('key' => 'job', 'enabled' => true)
    end

    it 'know the jobs by name' do
      %w[enable disable history run backfill].each do |command|
        times = %w[--from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z] if command == 'backfill'
        expect(kaal(command, 'nosuch', *times)).to have_attributes(out: '', err: "kaal: there is no job nosuch: there are job\n", code: 1)
      end
    end
  end

  describe 'run' do
    it 'dispatches a run of its own' do
      time = Time.iso8601(kaal!('run', 'job', '--json').json.fetch('fire_time'))
      expect([read('calls'), store.dispatch_registry.dispatched?('job', time)]).to eq(["#{time.iso8601}\n", true])
      expect(kaal!('run', 'job').out).to match(/\Ajob ran, with the fire time .*Z\n\z/)
    end

    it 'tells that the job failed' do
      write_app(job: 'raise "no paper"')
      expect(kaal('run', 'job')).to have_attributes(out: /\Ajob failed/, err: /^kaal: RuntimeError: no paper$/, code: 1)
      expect(store.dispatch_registry.find_by_status('failed').size).to eq(1)
    end

    it 'does not say that it tries again where nobody does' do
      write_app(job: 'raise "no paper"')
      store.definition_registry.upsert_definition(key: 'job', cron: '@daily', source: 'file', metadata: { kaal_rs: { on_error: 'retry' } })
      expect(kaal('run', 'job')).to have_attributes(err: /ERROR job job .* failed: RuntimeError: no paper$/, code: 1)
    end

    it 'keeps what the job prints out of a report in JSON' do
      write_app(job: 'puts "printed"')
      expect(kaal('run', 'job', '--json')).to have_attributes(json: include('failed' => false), err: "printed\n")
    end
  end

  describe 'history' do
    it 'shows what the log has, latest first' do
      log = store.dispatch_registry
      3.times { |number| log.log_dispatch('job', Time.utc(2026, 3, 1, number), 'node', number == 2 ? 'failed' : 'dispatched') }
      Kaal.definition_registry.upsert_definition(key: 'job', cron: '@hourly')
      expect(kaal!('history', 'job', '--count', '2').out.lines.map(&:split)).to match(
        [%w[FIRE TIME STATUS DISPATCHED NODE], ['2026-03-01T02:00:00Z', 'failed', String, 'node'],
         ['2026-03-01T01:00:00Z', 'dispatched', String, 'node']]
      )
      expect(kaal!('history', 'job', '--json').json.size).to eq(3)
    end

    it 'asks a log for fire times that does not find by key' do
      server = RedisServer.shared.tap(&:flush)
      adapter = Kaal::Backend::RedisAdapter.new(server.url)
      adapter.definition_registry.upsert_definition(key: 'job', cron: '@hourly')
      hour = Time.at(Time.now.to_i / 3600 * 3600).utc
      adapter.dispatch_registry.log_dispatch('job', hour - 7200, 'node')
      write('config/kaal.yml', "defaults: { enable_log_dispatch_registry: true, backend_config: { url: '#{server.url}' } }")
      expect(kaal!('history', 'job', '--json').json.map { |record| record['fire_time'] }).to eq([(hour - 7200).iso8601])
    end

    it 'goes by the store\'s clock where it looks for fire times' do
      backend = Kaal::Backend::MemoryAdapter.new
      backend.define_singleton_method(:store_time) { Process.clock_gettime(Process::CLOCK_REALTIME) + 7_200 }
      stub_const('SkewedStore', backend)
      write('clock.rb', 'Kaal.backend = SkewedStore')
      backend.definition_registry.upsert_definition(key: 'job', cron: '@hourly')
      backend.dispatch_registry.log_dispatch('job', hour = (Time.now.to_i / 3600 * 3600) + 7_200, 'node')
      history = kaal!('history', 'job', '--json', '-r', path('clock.rb')).json
      expect(history.map { |record| record['fire_time'] }).to eq([Time.at(hour).utc.iso8601])
    end

    it 'needs the log' do
      kaal!('tick')
      write('config/kaal.yml', read('config/kaal.yml').sub('enable_log_dispatch_registry: true', ''))
      expect(kaal('history', 'job')).to have_attributes(err: /\Akaal: a history needs enable_log_dispatch_registry.*\n\z/, code: 1)
    end
  end

  describe 'backfill' do
    before do
      kaal!('tick')
      FileUtils.rm(path('calls'))
    end

    it 'dispatches what the log does not show' do
      times = %w[--from 2026-03-01T00:00:00Z --to 2026-03-01T00:10:00Z]
      expect(kaal('backfill', 'job', *times)).to have_attributes(out: "11 runs of job dispatched\n", code: 0)
      expect(read('calls').lines.size).to eq(11)
      expect(kaal('backfill', 'job', *times, '--json').json).to include('dispatched' => 0)
    end

    {
      %w[yesterday 2026-03-01T00:00:00Z] => /--from must name its time zone/,
      %w[2026-03-01T00:00:00 2026-03-01T00:00:00Z] => /--from must name its time zone/,
      %w[2026-03-01T00:00:00Z 2026-99-01T00:00:00Z] => /--to must be a time such as/,
      %w[2026-03-02T00:00:00Z 2026-03-01T00:00:00Z] => /is after to/
    }.each do |(from, till), message|
      it "refuses #{from} to #{till}" do
        expect(kaal('backfill', 'job', '--from', from, '--to', till)).to have_attributes(out: '', err: message, code: 1)
      end
    end
  end
end
