# frozen_string_literal: true

# Measures the figures of bench/figures/ and prints a line for each.
#
#   ruby -Ilib -Ispec/support bench/run.rb [--check] [PREFIX…]

require_relative 'figure'

check = ARGV.delete('--check')
Dir[File.join(__dir__, 'figures', '*.rb')].each { |file| require file }
chosen = Figure.starting_with(ARGV)
abort "no figure starts with #{ARGV.join(' or ')}; there are: #{Figure.all.map(&:name).join(' ')}" if chosen.empty?

$stdout.sync = true
puts 'name ours peer ratio unit floor bar'
missed = chosen.reject do |figure|
  figure.measure
  puts figure
  figure.within_bar?
end
exit !(check && missed.any?)
