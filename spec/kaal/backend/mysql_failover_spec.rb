# frozen_string_literal: true

require 'mariadb_server'
require 'shared_server_failover'

RSpec.describe Kaal::Backend::MySQLAdapter do
  let(:server) { MariadbServer.shared }

  %i[session table].each do |lease|
    context "with leases of a #{lease}" do
      it_behaves_like 'an adapter that finds its way', lease
    end
  end
end
