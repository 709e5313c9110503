# frozen_string_literal: true

module Chaos
  # What came of a cell.
  Report = Struct.new(:backend, :nemesis, :seconds, :seed, :verdicts, :failures, :timeline, keyword_init: true) do
    def ok? = failures.empty? && verdicts.all?(&:ok?)

    def to_s
      [heading, *verdicts.map { |verdict| line(verdict) }, *failures, *verdicts.flat_map { |verdict| details(verdict) }]
        .join("\n")
    end

    # What runs this cell again.
    def command
      "bin/chaos --backend #{backend} --nemesis #{nemesis} --minutes #{minutes} --seed #{seed}"
    end

    def minutes = (seconds / 60.0).round(2)

    private

    # How many mistakes are told of in full, and how many seconds around each.
    def most = 5
    def around = 5

    def heading = "#{ok? ? 'ok    ' : 'FAILED'} #{command}"

    def line(verdict)
      format('  %-14<guarantee>s runs %<runs>d, lost %<lost>d, duplicate %<duplicate>d, latest %<latest>.1f s, ' \
             'mistakes %<mistakes>d', **verdict.to_h, mistakes: verdict.mistakes.size)
    end

    def details(verdict)
      verdict.mistakes.first(most).flat_map do |mistake|
        ["  #{mistake.key} at #{mistake.fire_time} was #{mistake.what}:",
         *mistake.calls.map { |call| "    #{told(call)}" },
         *timeline.lines(timeline.instant(mistake.fire_time) - around, mistake.until).map { |line| "    #{line}" }]
      end
    end

    def told(call)
      "#{timeline.stamp(call.began)}–#{timeline.stamp(call.ended)} called by process #{call.pid}"
    end
  end
end
