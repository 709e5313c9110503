# frozen_string_literal: true

module Kaal
  module Delayed
    # Which classes may be called, by `config.delayed_job_allowed_class_prefixes`: whoever can write to the store
    # says which class is called.
    module AllowedClasses
      @told = false

      class << self
        # @return [SchedulerFile::JobClass]
        # @raise [SchedulerConfigError] when there is no such class, or it is not allowed or cannot be called
        def find(name, configuration)
          raise SchedulerConfigError, refusal(name, configuration) unless allowed?(name, configuration)

          SchedulerFile::JobClass.new(name)
        rescue ArgumentError => e
          raise SchedulerConfigError, e.message
        end

        def allowed?(name, configuration)
          prefixes = configuration.delayed_job_allowed_class_prefixes
          return warn_of_all(configuration) if prefixes.empty?

          name.delete_prefix('::').start_with?(*prefixes.map { |prefix| prefix.delete_prefix('::') })
        end

        def refusal(name, configuration)
          prefixes = configuration.delayed_job_allowed_class_prefixes
          "job_class #{name} is not allowed: delayed_job_allowed_class_prefixes has #{prefixes.join(', ')}"
        end

        private

        # Once in a process.
        def warn_of_all(configuration)
          if !@told && defined?(::Rails) && ::Rails.respond_to?(:env) && ::Rails.env.production?
            @told = true
            configuration.logger&.warn('[Kaal] delayed jobs may call any class: whoever can write to the store may ' \
                                       'too. Set config.delayed_job_allowed_class_prefixes')
          end
          true
        end
      end
    end
  end
end
