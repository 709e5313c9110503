# frozen_string_literal: true

require 'fileutils'
require 'kaal/cli'
require 'open3'
require 'rails_app'
require 'rbconfig'
require 'tmpdir'

# The command line in a folder of its own: in this process, or where signals, terminals and pipes matter in one of its
# own.
module CommandLine
  EXECUTABLE = File.expand_path('../../exe/kaal', __dir__)
  COMMAND = [RbConfig.ruby, '-I', RailsApp::LIBRARY, EXECUTABLE].freeze

  # What a command has printed, and its exit code.
  Answer = Struct.new(:out, :err, :code) do
    def json = JSON.parse(out)
  end

  def self.included(group)
    group.let(:folder) { Dir.mktmpdir('kaal-cli') }
    group.after do
      @running&.each(&:kill)
      FileUtils.rm_rf(folder)
    end
  end

  # @return [Answer] with the Kaal of this process as a new one has it
  def kaal(*arguments)
    forget
    out = StringIO.new
    err = StringIO.new
    before = [$stdout, $stderr]
    $stdout = out
    $stderr = err
    code = Dir.chdir(folder) { Kaal::CLI.run(arguments) }
    Answer.new(out.string, err.string, code)
  ensure
    $stdout, $stderr = before
    forget
  end

  # As {#kaal}, and it must succeed.
  def kaal!(*arguments)
    kaal(*arguments).tap { |answer| raise "kaal #{arguments.join(' ')}: #{answer.err}" unless answer.code.zero? }
  end

  # @return [RailsApp::Running] a process of its own; what it prints goes into a pipe
  def start(*arguments, **environment)
    process = RailsApp::Running.new(environment.transform_keys(&:to_s), [*COMMAND, *arguments], folder)
    (@running ||= []) << process
    process
  end

  def path(name) = File.join(folder, name)
  def read(name) = File.exist?(path(name)) ? File.read(path(name)) : ''

  def write(name, text)
    FileUtils.mkdir_p(File.dirname(path(name)))
    File.write(path(name), text)
  end

  # A SQLite file, and a job that writes a line for each call; it waits while there is a file `hold`.
  def write_app(cron: '* * * * *', job: '', settings: '')
    write('config/kaal.yml', <<~YAML)
      defaults:
        backend: sqlite
        backend_config: { path: storage/kaal.sqlite3 }
        enable_log_dispatch_registry: true
        recovery_startup_jitter: 0
        require: jobs.rb
        #{settings}
    YAML
    write('config/scheduler.yml', "defaults:\n  jobs: [{ key: job, cron: #{cron.inspect}, job_class: #{job_class}, args: ['{{fire_time.iso8601}}'] }]\n")
    write('jobs.rb', <<~RUBY)
      class #{job_class}
        def self.perform(fire_time)
          File.write(#{path('calls').inspect}, "\#{fire_time}\\n", mode: 'a')
          sleep 0.01 while File.exist?(#{path('hold').inspect})
          #{job}
        end
      end
    RUBY
    FileUtils.mkdir_p(path('storage'))
  end

  # Of its own in each example: files are required once.
  def job_class
    @job_class ||= "CommandLineJob#{rand(1_000_000_000)}"
  end

  # A Kaal of the example's own, to look at the store with.
  def store
    forget
    Kaal.configuration.enable_log_dispatch_registry = true
    Kaal.backend = Kaal::Backend::SQLiteAdapter.new(path: path('storage/kaal.sqlite3'))
  end

  private

  def forget
    Kaal.reset_configuration!
    Kaal.reset_registry!
    Kaal.reset_coordinator!
  end
end
