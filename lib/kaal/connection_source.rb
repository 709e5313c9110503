# frozen_string_literal: true

module Kaal
  # How to connect, where procs say a part of it: the core asks at each connect, on the Ruby thread that
  # needs the connection. Neither it nor its errors show what a proc gave.
  class ConnectionSource
    # What may be a proc.
    ASKABLE = %i[url user username password].freeze
    private_constant :ASKABLE

    class << self
      # @param settings [Hash] by Symbol
      # @raise [ArgumentError] when anything else is a proc
      def asked?(settings)
        asked = settings.select { |_name, value| value.respond_to?(:call) }.keys
        raise ArgumentError, "#{(asked - ASKABLE).first} cannot be a proc: url, username and password can" unless
          (asked - ASKABLE).empty?

        asked.any?
      end

      # What is known without asking.
      def known(settings)
        settings.reject { |_name, value| value.respond_to?(:call) }
      end
    end

    # @param settings [Hash] by Symbol
    # @yield [settings] those with what the procs gave
    # @yieldreturn [Hash] the options of a native connection
    def initialize(settings, &options)
      @settings = settings
      @options = options
      @askers = []
    end

    # Has the block make what connects, from options that lead here, and stays for as long as that does.
    #
    # @yieldparam options [Hash]
    # @yieldreturn [Native::Redis, Native::Database]
    def connect
      number = object_id
      Native::SOURCES[number] = self
      yield(source: number).tap { |native| native.instance_variable_set(:@source, self) }
    end

    # @return [Hash] the options of a native connection
    # @raise [StoreError] when a proc raises, or what it gave cannot be used
    def call
      once_on_this_thread do
        @options.call(@settings.to_h { |name, value| [name, value.respond_to?(:call) ? ask(name, value) : value] })
      end
    rescue ArgumentError, ConfigurationError => e
      raise Backend::StoreError, "#{asked} of a proc: #{e.message}"
    end

    def inspect
      "#<#{self.class} #{asked}>"
    end

    private

    def asked
      (@settings.keys - self.class.known(@settings).keys).join(', ')
    end

    # A proc that uses the store it is asked for would be asked without end.
    def once_on_this_thread
      asker = Thread.current
      raise Backend::StoreError, "#{asked}: proc uses the store that it is asked for" if @askers.include?(asker)

      begin
        @askers << asker
        yield
      ensure
        @askers.delete(asker)
      end
    end

    def ask(name, callable)
      checked(name, call_of(name, callable))
    end

    # Not with the exception, whose message may hold what the proc was about to give: what reports errors shows
    # causes too. Where it was raised is said. Our own errors hold no secrets.
    def call_of(name, callable)
      callable.call
    rescue StandardError => e
      place = e.backtrace_locations&.first
      raise Backend::StoreError, "#{name}: proc raised #{e.class}#{" at #{place.path}:#{place.lineno}" if place}",
            cause: (e if [Backend::StoreError, Backend::LockAdapterError].include?(e.class))
    end

    def checked(name, value)
      value = value.to_s if name == :url && value.is_a?(URI::Generic)
      return value if value.is_a?(String) && !value.empty?

      gave = { nil => 'nil', '' => 'an empty String' }.fetch(value) { "a #{value.class}" }
      raise Backend::StoreError, "#{name}: proc gave #{gave}, expected a String"
    end
  end
  private_constant :ConnectionSource
end
