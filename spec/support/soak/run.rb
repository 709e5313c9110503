# frozen_string_literal: true

require 'soak/subject'
require 'soak/trend'
require 'soak/windows'

module Soak
  # Subjects side by side, looked at again and again.
  class Run
    # One backend's verdict: what ran, and each gauge's trend.
    Result = Struct.new(:backend, :counts, :trends) do
      def flat?
        trends.all?(&:flat?)
      end
    end

    attr_reader :windows, :backends

    # @param minutes [Numeric] how long, warm-up included
    # @param limits [Hash] what {Trend} allows
    def initialize(minutes, backends, limits)
      @windows = Windows.new(minutes * 60)
      @backends = backends
      @limits = limits
    end

    # @return [Array<Result>]
    def call
      subjects = @backends.map { |name| Subject.new(name, @windows.slow_seconds) }
      subjects.each(&:start)
      watch(subjects)
      subjects.map { |subject| result(subject) }
    ensure
      subjects&.each(&:finish)
    end

    private

    def watch(subjects)
      started = now
      until (age = now - started) > @windows.seconds
        subjects.each { |subject| subject.sample(age) }
        sleep(@windows.pause - ((now - started) % @windows.pause))
      end
    end

    def result(subject)
      names = subject.samples.flat_map { |_age, values| values.keys }.uniq
      limits = { leeway: @windows.leeway, **@limits }
      trends = names.map { |name| Trend.new(name, *@windows.split(name, subject.samples), **limits) }
      Result.new(subject.name, subject.stop, trends)
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
