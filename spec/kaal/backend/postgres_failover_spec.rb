# frozen_string_literal: true

require 'postgres_standby'
require 'shared_server_failover'

RSpec.describe Kaal::Backend::PostgresAdapter do
  let(:server) { PostgresServer.shared }

  %i[session table].each do |lease|
    context "with leases of a #{lease}" do
      it_behaves_like 'an adapter that finds its way', lease
    end
  end

  it 'follows a primary to the standby that takes its place, and takes no lock of the standby before' do
    primary = PostgresServer.new
    described_class.new(primary.url).create_tables
    standby = PostgresStandby.new(primary)
    current = primary
    adapters = %i[session table].map { |lease| described_class.new(-> { current.url }, lease: lease) }
    expect(adapters.map { |adapter| adapter.acquire("before #{adapter.inspect}", 60) }).to eq([true, true])
    standby.catch_up
    primary.stop(:KILL)
    current = standby
    adapters.each do |adapter|
      expect { adapter.acquire('key', 60) }.to raise_error(Kaal::Backend::LockAdapterError, /:#{standby.port}.*no primary/)
    end
    standby.promote
    wait_for('the standby to be the primary') { standby.rows('SELECT pg_is_in_recovery()') == [['f']] }
    expect(adapters.map { |adapter| adapter.acquire('key', 60) }).to eq([true, true])
    expect(adapters.last.acquire("before #{adapters.last.inspect}", 60)).to be(false) # its row came along
  ensure
    [primary, standby].each { |server| server&.stop(:KILL) if server&.running? }
  end
end
