# frozen_string_literal: true

require 'delegate'
require 'io/console'

module Kaal
  module CLI
    # Where a command writes: lines, and on a terminal below them one that changes. What it does not define is that of
    # the output itself, for which jobs take it.
    class Console < SimpleDelegator
      ERASE = "\r\e[2K"
      NARROWEST = 20
      private_constant :ERASE, :NARROWEST

      # Lines with their time, as a log has them.
      FORMAT = lambda do |severity, time, _program, message|
        "#{time.utc.strftime('%FT%T.%LZ')} #{severity.ljust(5)} #{message.delete_prefix('[Kaal] ')}\n"
      end

      # @param out [IO, Console]
      # @param level [Integer] of Logger's
      # @return [Logger]
      def self.logger(out, level)
        Logger.new(out, level: level, formatter: FORMAT)
      end

      # @param out [IO]
      def initialize(out)
        super
        @out = out
        @footer = ''
        @mutex = Mutex.new
      end

      # Yields; on a terminal what is printed meanwhile goes above the line that changes, which is gone afterwards.
      def in_place_of_stdout
        printed = $stdout
        $stdout = self if terminal?
        yield
      ensure
        $stdout = printed
        self.footer = ''
      end

      def terminal?
        @out.tty?
      end
      alias tty? terminal?

      # Puts another text in the place of the line that changes; an empty one takes it away. Without a terminal
      # there is none.
      def footer=(text)
        return unless terminal?

        @mutex.synchronize do
          outliving_terminal do
            @footer = text[0, width]
            @out.write(ERASE, @footer)
            @out.flush
          end
        end
      end

      # What a Logger and what $stdout is asked for.
      def write(*texts)
        @mutex.synchronize do
          outliving_terminal do
            @out.write(ERASE) unless @footer.empty?
            @out.write(*texts)
            @out.write(@footer) if !@footer.empty? && texts.last.to_s.end_with?("\n")
            @out.flush
          end
        end
        texts.sum { |text| text.to_s.bytesize }
      end

      def puts(*lines)
        lines = lines.flatten
        lines << '' if lines.empty?
        write(*lines.map { |line| line.to_s.end_with?("\n") ? line.to_s : "#{line}\n" })
      end

      def printf(...)
        write(format(...))
      end

      def print(*texts)
        write(*texts)
      end
      alias << print

      def flush
        self
      end

      # A Logger closes what it writes to; the terminal stays.
      def close; end

      private

      # Who closes a terminal does not end the jobs that run.
      def outliving_terminal
        yield
      rescue Errno::EIO, Errno::EPIPE
        @footer = ''
      end

      def width
        columns = @out.winsize.last
        [columns - 1, NARROWEST].max
      end
    end
    private_constant :Console
  end
end
