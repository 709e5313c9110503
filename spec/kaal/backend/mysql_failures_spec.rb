# frozen_string_literal: true

require 'mariadb_server'
require 'shared_server_failures'

RSpec.describe Kaal::Backend::MySQLAdapter do
  let(:server) { MariadbServer.shared }

  it_behaves_like 'an adapter whose server fails'
end
