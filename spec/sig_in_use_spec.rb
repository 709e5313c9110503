# frozen_string_literal: true

require 'fileutils'
require 'open3'
require 'rbconfig'
require 'tmpdir'

# A part of the specs, with the signatures checked at each call: what `rbs test` does. Which methods there are, and
# with which arguments, is seen to by sig_spec.rb.
RSpec.describe 'The signatures of sig/, in use' do # rubocop:disable RSpec/DescribeClass
  root = File.expand_path('..', __dir__)
  specs = %w[
    backend/memory_adapter backend/sqlite_adapter coordinator cron cron_utils module_functions registry scheduler_file_loader
  ].freeze

  # Configuration has methods of a prepended module, which the checks call without end.
  def rspec(root, signatures, *specs)
    environment = {
      'RBS_TEST_TARGET' => 'Kaal::*', 'RBS_TEST_SKIP' => '::Kaal::Configuration,Kaal::Configuration',
      'RBS_TEST_OPT' => "-I #{signatures}", 'RBS_TEST_LOGLEVEL' => 'error', 'RUBYOPT' => nil, 'KAAL_GC_STRESS' => nil
    }
    checks = File.join(root, 'spec/support/signature_checks')
    Open3.capture2e(environment, RbConfig.ruby, '-r', checks, '-S', 'rspec', '--no-color',
                    *specs.map { |name| "spec/kaal/#{name}_spec.rb" }, chdir: root)
  end

  it 'hold' do
    output, status = rspec(root, File.join(root, 'sig'), *specs)
    expect(status).to be_success, output
  end

  it 'are really checked: one that is wrong is found' do
    Dir.mktmpdir('kaal-sig') do |folder|
      FileUtils.cp_r(File.join(root, 'sig'), folder)
      file = File.join(folder, 'sig/kaal/cron.rbs')
      File.write(file, File.read(file).sub('to_cron_s: () -> String', 'to_cron_s: () -> Integer'))
      output, status = rspec(root, File.join(folder, 'sig'), 'cron')
      expect([output, status.success?]).to match([/to_cron_s\] ReturnTypeError/, false])
    end
  end
end
