# frozen_string_literal: true

module Kaal
  module Delayed
    # What is given to {Kaal.enqueue_at}, checked.
    class Draft
      # What the arguments may take, as JSON: what is larger belongs into a store of its own.
      MOST_BYTES = 1_048_576
      private_constant :MOST_BYTES

      def initialize(configuration, at:, job_class:, args:, job_id:, queue:)
        @run_at = RunAt.of(at)
        @job_id = text('job_id', job_id)
        @queue = queue && text('queue', queue)
        @args = args
        raise ArgumentError, "args must be an Array, got #{args.class}" unless args.is_a?(Array)

        @json = json
        @job_class = class_name(job_class)
        AllowedClasses.find(@job_class, configuration)
        @created_at = RunAt.of(Time.now)
      end

      # The job, as {Kaal.enqueue_at} gives it.
      def to_h
        { job_id: @job_id, run_at: @run_at, job_class: @job_class, args: @args, queue: @queue, created_at: @created_at }
      end

      # The job as the stores take it: with the times in microseconds since 1970, and JSON.
      def to_row
        { **to_h, run_at: RunAt.to_micros(@run_at), created_at: RunAt.to_micros(@created_at), args: @json }
      end

      private

      def text(what, given)
        unless given.is_a?(String) || given.is_a?(Symbol) || given.is_a?(Integer)
          raise ArgumentError, "#{what} must be a String, got #{given.class}"
        end

        text = given.to_s.encode(Encoding::UTF_8)
        raise EncodingError unless text.valid_encoding?
        raise ArgumentError, "#{what} cannot be blank" if text.strip.empty?
        raise ArgumentError, "#{what} cannot hold a NUL" if text.include?("\0")

        text
      rescue EncodingError
        raise ArgumentError, "#{what} must be valid UTF-8, is #{given.inspect}"
      end

      def json
        json = JSON.generate(@args)
        raise ArgumentError, "args are #{json.bytesize} bytes as JSON, at most #{MOST_BYTES} will do" if
          json.bytesize > MOST_BYTES

        json
      rescue JSON::GeneratorError, JSON::NestingError, EncodingError => e
        raise ArgumentError, "args cannot be written as JSON: #{e.message.slice(0, 200)}"
      end

      def class_name(given)
        name = given.is_a?(Module) ? given.name : given
        return name.to_s if name.is_a?(String) || name.is_a?(Symbol)

        raise SchedulerConfigError, "job_class must be a class or its name, got #{given.inspect}"
      end
    end
  end
end
