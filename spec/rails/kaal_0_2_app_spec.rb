# frozen_string_literal: true

require 'kaal_0_2_app'
require 'postgres_server'
require 'sqlite3'

# Kaal 0.2 itself cannot be installed here: a stand-in reads and writes what it would, and takes nothing else.
RSpec.describe 'An app of Kaal 0.2' do # rubocop:disable RSpec/DescribeClass
  # What only kaal-rs has: options, a cron with a zone, and a claim that stays open, as its callback never returns.
  let(:novelties) { <<~RUBY }
    Kaal.create_tables! if Kaal.backend.respond_to?(:create_tables)
    Kaal.register(key: 'berlin', cron: '0 9 * * * Europe/Berlin', splay: 60, enqueue: ->(**) {})
    Kaal.register(key: 'once', cron: '* * * * *', zone: 'Europe/Berlin', guarantee: :at_least_once, enqueue: ->(**) { Thread.exit })
    Thread.new { Kaal.tick! }.join
  RUBY
  # What the app asks of what both gems have written.
  let(:questions) { <<~RUBY }
    definitions = %w[cleanup paused team:report].map { |key| Kaal.definition_registry.find_definition(key) }
    dispatched = [-60, 0, 60].map { |past| Kaal.dispatch_log_registry.find_dispatch('cleanup', Time.at(#{minute} + past)) }
    puts JSON.generate([definitions.map { |one| one.values_at(:cron, :enabled, :source) }, definitions.last[:metadata],
                        dispatched.map { |one| one && one[:node_id] }, #{reports},
                        Kaal.definition_registry.find_definition('once')&.dig(:metadata, 'kaal_rs')])
  RUBY
  let(:minute) { Time.now.to_i / 60 * 60 }
  let(:definitions) { [['* * * * *', true, 'code'], ['* * * * *', false, 'code'], ['* * * * *', true, 'file']] }
  let(:metadata) do
    execution = { 'target' => 'active_job', 'job_class' => 'ReportJob', 'queue' => 'low', 'args' => ['{{fire_time.unix}}'] }
    { 'owner' => 'ops', 'execution' => include(execution) }
  end

  after { app.remove }

  # A process of the app's, for which it is that time.
  def script(time, code)
    <<~RUBY
      require 'active_support/testing/time_helpers'
      extend ActiveSupport::Testing::TimeHelpers
      $stdout.sync = true
      travel_to(Time.at(#{time}))
      #{code}
    RUBY
  end

  def node(time, code)
    app.runner(script(time, code)).lines.last
  end

  # One that does something and ticks, and goes on when it is told to.
  def waiting_node(time, first, code)
    tick = "Kaal.tick!; puts 'ticked'; sleep 0.01 until File.exist?(\"go on \#{Process.pid}\")"
    process = app.start(RbConfig.ruby, 'bin/rails', 'runner', script(time, "#{first}; #{tick}\n#{code}"))
    app.wait_for('a tick', seconds: 30) { process.output.include?("ticked\n") || raise_if_ended(process) }
    process
  end

  def raise_if_ended(process)
    raise process.output if process.ended?
  end

  def go_on(process)
    app.write("go on #{process.pid}", '')
    raise process.output unless process.wait(30).success?

    process.output.lines.last
  end

  def runs_of(time, version)
    ["cleanup #{time} #{version}", "team:report #{time} #{version} low"]
  end

  # What {questions} are answered with.
  def expect_answers(json, *times, options: include('zone' => 'Europe/Berlin', 'guarantee' => 'at_least_once'))
    node_ids = times.map { Socket.gethostname } + ([nil] * (3 - times.size))
    expect(JSON.parse(json)).to match([definitions, include(metadata), node_ids, reported(times), options])
  end

  shared_examples 'one that changes its gem' do
    it 'runs on kaal-rs by another line in its Gemfile, beside nodes of Kaal, and on Kaal again' do
      expect_answers(node(minute - 59, "Kaal.disable(key: 'paused'); Kaal.tick!; #{questions}"), minute - 60, options: nil)

      app.use('kaal-rs')
      ours = waiting_node(minute + 1, novelties, questions)
      expected = runs_of(minute - 60, '0.2.0') + runs_of(minute, Kaal::VERSION)
      expect(app.runs).to match_array(expected)

      app.use('kaal')
      another = "Kaal.register(key: 'once', cron: '0 0 1 1 *', enqueue: ->(**) {})"
      theirs = waiting_node(minute + 1, another, "travel_to(Time.at(#{minute + 61})); Kaal.tick!; #{questions}")
      expect(app.runs).to match_array(expected)
      expect_answers(go_on(ours), minute - 60, minute)
      expect_answers(go_on(theirs), minute - 60, minute, minute + 60)
      expect(app.runs).to match_array(expected += runs_of(minute + 60, '0.2.0'))

      app.use('kaal-rs')
      expect_answers(node(minute + 61, "Kaal.tick!; #{questions}"), minute - 60, minute, minute + 60)
      expect(app.runs).to match_array(expected)
      expect(open_claims).to eq(1)
    end
  end

  context 'with Redis' do
    let(:reports) { 'nil' }
    let(:app) { Kaal02App.new("Kaal::Backend::RedisAdapter.new(Redis.new(url: '#{RedisServer.shared.url}'))") }

    before { RedisServer.shared.flush }

    after { RedisServer.shared.flush }

    def reported(_times) = nil
    def open_claims = Redis.new(url: RedisServer.shared.url).zcard('kaal:claims')

    it_behaves_like 'one that changes its gem'
  end

  context 'with tables' do
    let(:reports) { "[DispatchReport.of('cleanup'), DispatchReport.jobs]" }

    def reported(times) = [times, [['team:report', 'ops']]]

    context 'with SQLite' do
      let(:app) { Kaal02App.new('Kaal::Backend::SQLiteAdapter.new', database: { adapter: 'sqlite3', database: 'storage/app.sqlite3' }) }

      def open_claims = SQLite3::Database.new(app.path('storage/app.sqlite3')).get_first_value('select count(*) from kaal_claims')

      it_behaves_like 'one that changes its gem'
    end

    context 'with PostgreSQL' do
      let(:server) { PostgresServer.shared }
      let(:app) do
        Kaal02App.new('Kaal::Backend::PostgresAdapter.new', database: {
                        adapter: 'postgresql', host: '127.0.0.1', port: server.port, username: 'postgres', database: 'kaal_test'
                      })
      end

      before { server.reset }

      after { server.end_sessions }

      def open_claims = server.rows('select count(*) from kaal_claims').dig(0, 0).to_i

      it_behaves_like 'one that changes its gem'
    end
  end
end
