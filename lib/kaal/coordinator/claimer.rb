# frozen_string_literal: true

module Kaal
  class Coordinator
    # Asks the backend for runs.
    class Claimer
      # @param jobs [JobSource] which knows what jobs say of themselves
      def initialize(configuration, jobs)
        @configuration = configuration
        @jobs = jobs
        @last_runs = LastRuns.new(configuration, jobs)
      end

      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @return [Array<Boolean, nil>] for each true (won), false (lost) or nil (unknown: the store failed)
      def claim(runs)
        telling(runs, taken_over: false) { ask(runs) }
      end

      # As {#claim}, for open claims whose lease has ended.
      def take_over(runs)
        telling(runs, taken_over: true) do
          store = @configuration.backend.open_claims
          answers = store.take_over_claims(runs, namespace: @configuration.namespace, node_id: Socket.gethostname,
                                                 ttl: @configuration.lease_ttl)
          # Who had them may have died before that.
          @last_runs.pass(runs.zip(answers).filter_map { |run, is_won| run if is_won })
          answers
        rescue *FAILURES => e
          log('taking claims over failed, trying again', e)
          Array.new(runs.size)
        end
      end

      # Whether the claim of a run of the job stays open until the callback has returned.
      def open?(key)
        @jobs.at_least_once? && JobOptions.at_least_once?(@jobs.options(key))
      end

      # Gives a lease back. By the store's clock it may last a little longer than by ours, and would
      # then be in our own way.
      def release(key, fire_time)
        backend = @configuration.backend
        return unless backend.respond_to?(:release)

        backend.release(Native.lock_key(@configuration.namespace, key, fire_time))
      rescue *FAILURES => e
        log("cannot release the lease of #{key} at #{at(fire_time)}", e)
      end

      # Whether dispatches are logged.
      def log?
        @configuration.enable_log_dispatch_registry && !log_registry.nil?
      end

      # Those of the runs that the log does not show, where it can look up many at once; else all.
      def missing(runs)
        registry = log_registry
        return runs unless registry.respond_to?(:dispatched_many)

        runs.zip(registry.dispatched_many(runs)).filter_map { |run, dispatched| run unless dispatched }
      end

      # Writes that the callback of a run has failed, where dispatches are logged.
      def record_failure(key, fire_time)
        return unless log?

        log = log_registry
        # That gives no record, for which a database would be asked once more.
        return log.log_dispatches([[key, fire_time]], Socket.gethostname, 'failed') if log.respond_to?(:log_dispatches)

        log.log_dispatch(key, Time.at(fire_time).utc, Socket.gethostname, 'failed')
      rescue StandardError => e
        log("cannot record that job #{key} failed", e)
      end

      private

      def telling(runs, payload)
        Events.tell('claim', { runs: runs.size, **payload }) do |told|
          answers = yield
          told[:won] = answers.count(true)
          told[:failed] = answers.count(nil)
          answers
        end
      end

      # Those that stay open apart from the others.
      def ask(runs)
        open = @jobs.at_least_once? ? runs.select { |key, _fire_time| open?(key) } : []
        return @last_runs.claim(runs) { |some| ask_alike(some) } if open.empty?

        others = runs - open
        closed = @last_runs.claim(others) { |some| ask_alike(some) }
        runs.map(&[*open.zip(ask_open(open)), *others.zip(closed)].to_h)
      end

      # The claim comes first: should this process die before the last run is moved on, or after, another takes
      # it over. So it does where the store fails to.
      def ask_open(runs)
        answers = ask_alike(runs, open: true)
        won = runs.zip(answers).filter_map { |run, is_won| run if is_won }
        passed = won.zip(@last_runs.pass(won)).to_h
        close(passed.filter_map { |run, may| run if may == false })
        runs.zip(answers).map { |run, answer| answer ? passed[run] == true : answer }
      end

      # Of runs that were done before.
      def close(runs)
        @configuration.backend.open_claims.close_claims(@configuration.namespace, runs) if runs.any?
      rescue *FAILURES => e
        log('cannot close claims of what was done, others will take them over', e)
      end

      def ask_alike(runs, open: false)
        backend = @configuration.backend
        return Array.new(runs.size, true) unless backend
        if backend.respond_to?(:claims_many?) && backend.claims_many?
          return backend.claim_many(runs, @configuration, **(open ? { open: true } : {}))
        end
        # Ruby's own message may have what it is in it, such as a URL with a password.
        raise ConfigurationError, "a #{backend.class} has no acquire" unless backend.respond_to?(:acquire)

        runs.map { |key, fire_time| acquire(backend, key, fire_time) }
      rescue *FAILURES => e
        log('claim failed, trying again', e)
        Array.new(runs.size)
      end

      # Any other backend is asked for one lock at a time.
      def acquire(backend, key, fire_time)
        lock_key = Native.lock_key(@configuration.namespace, key, fire_time)
        backend.acquire(lock_key, @configuration.lease_ttl) ? true : false
      rescue *FAILURES => e
        log("claim of #{key} at #{at(fire_time)} failed, trying again", e)
        nil
      end

      def log_registry
        backend = @configuration.backend
        backend.dispatch_registry if backend.respond_to?(:dispatch_registry)
      end

      def at(fire_time)
        Time.at(fire_time).utc.iso8601
      end

      def log(message, error)
        Report.error(@configuration, message, error)
        nil
      end
    end
    private_constant :Claimer
  end
end
