# frozen_string_literal: true

require 'scheduler_file'

RSpec.describe Kaal::SchedulerFileLoader do
  include SchedulerFile

  let(:log) { StringIO.new }

  before { Kaal.logger = Logger.new(log) }

  def load(...)
    loader(...).load
  end

  describe 'of a file with defaults and environments' do
    let(:report) do
      { key: 'report', cron: '0 9 * * mon-fri Europe/Berlin', job_class_name: 'SchedulerFile::Later', queue: 'low',
        args: ['{{fire_time.unix}}', 1], kwargs: { 'run' => '{{ key }}' }, enabled: false,
        metadata: { 'owner' => 'ops', 'note' => '{{not scanned}}' } }
    end
    let(:plain) do
      { cron: '*/5 * * * * *', job_class_name: 'SchedulerFile::Plain', queue: nil, args: [], kwargs: {}, enabled: true, metadata: {} }
    end

    before do
      write(<<~YAML)
        defaults:
          jobs:
            - key: " report "
              cron: " 0 9 * * mon-fri Europe/Berlin "
              job_class: " SchedulerFile::Later "
              queue: low
              args: ["{{fire_time.unix}}", 1]
              kwargs: { run: "{{ key }}" }
              enabled: false
              metadata: { owner: ops, note: "{{not scanned}}" }
        test:
          jobs:
            <%- %w[a b].each do |name| -%>
            - { key: <%= name %>, cron: "*/5 * * * * *", job_class: SchedulerFile::Plain }
            <%- end -%>
        production:
          jobs:
            - { key: other, cron: "@daily", job_class: SchedulerFile::Plain }
      YAML
    end

    it 'gives the jobs of the defaults and of its environment' do
      expect(load).to eq([report, { key: 'a', **plain }, { key: 'b', **plain }])
      expect(log.string).to include("#{path}: 3 jobs loaded")
    end

    it 'stores their definitions, with how they are called, and keeps their callbacks' do
      load
      expect(definition).to include(cron: '0 9 * * mon-fri Europe/Berlin', enabled: false, source: 'file')
      expect(definition[:metadata]).to eq(
        'owner' => 'ops', 'note' => '{{not scanned}}', 'execution' => {
          'target' => 'active_job', 'job_class' => 'SchedulerFile::Later', 'queue' => 'low',
          'args' => ['{{fire_time.unix}}', 1], 'kwargs' => { 'run' => '{{ key }}' }
        }
      )
      expect(definition('a')[:metadata]['execution']).to include('target' => 'ruby', 'queue' => nil)
      expect(Kaal.registered).to match_array(%w[a b report].map { |key| have_attributes(key: key, enqueue: respond_to(:call)) })
    end
  end

  it 'has no jobs where there are no sections, no `jobs` or no text' do
    ['', '# nothing', 'production: { jobs: [] }', 'defaults: {}', 'defaults: { jobs: [] }'].each do |text|
      write(text)
      expect(load).to eq([]), text
    end
  end

  it 'takes the options of Kaal.register' do
    write_job(zone: 'Europe/Berlin', dst: { gap: 'shift', overlap: 'first' }, splay: 30, missed: 'latest', missed_within: 600, on_error: 'retry')
    load
    expect(definition[:metadata]['kaal_rs']).to eq(
      'zone' => 'Europe/Berlin', 'dst' => { 'gap' => 'shift', 'overlap' => 'first' }, 'splay' => 30, 'missed' => 'latest',
      'missed_within' => 600, 'on_error' => 'retry'
    )
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
    Kaal.configuration.enable_log_dispatch_registry = true
    write_job(guarantee: 'at_least_once', missed: nil)
    load
    expect(definition[:metadata]['kaal_rs']).to eq('guarantee' => 'at_least_once')
  end

  it 'takes an interval in the place of a cron' do
    write_job(cron: nil, every: '1h30m', anchor: '2026-03-01T03:00:00+01:00')
    expect(load).to match([include(cron: '@every 5400s')])
    expect([definition[:cron], definition[:metadata]['kaal_rs']]).to eq(['@every 5400s', { 'anchor' => '2026-03-01T02:00:00Z' }])
    write_job(cron: nil, every: 900)
    expect(load).to match([include(cron: '@every 900s')])
  end

  it 'warns of fields that it does not know, and of a queue that nothing can be told of' do
    write_job(job_class: 'SchedulerFile::Plain', queue: 'low', que: 'low', retries: 3)
    load
    expect(log.string).to include(
      "#{path}: job report: que, retries is unknown and ignored, expected key, cron, every, job_class, enabled, queue, args, kwargs, metadata, dst",
      "#{path}: job report: queue low is ignored, SchedulerFile::Plain has no .set(queue:)"
    )
  end

  it 'warns of sections and fields that do not count, though they look as if they should' do
    write("default: { jobs: [] }\nprodution: { jobs: [] }\nproduction2: { jobs: [] }\ntest: { job: [] }\n")
    load
    expect(log.string.scan(/WARN -- : \[Kaal\] (.*)/).flatten).to eq(
      ["#{path}: section default counts in an environment of that name only: is defaults meant?",
       "#{path}: section prodution counts in an environment of that name only: is production meant?",
       "#{path}: section test: job is unknown and ignored, expected jobs"]
    )
  end

  it 'says nothing of the section of its own environment, whatever it is called' do
    write('tent: { jobs: [] }')
    loader(env: 'tent').load
    expect(log.string).not_to include('WARN')
  end

  it 'goes by ENV and the current folder outside Rails' do
    write('staging: { jobs: [{ key: a, cron: "@daily", job_class: SchedulerFile::Plain }] }')
    loader = described_class.new(
      configuration: Kaal.configuration, definition_registry: Kaal.definition_registry, registry: Kaal.registry, logger: nil
    )
    allow(ENV).to receive(:[]).and_call_original
    allow(ENV).to receive(:[]).with('RAILS_ENV').and_return(nil)
    allow(ENV).to receive(:[]).with('RACK_ENV').and_return('staging')
    Dir.chdir(folder) { expect(loader.load).to match([include(key: 'a')]) }
  end

  it 'reads the path of newer versions where the default one is missing, and only then' do
    write('defaults: { jobs: [{ key: newer, cron: "@daily", job_class: SchedulerFile::Plain }] }', File.join(folder, 'config/kaal-scheduler.yml'))
    expect(load).to match([include(key: 'newer')])
    write_job
    expect(load).to match([include(key: 'report')])
    Kaal.configuration.scheduler_config_path = 'config/other.yml'
    expect(load).to eq([])
  end

  it 'goes by the policy for a file that is missing' do
    message = "#{path}: there is no such file; make it, or set config.scheduler_config_path"
    expect(load).to eq([])
    expect(log.string).to include("WARN -- : [Kaal] #{message}")
    Kaal.configuration.scheduler_missing_file_policy = :error
    expect { load }.to raise_error(Kaal::SchedulerConfigError, message)
  end

  describe 'loading again' do
    before do
      write_job
      load
    end

    it 'overwrites what was switched by hand' do
      Kaal.disable(key: 'report')
      load
      expect(definition).to include(enabled: true)
    end

    it 'writes only what has changed' do
      write(<<~YAML)
        defaults:
          jobs:
            - { key: report, cron: "@hourly", job_class: SchedulerFile::Later, splay: 5, metadata: { since: 1.5 } }
      YAML
      load
      expect(definition[:metadata]['kaal_rs']).to include('splay' => 5, 'since' => be_a(String))
      expect { load }.not_to(change { Kaal.definition_registry.version })
      write_job(cron: '@hourly', args: [1])
      expect { load }.to(change { Kaal.definition_registry.version })
    end

    it 'leaves a job that is gone from the file its definition and its callback' do
      write('{}')
      expect([load, definition, Kaal.registry.registered?('report')]).to match([[], include(source: 'file'), true])
    end
  end

  describe 'a job that is defined elsewhere too' do
    before do
      Kaal.definition_registry.upsert_definition(key: 'report', cron: '@hourly', enabled: false, metadata: { 'owner' => 'ops' })
      write_job
    end

    it 'is refused' do
      expect { load }.to raise_error(
        Kaal::SchedulerConfigError,
        "#{path}: job report is defined by code too; remove one of the two (Kaal.unregister(key: \"report\") removes what is stored), or set " \
        'config.scheduler_conflict_policy to :file_wins or :code_wins'
      )
      expect([definition, Kaal.registry.size]).to match([include(cron: '@hourly'), 0])
    end

    it 'is left as it is where code wins, with a warning' do
      Kaal.configuration.scheduler_conflict_policy = :code_wins
      expect([load, definition, Kaal.registry.size]).to match([[], include(cron: '@hourly', source: 'code'), 0])
      expect(log.string).to include("WARN -- : [Kaal] #{path}: job report is defined by code too, and that wins")
    end

    it 'is replaced where the file wins' do
      Kaal.configuration.scheduler_conflict_policy = :file_wins
      load
      expect(definition).to include(cron: '@daily', source: 'file', enabled: true)
      expect(definition[:metadata].keys).to contain_exactly('execution', 'kaal_rs')
      expect(Kaal.registry.registered?('report')).to be(true)
    end
  end

  describe 'when it fails midway' do
    let(:failing) do
      Class.new(Kaal::Definition::MemoryEngine) do
        attr_accessor :failure

        def write(changes)
          failure&.call(*changes.first)
          super
        end
      end.new
    end

    before do
      write('defaults: { jobs: [{ key: a, cron: "@daily", job_class: SchedulerFile::Plain }] }')
      load(definitions: failing)
      failing.upsert_definition(key: 'a', cron: '@weekly', enabled: false, source: 'file', metadata: { 'owner' => 'ops' })
      write(<<~YAML)
        defaults:
          jobs:
            - { key: a, cron: "@daily", job_class: SchedulerFile::Later }
            - { key: b, cron: "@daily", job_class: SchedulerFile::Later }
            - { key: c, cron: "@daily", job_class: SchedulerFile::Later }
      YAML
    end

    def expect_nothing_changed
      expect(failing.all_definitions).to match([include(key: 'a', cron: '@weekly', enabled: false, metadata: include('owner' => 'ops'))])
      expect(Kaal.registry.all.map(&:key)).to eq(%w[a])
      Kaal.registry.find('a').enqueue.call(fire_time: Time.now, idempotency_key: 'k')
      expect([SchedulerFile::Plain.calls.size, SchedulerFile::Later.calls.size]).to eq([1, 0])
    end

    it 'takes back what it had applied' do
      failing.failure = ->(key, *) { raise Kaal::Backend::StoreError, 'away' if key == 'c' }
      expect { load(definitions: failing) }.to raise_error(Kaal::Backend::StoreError, 'away')
      expect_nothing_changed
    end

    it 'names the job that the store refuses' do
      failing.failure = ->(key, *) { raise ArgumentError, 'job key is too long' if key == 'b' }
      expect { load(definitions: failing) }.to raise_error(Kaal::SchedulerConfigError, "#{path}: job b: job key is too long")
      expect_nothing_changed
    end

    it 'takes it back also when it is interrupted' do
      waits = Queue.new
      failing.failure = ->(key, *) { (waits << true) && sleep if key == 'b' }
      thread = Thread.new { load(definitions: failing) }
      waits.pop
      failing.failure = nil
      thread.kill.join
      expect_nothing_changed
    end

    it 'says what could not be taken back, while the store fails' do
      failing.failure = lambda do |key, *|
        failing.failure = ->(*) { raise Kaal::Backend::StoreError, 'still away' } if key == 'b'
        raise Kaal::Backend::StoreError, 'away' if key == 'b'
      end
      expect { load(definitions: failing) }.to raise_error(Kaal::Backend::StoreError, 'away')
      expect(log.string).to include('what the scheduler file had changed could not be taken back of a: still away')
      expect(Kaal.registry.all.map(&:key)).to eq(%w[a])
    end
  end

  it 'changes nothing when one job is wrong' do
    write(<<~YAML)
      defaults:
        jobs:
          - { key: a, cron: "@daily", job_class: SchedulerFile::Later }
          - { key: b, cron: "@daily", job_class: None }
    YAML
    expect { load }.to raise_error(Kaal::SchedulerConfigError)
    expect([Kaal.registered, Kaal.registry.size]).to eq([[], 0])
  end
end
