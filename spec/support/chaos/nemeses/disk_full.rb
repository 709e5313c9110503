# frozen_string_literal: true

module Chaos
  module Nemeses
    # No file of a node may grow beyond the size that the log of the database has: to SQLite that is a full disk.
    class DiskFull < Nemesis
      def self.suits?(backend) = backend == 'sqlite'

      # What they write in vain must not end the nodes, which take this over from here.
      def prepare = @before = Signal.trap(:XFSZ, 'IGNORE')

      def act
        size = File.size("#{store.url}-wal")
        limit(size)
        "no file may have more than #{size} bytes"
      end

      def undo = limit('unlimited')

      def finish = Signal.trap(:XFSZ, @before || 'DEFAULT')

      def lasts = 0.5..4.0

      private

      def limit(size)
        fleet.numbers.each { |number| system('prlimit', "--pid=#{fleet.pid(number)}", "--fsize=#{size}:", exception: true) }
      end
    end
  end
end
