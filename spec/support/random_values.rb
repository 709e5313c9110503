# frozen_string_literal: true

require 'hostile'

# Random values of a seed, as documents hold them.
class RandomValues
  PIECES = [*Hostile::TEXTS, '', ' ', '0', '-1', '1e400', 'NaN', '9' * 40, '@every', '@daily', '{{', '}}', '{{key}}', 'null', '~',
            'true', '2026-03-01T09:00:00Z', '2026-02-30', '12:00', 'été', "\u0000", 'FuzzedJob', '::', 'retry'].freeze

  attr_reader :seed, :generator

  def initialize(seed)
    @seed = seed
    @generator = Random.new(seed)
  end

  def number(most)
    generator.rand(0..most)
  end

  def pick(*values)
    values.sample(random: generator)
  end

  # The block's value, once in so many times.
  def rarely(times)
    yield if generator.rand(times).zero?
  end

  def text
    Array.new(number(2) + 1) { rarely(4) { generator.rand(0x20..0x2fff).chr(Encoding::UTF_8) } || pick(*PIECES) }.join
  end

  def value(depth = 0)
    case number(depth > 4 ? 6 : 9)
    when 0 then nil
    when 1 then pick(true, false)
    when 2 then generator.rand(-(1 << 70)..(1 << 70)) >> number(70)
    when 3 then pick(0.5, -0.0, 1e300, Float::NAN, Float::INFINITY, generator.rand)
    when 4..6 then text
    when 7..8 then Array.new(number(3)) { value(depth + 1) }
    else Array.new(number(3)) { [pick(text, value(5)), value(depth + 1)] }.to_h
    end
  end

  # The same bytes but for some.
  def broken(text)
    bytes = text.b
    number(4).times { bytes[number(bytes.size), number(3)] = generator.bytes(number(3)) }
    bytes
  end
end
