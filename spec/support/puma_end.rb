# frozen_string_literal: true

# How a Puma ends that is told to.
module PumaEnd
  # By the signal, as Puma does itself.
  #
  # On Ruby 3.3, Puma 6.6 alone hangs in one of ten such ends, in the `close` of its socket; with Kaal as without.
  #
  # @param process [RailsApp::Running]
  def expect_end_by_term(process)
    process.signal(:TERM)
    expect(process.wait.termsig).to eq(15)
  rescue Timeout::Error
    raise if RUBY_VERSION < '3.3'

    process.kill
    RSpec.configuration.reporter.message('Puma hung when it closed its socket, as it does without Kaal')
  end
end
