# frozen_string_literal: true

# Notes all that Kaal says of itself in an example: what it prints, logs, raises, reports and publishes.
module Telling
  def self.included(group)
    group.before do
      @told = []
      @out = StringIO.new
      @streams = [$stdout, $stderr]
      $stdout = $stderr = @out
      Kaal.logger = Logger.new(@out, level: :debug)
      Kaal.configuration.on_error { |*error| error.each { |thing| tell(thing) } }
      @subscriber = Kaal.subscribe(/kaal/) { |*event| tell(event) }
    end

    group.after do
      Kaal.unsubscribe(@subscriber)
      $stdout, $stderr = @streams
    end
  end

  # Notes what is to be seen of a thing.
  def tell(thing)
    @told << (thing.is_a?(String) ? thing : thing.inspect)
    @told << thing.full_message(highlight: false, order: :top) if thing.is_a?(Exception)
  end

  # Notes what the block raises.
  def telling
    yield
  rescue StandardError, ScriptError => e
    tell(e)
  end

  def everything
    [*@told, @out.string].join("\n")
  end
end
