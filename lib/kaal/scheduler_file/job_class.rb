# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # The class that a job names. It is looked up by its name each time: reloading code makes another.
    class JobClass
      # The first of these that a class has is called: that of ActiveJob, of Sidekiq, of plain Ruby.
      METHODS = %i[perform_later perform_async perform].freeze
      NAME = /\A(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*\z/
      private_constant :METHODS, :NAME

      # @param name [String]
      # @raise [ArgumentError] when there is no such class, or nothing to call it with
      def initialize(name)
        raise ArgumentError, "job_class #{name.inspect} is no name of a class" unless NAME.match?(name)

        @name = name
        @constant = look_up
        @method = METHODS.find { |method| @constant.respond_to?(method) }
        return if @constant.is_a?(Module) && @method

        raise ArgumentError, "job_class #{name} cannot be enqueued: it needs a class method #{METHODS.join(', ')}"
      end

      # What the definition says it is.
      def target
        @method == :perform_later ? 'active_job' : 'ruby'
      end

      def keywords?
        @method != :perform_async
      end

      # Whether it can be told which queue to use.
      def queues?
        @method != :perform && @constant.respond_to?(:set)
      end

      # @param queue [String, nil] nil: the class's own
      # @param kwargs [Hash{Symbol => Object}]
      def enqueue(queue, args, kwargs)
        to = queue && queues? ? @constant.set(queue: queue) : @constant
        keywords? ? to.public_send(@method, *args, **kwargs) : to.public_send(@method, *args)
      end

      private

      def look_up
        Object.const_get(@name)
      rescue StandardError, ScriptError => e
        unknown = e.instance_of?(NameError) && @name.split('::').include?(e.name.to_s)
        reason = unknown ? 'is unknown' : "cannot be loaded: #{e.class}"
        raise ArgumentError, "job_class #{@name} #{reason}: #{e.message.lines.first&.chomp}"
      end
    end
  end
end
