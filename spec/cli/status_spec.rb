# frozen_string_literal: true

require 'active_support'
require 'active_support/testing/time_helpers'
require 'command_line'

RSpec.describe Kaal::CLI do
  include ActiveSupport::Testing::TimeHelpers
  include CommandLine

  before { write_app }

  # As one that was stored an hour ago, and dispatched last so many minutes ago.
  def define(key: 'job', dispatched: 0)
    adapter = store
    travel_to(Time.now - 3600) { adapter.definition_registry.upsert_definition(key: key, cron: '* * * * *', source: 'file') }
    minute = Time.at((Time.now.to_i / 60 * 60) - (dispatched * 60))
    adapter.dispatch_registry.log_dispatch(key, minute, 'node')
  end

  it 'names the jobs that no scheduler has stored so far' do
    write('jobs.rb', "#{read('jobs.rb')}Kaal.register(key: 'coded', cron: '@daily', enqueue: ->(**) {})\n")
    expect(kaal!('status').out).to end_with("Jobs: 0\nNot stored yet: coded, job; `kaal start` does that\n")
  end

  it 'names them in JSON too, and only them' do
    define(key: 'stored')
    expect(kaal!('status', '--json').json).to include('jobs' => [include('key' => 'stored')], 'not_stored' => ['job'])
  end

  it 'shows the settings and the jobs' do
    define
    expect(kaal!('status').out.lines.map(&:rstrip)).to match(
      ["Kaal v#{Kaal::VERSION}", 'Tick interval: 5s', 'Window lookback: 120s', 'Window lookahead: 0s', 'Lease TTL: 125s',
       'Namespace: kaal', 'Jobs: 1', /\AJOB +CRON +NEXT +LAST DISPATCHED +LATE\z/,
       /\Ajob  \* \* \* \* \*  \d{4}-.*Z  \d{4}-.*Z  \d s\z/]
    )
  end

  it 'counts the delayed jobs' do
    row = { run_at: 0, job_class: 'Job', args: '[]', queue: nil, created_at: 0 }
    %w[a b c].each { |job_id| store.delayed_store.enqueue(row.merge(job_id: job_id)) }
    failing = store.delayed_store.take(Time.now, 2, 600).first
    store.delayed_store.fail(failing[:id], 'why', 1)
    expect(kaal!('status').out).to match(/^Delayed jobs: 1 waiting, 1 running, 1 failed$/)
    expect(kaal!('status', '--json').json['delayed_jobs']).to eq('waiting' => 1, 'running' => 1, 'failed' => 1)
  end

  it 'reports as JSON' do
    define
    expect(kaal!('status', '--json').json).to include(
      'settings' => include('tick_interval' => 5, 'backend' => 'Kaal::Backend::SQLiteAdapter'), 'late' => [],
      'jobs' => [include('key' => 'job', 'enabled' => true, 'callback' => true, 'error' => nil)]
    )
  end

  describe '--max-late' do
    it 'is fine while nothing is later' do
      define(dispatched: 5)
      expect([kaal('status', '--max-late', '600').code, kaal('status').code]).to eq([0, 0])
    end

    it 'ends with exit code 3, and says what is' do
      define(dispatched: 5)
      answer = kaal('status', '--max-late', '60')
      expect(answer).to have_attributes(err: /\Akaal: job job is 2\d\d s late\n\z/, code: 3)
      expect(kaal('status', '--max-late', '60', '--json').json['late']).to eq(['job'])
    end

    it 'leaves a job out that this process has no callback for' do
      define
      define(key: 'of old', dispatched: 5)
      expect(kaal('status', '--max-late', '60')).to have_attributes(out: /^of old .*s \(no callback here\)$/, err: '', code: 0)
    end

    it 'needs the log' do
      define
      write('config/kaal.yml', read('config/kaal.yml').sub('enable_log_dispatch_registry: true', ''))
      expect(kaal('status', '--max-late', '60')).to have_attributes(err: /\Akaal: --max-late needs enable_log_dispatch_registry/, code: 1)
      expect(kaal('status', '--max-late', '-1')).to have_attributes(err: /must be at least 0/, code: 1)
    end

    it 'tells a store that fails from a job that is late' do
      write('config/kaal.yml', read('config/kaal.yml').sub('storage/kaal', 'none/kaal'))
      expect(kaal('status', '--max-late', '60')).to have_attributes(err: %r{\Akaal: .*none/kaal.sqlite3.*\n\z}, code: 1)
    end
  end
end
