# frozen_string_literal: true

require 'delayed_jobs'
require 'mysql2'
require 'pg'

# Delayed jobs that are enqueued within a transaction of the app's.
RSpec.describe Kaal::DelayedJob do
  include AppDatabase

  let(:connection) { ActiveRecord::Base.connection }
  let!(:folder) { Dir.mktmpdir('kaal-app') }
  let(:text) { %(it's "quoted" \\ %s ? $1 ?1 \u{1F600}) }

  after do
    disconnect_app
    FileUtils.rm_rf(folder)
  end

  def enqueue(job_id, connection: self.connection, **options)
    Kaal.enqueue_at(at: Time.now, job_class: 'Mailing::Report', args: [job_id], job_id: job_id, connection: connection, **options)
  end

  def pending_ids
    Kaal.delayed_jobs.map { |job| job[:job_id] }
  end

  {
    'SQLite' => lambda {
      connect_app(File.join(folder, 'app.sqlite3'))
      Kaal::Backend::SQLiteAdapter.new
    },
    'PostgreSQL' => lambda {
      PostgresServer.shared.reset
      ActiveRecord::Base.establish_connection(PostgresServer.shared.url)
      Kaal::Backend::PostgresAdapter.new(lease: :table)
    },
    'MySQL' => lambda {
      MariadbServer.shared.reset
      ActiveRecord::Base.establish_connection(MariadbServer.shared.url.sub('mysql://', 'mysql2://').concat('?encoding=utf8mb4'))
      Kaal::Backend::MySQLAdapter.new(lease: :table)
    }
  }.each do |name, make|
    context "with #{name}" do
      before { Kaal.backend = instance_exec(&make).tap(&:create_tables) }

      it 'are there if it is committed, and else not' do
        ActiveRecord::Base.transaction do
          enqueue('undone')
          raise ActiveRecord::Rollback
        end
        expect(pending_ids).to eq([])
        ActiveRecord::Base.transaction do
          enqueue('done', queue: text)
          enqueue(text, connection: ActiveRecord::Base)
        end
        expect(pending_ids).to eq(['done', text])
        expect(Kaal.delayed_jobs).to match([include(queue: text), include(queue: nil, args: [text])])
        Mailing::Report.calls
        Kaal.tick!
        expect(Mailing::Report.calls).to eq([['done'], [text]])
      end

      it 'leave it as it is where one of the id is pending' do
        enqueue('a')
        ActiveRecord::Base.transaction do
          enqueue('b')
          expect { enqueue('a') }.to raise_error(Kaal::DelayedJob::DuplicateJobError)
          enqueue('c')
        end
        expect(pending_ids).to eq(%w[a b c])
      end

      it 'say what the table has no room for' do
        expect { enqueue('é' * 256) }.to raise_error(ArgumentError, 'job_id is 256 characters long, the tables take 255')
        expect { enqueue('a', queue: 'q' * 256) }.to raise_error(ArgumentError, /queue is 256 characters/)
        enqueue('é' * 255)
        expect(pending_ids).to eq(['é' * 255])
      end

      it 'say what is wrong with the table' do
        sql('DROP TABLE kaal_delayed_jobs')
        expect { enqueue('a') }.to raise_error(Kaal::Backend::StoreError, /kaal_delayed_jobs/)
      end
    end
  end

  it 'refuses a connection to another kind of database, and what is none' do
    connect_app(':memory:')
    Kaal.backend = Kaal::Backend::PostgresAdapter.new(PostgresServer.shared.url, lease: :table)
    expect { enqueue('a') }.to raise_error(ArgumentError, 'connection is to SQLite, the delayed jobs are in PostgreSQL')
    expect { enqueue('a', connection: :primary) }.to raise_error(ArgumentError, /a connection of ActiveRecord's or a model, got Symbol/)
  end
end
