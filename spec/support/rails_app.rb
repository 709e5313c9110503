# frozen_string_literal: true

require 'fileutils'
require 'open3'
require 'rbconfig'
require 'tmpdir'
require 'wait_for'

# A small Rails app in a folder of its own, whose commands run as processes of their own.
class RailsApp
  include WaitFor

  LIBRARY = File.expand_path('../../lib', __dir__)

  # A process of the app's, whose output is read meanwhile.
  class Running
    attr_reader :pid, :output

    def initialize(environment, command, folder)
      reader, writer = IO.pipe
      @pid = Process.spawn(environment, *command, chdir: folder, in: File::NULL, out: writer, err: %i[child out], pgroup: true)
      writer.close
      @output = +''
      @reading = Thread.new { reader.each_line { |line| @output << line } }
    end

    def ended?
      !@status.nil? || !(@status = Process.wait2(@pid, Process::WNOHANG)&.last).nil?
    end

    def signal(name)
      Process.kill(name, @pid)
    end

    # @return [Process::Status]
    def wait(seconds = 15)
      @status ||= Timeout.timeout(seconds) { Process.wait2(@pid).last }
      @reading.join(2)
      @status
    end

    # Ends it and all that it has begun, however it is.
    def kill
      Process.kill(:KILL, -@pid)
    rescue Errno::ESRCH
      nil # it is gone
    ensure
      wait
    end
  end

  attr_reader :folder

  # @param options [Hash] see {#lay_out}
  def initialize(**options)
    @folder = Dir.mktmpdir('kaal-rails')
    @running = []
    lay_out(**options)
  end

  def path(name)
    File.join(@folder, name)
  end

  def write(name, text)
    FileUtils.mkdir_p(File.dirname(path(name)))
    File.write(path(name), text)
  end

  def read(name)
    File.exist?(path(name)) ? File.read(path(name)) : ''
  end

  # Files by a pattern, relative to the app's folder.
  def files(pattern)
    Dir.glob(pattern, base: @folder).sort
  end

  # Runs `bin/rails …` to its end.
  #
  # @return [Array(String, Process::Status)] what it wrote, and how it ended
  def rails(*arguments, **environment)
    running = start(RbConfig.ruby, 'bin/rails', *arguments, **environment)
    [running.output, running.wait(60)].tap { @running.delete(running) }
  end

  # As {#rails}, and it must succeed.
  def rails!(*arguments, **environment)
    output, status = rails(*arguments, **environment)
    raise "rails #{arguments.join(' ')}: #{output}" unless status.success?

    output
  end

  # What a line of Ruby prints in the app.
  def runner(code, **environment)
    rails!('runner', code, **environment)
  end

  # @return [Running]
  def start(*command, **environment)
    running = Running.new({ **self.environment, **environment.transform_keys(&:to_s) }, command, @folder)
    @running << running
    running
  end

  # What the processes have written that were begun by {#start}.
  def outputs
    @running.map(&:output)
  end

  def remove
    @running.each(&:kill)
    FileUtils.rm_rf(@folder)
  end

  private

  # Writes the app.
  #
  # @param database [Hash, nil] as in config/database.yml; nil: an app without ActiveRecord
  # @param settings [String] lines of the application's class
  def lay_out(database: nil, settings: '')
    write('config/boot.rb', "$LOAD_PATH.unshift(#{LIBRARY.inspect})\n")
    write('config/application.rb', application(database, settings))
    write('config/environment.rb', "require_relative 'application'\nRails.application.initialize!\n")
    write('config/database.yml', JSON.generate('development' => database, 'production' => database)) if database
    write('bin/rails', "APP_PATH = File.expand_path('../config/application', __dir__)\n" \
                       "require_relative '../config/boot'\nrequire 'rails/commands'\n")
    write('Rakefile', "require_relative 'config/application'\nRails.application.load_tasks\n")
    %w[storage log tmp app].each { |name| FileUtils.mkdir_p(path(name)) }
  end

  # What loads the gem.
  def gem
    "require 'kaal-rs'"
  end

  # What its processes have unless they are given another.
  def environment
    { 'RAILS_ENV' => 'development' }
  end

  def application(database, settings)
    <<~RUBY
      require_relative 'boot'
      require 'rails'
      #{"require 'active_record/railtie'" if database}
      require 'active_job/railtie'
      #{gem}

      class App < Rails::Application
        config.load_defaults Rails::VERSION::STRING.to_f
        config.root = File.expand_path('..', __dir__)
        config.eager_load = Rails.env.production?
        config.secret_key_base = 'x' * 32
        #{settings}
      end
    RUBY
  end
end
