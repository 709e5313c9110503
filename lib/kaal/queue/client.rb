# frozen_string_literal: true

module Kaal
  module Queue
    # Adds jobs to a queue, and looks after those that are in it.
    #
    #   queue = Kaal::Queue::Client.new('redis://localhost:6379/0', prefix: 'mails')
    #   queue.call({ 'to' => 'ada@example.com', 'scheduled_at' => Time.now + 60 })
    class Client
      # A job that is not tried again. `died_at` is a Time; `reason` a String; `attempts` how often it was tried.
      Dead = Struct.new(:id, :died_at, :reason, :attempts, keyword_init: true)

      # How many jobs are written at once: other threads wait meanwhile.
      DOCUMENT = 1_000

      # How deep a job may be, as `JSON.generate` has it.
      MAX_NESTING = 100
      private_constant :DOCUMENT, :MAX_NESTING

      # What the names of all keys begin with.
      #
      # @return [String]
      attr_reader :prefix

      # @param client [String, URI, Redis, RedisClient, Async::Redis::Client, nil] which Redis; native connections to
      #   it are made
      # @param settings [Hash] for all processes that share a queue the same:
      #   `prefix:` 'async-job'; `coder:` JSON; `resolution:` 10, after how many seconds at most delayed jobs are
      #   looked for that a node of Async::Job has added; `lease:` 10, after how many seconds without a heartbeat
      #   the jobs of a server are another's; `max_attempts:` 25, or Float::INFINITY; `backoff:` 1..3600, the
      #   first and the longest pause between attempts in seconds; `max_payload:` 33,554,432, bytes; `hash_tag:`
      #   false, whether the prefix gets the braces that Redis Cluster needs
      # @raise [ArgumentError] when a setting or the client is not usable
      def initialize(client, **settings)
        @settings = Settings.new(settings)
        @prefix = @settings.prefix
        @redis = Connection.options(client)
        @queue = native
      end

      # Adds a job. One with `"scheduled_at"` is delayed until then.
      #
      # @param job [Hash]
      # @param id [String, nil] a name of its own: as long as a job of this name waits, runs or is dead, it is not
      #   added again
      # @return [String] the id
      # @raise [ArgumentError] when the job cannot be dumped, is too large, or its time is none
      # @raise [Backend::StoreError] when Redis fails: with an `id` it can be added again
      def call(job, id: nil)
        add([due(job)], [dump(job)], [id]).first
      end

      # Adds jobs, in order, a thousand in a round trip.
      #
      # @param jobs [Array<Hash>]
      # @param ids [Array<String, nil>] as of {#call}
      # @return [Array<String>] the ids
      # @raise (see #call)
      # @raise [Backend::StoreError] when Redis fails; some may have been added then
      def call_many(jobs, ids: [])
        jobs = jobs.entries
        dues = jobs.map { |job| due(job) }
        return add(dues, jobs.map { |job| dump(job) }, ids.to_a) unless @settings.coder.equal?(Coder::DEFAULT)

        add_documents(dues, documents(jobs), ids.to_a)
      end

      # @return [Hash{Symbol => Object}] `ready`, `delayed`, `processing` (by this server), `dead`, `servers`,
      #   `completed` and `failed` (by this server since it was started), `id` of this server
      # @raise [Backend::StoreError]
      def status
        queue = current
        queue.status.merge(id: queue.id)
      end

      # As `R=3.42K D=1.23K P=7/2.34K`: ready, delayed, processing and completed by this server.
      #
      # @return [String]
      # @raise [Backend::StoreError]
      def status_string
        counts = status.transform_values { |count| count.is_a?(Integer) ? format_count(count) : count }
        format('R=%<ready>s D=%<delayed>s P=%<processing>s/%<completed>s', counts)
      end

      # Jobs that are not tried again, the latest first.
      #
      # @param offset [Integer] how many to skip
      # @param limit [Integer] how many at most
      # @return [Array<Dead>]
      # @raise [Backend::StoreError]
      def dead(offset: 0, limit: 100)
        @queue.dead(offset, limit).map do |id, died_at, reason, attempts|
          Dead.new(id: id, died_at: Time.at(died_at).utc, reason: reason, attempts: attempts)
        end
      end

      # A job that is not done yet, wherever it is.
      #
      # @param id [String]
      # @return [Object, nil] what the coder makes of it
      # @raise [Backend::StoreError]
      def find(id)
        payload = @queue.payload(id)
        payload && @settings.coder.load(payload)
      end

      # Has dead jobs tried again, with all attempts before them. One whose payload is missing stays dead.
      #
      # @param ids [Array<String>, nil] nil: all
      # @return [Integer] how many
      # @raise [Backend::StoreError]
      def requeue(ids = nil)
        @queue.requeue(ids && Array(ids))
      end

      # Deletes dead jobs.
      #
      # @param ids [Array<String>, nil] nil: all
      # @return [Integer] how many
      # @raise [Backend::StoreError]
      def discard(ids = nil)
        @queue.discard(ids && Array(ids))
      end

      # Does not show the Redis, whose URL may hold a password.
      #
      # @return [String]
      def inspect
        "#<#{self.class} prefix=#{prefix.inspect}>"
      end

      private

      def native
        Native::Queue.new(@redis, @settings.to_native)
      end

      def add(dues, payloads, ids)
        telling(dues.size) { @queue.enqueue(dues, payloads, ids) }
      end

      def add_documents(dues, documents, ids)
        telling(dues.size) { @queue.enqueue_documents(dues, documents, ids) }
      end

      def telling(count)
        Events.tell('enqueue', { prefix: prefix, jobs: count }) { |event| event[:ids] = yield }
      end

      # What knows of the jobs of this process.
      def current
        @queue
      end

      def due(job)
        raise ArgumentError, "a job must be a Hash, is a #{job.class}" unless job.is_a?(Hash)

        time = job['scheduled_at'] || job[:scheduled_at]
        time && Coder.Time(time).to_f
      end

      def dump(job)
        telling_why { @settings.coder.dump(job) }
      end

      # Many jobs as JSON arrays, which takes half the time of one String for each. Their nesting is one deeper.
      def documents(jobs)
        telling_why { jobs.each_slice(DOCUMENT).map { |some| JSON.generate(some, max_nesting: MAX_NESTING + 1) } }
      end

      def telling_why
        yield
      rescue JSON::GeneratorError, JSON::NestingError => e
        raise ArgumentError, "the job cannot be written as JSON: #{e.message}"
      end

      def format_count(count)
        return "#{(count / 1_000_000.0).round(2)}M" if count > 1_000_000

        count > 1_000 ? "#{(count / 1_000.0).round(2)}K" : count.to_s
      end
    end
  end
end
