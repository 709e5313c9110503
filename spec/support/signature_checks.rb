# frozen_string_literal: true

require 'rbs/test/setup'

# What `rbs test` checks, but for methods that raise: specs call them with what their signatures do not allow, to see
# that they do.
module SignatureChecks
  def call(receiver, trace)
    super
  rescue RBS::Test::Tester::TypeError
    raise unless trace.method_call.exit_type == :exception
  end
end

RBS::Test::Tester::MethodCallTester.prepend(SignatureChecks)
