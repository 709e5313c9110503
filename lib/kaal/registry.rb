# frozen_string_literal: true

module Kaal
  # The jobs that this process has callbacks for. Thread-safe; iterates over snapshots. A key may be
  # given as a Symbol and in any encoding.
  class Registry
    include Enumerable

    # A job of this process: key, cron expression, and the callable that runs it.
    Entry = Struct.new(:key, :cron, :enqueue, keyword_init: true)

    # A frozen entry, with its key in UTF-8.
    #
    # @param key [String, Symbol]
    # @param cron [String]
    # @param enqueue [#call] called with `fire_time:` (UTC Time) and `idempotency_key:` (String)
    # @return [Entry]
    # @raise [ArgumentError] when an argument cannot be used
    def self.entry(key:, cron:, enqueue:)
      key = JobKey.of(key)
      raise ArgumentError, 'key cannot be empty' if key.strip.empty?
      # Of bytes, for what is no text is not blank either.
      raise ArgumentError, 'cron cannot be empty' if cron.to_s.b.strip.empty?
      raise ArgumentError, 'enqueue must be callable' unless enqueue.respond_to?(:call)

      Entry.new(key: -key, cron: cron, enqueue: enqueue).freeze
    end

    def initialize
      @entries = {}
      @version = 0
      @mutex = Mutex.new
    end

    # @param key [String, Symbol]
    # @param cron [String]
    # @param enqueue [#call] called with `fire_time:` (UTC Time) and `idempotency_key:` (String)
    # @return [Entry]
    # @raise [ArgumentError] when an argument cannot be used
    # @raise [RegistryError] when the key is taken
    def add(key:, cron:, enqueue:)
      add_all([Registry.entry(key: key, cron: cron, enqueue: enqueue)]).first
    end

    # Adds entries, all or none.
    #
    # @param entries [Array<Entry>]
    # @param replacing [Hash{String => Entry}] those that they may take the place of
    # @return [Array<Entry>]
    # @raise [RegistryError] when a key is taken, or there twice
    def add_all(entries, replacing = {})
      @mutex.synchronize do
        added = {}
        entries.each do |entry|
          raise RegistryError, "Key '#{entry.key}' is already registered" if taken?(entry.key, added, replacing)

          added[entry.key] = entry
        end
        @version += 1
        @entries.merge!(added)
      end
      entries
    end

    # As {#add}, in place of an entry of that key.
    #
    # @param (see #add)
    # @return [Entry]
    # @raise [ArgumentError] when an argument cannot be used
    def upsert(key:, cron:, enqueue:)
      entry = Registry.entry(key: key, cron: cron, enqueue: enqueue)
      @mutex.synchronize do
        @version += 1
        @entries[entry.key] = entry
      end
    end

    # @param key [String, Symbol]
    # @return [Entry, nil] what was removed
    def remove(key)
      key = JobKey.of(key)
      @mutex.synchronize do
        @version += 1
        @entries.delete(key)
      end
    end

    # @param key [String, Symbol]
    # @return [Entry, nil]
    def find(key)
      # As it is given first: as a rule that is how it is kept.
      entry = entry_of(key)
      return entry if entry

      text = JobKey.of(key)
      text.equal?(key) ? nil : entry_of(text)
    end

    # What differs after each change.
    #
    # @api private
    def version
      @mutex.synchronize { @version }
    end

    # @return [Array<Entry>]
    def all
      @mutex.synchronize { @entries.values }
    end

    # @return [Integer] how many entries there are
    def size
      @mutex.synchronize { @entries.size }
    end

    # How many entries there are; takes no block, unlike Enumerable's.
    #
    # @return [Integer]
    def count
      size
    end

    # @param key [String, Symbol]
    # @return [Boolean] whether there is an entry of that key
    def registered?(key)
      !find(key).nil?
    end

    # @return [Integer] how many entries there were
    def clear
      @mutex.synchronize do
        count = @entries.size
        @version += 1
        @entries.clear
        count
      end
    end

    # @yieldparam entry [Entry]
    # @return [Registry, Enumerator] itself where a block is given
    def each(&block)
      return all.each unless block

      all.each(&block)
      self
    end

    # @return [Array<Hash>]
    def to_a
      all.map(&:to_h)
    end

    # @return [String] how many entries, and their keys
    def inspect
      "#<#{self.class} size=#{size} keys=#{all.map(&:key).inspect}>"
    end

    private

    def entry_of(key)
      @mutex.synchronize { @entries[key] }
    end

    def taken?(key, added, replacing)
      return true if added.key?(key)

      @entries.key?(key) && !@entries[key].equal?(replacing[key])
    end
  end
end
