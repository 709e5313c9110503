# frozen_string_literal: true

module Soak
  module Gauges
    # A Redis.
    class Redis
      # Of keys of which there is one a run or a job.
      KINDS = { /\Akaal:dispatch:/ => 'locks', /\Akaal:cron_dispatch:/ => 'keys of the log' }.freeze
      SIZES = { 'hash' => :hlen, 'list' => :llen, 'set' => :scard, 'zset' => :zcard }.freeze
      private_constant :KINDS, :SIZES

      def initialize(server)
        @server = server
      end

      def address
        @server.url
      end

      # @return [Hash{String => Integer}]
      def to_h(_pid)
        mine = redis.call('CLIENT', 'ID')
        others = redis.call('CLIENT', 'LIST').lines.reject { |line| line.start_with?("id=#{mine} ") }
        { 'connections' => others.size, **keys }
      end

      def finish
        @server.stop
      end

      private

      # Keys by their kind; of all others how many elements they have.
      def keys
        counts = Hash.new(0)
        redis.scan_each(count: 1_000) do |key|
          kind = KINDS.find { |pattern, _name| key.match?(pattern) }&.last
          kind ? counts[kind] += 1 : counts["in #{key.gsub(/\h{8}-[\h:-]+/, '*')}"] += size(key)
        end
        counts
      end

      def size(key)
        command = SIZES[redis.type(key)]
        command ? redis.public_send(command, key) : 1
      rescue ::Redis::CommandError
        0 # it is another by now
      end

      def redis
        @server.inspector
      end
    end
  end
end
