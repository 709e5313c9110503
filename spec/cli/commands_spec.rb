# frozen_string_literal: true

require 'command_line'

RSpec.describe Kaal::CLI do
  include CommandLine

  describe 'init' do
    it 'writes what a schedule needs to run' do
      expect(kaal!('init').out).to include('create  config/kaal.yml', 'create  config/scheduler.yml', 'create  jobs/hello_job.rb', 'kaal start')
      expect(kaal('doctor')).to have_attributes(out: '', err: '', code: 0)
      expect(kaal!('lint', 'config/scheduler.yml')).to have_attributes(out: '')
      process = start('tick')
      expect(process.wait.exitstatus).to eq(0)
      expect(process.output).to match(/\A(Hello from the run of .*Z\n){1,2}Kaal tick completed\n\z/)
    end

    it 'leaves what is there' do
      write('config/scheduler.yml', 'defaults: {}')
      expect(kaal!('init').out).to match(%r{skip  config/scheduler.yml})
      expect([read('config/scheduler.yml'), File.exist?(path('config/kaal.yml'))]).to eq(['defaults: {}', true])
    end

    Kaal::ConfigurationFile::BACKENDS.each do |name|
      it "writes a file that #{name} is reached by" do
        kaal!('init', "--backend=#{name}")
        Kaal.reset_configuration!
        Dir.chdir(folder) { Kaal::ConfigurationFile.new(variables: {}).apply(Kaal.configuration) }
        expect(Kaal.backend.class.name.downcase).to include(name)
        expect(Kaal.validate).to eq([])
      end
    end

    it 'knows the backends, and points an app on Rails to its generator' do
      expect(kaal('init', '--backend=mongo')).to have_attributes(err: /\Akaal: .*memory, redis, sqlite, postgres, mysql.*\n\z/, code: 2)
      write('config/application.rb', '')
      expect(kaal('init', '--backend=redis')).to have_attributes(err: %r{bin/rails generate kaal:install --backend=redis}, code: 2)
      expect(Dir.children(path('config'))).to eq(['application.rb'])
    end
  end

  describe 'explain' do
    it 'puts an expression in words' do
      expect(kaal('explain', '0 9 * * mon-fri')).to have_attributes(out: "At 09:00 from Monday to Friday\n", code: 0)
      expect(kaal!('explain', '0 0 * * *', '--json').json).to eq('expression' => '0 0 * * *', 'canonical' => '@daily', 'words' => 'Daily')
    end

    it 'refuses what is none' do
      expect(kaal('explain', '61 * * * *')).to have_attributes(out: '', err: "kaal: minute: 61 is out of range 0-59\n", code: 1)
    end
  end

  describe 'next' do
    it 'shows the next times, in UTC' do
      times = kaal!('next', '0 9 * * *', '--count', '3', '--zone', 'Asia/Tokyo').out.lines.map { |line| Time.iso8601(line.chomp) }
      expect([times.size, times.map(&:hour).uniq, times.sort]).to eq([3, [0], times])
    end

    it 'takes the zone of the configuration' do
      write('config/kaal.yml', 'defaults: { time_zone: Asia/Tokyo }')
      expect(kaal!('next', '0 9 * * *', '--json').json).to include('zone' => 'Asia/Tokyo', 'times' => all(end_with('T00:00:00Z')))
    end

    it 'refuses what cannot be' do
      expect(kaal('next', '@daily', '--zone', 'Mars')).to have_attributes(err: /\Akaal: time zone: "Mars".*\n\z/, code: 1)
      %w[0 -1 1.5 100001].each do |count|
        expect(kaal('next', '@daily', '--count', count)).to have_attributes(err: /\Akaal: --count must be a whole number from 1 to 100000, is .*\n\z/, code: 1)
      end
      expect(kaal('next', '@daily', '--count', 'many')).to have_attributes(err: /\Akaal: .*--count.*\n\z/, code: 2)
    end
  end

  describe 'lint' do
    def lint(text)
      write('config/scheduler.yml', text)
      kaal('lint', 'config/scheduler.yml', '--json')
    end

    before { stub_const('Printer', Class.new { def self.perform = nil }) }

    it 'finds all mistakes, of all sections' do
      answer = lint(<<~YAML)
        defaults:
          jobs: [{ key: a, cron: "61 * * * *", job_class: String }, { key: b, cron: "@daily", job_class: Nosuch }]
        production:
          jobs: [{ key: c, cron: "@daily", job_class: Kernel }, { cron: "@daily" }]
        test:
          jobs: [{ key: a, cron: "@daily", job_class: Printer }, { key: a, cron: "@daily", job_class: Printer }]
      YAML
      expect([answer.code, answer.json.map { |remark| remark.values.join(' ') }]).to match(
        [3, [/mistake .*job a: .*61/, /mistake .*job b: .*Nosuch/, /mistake .*job c: .*Kernel/, /mistake .*job number 2 of section production.*key/,
             /mistake .*job a: the key is there 2 times/]]
      )
    end

    it 'finds sections and fields that do not count, though they look as if they should' do
      answer = lint("default: {}\nprodution: { jobs: [] }\nstaging_eu: { jobs: [] }\nproduction: { job: [] }\n")
      expect([answer.code, answer.json.map { |remark| remark['message'] }]).to match(
        [3, contain_exactly(
          %r{config/scheduler.yml: section default counts in an environment of that name only: is defaults meant\?\z},
          /section prodution .*: is production meant\?\z/, /section production: job is unknown and ignored, expected jobs\z/
        )]
      )
    end

    it 'notes what one may not expect, which is no mistake' do
      answer = lint('defaults: { jobs: [{ key: a, cron: "0 0 1 * mon", job_class: Printer }] }')
      expect([answer.code, answer.json]).to match([0, [include('level' => 'note', 'message' => /job a: .*day/)]])
    end

    it 'says in one line that a file is broken, or missing' do
      expect(lint('a: [1')).to have_attributes(json: [include('message' => /scheduler.yml: no valid YAML in line \d/)], code: 3)
      expect(kaal('lint', 'nosuch.yml')).to have_attributes(err: /\Akaal: .*nosuch.yml: there is no such file\n\z/, code: 1)
    end
  end

  describe 'doctor' do
    it 'says what is wrong and how to mend it, with exit code 3' do
      write('config/kaal.yml', 'defaults: { backend: memory }')
      expect(kaal('doctor')).to have_attributes(out: /\Abackend: a MemoryAdapter .*\n  cure: use sqlite.*\n\z/, code: 3)
      expect(kaal('doctor', '--json').json).to match('findings' => [include('check' => 'backend', 'cure' => String)], 'unchecked' => [])
    end

    it 'finds a configuration that cannot be' do
      write('config/kaal.yml', 'defaults: { backend: mongo }')
      expect(kaal('doctor')).to have_attributes(out: /\Aconfiguration: .*"mongo"\n  cure: /, err: '', code: 3)
    end
  end

  describe 'create-tables' do
    it 'makes the tables of a database' do
      require 'postgres_server'
      server = PostgresServer.shared.tap(&:reset)
      write('config/kaal.yml', "defaults: { enable_log_dispatch_registry: true, backend_config: { url: '#{server.url}' } }")
      expect(kaal('doctor').code).to eq(3)
      expect([kaal('create-tables').code, kaal('doctor')]).to match([0, have_attributes(out: '', code: 0)])
      write('config/kaal.yml', 'defaults: { backend: memory }')
      expect(kaal('create-tables')).to have_attributes(err: /\Akaal: no tables to create/, code: 1)
    ensure
      server.end_sessions
    end
  end

  describe 'the command line' do
    {
      %w[nosuch] => /Could not find command "nosuch"/, %w[status --nosuch] => /Unknown switches.*--nosuch/,
      %w[explain] => /"kaal explain" was called with no arguments; Usage: "kaal explain EXPR"/,
      %w[run] => /"kaal run" was called with no arguments; Usage: "kaal run KEY"/,
      %w[create-tables now] => /"kaal create-tables" was called with arguments \["now"\]/,
      %w[backfill job] => /--from/, %w[history job --count x] => /--count/
    }.each do |arguments, message|
      it "is refused in one line, with exit code 2: #{arguments.join(' ')}" do
        expect(kaal(*arguments)).to have_attributes(out: '', err: /\Akaal: [^\n]*#{message}[^\n]*\n\z/, code: 2)
      end
    end

    it 'is helped on where a command is mistyped' do
      expect(kaal('statsu')).to have_attributes(
        err: %(kaal: Could not find command "statsu"; Did you mean? "status"; `kaal help` lists the commands\n), code: 2
      )
    end

    it 'may have switches before the command' do
      write('other.yml', 'defaults: { backend: memory, namespace: other }')
      expect(kaal!('-C', 'other.yml', '--json', 'status').json['settings']).to include('namespace' => 'other')
      expect(kaal!('--config=other.yml', 'status').out).to include('Namespace: other')
      expect(kaal!('--json', '--version').json).to eq('version' => Kaal::VERSION)
      [%w[--json], %w[-C other.yml], %w[--nosuch], %w[-C]].each do |switches|
        expect(kaal(*switches)).to have_attributes(out: '', err: "kaal: a command is missing: `kaal help` lists them\n", code: 2)
      end
    end

    it 'lists the commands, and tells the version' do
      expect(kaal!('help').out).to include('kaal start', 'kaal run KEY', 'kaal doctor', '--json')
      expect([kaal!('version').out, kaal!('--version').out]).to eq(["#{Kaal::VERSION}\n"] * 2)
    end
  end

  describe 'the app' do
    it 'is to be configured' do
      %w[status tick start].each do |command|
        expect(kaal(command)).to have_attributes(err: /\Akaal: no backend is configured: .*`kaal init` writes what is needed\n\z/, code: 1)
      end
    end

    it 'need not be on Rails where it has a config/environment.rb, as those on Sinatra and Hanami have' do
      write('config/environment.rb', "raise 'not asked for'")
      write('config/kaal.yml', 'defaults: { backend: memory }')
      expect(kaal!('status').out).to include('Jobs: 0')
    end

    it 'can be configured by variables alone' do
      write('config/scheduler.yml', '')
      process = start('status', '--json', KAAL_BACKEND: 'memory', KAAL_TICK_INTERVAL: '3')
      expect([process.wait.exitstatus, JSON.parse(process.output)['settings']]).to match([0, include('tick_interval' => 3)])
    end

    it 'can be configured by another file, and by Ruby' do
      write('other.yml', 'defaults: { backend: memory, namespace: other }')
      write('more.rb', "Kaal.configuration.tick_interval = 3\n")
      expect(kaal!('status', '-C', 'other.yml', '-r', 'more.rb').out).to include('Namespace: other', 'Tick interval: 3s')
      expect(kaal('status', '-C', 'nosuch.yml')).to have_attributes(err: "kaal: nosuch.yml: there is no such file\n", code: 1)
    end

    it 'tells that the store fails, what it says, and what to do, without its password' do
      write('config/kaal.yml', "defaults: { backend_config: { url: 'redis://:hush@127.0.0.1:1/0' } }")
      write('config/scheduler.yml', '')
      expect(kaal('status')).to have_attributes(
        err: "kaal: the store fails: Connection refused (os error 111); `kaal doctor` looks for the cause\n", code: 1
      )
    end

    it 'tells which file cannot be read or written' do
      FileUtils.mkdir_p(path('config/kaal.yml'))
      expect(kaal('status')).to have_attributes(err: %r{\Akaal: /\S*/config/kaal.yml: cannot be read: Is a directory\n\z}, code: 1)
      FileUtils.rm_r(path('config'))
      write('config', '')
      expect(kaal('init')).to have_attributes(out: '', err: "kaal: config: Not a directory\n", code: 1)
    end

    it 'tells in one line what is wrong with it, and where on request' do
      write('config/kaal.yml', 'defaults: { backend: memory, require: broken.rb }')
      write('broken.rb', "raise 'no\n luck'")
      expect(kaal('status')).to have_attributes(err: %r{\Akaal: cannot load .*/broken.rb: RuntimeError: no\n\z}, code: 1)
      expect { kaal('status', '--trace') }.to raise_error(LoadError) { |e| expect(e.backtrace.first).to include('broken.rb:1') }
      write('config/kaal.yml', 'defaults: { lease_ttl: 60, backend: memory }')
      expect(kaal('status')).to have_attributes(err: /\Akaal: lease_ttl must be at least.*\n\z/, code: 1)
    end
  end
end
