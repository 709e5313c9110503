# frozen_string_literal: true

module Soak
  # What became of a gauge from the first window to the last. What a process or a server keeps for good shows in the
  # least of a window; above it counts go up and down with the schedule. Memory is taken at its median. What must not
  # grow must at its least come back to what it had been at some time: a rush opens connections that soon go again.
  class Trend
    # What must not grow at all.
    STEADY = /\A(fds|threads|connections)/
    # So many of what else there is may come, beside a part of it: a window does not begin with the schedule.
    FEW = 5
    private_constant :STEADY, :FEW

    attr_reader :name

    # @param before [Array<Numeric>] in the first window; memory is in MB
    # @param after [Array<Numeric>] in the last
    # @param leeway [Float] by which part rows and locks may grow
    # @param rss_mb [Numeric] how much memory may grow by
    def initialize(name, before, after, leeway: 0.01, rss_mb: 2.0)
      raise ArgumentError, "no sample of #{name}: let it run longer" if before.empty? || after.empty?

      @name = name
      @before = before
      @after = after
      @leeway = leeway
      @rss_mb = rss_mb
    end

    def before
      steady? ? @before.max : level(@before)
    end

    def after
      level(@after)
    end

    # The most that it ever was in the last window.
    def most
      @after.max
    end

    def growth
      after - before
    end

    def allowed
      return @rss_mb if memory?

      steady? ? 0 : (before * @leeway).ceil + FEW
    end

    def flat?
      growth <= allowed
    end

    private

    def steady?
      @name.match?(STEADY)
    end

    def memory?
      @name.start_with?('rss')
    end

    def level(values)
      memory? ? values.sort[values.size / 2] : values.min
    end
  end
end
