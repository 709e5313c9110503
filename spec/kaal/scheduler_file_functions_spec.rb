# frozen_string_literal: true

require 'scheduler_file'

RSpec.describe Kaal do
  include SchedulerFile

  let(:log) { StringIO.new }

  before do
    described_class.logger = Logger.new(log)
    described_class.configuration.scheduler_config_path = path
    described_class.configuration.tick_interval = 1
    described_class.configuration.recovery_startup_jitter = 0
  end

  describe '.load_scheduler_file!' do
    it 'gives the jobs' do
      write_job
      expect(described_class.load_scheduler_file!).to match([include(key: 'report', job_class_name: 'SchedulerFile::Later')])
      expect(described_class.registry.registered?('report')).to be(true)
    end

    it 'has a running scheduler look at once' do
      described_class.configuration.tick_interval = 30
      described_class.start!
      wait_for('the first tick') { described_class.recovery_progress }
      write_job(cron: '* * * * * *')
      described_class.load_scheduler_file!
      wait_for('a run', seconds: 5) { SchedulerFile::Later.calls.any? }
    end

    it 'goes by Rails where that is loaded whole' do
      described_class.configuration.scheduler_config_path = 'config/scheduler.yml'
      write('staging: { jobs: [{ key: a, cron: "@daily", job_class: SchedulerFile::Plain }] }')
      stub_const('Rails', SchedulerFile::Context.new(folder, 'staging'))
      expect(described_class.load_scheduler_file!).to match([include(key: 'a')])
      stub_const('Rails', Module.new)
      expect(described_class.load_scheduler_file!).to eq([])
    end
  end

  describe '.defer_scheduler_file!' do
    before { described_class.defer_scheduler_file! }

    %i[start! tick!].each do |call|
      it "has #{call} load it, once" do
        write_job
        expect(described_class.registry.size).to eq(0)
        described_class.public_send(call)
        expect(described_class.registry.registered?('report')).to be(true)
        described_class.unregister(key: 'report')
        2.times { described_class.public_send(call) }
        expect(described_class.registry.size).to eq(0)
      end

      it "has #{call} raise as long as it is wrong" do
        write_job(job_class: 'None')
        2.times { expect { described_class.public_send(call) }.to raise_error(Kaal::SchedulerConfigError, /job report: /) }
        expect(described_class.running?).to be(false)
        write_job
        described_class.public_send(call)
        expect(described_class.registry.registered?('report')).to be(true)
      end
    end

    it 'lets a start go on while the store fails, and loads it when that answers' do
      write_job(cron: '* * * * * *')
      store = described_class.definition_registry
      allow(store).to receive(:upsert_definition).and_raise(Kaal::Backend::StoreError, 'away')
      described_class.start!
      wait_for('word of it') { log.string.include?('the scheduler file was not loaded, it will be tried again: away') }
      allow(store).to receive(:upsert_definition).and_call_original
      wait_for('a run', seconds: 5) { SchedulerFile::Later.calls.any? }
    end

    it 'is done with when it is loaded by hand' do
      write_job
      described_class.load_scheduler_file!
      described_class.unregister(key: 'report')
      described_class.tick!
      expect(described_class.registry.size).to eq(0)
    end

    it 'is for one of many threads' do
      write_job
      loads = Queue.new
      threads = []
      allow(Kaal::SchedulerFileLoader).to receive(:new).and_wrap_original do |new, **arguments|
        loads << true
        wait_for('the other threads') { (threads - [Thread.current]).all?(&:stop?) && threads.size == 8 }
        new.call(**arguments)
      end
      8.times { threads << Thread.new { described_class.load_deferred_scheduler_file! } }
      threads.each(&:join)
      expect(loads.size).to eq(1)
    end

    it 'lets the file tick' do
      write_job
      File.write(path, "<% Kaal.tick! %>#{File.read(path)}")
      described_class.tick!
      expect(described_class.registry.registered?('report')).to be(true)
    end

    it 'is forgotten with the registry' do
      write_job
      described_class.reset_registry!
      described_class.tick!
      expect(described_class.registry.size).to eq(0)
    end
  end

  describe 'a file that changes' do
    before do
      write_job
      described_class.load_scheduler_file!
    end

    def cron
      described_class.registry.find('report').cron
    end

    it 'is loaded again by the running scheduler where that is asked for' do
      described_class.configuration.scheduler_reload = true
      described_class.start!
      write_job(cron: '* * * * * *')
      wait_for('a run') { SchedulerFile::Later.calls.any? }
      expect(definition).to include(cron: '* * * * * *')
    end

    it 'is left alone else' do
      write_job(cron: '@hourly')
      described_class.tick!
      expect(cron).to eq('@daily')
    end

    it 'is loaded once for each change' do
      described_class.configuration.scheduler_reload = true
      described_class.tick!
      write_job(cron: '@hourly')
      3.times { described_class.tick! }
      expect([cron, log.string.scan('1 jobs loaded').size]).to eq(['@hourly', 2])
    end

    it 'may be wrong: that is logged once, and the jobs stay' do
      described_class.configuration.scheduler_reload = true
      write_job(cron: '@hourly', job_class: 'None')
      3.times { described_class.tick! }
      expect(cron).to eq('@daily')
      expect(log.string.scan("the scheduler file was not loaded, the jobs stay as they were: #{path}: job report: job_class None is unknown").size).to eq(1)
      write_job(cron: '@hourly')
      described_class.tick!
      expect(cron).to eq('@hourly')
    end

    it 'tells hooks and Rails that it is wrong, once' do
      told = []
      described_class.configuration.on_error { |error, context| told << [error.class, context] }
      reporter = Object.new
      reporter.define_singleton_method(:report) { |error, context:, **| told << [error.class, context.fetch(:kaal)] }
      stub_const('Rails', Module.new)
      Rails.define_singleton_method(:error) { reporter }
      File.write(path, 'defaults: 1')
      described_class.reload_scheduler_file!
      3.times { described_class.tick! }
      context = { message: 'the scheduler file was not loaded, the jobs stay as they were' }
      expect(told).to eq([[Kaal::SchedulerConfigError, context]] * 2)
      expect([cron, described_class.registry.find('report').enqueue]).to match(['@daily', be_truthy])
    end

    it 'may go and come back' do
      described_class.configuration.scheduler_reload = true
      File.delete(path)
      3.times { described_class.tick! }
      expect([cron, log.string.scan('there is no such file').size]).to eq(['@daily', 1])
      write_job(cron: '@hourly')
      described_class.tick!
      expect(cron).to eq('@hourly')
    end

    it 'is tried again while the store fails' do
      described_class.configuration.scheduler_reload = true
      write_job(cron: '@hourly')
      store = described_class.definition_registry
      allow(store).to receive(:upsert_definition).and_raise(Kaal::Backend::StoreError, 'away')
      described_class.tick!
      expect(cron).to eq('@daily')
      allow(store).to receive(:upsert_definition).and_call_original
      described_class.tick!
      expect(cron).to eq('@hourly')
    end

    it 'is loaded again by a signal' do
      described_class.configuration.tick_interval = 30
      described_class.start!
      wait_for('the first tick') { described_class.recovery_progress }
      write_job(cron: '@hourly')
      before = trap(:HUP) { described_class.reload_scheduler_file! }
      Process.kill(:HUP, Process.pid)
      wait_for('the reload', seconds: 5) { cron == '@hourly' }
    ensure
      trap(:HUP, before || 'DEFAULT')
    end
  end
end
