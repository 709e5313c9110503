# frozen_string_literal: true

require_relative 'matcher'

module Kaal
  module RSpec
    # `be_scheduled`: whether there is a job, and how it is defined.
    class BeScheduled < Matcher
      def initialize(key)
        super()
        @key = key
      end

      # @param expression [String] which fires as the job's does, however it is written
      # @raise [CronError] when it is none
      def with_cron(expression)
        @cron = Cron.parse(@expression = expression)
        self
      end

      def enabled
        @enabled = true
        self
      end

      def matches?(actual)
        refuse(actual, 'Kaal') unless actual.equal?(Kaal)

        @definition = definition(@key)
        !@definition.nil? && cron? && (!@enabled || @definition[:enabled])
      end

      def description
        wanted = [("with cron #{@expression.inspect}" if @expression), ('enabled' if @enabled)].compact
        ["have #{@key} scheduled", *wanted.join(', ')].reject(&:empty?).join(' ')
      end

      private

      def subject
        'Kaal'
      end

      def cron?
        @cron.nil? || Cron.parse(@definition[:cron]) == @cron
      rescue CronError
        false
      end

      def found
        return "it is scheduled with cron #{@definition[:cron].inspect}, #{switch(@definition)}" if @definition

        jobs = definitions.map { |definition| "#{definition[:key]} (#{definition[:cron]})" }
        "it is not; scheduled are: #{Wording.list(jobs, 'none')}"
      end

      def switch(definition)
        definition[:enabled] ? 'enabled' : 'disabled'
      end
    end
    private_constant :BeScheduled
  end
end
