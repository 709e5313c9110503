# frozen_string_literal: true

# Which runs of a stretch of seconds were dispatched, by whom, how late, how often.
class Report
  attr_reader :runs

  # @param runs [Array<Fleet::Run>] what the processes told of
  # @param seconds [Range<Integer>] the fire times that there should be
  # @param logged [Array<Integer>] those of them that the dispatch log shows
  def initialize(runs, seconds, logged)
    @seconds = seconds
    @logged = logged
    @runs = runs.select { |run| seconds.cover?(run.fire_time) }.sort_by(&:called_at)
  end

  # @return [Array<Integer>] fire times that ran more than once
  def duplicates
    @runs.group_by(&:fire_time).select { |_time, runs| runs.size > 1 }.keys
  end

  # @return [Array<Integer>] fire times that some process claimed and nobody ran: it died between
  #   the two, or before it could tell
  def claimed_only
    missing & @logged
  end

  # @return [Array<Integer>] fire times that nobody claimed
  def losses
    missing - @logged
  end

  # @return [Hash{String => Integer}] how many runs each node had
  def by_node
    @runs.group_by(&:node).transform_values(&:size)
  end

  # @return [Float] milliseconds
  def lateness(part)
    @runs.map(&:lateness).sort[((@runs.size - 1) * part).round]
  end

  private

  def missing
    @seconds.to_a - @runs.map(&:fire_time)
  end
end
