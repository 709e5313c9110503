# frozen_string_literal: true

$LOAD_PATH.unshift File.expand_path('../lib', __dir__), File.expand_path('support', __dir__)

require 'kaal'
require 'timeout'
require 'redis_server'
require 'child'
require 'children'
require 'wait_for'

RSpec.configure do |config|
  config.disable_monkey_patching!
  config.example_status_persistence_file_path = 'tmp/rspec_status.txt'
  config.expect_with(:rspec) { |expectations| expectations.max_formatted_output_length = 1_000 }
  config.mock_with(:rspec) { |mocks| mocks.verify_partial_doubles = true }

  config.include WaitFor
  config.include Child
  config.include Children

  config.before do
    Kaal.reset_configuration!
    Kaal.reset_registry!
    Kaal.reset_coordinator!
  end

  config.after { Kaal.reset_coordinator! }

  if ENV['KAAL_GC_STRESS']
    require 'gc_stress'
    # Loading redis-rb at this pace takes minutes and tests nothing of ours.
    config.before(:suite) { RedisServer.shared.flush }
    config.around { |example| GcStress.around(stressed: !example.metadata[:unstressed]) { example.run } }
  end
end
