# frozen_string_literal: true

require 'securerandom'

module Kaal
  module Allora
    class Backend
      # The next runs in Redis, for any number of machines, also those that run the gem allora:
      # `<prefix>_job_<name>` and `<prefix>_last_run`, in unix seconds.
      #
      # A poll is one call, whatever the number of jobs; where some have no next run that has done nothing, and a
      # second one sets them. What a poll takes is noted in `<prefix>_taken_<node>`, and told again at the next one
      # where the answer got lost.
      class Redis < Backend
        ADDRESS = %i[url host port db path username password].freeze
        OPTIONS = [:client, *ADDRESS, :prefix, :reset, :ttl].freeze
        DEFAULTS = { host: '127.0.0.1', port: 6379 }.freeze
        # For how long nobody may have polled for a reset, in seconds.
        ALONE = 60
        private_constant :ADDRESS, :OPTIONS, :DEFAULTS, :ALONE

        # @return [String]
        attr_reader :prefix
        # @return [Integer, nil]
        attr_reader :ttl

        # @option opts [Redis, RedisClient] :client a client
        # @option opts [String] :url or `:host`, `:port`, `:path`, `:db`, `:username`, `:password`
        # @option opts [String] :prefix ('allora') before the keys
        # @option opts [Integer] :ttl for how many seconds a next run is kept once it has been moved; nil: for ever
        # @option opts [Boolean] :reset (true) whether the first poll makes the jobs of this scheduler run anew from
        #   the last poll on, unless another node has polled within a minute
        # @raise [ArgumentError] when one of these cannot be used
        def initialize(opts = {})
          super(nil)
          unknown = opts.keys - OPTIONS
          unless unknown.empty?
            raise ArgumentError, "unknown option #{unknown.join(', ')}, expected #{OPTIONS.join(', ')}"
          end

          @prefix = opts.fetch(:prefix, 'allora').to_s
          @ttl = opts[:ttl]&.then { |ttl| check_ttl(ttl) }
          @reset = opts.fetch(:reset, true)
          @address = opts.slice(*ADDRESS).compact
          @client = opts[:client]
          @connection = RedisConnection.for(@client || native)
          @name = SecureRandom.uuid
          @turn = 0
        end

        # A client: the one that was given, else a new one of redis-rb, which this backend does not use.
        #
        # @return [Redis]
        # @raise [LoadError] when redis-rb is not there
        def redis
          @redis ||= @client || begin
            require 'redis'
            ::Redis.new(**@address)
          end
        end

        # @param jobs [Hash{String => Job}]
        # @return [Hash{String => Job}] those that are to run now, by this node
        # @see Backend#reschedule
        # @raise [Kaal::Backend::StoreError] when Redis fails; what was taken meanwhile is given the next time
        def reschedule(jobs)
          now = Time.now
          last_run, is_reset, taken, absent = poll(next_runs(jobs, now), now, @reset ? { reset: ALONE } : {})
          told_of_reset(jobs.size, is_reset) if @reset
          taken = begin_jobs(jobs, Time.at(last_run || now), now) unless absent.empty?
          @turn += 1
          jobs.slice(*taken)
        end

        # Shows neither user nor password.
        #
        # @return [String]
        def inspect
          "#<#{self.class} prefix=#{@prefix.inspect}>"
        end

        private

        # From the last poll on, so that what was due since then runs.
        #
        # @return [Array<String>] the names of those that this node runs
        def begin_jobs(jobs, from, now)
          first_runs = next_runs(jobs, from)
          next_runs = next_runs(jobs.slice(*first_runs.keys), now)
          poll(next_runs, now, { first_runs: first_runs.values_at(*next_runs.keys) })[2]
        end

        # @return [Array(Integer, Boolean, Array<String>, Array<String>)] the last poll, whether the jobs were reset,
        #   the names of those that this node runs, and of those that have no next run
        def poll(next_runs, now, how)
          names = next_runs.keys
          last_run, is_reset, *places =
            if RedisConnection.native?(@connection)
              known = { poller: poller, turn: @turn, ttl: @ttl }
              @connection.poll(@prefix, now.to_i, names, next_runs.values, { **known, **how })
            else
              poll_by_client(names, next_runs.values, now, how)
            end
          [last_run, is_reset, *places.map { |some| names.values_at(*some) }]
        end

        # As the core does.
        def poll_by_client(names, next_runs, now, how)
          keys = ["#{@prefix}_last_run", "#{@prefix}_taken_#{poller}", *names.map { |name| "#{@prefix}_job_#{name}" }]
          absent = how[:first_runs] ? 'set' : how.fetch(:reset, 'tell')
          arguments = [now.to_i, @ttl.to_s, absent, @turn, *next_runs, *how[:first_runs]]
          last_run, is_reset, *places = @connection.eval(Native.redis_scripts[:poll], keys: keys, argv: arguments)
          [last_run && Integer(last_run, exception: false), is_reset == 1, *places]
        rescue Kaal::Backend::StoreError
          raise
        rescue StandardError => e
          raise Kaal::Backend::StoreError, e.message
        end

        # A forked child is another.
        def poller
          "#{@name}:#{Process.pid}"
        end

        def told_of_reset(count, is_reset)
          @reset = false
          @logger&.info(is_reset ? "[Allora] the next runs of #{count} jobs are reset" : NOT_RESET)
        end

        NOT_RESET = "[Allora] the next runs of jobs are not reset: a node has polled within the last #{ALONE} s".freeze
        private_constant :NOT_RESET

        def native
          return @address[:url] if @address.keys == [:url]
          raise ArgumentError, 'url says it all: leave the other options of the address out' if @address.key?(:url)

          Native::Redis.new(@address.key?(:path) ? @address : DEFAULTS.merge(@address))
        end

        def check_ttl(ttl)
          return ttl.to_i if ttl.is_a?(Numeric) && ttl.to_i.positive?

          raise ArgumentError, "ttl must be a number of seconds from 1, is #{ttl.inspect}"
        end
      end
    end
  end
end
