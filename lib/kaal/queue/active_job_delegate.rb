# frozen_string_literal: true

module Kaal
  module Queue
    # Performs jobs of ActiveJob, which calls them within Rails' executor. What leaves them, by neither `retry_on` nor
    # `discard_on`, is a failed attempt of the queue's.
    class ActiveJobDelegate
      # Why arguments cannot be deserialised at any later time either. That a database is down passes.
      LASTING = [NilClass, NameError, ArgumentError, TypeError, KeyError].freeze
      private_constant :LASTING

      # @param job [Hash] what ActiveJob makes of a job
      # @raise [Fatal] when no other attempt can perform it
      def call(job)
        unless job.is_a?(Hash) && job['job_class'].is_a?(String)
          raise Fatal, 'it is no job of ActiveJob: it has no job_class'
        end

        ::ActiveJob::Base.execute(job)
      rescue ::ActiveJob::DeserializationError => e
        raise lasting?(e.cause) ? Fatal.new("#{job['job_class']}: #{e.message}") : e
      rescue NameError => e
        raise known?(job['job_class']) ? e : Fatal.new("there is no job class #{job['job_class']} here: #{e.message}")
      end

      private

      def lasting?(cause)
        case cause
        when *LASTING then true
        else defined?(::ActiveRecord::RecordNotFound) && cause.is_a?(::ActiveRecord::RecordNotFound)
        end
      end

      def known?(name)
        job_class = Kaal.configuration.within_app { name.safe_constantize }
        job_class.is_a?(Class) && job_class.method_defined?(:perform_now)
      end
    end
    private_constant :ActiveJobDelegate
  end
end
