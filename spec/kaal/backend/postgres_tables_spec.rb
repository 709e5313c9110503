# frozen_string_literal: true

require 'postgres_server'
require 'shared_server_tables'

RSpec.describe Kaal::Backend::PostgresAdapter do
  include KaalTables

  let(:server) { PostgresServer.shared }
  let(:settings) { { adapter: 'postgresql', host: '127.0.0.1', port: server.port, username: 'postgres', database: 'kaal_test' } }

  before { server.reset }

  describe 'on tables of its own' do
    def make_tables = 2.times { adapter.create_tables }

    it_behaves_like 'an adapter on tables', lease: :table
    it_behaves_like 'an adapter on tables', lease: :session
  end

  describe 'on tables of Kaal 0.2' do
    def make_tables = create_tables_of_kaal(settings, '0.2')

    it_behaves_like 'an adapter on tables', lease: :table
  end

  describe 'on tables of Kaal 0.2 with jsonb' do
    def make_tables = create_tables_of_kaal(settings, '0.2', metadata: :jsonb)

    it_behaves_like 'an adapter on tables', lease: :session, metadata: 'jsonb'
  end

  describe 'on tables of Kaal 0.6' do
    def make_tables = create_tables_of_kaal(settings, '0.6')

    it_behaves_like 'an adapter on tables', lease: :table, timestamps: false, metadata: 'text'
  end
end
