# frozen_string_literal: true

require 'postgres_server'
require 'shared_server_failures'

RSpec.describe Kaal::Backend::PostgresAdapter do
  let(:server) { PostgresServer.shared }

  it_behaves_like 'an adapter whose server fails'
end
