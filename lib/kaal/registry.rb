# frozen_string_literal: true

module Kaal
  # The jobs that this process has callbacks for. Thread-safe; iterates over snapshots.
  class Registry
    include Enumerable

    # A job of this process: key, cron expression, and the callable that runs it.
    Entry = Struct.new(:key, :cron, :enqueue, keyword_init: true)

    def initialize
      @entries = {}
      @mutex = Mutex.new
    end

    # @return [Entry]
    # @raise [ArgumentError] when an argument cannot be used
    # @raise [RegistryError] when the key is taken
    def add(key:, cron:, enqueue:)
      entry = build(key, cron, enqueue)
      @mutex.synchronize do
        raise RegistryError, "Key '#{key}' is already registered" if @entries.key?(key)

        @entries[key] = entry
      end
    end

    # As {#add}, in place of an entry of that key.
    def upsert(key:, cron:, enqueue:)
      entry = build(key, cron, enqueue)
      @mutex.synchronize { @entries[key] = entry }
    end

    # @return [Entry, nil] what was removed
    def remove(key)
      @mutex.synchronize { @entries.delete(key) }
    end

    # @return [Entry, nil]
    def find(key)
      @mutex.synchronize { @entries[key] }
    end

    # @return [Array<Entry>]
    def all
      @mutex.synchronize { @entries.values }
    end

    def size
      @mutex.synchronize { @entries.size }
    end

    # How many entries there are; takes no block, unlike Enumerable's.
    def count
      size
    end

    def registered?(key)
      @mutex.synchronize { @entries.key?(key) }
    end

    # @return [Integer] how many entries there were
    def clear
      @mutex.synchronize do
        count = @entries.size
        @entries.clear
        count
      end
    end

    def each(&block)
      return all.each unless block

      all.each(&block)
      self
    end

    # @return [Array<Hash>]
    def to_a
      all.map(&:to_h)
    end

    def inspect
      "#<#{self.class} size=#{size} keys=#{all.map(&:key).inspect}>"
    end

    private

    def build(key, cron, enqueue)
      raise ArgumentError, 'key cannot be empty' if key.to_s.strip.empty?
      raise ArgumentError, 'cron cannot be empty' if cron.to_s.strip.empty?
      raise ArgumentError, 'enqueue must be callable' unless enqueue.respond_to?(:call)

      Entry.new(key: key, cron: cron, enqueue: enqueue).freeze
    end
  end
end
