# frozen_string_literal: true

require_relative '../doctor'

module Kaal
  module CLI
    # `kaal doctor`.
    class Diagnosis
      # @param output [Output]
      # @param app [App]
      def initialize(output, app)
        @output = output
        @app = app
      end

      # @return [Integer] the exit code
      def call
        doctor = Doctor.new
        findings = wrong_configuration || doctor.findings
        @output.report({ findings: findings, unchecked: doctor.unchecked }) { text(findings, doctor.unchecked) }
        findings.empty? ? DONE : FOUND
      end

      private

      # With one that cannot be there is nothing else to look at.
      def wrong_configuration
        @app.load
        nil
      rescue ConfigurationError => e
        [Doctor::Finding.new('configuration', e.message,
                             'mend what the message names; docs/configuration.md has all keys')]
      end

      def text(findings, unchecked)
        findings.flat_map { |one| ["#{one.check}: #{one.problem}", "  cure: #{one.cure}"] } +
          unchecked.map { |one| "not checked: #{one}" }
      end
    end
    private_constant :Diagnosis
  end
end
