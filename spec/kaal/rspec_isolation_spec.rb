# frozen_string_literal: true

require 'open3'
require 'tmpdir'

# Each example runs a spec file of an app's in a process of its own.
RSpec.describe "require 'kaal/rspec'" do # rubocop:disable RSpec/DescribeClass
  let(:folder) { Dir.mktmpdir('kaal-rspec') }

  after { FileUtils.rm_rf(folder) }

  # @return [String] what rspec says
  def run_specs(text, helpers: '')
    file = File.join(folder, 'app_spec.rb')
    File.write(file, helpers + <<~RUBY + text)
      require 'kaal/rspec'
      BACKEND = Kaal::Backend::MemoryAdapter.new
      Kaal.backend = BACKEND
      Kaal.configuration.enable_log_dispatch_registry = true
      CALLS = []
      Kaal.register(key: 'app', cron: '@hourly', splay: 1, enqueue: ->(fire_time:, **) { CALLS << fire_time })
      REGISTRY = Kaal.registry
      RSpec.configure do |config|
        config.after(:suite) do
          same = Kaal.backend.equal?(BACKEND) && Kaal.registry.equal?(REGISTRY) && Kaal.registered.map(&:key) == ['app']
          puts "put back: \#{same}", "log: \#{BACKEND.dispatch_registry.size}"
          puts "now: \#{(Time.now - Time.at(Process.clock_gettime(Process::CLOCK_REALTIME))).abs < 1}"
        end
      end
    RUBY
    library = File.expand_path('../../lib', __dir__)
    Open3.capture2e({ 'SPEC_OPTS' => nil }, RbConfig.ruby, "-I#{library}", '-S', 'rspec', '--order', 'defined', file, chdir: folder).first
  end

  it 'gives every example the jobs of the app, and definitions and dispatches of its own' do
    told = run_specs(<<~RUBY)
      RSpec.describe 'An app' do
        2.times do
          it 'has its jobs, and adds some' do
            expect(Kaal.registered.map(&:key)).to eq(['app'])
            expect(Kaal.definition_registry.find_definition('app')[:metadata]).to eq('kaal_rs' => { 'splay' => 1 })
            expect(Kaal).not_to have_dispatched('app')
            expect(Kaal.tick_interval).to eq(5)
            Kaal.tick_interval = 7
            Kaal.register(key: 'own', cron: '@daily', enqueue: ->(**) {})
            Kaal.disable(key: 'own')
            travel_and_tick(3_601)
            expect(Kaal).to have_dispatched('app').times(1)
            expect(Kaal.dispatch_log_registry.size).to eq(1)
          end
        end
      end
    RUBY
    expect(told).to include('2 examples, 0 failures', 'put back: true', 'log: 0', 'now: true')
  end

  it 'loads the scheduler file for those examples that ask for its jobs' do
    File.write(File.join(folder, 'jobs.yml'), "defaults: { jobs: [{ key: file, cron: '@hourly', job_class: Job }] }\n")
    told = run_specs(<<~RUBY)
      Kaal.configuration.scheduler_config_path = 'jobs.yml'
      Kaal.defer_scheduler_file!
      class Job
        def self.perform(*) = nil
      end
      RSpec.describe 'An app' do
        it('does not load it') { expect(Kaal).not_to be_registered(key: 'file') }
        2.times { it('has its jobs') { expect(Kaal).to be_scheduled('file').with_cron('@hourly') } }
        it('dispatches its jobs') { expect { travel_and_tick(3_600) }.to have_dispatched('file').and have_dispatched('app') }
      end
    RUBY
    expect(told).to include('4 examples, 0 failures', 'put back: true')
  end

  it 'stops a scheduler that an example has started' do
    told = run_specs(<<~RUBY)
      RSpec.describe 'An app' do
        it('may start it') { expect(Kaal.start!).to be_alive }
        it('has it stopped afterwards') { expect(Thread.list.map(&:name)).not_to include('kaal') }
      end
    RUBY
    expect(told).to include('2 examples, 0 failures')
  end

  it 'travels with ActiveSupport where that is included, and travels back' do
    told = run_specs(<<~RUBY, helpers: "require 'active_support'\nrequire 'active_support/testing/time_helpers'\nrequire 'active_support/time'\n")
      RSpec.describe 'An app' do
        include ActiveSupport::Testing::TimeHelpers

        it 'travels' do
          travel_to Time.utc(2026, 1, 31, 12)
          expect { travel_and_tick(1.month) }.to have_dispatched('app').times(28 * 24)
          expect(Date.today).to eq(Date.new(2026, 2, 28))
          expect { travel_and_tick(Time.find_zone('UTC').local(2026, 2, 28, 13, 0, 1)) }
            .to have_dispatched('app').at(Time.find_zone('UTC').local(2026, 2, 28, 13))
        end
      end
    RUBY
    expect(told).to include('1 example, 0 failures', 'put back: true', 'now: true')
  end

  it 'puts back what there was also after an example that fails' do
    told = run_specs("RSpec.describe('An app') { it { Kaal.unregister(key: 'app'); travel_and_tick(1); raise 'no' } }\n")
    expect(told).to include('1 example, 1 failure', 'put back: true', 'now: true')
  end
end
