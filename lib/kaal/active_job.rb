# frozen_string_literal: true

# The queue adapter `:kaal` of ActiveJob. In Rails it is there.
require 'active_job/queue_adapters/kaal_adapter'
