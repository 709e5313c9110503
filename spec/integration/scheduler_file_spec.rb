# frozen_string_literal: true

require 'scheduler_file'
require 'stores'

RSpec.describe 'A scheduler file, in a store that nodes share' do
  include SchedulerFile

  def write_jobs(*keys)
    jobs = keys.map do |key|
      { key: key, cron: '*/5 * * * *', job_class: 'SchedulerFile::Later', args: [1.5, nil, '{{key}}'], kwargs: { a: { 'b' => [true] } },
        splay: 5, metadata: { 'owner' => 'größer', 'at' => 1 } }
    end
    write(JSON.generate(defaults: { jobs: jobs }))
  end

  ['Redis', 'SQLite', 'PostgreSQL table', 'MariaDB table'].each do |name|
    describe name do
      let(:store) { Stores.named(name) }

      before do
        store.begin
        Kaal.backend = store.adapter
        write_jobs('a', 'b')
        loader.load
      end

      after { store.finish }

      it 'is written once, by all nodes' do
        expect(definition('a')).to include(source: 'file', enabled: true)
        expect(definition('a')[:metadata].keys).to contain_exactly('owner', 'at', 'execution', 'kaal_rs')
        Kaal.backend = store.adapter
        expect { loader.load }.not_to(change { Kaal.definition_registry.version })
      end

      it 'keeps a job that was switched off at what the file says' do
        Kaal.disable(key: 'a')
        loader.load
        expect(definition('a')).to include(enabled: true)
      end

      next if name == 'Redis' # which takes keys of any length

      it 'is taken back when the store refuses a job' do
        write_jobs('c', 'd' * 300)
        expect { loader.load }.to raise_error(Kaal::SchedulerConfigError, /: job d{300}: job key/)
        expect(Kaal.registered.map(&:key)).to eq(%w[a b])
        expect(Kaal.registry.all.map(&:key)).to eq(%w[a b])
      end
    end
  end
end
