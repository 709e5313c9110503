# frozen_string_literal: true

require 'thor'
require_relative '../kaal'

module Kaal
  # The command line, `kaal`. What its commands do, and its exit codes, are in docs/cli.md.
  module CLI
    # What was asked for is done, or is so.
    DONE = 0
    # It could not be done; the message says why.
    FAILED = 1
    # The command line is none that is known.
    MISUSED = 2
    # What was checked is not as it should be: `doctor`, `lint`, `status --max-late`.
    FOUND = 3
    # As of a process that INT has ended.
    INTERRUPTED = 130

    # Runs a command.
    #
    # @param arguments [Array<String>]
    # @return [Integer] the exit code
    def self.run(arguments)
      answer = Commands.start(command_first(arguments), debug: true)
      answer.is_a?(Integer) ? answer : DONE
    rescue Thor::Error => e
      complain(misuse(e), MISUSED)
    rescue Interrupt
      INTERRUPTED
    rescue StandardError, ScriptError => e
      raise if arguments.include?('--trace')

      complain(failure(e), FAILED)
    end

    # Thor takes what comes before the command for none at all.
    def self.command_first(arguments)
      before = 0
      before += Commands.words(arguments[before]) while Commands.switch?(arguments[before])
      command = arguments[before]
      raise Thor::Error, 'a command is missing: `kaal help` lists them' if before.positive? && command.nil?

      [*command, *arguments.take(before), *arguments.drop(before + 1)]
    end
    private_class_method :command_first

    # Thor's messages have several lines, with punctuation of their own.
    def self.misuse(error)
      lines = error.message.delete_prefix('ERROR: ').lines
      lines << '`kaal help` lists the commands' if error.is_a?(Thor::UndefinedCommandError)
      lines.map { |line| line.strip.squeeze(' ').delete_suffix('.') }.reject(&:empty?).join('; ')
    end
    private_class_method :misuse

    def self.failure(error)
      message = error.message.lines.first.to_s.chomp
      case error
      when Backend::StoreError, Backend::LockAdapterError
        "the store fails: #{message}; `kaal doctor` looks for the cause"
      when SystemCallError then message.sub(/\A(.+?)(?: @ \w+)? - (.+)\z/, '\2: \1') # without Ruby's own function
      else message
      end
    end
    private_class_method :failure

    def self.complain(line, code)
      warn "kaal: #{line}"
      code
    end
    private_class_method :complain
  end
end

require_relative 'cli/app'
require_relative 'cli/console'
require_relative 'cli/output'
require_relative 'cli/commands'
