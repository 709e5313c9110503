# frozen_string_literal: true

require 'chaos/proxy_nemesis'

module Chaos
  module Nemeses
    # The server acts, and in place of its answer comes a reset.
    class DroppedAnswers < ProxyNemesis
      # Which answers, and how many of them: those of commits, and any, also in the middle of a transaction or a login.
      KINDS = [[/COMMIT|EVALSHA/i, 1.0], [//, 0.2]].freeze

      def act
        requests, share = KINDS.sample(random: random)
        @before = proxy.answers_dropped
        proxy.drop_answers(requests, share: share, random: Random.new(random.rand(1 << 32)))
        "answers to #{requests.inspect} get lost, #{(share * 100).round} % of them"
      end

      def undo
        super
        timeline.note("#{proxy.answers_dropped - @before} answers got lost")
      end

      def rests = 0.5..2.0
      def lasts = 0.5..3.0
    end
  end
end
