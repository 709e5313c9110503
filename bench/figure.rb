# frozen_string_literal: true

# A number with a bar that it must not exceed, next to what it is compared with.
class Figure
  # What a measurement gives; a part that makes no sense for a figure is nil.
  Values = Struct.new(:ours, :peer, :ratio, :floor, keyword_init: true)

  @all = []

  class << self
    attr_reader :all

    # Adds a figure.
    #
    # @param name [String]
    # @param bar [Hash] what must stay within which number: `ratio:` or `ours:`
    # @yieldreturn [Values]
    def define(name, bar:, unit: 'us', &measurement)
      @all << new(name, bar, unit, measurement)
    end

    # Those whose names start with one of the prefixes; all where there are none.
    def starting_with(prefixes)
      prefixes.empty? ? all : all.select { |figure| figure.name.start_with?(*prefixes) }
    end
  end

  attr_reader :name

  def initialize(name, bar, unit, measurement)
    @name = name
    @part, @limit = bar.first
    @unit = unit
    @measurement = measurement
  end

  def measure
    @values = @measurement.call
  end

  def within_bar?
    @values[@part] <= @limit
  end

  def to_s
    [
      @name, number('%.2f', :ours), number('%.2f', :peer), number('%.2g', :ratio), @unit, number('%.2f', :floor),
      "#{@part}<=#{@limit}"
    ].join(' ')
  end

  private

  def number(format, part)
    @values[part] ? format(format, @values[part]) : '-'
  end
end
