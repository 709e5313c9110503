# frozen_string_literal: true

require_relative 'rake_tasks/foreground'
require_relative 'rake_tasks/status'

module Kaal
  # The tasks `kaal:tick`, `kaal:status`, `kaal:explain` and `kaal:start`. In Rails they are there; a
  # Rakefile of another app calls {install}, and has a task `environment` that configures Kaal.
  module RakeTasks
    # Defines the tasks.
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
          desc 'Claim and dispatch what is due, once'
          task(:tick) { carry_out('tick') { tick } }
          desc 'Show the configuration and the jobs'
          task(:status) { carry_out('status') { puts Status.new.lines } }
          desc 'Put a cron expression in words: rake "kaal:explain[*/5 * * * *]"'
          task(:explain, [:expression]) { |_, arguments| carry_out('explain') { explain(arguments.to_a) } }
          desc 'Run the scheduler in the foreground, until TERM or INT'
          task(:start) { carry_out('start') { Foreground.new.run } }
        end
      end

      private

      # @return [void] a failure ends the process with exit code 1
      def carry_out(task)
        load_app
        yield
      rescue StandardError => e
        abort "kaal:#{task} failed: #{e.message}"
      end

      # Rails defines its task after these.
      def load_app
        ::Rake::Task[:environment].invoke if ::Rake::Task.task_defined?(:environment)
      end

      def tick
        Kaal.tick!
        puts 'Kaal tick completed'
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
