# frozen_string_literal: true

require 'ruby-progressbar'
require 'ruby-progressbar/outputs/null'

module Kaal
  module CLI
    # A bar on a terminal, for what takes long.
    class Progress
      FORMAT = '%t %j%% |%B| %e'
      WIDTH = 60
      private_constant :FORMAT, :WIDTH

      # Shows on the terminal, if there is one, how far along a stretch of time the block has come.
      #
      # @param title [String]
      # @param first [Time]
      # @param last [Time]
      # @yieldparam reach [#call] to be called with the Time that is reached
      # @return the block's value
      def self.over(title, first, last)
        console = Console.new($stdout)
        bar = new(title, [(last - first).ceil, 1].max)
        console.in_place_of_stdout { yield ->(time) { console.footer = bar.at((time - first).floor) } }
      end

      # @param title [String]
      # @param total [Integer] how much there is to do
      def initialize(title, total)
        # Drawn by the console, which has other lines to care for.
        @bar = ProgressBar.create(title: title, total: total, output: ProgressBar::Outputs::Null, length: WIDTH)
      end

      # @param done [Integer] how much is done
      # @return [String] the bar
      def at(done)
        @bar.progress = done.clamp(@bar.progress, @bar.total)
        @bar.to_s(FORMAT)
      end
    end
    private_constant :Progress
  end
end
