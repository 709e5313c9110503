# frozen_string_literal: true

require 'kaal_tables'

# What is in the tables, read by a plain client. Includers give `server`, `settings`, and `make_tables`.
RSpec.shared_examples 'an adapter on tables' do |lease:, timestamps: true, metadata: 'json', fraction: '.678901'|
  let(:adapter) { described_class.new(settings, lease: lease) }
  let(:log) { adapter.dispatch_registry }
  let(:definitions) { adapter.definition_registry }

  before do
    make_tables
    Kaal.configuration.enable_log_dispatch_registry = true
    Kaal.backend = adapter
  end

  after { server.end_sessions }

  # Rows in the order of their first column; times in whole seconds are the same with and without a fraction.
  def texts(columns, table)
    rows = server.rows("SELECT #{columns} FROM #{table} ORDER BY 1")
    rows.map { |row| row.map { |text| text&.sub(/(:\d\d)\.0+\z/, '\1') } }
  end

  it 'gives each lease to one, and again when its time is over' do
    others = Array.new(3) { described_class.new(settings, lease: lease) }
    keys = Array.new(50) { |n| "key #{n}" }
    wins = [adapter, *others].map { |one| Thread.new { keys.map { |key| one.acquire(key, 60) } } }.map(&:value)
    expect(wins.transpose.map { |won| won.count(true) }).to eq([1] * 50)
    expect([adapter, *others].zip(wins).flat_map { |one, won| keys.zip(won).map { |key, is_won| one.release(key) == is_won } })
      .to all(be(true))
    expect(adapter.acquire_many(%w[short long], 0.05)).to eq([true, true])
    wait_for('the lease to end') { others.first.acquire('short', 60) }
    expect([adapter.release('short'), others.last.acquire('short', 60)]).to eq([false, false])
  end

  it 'logs as Kaal 0.2 does' do
    expect(adapter.claim_many([['job', 1_700_000_040], ['team:mail', 1_700_000_100]], Kaal.configuration)).to eq([true, true])
    log.log_dispatch('job', 1_700_000_160, 'elsewhere', 'failed')
    key = server.quoted('key')
    expect(texts("fire_time, #{key}, node_id, status", 'kaal_dispatches')).to eq(
      [['2023-11-14 22:14:00', 'job', Socket.gethostname, 'dispatched'],
       ['2023-11-14 22:15:00', 'team:mail', Socket.gethostname, 'dispatched'],
       ['2023-11-14 22:16:00', 'job', 'elsewhere', 'failed']]
    )
    server.rows('SELECT dispatched_at FROM kaal_dispatches').flatten.each do |at|
      expect(Time.parse("#{at} UTC")).to be_within(30).of(Time.now)
    end
  end

  it 'writes the times of a row', if: timestamps do
    adapter.claim_many([['job', 1_700_000_040]], Kaal.configuration)
    log.log_dispatch('job', 1_700_000_100, 'elsewhere')
    %w[kaal_dispatches kaal_locks].product(%w[created_at updated_at]).each do |table, column|
      times = server.rows("SELECT #{column} FROM #{table}").flatten.map { |at| Time.parse("#{at} UTC") }
      expect(times).to all(be_within(30).of(Time.now)), "#{table}.#{column}"
    end
  end

  it 'finds what Kaal 0.6 has logged' do
    now = "'2023-11-14 22:14:00'"
    columns = +"#{server.quoted('key')}, fire_time, dispatched_at, node_id"
    values = +"'kaal:job', #{now}, #{now}, 'old node'"
    columns << ', created_at, updated_at' if timestamps
    values << ", #{now}, #{now}" if timestamps
    server.query("INSERT INTO kaal_dispatches (#{columns}) VALUES (#{values})")
    expect(log.find_dispatch('job', 1_700_000_040)).to include(node_id: 'old node', status: 'dispatched')
    expect(log.find_by_key('job').size).to eq(1)
    expect(adapter.claim_many([['job', 1_700_000_040], ['job', 1_700_000_100]], Kaal.configuration)).to eq([false, true])
  end

  it 'defines as Kaal does' do
    definitions.upsert_definition(key: 'job', cron: '0 9 * * *', metadata: { owner: 'ops ü' })
    definitions.upsert_definition(key: 'off', cron: '@daily', enabled: false, source: 'file')
    key = server.quoted('key')
    rows = texts("#{key}, cron, CASE WHEN enabled THEN 1 ELSE 0 END, source, metadata, disabled_at IS NULL", 'kaal_definitions')
    expect(rows.map { |row| row.first(4) }).to eq([%w[job] + ['0 9 * * *', '1', 'code'], %w[off @daily 0 file]])
    expect(rows.map { |row| JSON.parse(row[4]) }).to eq([{ 'owner' => 'ops ü' }, {}])
    expect(rows.map { |row| %w[t 1].include?(row[5]) }).to eq([true, false])
    expect(rows.dig(0, 4)).to eq('{"owner":"ops ü"}') unless metadata == 'jsonb'
  end

  it 'keeps when a definition was made' do
    made = definitions.upsert_definition(key: 'job', cron: '@daily')[:created_at]
    server.query("UPDATE kaal_definitions SET created_at = '2020-01-02 03:04:05#{fraction}'")
    changed = definitions.upsert_definition(key: 'job', cron: '@weekly')
    expect([changed[:created_at].to_i, made.to_i]).to match([1_577_934_245, be_within(30).of(Time.now.to_i)])
    expect(server.rows('SELECT created_at FROM kaal_definitions')).to eq([["2020-01-02 03:04:05#{fraction}"]])
    expect(definitions.remove_definition('job')).to include(cron: '@weekly')
    expect(server.rows('SELECT 1 FROM kaal_definitions')).to eq([])
  end

  it 'reads metadata however it was written' do
    written = ['{"a":1}', '"{\"a\":1}"', '[1]', '"text"', 'null']
    written << '{"a"=>1}' << '{:a=>1}' << '' if metadata == 'text'
    written.each_with_index do |json, index|
      definitions.upsert_definition(key: format('job %02d', index), cron: '@daily')
      server.query("UPDATE kaal_definitions SET metadata = '#{server.escape(json)}' WHERE #{server.quoted('key')} = 'job #{format('%02d', index)}'")
    end
    found = definitions.all_definitions.map { |definition| definition[:metadata] }
    expect(found).to eq([{ 'a' => 1 }, { 'a' => 1 }] + ([{}] * (written.size - 2)))
    # Whoever changes one writes an object in its place.
    expect(definitions.disable_definition('job 01')).to include(metadata: { 'a' => 1 }, enabled: false)
    expect(server.rows("SELECT metadata FROM kaal_definitions WHERE #{server.quoted('key')} = 'job 01'").dig(0, 0).delete(' ')).to eq('{"a":1}')
  end

  it 'keeps every text' do
    text = %(it's "quoted" \\ %s ? $1 \u{1F600} ümläut)
    definitions.upsert_definition(key: text, cron: '@daily', metadata: { text => [text] })
    log.log_dispatch(text, 60, text)
    expect(definitions.find_definition(text)).to include(key: text, metadata: { text => [text] })
    expect(log.find_dispatch(text, 60)).to include(key: text, node_id: text)
    expect(adapter.claim_many([[text, 60], [text, 120]], Kaal.configuration)).to eq([false, true])
    expect(server.rows("SELECT #{server.quoted('key')} FROM kaal_definitions")).to eq([[text]])
    expect(definitions.remove_definition(text)).to include(key: text)
  end
end
