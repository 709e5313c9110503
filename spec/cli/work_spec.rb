# frozen_string_literal: true

require 'command_line'

# Without Rails. Signals, order and failures are in spec/rails/active_job_spec.rb.
RSpec.describe 'kaal work' do # rubocop:disable RSpec/DescribeClass
  include CommandLine

  let(:redis) { RedisServer.shared }

  before do
    redis.flush
    write('config/kaal.yml', "defaults: { require: jobs.rb, queue_redis: '#{redis.url}', queue_options: { max_attempts: 1 }, namespace: app }\n")
    write('jobs.rb', <<~RUBY)
      require 'kaal/active_job'
      ActiveJob::Base.queue_adapter = :kaal
      ActiveJob::Base.logger = nil
      class GreetingJob < ActiveJob::Base
        def perform(name) = name == 'nobody' ? raise('whom?') : puts("hello \#{name}")
      end
      %w[nobody ada].each { |name| GreetingJob.perform_later(name) }
    RUBY
  end

  it 'performs the jobs of an app that config/kaal.yml configures, and tells of those that fail' do
    process = start('work', '--concurrency', '1') # what ada's job prints comes last
    wait_for('both', seconds: 20) { process.output.include?('hello ada') && process.output.include?('whom?') }
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(process.output.scan(/^\S+Z ERROR job .* of queue app:queue:default failed, attempt 1 was the last: RuntimeError: whom\?$/).size).to eq(1)
    expect(Kaal::Queue::Client.new(redis.url, prefix: 'app:queue:default').dead.map(&:reason)).to eq(['RuntimeError: whom?'])
  end

  it 'says that there is no ActiveJob, with exit code 1' do
    write('jobs.rb', '')
    process = start('work')
    expect([process.wait.exitstatus, process.output]).to match([1, %r{\Akaal: ActiveJob is not loaded.*require 'kaal/active_job'\n\z}])
  end

  {
    'queue_options: { lease: 0 }' => /section defaults: queue_options: lease must be seconds, at least 0.5, is 0$/,
    'queue_options: { prefix: a }' => /queue_options: cannot have a prefix/,
    'queue_options: 7' => /queue_options of section defaults must be a mapping/,
    'queue_redis: "http://:hush@here"' => /\Akaal: config.queue_redis: /
  }.each do |setting, message|
    it "says what is wrong with #{setting}" do
      write('config/kaal.yml', "defaults: { require: jobs.rb, #{setting} }\n")
      write('jobs.rb', "require 'kaal/active_job'\n")
      process = start('work')
      expect([process.wait.exitstatus, process.output]).to match([1, message])
      expect(process.output).not_to include('hush')
    end
  end
end
