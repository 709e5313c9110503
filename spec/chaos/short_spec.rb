# frozen_string_literal: true

require 'chaos/cell'

# A short form of bin/chaos: each kind of store, and what is done to processes; docs/reliability.md has more.
RSpec.describe 'Chaos' do
  seconds = Float(ENV.fetch('KAAL_CHAOS_SECONDS', 8))

  {
    'redis' => %w[none stop], 'sqlite' => %w[kill fork-storm], 'postgres' => %w[rolling-restarts],
    'mariadb-table' => %w[kill]
  }.each do |backend, nemeses|
    nemeses.each do |nemesis|
      it "of the kind #{nemesis} costs a fleet on #{backend} what the guarantees say, and no more" do
        report = Chaos::Cell.new(backend: backend, nemesis: nemesis, seconds: seconds, seed: Random.new_seed % 1_000_000).run
        RSpec.configuration.reporter.message(report.to_s)
        expect(report).to be_ok
        expect(report.verdicts).to all(have_attributes(runs: be >= seconds))
      end
    end
  end
end
