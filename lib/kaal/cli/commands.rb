# frozen_string_literal: true

require_relative 'expressions'
require_relative 'init'
require_relative 'jobs'
require_relative 'lint'
require_relative 'past'
require_relative 'start'
require_relative 'status'
require_relative 'work'
require_relative 'diagnosis'

module Kaal
  module CLI
    # What `kaal` understands: a list, with a line or two for each command.
    class Commands < Thor # rubocop:disable Metrics/ClassLength
      # How many lines a command prints that is told how many.
      MOST = 100_000
      private_constant :MOST

      package_name 'kaal'
      map %w[-v --version] => :version, 'run' => :dispatch_now, 'create-tables' => :create_tables
      check_unknown_options!

      class_option :config, aliases: '-C', banner: 'FILE', desc: 'Instead of config/kaal.yml'
      class_option :require, aliases: '-r', repeatable: true, default: [], banner: 'FILE',
                             desc: 'A Ruby file to load: jobs, classes'
      class_option :json, type: :boolean, desc: 'Report as JSON'
      class_option :trace, type: :boolean, desc: 'Show where a failure comes from'

      def self.exit_on_failure?
        true
      end

      # Whether a word is a switch, and not one that stands for a command.
      def self.switch?(word)
        word.to_s.start_with?('-') && !map.key?(word)
      end

      # How many words a switch takes, itself among them.
      def self.words(switch)
        with_value = class_options.values.reject(&:boolean?).flat_map { |option| [option.switch_name, *option.aliases] }
        with_value.include?(switch) ? 2 : 1
      end

      # Its name, whatever it is called by.
      def self.basename
        'kaal'
      end

      # A message names the command as it is called, which need not be its method: Thor keeps `run` for itself.
      def self.handle_argument_error(command, error, arguments, arity)
        super(command.dup.tap { |called| called.name = called.usage[/\S+/] }, error, arguments, arity)
      end

      desc 'init', 'Write config/kaal.yml, config/scheduler.yml and a job to begin with'
      method_option :backend, default: 'sqlite', enum: ConfigurationFile::BACKENDS, desc: 'Where runs are coordinated'
      def init
        Init.new([], { backend: options[:backend] }).invoke_all
        DONE
      end

      desc 'start', 'Run the scheduler in the foreground, until TERM or INT'
      def start
        load_app(scheduler: true)
        Start.new($stdout).call
      end

      desc 'work', "Perform ActiveJob's jobs in the foreground, until TERM or INT"
      method_option :queues, default: 'default', banner: 'NAMES',
                             desc: 'With commas in between; jobs of the first come first'
      method_option :concurrency, type: :numeric, default: WorkerForeground::CONCURRENCY, banner: 'N',
                                  desc: 'How many jobs at a time, in all queues together'
      method_option :timeout, type: :numeric, default: WorkerForeground::TIMEOUT, banner: 'SECONDS',
                              desc: 'How long jobs may go on after a signal'
      def work
        app.load(configured: false)
        Work.new($stdout, options.slice('queues', 'concurrency', 'timeout').transform_keys(&:to_sym)).call
      end

      desc 'status', 'Show the jobs: when they run next, when they ran, how late they are'
      method_option :max_late, type: :numeric, banner: 'SECONDS',
                               desc: 'End with exit code 3 when a job is later than that: a liveness probe'
      def status
        load_app.load_callbacks
        Status.new(output, options[:max_late], app.keys).call
      end

      desc 'tick', 'Claim and dispatch what is due, once'
      def tick
        load_app(scheduler: true)
        Jobs.new(output).tick
      end

      desc 'explain EXPR', 'Put a cron expression in words'
      def explain(expression)
        Expressions.new(output).explain(expression)
      end

      desc 'next EXPR', 'Show when a cron expression fires next, in UTC'
      method_option :count, type: :numeric, default: 5, banner: 'N'
      method_option :zone, banner: 'ZONE', desc: "Its time zone; by default the app's"
      def next(expression)
        app.load(configured: false) unless options[:zone]
        Expressions.new(output).next(expression, count, options[:zone])
      end

      desc 'lint FILE', 'Say what is wrong with a scheduler file'
      def lint(file)
        app.load(configured: false)
        Lint.new(output, file, app.rails_context).call
      end

      desc 'history KEY', 'Show what the dispatch log has of a job, latest first'
      method_option :count, type: :numeric, default: 20, banner: 'N'
      def history(key)
        load_app
        Past.new(output).history(key, count)
      end

      desc 'enable KEY', 'Let a job run again'
      def enable(key)
        load_app
        Jobs.new(output).enable(key)
      end

      desc 'disable KEY', 'Let a job run no more, on no machine'
      def disable(key)
        load_app
        Jobs.new(output).disable(key)
      end

      desc 'run KEY', 'Dispatch a job now, as a run of its own'
      def dispatch_now(key)
        load_app.load_callbacks
        Jobs.new(output).dispatch_now(key)
      end

      desc 'backfill KEY', 'Dispatch the runs of a stretch of the past that the dispatch log does not show'
      method_option :from, required: true, banner: 'TIME', desc: 'The first, such as 2026-03-01T00:00:00Z'
      method_option :to, required: true, banner: 'TIME', desc: 'The last'
      def backfill(key)
        load_app.load_callbacks
        Past.new(output).backfill(key, options[:from], options[:to])
      end

      desc 'create-tables', 'Create the tables that are missing, where the backend is a database'
      def create_tables
        load_app
        Kaal.create_tables!
        DONE
      end

      desc 'doctor', 'Look for what is wrong with the set-up, and say how to mend it'
      def doctor
        Diagnosis.new(output, app).call
      end

      desc 'version', 'Show the version'
      def version
        output.report({ version: VERSION }) { VERSION }
      end

      private

      def app
        @app ||= App.new(config: options[:config], files: options[:require])
      end

      def load_app(**how)
        app.tap { app.load(**how) }
      end

      def count
        number = options[:count]
        return number if number.is_a?(Integer) && number.between?(1, MOST)

        raise ArgumentError, "--count must be a whole number from 1 to #{MOST}, is #{number}"
      end

      def output
        @output ||= Output.new(options[:json])
      end
    end
    private_constant :Commands
  end
end
