# frozen_string_literal: true

module Chaos
  module Nemeses
    # A process gets no more memory than it has, as by `ulimit -v`, until it needs it no more or has died of it.
    class MemoryPressure < Nemesis
      # What it may have besides, in bytes.
      SPARE = 256 * 1024

      def act
        @victim = fleet.numbers.sample(random: random)
        limit(size + SPARE)
        "no more memory for process #{@victim}"
      end

      def undo = limit('unlimited')

      def lasts = 2.0..5.0

      def ends_processes? = true

      private

      # Of all that is mapped, in bytes.
      def size = `ps --no-headers -o vsz -p #{fleet.pid(@victim)}`.to_i * 1024

      # One that has died of it is started anew, without.
      def limit(bytes)
        system('prlimit', "--pid=#{fleet.pid(@victim)}", "--as=#{bytes}:unlimited", err: File::NULL)
      end
    end
  end
end
