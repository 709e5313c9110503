# frozen_string_literal: true

module Kaal
  # `Kaal.register` and its kin.
  module Registration
    # Defines a job for all nodes and adds this process's callback for it. A definition that is
    # stored already keeps its `enabled` and `metadata`, but for the options.
    #
    # @param key [String, Symbol] which no other job has; 255 characters at most where it is kept in a database
    # @param cron [String, Symbol] see {Cron.parse}; or instead
    # @param every [Numeric, String] how long from one run to the next: seconds, an ActiveSupport::Duration, or a
    #   text such as `1h30m`
    # @param enqueue [#call] called with `fire_time:` (UTC Time) and `idempotency_key:` (String)
    # @param options [Hash] see {JobOptions}: `dst:`, `zone:`, `splay:`, `missed:`, `missed_within:`,
    #   `on_error:`, `guarantee:`, `anchor:`
    # @return [Registry::Entry]
    # @raise [CronError] when the expression is not one
    # @raise [ArgumentError] when another argument cannot be used, or an option is unknown or wrong
    # @raise [ConfigurationError] when the backend cannot keep the guarantee
    # @raise [RegistryError] when this process has a callback for the key; one of the scheduler file's is
    #   replaced or kept where `config.scheduler_conflict_policy` says so
    def register(key:, enqueue:, cron: nil, every: nil, **options)
      register_all([{ key: key, cron: cron, every: every, enqueue: enqueue, **options }]).first
    end

    # As {#register} for many jobs, with as few calls of the store as it allows: all of them, or none.
    #
    # @param jobs [Array<Hash>] the arguments of {#register}
    # @return [Array<Registry::Entry>]
    def register_all(jobs)
      expressions = {}
      checked = jobs.map { |job| checked(expressions, **job) }
      of_file = FileConflicts.find(checked.map(&:first), registry, definition_registry)
      return add_and_define(checked, of_file) unless FileConflicts.file_wins?(of_file, configuration)

      add_and_define(checked.reject { |entry, *| of_file.key?(entry.key) }, {})
      checked.map { |entry, *| of_file.fetch(entry.key, entry) }
    end

    private

    # @param replaced [Hash{String => Registry::Entry}] those that may be replaced
    def add_and_define(checked, replaced)
      # First here, where only one of two threads succeeds; the other has written nothing.
      entries = registry.add_all(checked.map(&:first), replaced)
      defined = false
      define(checked.map { |entry, cron, options| [entry.key, cron, options] })
      defined = true
      @coordinator&.wake
      entries
    ensure
      # Also when an interrupt ends it.
      entries&.each { |entry| take_back(entry.key, replaced[entry.key]) } unless defined
    end

    def take_back(key, replaced)
      replaced ? registry.upsert(**replaced.to_h) : registry.remove(key)
    end

    # @param expressions [Hash{String => String}] those that were checked: of many jobs many have the same
    # @return [Array(Registry::Entry, String, Hash)] the entry, its expression as text, its options
    def checked(expressions, key:, enqueue:, cron: nil, every: nil, **options)
      interval = Interval.expression(cron, every) if every || Interval.one?(cron)
      entry = Registry.entry(key: key, cron: interval || cron, enqueue: enqueue)
      expression = interval || (expressions[cron] ||= Interval.expression(cron, nil))
      return [entry, expression, options] if options.empty?

      options = JobOptions.to_metadata(options)
      Interval.check_options(expression, options)
      Guarantee.check(entry.key, options, configuration)
      [entry, expression, options]
    end

    def define(jobs)
      return if jobs.empty?

      shared = definition_registry
      if shared.respond_to?(:register_definitions)
        shared.register_definitions(jobs, 'code')
      else
        jobs.each { |job| define_in(shared, *job) }
      end
    end

    # For registries of the app's own.
    def define_in(shared, key, cron, options)
      before = shared.find_definition(key)
      kept = before ? before.slice(:enabled) : {}
      metadata = JobOptions.merge(before && before[:metadata], options)
      shared.upsert_definition(key: key, cron: cron, source: 'code', metadata: metadata, **kept)
    end
  end
  private_constant :Registration
end
