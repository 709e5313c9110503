# frozen_string_literal: true

# The next fire time in Rust alone against the crate croner, measured by ext/kaal_core/benches/cron.rs.

require_relative '../figure'

NAMES = %w[every_minute office_hours midnight either_day last_day second_monday leap_day ten_seconds].freeze

measured = Hash.new do |values, name|
  IO.popen(%w[cargo bench --quiet --locked --package kaal_core --bench cron], &:readlines).each do |line|
    found, *numbers = line.split
    values[found] = Figure::Values.new(**%i[ours peer ratio].zip(numbers.map(&:to_f)).to_h)
  end
  values.fetch(name)
end

NAMES.each do |name|
  Figure.define("cron.in_rust.#{name}", bar: { ratio: 0.5 }, unit: 'ns') { measured[name] }
end

Figure.define('cron.in_rust.geometric_mean', bar: { ratio: 0.25 }, unit: 'ns') do
  mean = ->(part) { NAMES.map { |name| measured[name][part] }.inject(:*)**(1.0 / NAMES.size) }
  Figure::Values.new(ours: mean[:ours], peer: mean[:peer], ratio: mean[:ratio])
end
