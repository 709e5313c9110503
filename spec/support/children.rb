# frozen_string_literal: true

require 'child'

# Forked children that work at the same time.
module Children
  include Child

  # Runs the block in `count` children, with their numbers, and gives their values. They begin when all
  # are there and end when all are done: what one holds it holds until the others had their say.
  def in_children(count, seconds: 60)
    gates = Array.new(2) { IO.pipe }
    heard, told = IO.pipe
    threads = Array.new(count) do |number|
      Thread.new { in_child(seconds: seconds) { between(gates, told) { yield number } } }
    end
    gates.each do |_, writer|
      heard.read(count)
      writer.close
    end
    threads.map(&:value)
  ensure
    [*gates.flatten, heard, told].each(&:close)
  end

  private

  # A gate opens when nobody has its writer any more.
  def between(gates, told)
    gates.each { |_, writer| writer.close }
    told.write('.')
    gates[0][0].read
    yield
  ensure
    told.write('.')
    gates[1][0].read
  end
end
