# frozen_string_literal: true

require_relative 'foreground'
require_relative 'single_tick'
require_relative 'rake_tasks/lines'
require_relative 'rake_tasks/status'
require_relative 'terminal_log'
require_relative 'worker_foreground'

module Kaal
  # The tasks `kaal:tick`, `kaal:status`, `kaal:explain`, `kaal:start` and `kaal:work`. In Rails they are there;
  # a Rakefile of another app calls {install}, and has a task `environment` that configures Kaal.
  module RakeTasks
    # Defines the tasks.
    #
    # @return [void]
    def self.install
      require 'rake'
      Definitions.define
    end

    # What the tasks are.
    module Definitions
      extend self

      def define
        extend ::Rake::DSL
        namespace(:kaal) do
          define_looks
          define_runs
        end
      end

      private

      def define_looks
        desc 'Show the configuration and the jobs'
        task(:status) { carry_out('status') { puts Status.new.lines } }
        desc 'Put a cron expression in words: rake "kaal:explain[*/5 * * * *]"'
        task(:explain, [:expression]) { |_, arguments| carry_out('explain') { explain(arguments.to_a) } }
      end

      def define_runs
        desc 'Claim and dispatch what is due, once'
        task(:tick) { carry_out('tick') { tick } }
        desc 'Run the scheduler in the foreground, until TERM or INT'
        task(:start) { carry_out('start') { Foreground.new('kaal:start', Lines).run } }
        desc "Perform ActiveJob's jobs, until TERM or INT: rake kaal:work QUEUES=default,mailers CONCURRENCY=10"
        task(:work) { carry_out('work') { WorkerForeground.new('kaal:work', Lines, **worker_options(ENV)).run } }
      end

      # @return [void] a failure ends the process with exit code 1
      def carry_out(task)
        load_app
        TerminalLog.install(Kaal.configuration)
        yield
      rescue Backend::StoreError => e
        # Not every store says which one it is.
        abort "kaal:#{task} failed: #{e.message} (the backend is #{Kaal.backend.inspect})"
      rescue StandardError => e
        abort "kaal:#{task} failed: #{[e.message, place(e)].compact.join(' in ')}"
      end

      # Where in the app it was raised, which may be in an initializer.
      def place(error)
        folder = "#{Dir.pwd}/"
        line = error.backtrace&.find do |one|
          one.start_with?(folder) && !one.start_with?("#{folder}bin/", "#{folder}vendor/")
        end
        line&.delete_prefix(folder)&.[](/\A[^:]+:\d+/)
      end

      # Rails defines its task after these.
      def load_app
        ::Rake::Task[:environment].invoke if ::Rake::Task.task_defined?(:environment)
      end

      def tick
        SingleTick.call
        puts 'Kaal tick completed'
      end

      def worker_options(variables)
        { queues: variables['QUEUES'], concurrency: number(variables, 'CONCURRENCY'),
          timeout: number(variables, 'TIMEOUT') }.compact
      end

      def number(variables, name)
        text = variables[name]
        Integer(text, 10) if text
      rescue ArgumentError
        raise ArgumentError, "#{name} must be a whole number, is #{text.inspect}"
      end

      # To Rake, a comma ends an argument.
      def explain(parts)
        expression = parts.join(',')
        raise ArgumentError, 'give an expression: rake "kaal:explain[0 9 * * mon-fri]"' if expression.strip.empty?

        puts Kaal.to_human(expression)
      end
    end
    private_constant :Definitions
  end
end
