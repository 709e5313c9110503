# frozen_string_literal: true

module Chaos
  # Does harm to a fleet or its store, at moments that a cell chooses by its seed. A subclass is one kind of harm, is
  # known by the name of its class (`Chaos::Nemeses::SlowAnswers` by `slow-answers`), and takes all that is random from
  # `random`.
  class Nemesis
    # What the guarantees allow while a process or the store is harmed: see docs/guarantees.md. A run that was claimed
    # at most once may be lost, one that is to run at least once may be called again, and nothing else.
    DOCUMENTED = { 'at_most_once' => [:lost], 'at_least_once' => [:duplicate] }.freeze

    class << self
      # @return [Hash{String => Class}] all there are, by name
      def all
        Nemeses.constants.to_h { |constant| Nemeses.const_get(constant).then { |kind| [kind.label, kind] } }
      end

      # @raise [ArgumentError] when there is none of that name
      def named(name)
        all.fetch(name) { raise ArgumentError, "no nemesis #{name}: there are #{all.keys.sort.join(', ')}" }
      end

      def label
        name.split('::').last.gsub(/(?<=[a-z])(?=[A-Z])/, '-').downcase
      end

      # Whether the harm makes sense with a store.
      #
      # @param _backend [String] see {Store.names}
      def suits?(_backend) = true
    end

    # @param fleet [Fleet]
    # @param store [Store]
    # @param random [Random]
    # @param timeline [Timeline] where {Cell} puts what {#act} says; a nemesis may add notes
    def initialize(fleet, store, random, timeline)
      @fleet = fleet
      @store = store
      @random = random
      @timeline = timeline
    end

    # Before the fleet starts: a proxy that the nodes are to use, settings of their processes.
    def prepare; end

    # Waits for a good moment, right before {#act}.
    def aim; end

    # Begins to do harm.
    #
    # @return [String] what was done, for the timeline
    def act
      raise NotImplementedError
    end

    # Ends it, and leaves fleet and store as they were before. Called once after each {#act}.
    def undo; end

    # After the fleet has stopped, also when {#prepare} failed.
    def finish; end

    # @return [Range<Float>] how long nothing happens before each act, in seconds
    def rests = 1.0..3.0

    # @return [Range<Float>] how long the harm lasts, in seconds
    def lasts = 0.0..0.0

    # What may become of runs near a fault; anything else, and anything of it far from a fault, fails the cell.
    #
    # @return [Hash{String => Array<Symbol>}] by guarantee: `:lost`, `:duplicate`
    def costs = DOCUMENTED

    # Whether processes may end by this.
    def ends_processes? = false

    private

    attr_reader :fleet, :store, :random, :timeline

    # Mostly right after the turn of a second, when all claim and somebody calls.
    def aim_at_claims
      sleep(Time.now.to_f.ceil + random.rand(0.15) - Time.now.to_f) if random.rand < 0.75
    end
  end

  # All that are known to `bin/chaos`.
  module Nemeses; end
end

Dir[File.join(__dir__, 'nemeses', '*.rb')].each { |file| require file }
