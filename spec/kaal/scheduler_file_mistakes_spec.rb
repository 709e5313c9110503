# frozen_string_literal: true

require 'scheduler_file'

# Each mistake, with the whole message.
RSpec.describe Kaal::SchedulerFileLoader, '#load' do
  include SchedulerFile

  def expect_refusal(message)
    expect { loader.load }.to raise_error(Kaal::SchedulerConfigError) { |error|
      expect(error.message).to eq("#{path}: #{message}")
    }
    expect([Kaal.registered, Kaal.registry.size]).to eq([[], 0])
  end

  zones = 'is neither a name of the time-zone database, in its exact spelling, nor an offset such as +05:30 ' \
          '(hours up to 11, minutes 00, 15, 30 or 45)'
  placeholders = '{{fire_time.iso8601}}, {{fire_time.unix}}, {{idempotency_key}}, {{key}}'

  {
    'jobs: [' => 'no valid YAML in line 2: did not find expected node content while parsing a flow node',
    "defaults:\n  jobs:\n  - cron: * * * * *" =>
      'no valid YAML in line 3: did not find expected alphabetic or numeric character while scanning an alias; quote what begins with * or @',
    "defaults:\n  jobs:\n  - cron: @daily" =>
      'no valid YAML in line 3: found character that cannot start any token while scanning for the next token; quote what begins with * or @',
    "defaults:\n\tjobs: []" =>
      'no valid YAML in line 2: found character that cannot start any token while scanning for the next token; indent with spaces, not with tabs',
    '<% raise IOError, "no" %>' => 'ERB failed: IOError: no',
    '<% if %>' => /\AERB failed: SyntaxError: /,
    "defaults: \xff" => 'is not valid UTF-8',
    '- a' => 'the file must be a mapping, is a list',
    'text' => 'the file must be a mapping, is a text',
    '~' => 'the file must be a mapping, is null',
    'defaults:' => 'section defaults must be a mapping, is null',
    'test: [a]' => 'section test must be a mapping, is a list',
    'defaults: { jobs: }' => 'jobs of section defaults must be a list, is null',
    'test: { jobs: { key: a } }' => 'jobs of section test must be a list, is a mapping',
    'defaults: { jobs: [text] }' => 'job number 1 of section defaults: must be a mapping',
    'test: { jobs: [{ cron: "@daily" }] }' => 'job number 1 of section test: key is missing',
    'jobs: []' => 'jobs must be in a section: defaults, or one for an environment',
    "defaults: { jobs: [] }\ntest: {}\ndefaults: { jobs: [] }" => 'line 3: the key defaults is there already, in line 1',
    "defaults:\n  jobs:\n    - key: a\n      cron: '@daily'\n      'cron': '@hourly'" =>
      'line 5: the key cron is there already, in line 4',
    '{ a: &a [1], b: *a }' => 'aliases are not allowed, write out what they stand for',
    'a: :symbol' => 'values of class Symbol are not allowed, quote them to make them texts',
    'a: 2026-01-01' => 'values of class Date are not allowed, quote them to make them texts',
    'a: !ruby/object:Object {}' => 'values of class Object are not allowed, quote them to make them texts'
  }.each do |text, message|
    it "refuses #{text.inspect}" do
      write(text)
      next expect_refusal(message) if message.is_a?(String)

      expect { loader.load }.to raise_error(Kaal::SchedulerConfigError, /\A#{Regexp.escape(path)}: ERB failed: SyntaxError: /)
    end
  end

  {
    { key: '  ' } => 'job number 1 of section defaults: key is blank',
    { key: ['a'] } => 'job number 1 of section defaults: key must be a text, is ["a"]',
    { cron: nil } => 'job report: cron is missing',
    { cron: '*/0 * * * *' } => 'job report: minute: step "0" is not a number from 1 to 99',
    { cron: '0 0 * * * Mars/Olympus' } => "job report: time zone: \"Mars/Olympus\" #{zones}",
    { job_class: nil } => 'job report: job_class is missing',
    { job_class: 'no name' } => 'job report: job_class "no name" is no name of a class',
    { job_class: 'None' } => 'job report: job_class None is unknown: uninitialized constant None',
    { job_class: 'SchedulerFile::None' } =>
      'job report: job_class SchedulerFile::None is unknown: uninitialized constant SchedulerFile::None',
    { job_class: 'SchedulerFile::Nothing' } =>
      'job report: job_class SchedulerFile::Nothing cannot be enqueued: it needs a class method perform_later, perform_async, perform',
    { job_class: 'RUBY_VERSION' } =>
      'job report: job_class RUBY_VERSION cannot be enqueued: it needs a class method perform_later, perform_async, perform',
    { job_class: 'SchedulerFile::Async', kwargs: { a: 1 } } =>
      'job report: kwargs cannot be given to SchedulerFile::Async.perform_async, use args',
    { enabled: 'yes' } => 'job report: enabled must be true or false, is "yes"',
    { queue: 5 } => 'job report: queue must be a text, is 5',
    { queue: ' ' } => 'job report: queue is blank',
    { args: { a: 1 } } => 'job report: args must be a list, is a mapping',
    { kwargs: [1] } => 'job report: kwargs must be a mapping, is a list',
    { args: ['a {{ of a text that is long and secret'] } => 'job report: malformed placeholder "{{ of a text that is l", write {{name}}',
    { metadata: 'ops' } => 'job report: metadata must be a mapping, is a text',
    { args: ['{{fire_tme}}'] } => "job report: unknown placeholder {{fire_tme}}, expected one of #{placeholders}",
    { args: ['at {{}}'] } => "job report: malformed placeholder {{}}, expected one of #{placeholders}",
    { args: ['{{fire_time unix}}'] } => "job report: malformed placeholder {{fire_time unix}}, expected one of #{placeholders}",
    { kwargs: { a: [{ b: 'at {{key' }] } } => 'job report: malformed placeholder "{{key", write {{name}}',
    { kwargs: { a: 'fire_time.unix }}' } } => 'job report: malformed placeholder "fire_time.unix }}", write {{name}}',
    { kwargs: { '{{key}}': 1 } } => 'job report: a placeholder cannot be in the key of a mapping, as in "{{key}}"',
    { args: [{ 'at {{key}}' => 1 }] } => 'job report: a placeholder cannot be in the key of a mapping, as in "at {{key}}"',
    { missed: 'lates' } => 'job report: missed must be :all, :latest, :skip, is "lates"',
    { on_error: 'again' } => 'job report: on_error must be :fail, :retry, is "again"',
    { guarantee: 'exactly_once' } => 'job report: guarantee must be :at_most_once, :at_least_once, is "exactly_once"',
    { guarantee: 'at_least_once' } => 'job report: guarantee: at_least_once needs a backend, and none is configured',
    { splay: '5' } => 'job report: splay must be a whole number of seconds from 0 to 86400, is "5"',
    { missed_within: -1 } => 'job report: missed_within must be a whole number of seconds from 0, is -1',
    { dst: 'shift' } => 'job report: dst: expected a Hash such as { gap: :shift, overlap: :first }, got "shift"',
    { zone: 'Mars' } => "job report: time zone: \"Mars\" #{zones}"
  }.each do |fields, message|
    it "refuses a job with #{fields}" do
      write_job(**fields)
      expect_refusal(message)
    end
  end

  it 'refuses keys of kwargs that are no texts, and what JSON cannot say' do
    write('defaults: { jobs: [{ key: report, cron: "@daily", job_class: SchedulerFile::Later, kwargs: { 1: a } }] }')
    expect_refusal('job report: the keys of kwargs must be texts, one is 1')
    write('defaults: { jobs: [{ key: report, cron: "@daily", job_class: SchedulerFile::Later, metadata: { a: .nan } }] }')
    expect { loader.load }.to raise_error(Kaal::SchedulerConfigError, /: job report: metadata cannot be written as JSON: .*NaN/)
  end

  it 'refuses a key that is there twice, also in another section' do
    job = '{ key: report, cron: "@daily", job_class: SchedulerFile::Later }'
    ["defaults: { jobs: [#{job}, #{job.sub('report', '" report"')}] }", "defaults: { jobs: [#{job}] }\ntest: { jobs: [#{job}] }"].each do |text|
      write(text)
      expect_refusal('job report: the key is there 2 times')
    end
  end

  it 'names the class whose file cannot be loaded' do
    { 'raise IOError, "gone"' => 'IOError: gone', 'def' => 'SyntaxError: ', 'nil.no' => 'NoMethodError: undefined method',
      'Missing' => 'NameError: uninitialized constant ' }.each_with_index do |(text, reason), number|
      name = "BrokenJob#{number}"
      write(text, file = File.join(folder, "#{name}.rb"))
      Object.autoload(name.to_sym, file)
      write_job(job_class: name)
      expect { loader.load }.to raise_error(Kaal::SchedulerConfigError, /job report: job_class #{name} cannot be loaded: #{reason}/)
    end
  end

  it 'refuses a file that cannot be read' do
    FileUtils.mkdir_p(path)
    expect { loader.load }.to raise_error(Kaal::SchedulerConfigError, /\A#{Regexp.escape(path)}: cannot be read: Is a directory/)
  end
end
