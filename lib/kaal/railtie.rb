# frozen_string_literal: true

require 'rails/railtie'
require_relative 'boot/prepared_jobs'

module Kaal
  # What Rails is told of Kaal. Booting an app never starts the scheduler and asks no store: jobs that
  # are registered meanwhile are written when they are first needed, as the scheduler file is read then.
  class Railtie < ::Rails::Railtie
    SIGNALS = %w[TERM INT].freeze
    private_constant :SIGNALS

    LOCALES = File.expand_path('../../config/locales', __dir__)
    private_constant :LOCALES

    # Before ActiveJob is told of its adapter.
    ActiveSupport.on_load(:active_job) { require 'kaal/active_job' }

    initializer 'kaal.configuration', before: :load_config_initializers do
      Railtie.ensure_logger!
      Kaal.singleton_class.prepend(Boot::PreparedJobs)
      Kaal.hold_definitions
    end

    # First, so that initializers of the app have the last word; with ActiveRecord configured, whose database the
    # backend may be in.
    initializer 'kaal.configuration_file', after: 'active_record.initialize_database',
                                           before: :load_config_initializers do
      Railtie.load_configuration_file
    end

    initializer 'kaal.executor' do |app|
      RailsExecutor.install(app)
    end

    # Around all blocks for `to_prepare`, which come later.
    initializer 'kaal.autoload' do |app|
      app.reloader.to_prepare(:around, prepend: true) { |_, blocks| Kaal.preparing(&blocks) }
    end

    # English, and the languages that the app names. Another one would make itself available to the app,
    # which may not have it.
    initializer 'kaal.i18n' do |app|
      i18n = app.config.i18n
      names = [:en, i18n.default_locale, *i18n.available_locales].compact.map(&:to_s).uniq
      files = names.map { |name| File.join(LOCALES, "#{name}.yml") }
      # Before those of the app, which may say it otherwise.
      ::I18n.load_path.unshift(*files.select { |file| File.file?(file) })
    end

    config.after_initialize do
      Railtie.ensure_logger!
      Kaal.release_definitions
      Railtie.load_scheduler_file_on_boot!
      Railtie.register_signal_handlers
      at_exit { Railtie.handle_shutdown }
    end

    rake_tasks { RakeTasks.install }

    class << self
      # Gives Kaal the logger of Rails, unless it has one.
      #
      # @return [Logger, nil]
      def ensure_logger!
        Kaal.configuration.logger ||= ::Rails.logger
      end

      # Configures Kaal by config/kaal.yml and the variables, where they say something.
      #
      # @return [void]
      # @raise [ConfigurationError] what is wrong
      def load_configuration_file
        file = ConfigurationFile.new(rails_context: ::Rails)
        file.apply(Kaal.configuration) if file.present?
      end

      # Has the scheduler file loaded before the first start or tick: until then there need be no store.
      #
      # @return [void]
      def load_scheduler_file_on_boot!
        Kaal.defer_scheduler_file!
      end

      # Makes TERM and INT stop the scheduler, before they do what they did. One that is ignored remains so.
      #
      # @return [void]
      def register_signal_handlers
        return if @registered

        @registered = true
        SIGNALS.each do |signal|
          previous = nil
          previous = Signal.trap(signal) { handle_shutdown_signal(signal, previous) }
          Signal.trap(signal, previous) if previous == 'IGNORE'
        end
      end

      # Asks the scheduler to stop, and does what the signal did before. Takes no lock, logs nothing and
      # waits for nothing: {handle_shutdown} waits, when the process ends. In a forked child, where no
      # scheduler runs, the signal does only what it did before.
      #
      # @param signal [String] without SIG
      # @param previous [#call, String, nil] what `Signal.trap` gave: a handler, or the name of what is done
      # @return [void]
      def handle_shutdown_signal(signal, previous)
        Kaal.stop!(timeout: 0)
        case previous
        when 'IGNORE' then nil
        when 'EXIT' then exit
        when 'SYSTEM_DEFAULT' then end_by_system(signal)
        else previous.respond_to?(:call) ? previous.call(Signal.list.fetch(signal)) : end_by_ruby(signal)
        end
      end

      # Stops the scheduler of this process, and waits until the batch that it is working on is done.
      #
      # @return [Boolean] whether nothing runs
      def handle_shutdown
        stopped = Kaal.stop!
        Kaal.logger&.warn('[Kaal] the process ends while the scheduler still runs a callback') unless stopped
        stopped
      end

      private

      # What Ruby does with a signal that nobody handles: what is to be done at exit is done, and then the
      # process ends by that signal.
      def end_by_ruby(signal)
        raise signal == 'INT' ? Interrupt.new('') : SignalException.new("SIG#{signal}")
      end

      # At once, so there is no at_exit to wait in.
      def end_by_system(signal)
        Kaal.stop!
        Signal.trap(signal, 'SYSTEM_DEFAULT')
        Process.kill(signal, Process.pid)
      end
    end
  end
end
