# frozen_string_literal: true

require 'psych'
require 'random_values'
require 'tmpdir'

# Scheduler files of random values. Expressions are fuzzed by `bin/fuzz`, too.
RSpec.describe 'A random scheduler file' do
  let(:random) { RandomValues.new(ENV.fetch('KAAL_FUZZ_SEED') { Random.new_seed.to_s }.to_i) }
  let(:rounds) { ENV.fetch('KAAL_FUZZ_ROUNDS', 500).to_i }
  let(:path) { File.join(@folder, 'scheduler.yml') }

  around { |example| Dir.mktmpdir('kaal-fuzz') { |folder| @folder = folder and example.run } }

  before do
    stub_const('FuzzedJob', Class.new { def self.perform(*, **); end })
    Kaal.configuration.scheduler_config_path = path
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
  end

  def job
    sensible = {
      'key' => -> { random.text }, 'cron' => -> { random.pick('* * * * *', '@daily', '0 9 * * mon', random.text) },
      'every' => -> { random.pick('15m', '1h30m', 90, 0, -1, 1.5, 10**30, random.text) },
      'job_class' => -> { random.pick('FuzzedJob', '::FuzzedJob', 'Kernel', random.text) },
      'args' => -> { random.pick(['{{key}}', '{{fire_time.unix}}'], [random.value]) }, 'kwargs' => -> { random.pick({ 'a' => '{{key}}' }, random.value) },
      'metadata' => -> { random.pick({ 'team' => random.value }, random.value) }, 'enabled' => -> { random.pick(true, false, random.value) },
      'queue' => -> { random.text }, 'zone' => -> { random.pick('Europe/Paris', 'UTC', random.text) },
      'dst' => -> { random.pick({ 'gap' => 'skip' }, random.value) }, 'splay' => -> { random.pick(30, '5m', random.value) },
      'missed' => -> { random.pick('latest', 'all', 'skip', random.value) }, 'missed_within' => -> { random.pick(3_600, '1h', random.value) },
      'anchor' => -> { random.pick('2026-01-01T00:00:00Z', random.value) }, 'on_error' => -> { random.pick('retry', random.value) },
      'guarantee' => -> { random.pick('at_least_once', random.value) }, random.text => -> { random.value }
    }
    must = %w[key job_class].concat([random.pick('cron', 'every')])
    (must + sensible.keys.sample(3, random: random.generator)).to_h { |name| [name, random.rarely(10) { random.value } || sensible[name].call] }
  end

  def document
    random.rarely(10) { random.value } || { 'defaults' => { 'jobs' => Array.new(random.number(3)) { job } } }
  end

  # Loads it; whether it was taken.
  def load(text)
    File.binwrite(path, text)
    Kaal.load_scheduler_file!
    Kaal.tick!
    true
  rescue Kaal::SchedulerConfigError => e
    expect(e.message).to start_with(path)
    expect(e.message).to be_valid_encoding
    false
  end

  it 'is loaded, or refused with the place of the mistake' do
    loaded = Array.new(rounds) { load(Psych.dump(document)) }
    expect(loaded.tally.values.min).to be > rounds / 50 # it was neither always refused nor always taken
  rescue StandardError => e
    raise "#{e.class} with KAAL_FUZZ_SEED=#{random.seed}: #{e.message}\n#{File.read(path)}"
  end

  it 'need not be YAML' do
    rounds.times { load(random.broken(Psych.dump(document)).gsub('<%', '< %')) }
  rescue StandardError => e
    raise "#{e.class} with KAAL_FUZZ_SEED=#{random.seed}: #{e.message}\n#{File.binread(path).inspect}"
  end
end
