# frozen_string_literal: true

require 'fileutils'
require 'shared_backend'
require 'tmpdir'

RSpec.describe Kaal::Backend::SQLiteAdapter do
  let!(:folder) { Dir.mktmpdir('kaal-sqlite') } # before any child is forked
  let(:path) { File.join(folder, 'kaal.sqlite3') }
  let(:backend) { described_class.new(path: path) }

  after { FileUtils.rm_rf(folder) }

  def rows(statement)
    require 'sqlite3'
    # In a child: our copy of SQLite and that of the gem must not have the file open in one process.
    in_child { SQLite3::Database.new(path).execute(statement) }
  end

  it_behaves_like 'a backend'

  it 'excludes the other processes on the file' do
    backend.acquire('mine', 60)
    results = Array.new(4) do
      Thread.new { in_child { described_class.new(path: path).acquire_many(%w[mine free], 60) } }
    end
    expect(results.map(&:value).transpose.map(&:tally)).to eq([{ false => 4 }, { true => 1, false => 3 }])
  end

  it 'gives each of 300 locks to one of 8 processes, and no "database is locked" to any' do
    keys = Array.new(300) { |n| "key #{n}" }
    wins = Array.new(8) do
      Thread.new { in_child(seconds: 120) { described_class.new(path: path).then { |one| keys.count { |key| one.acquire(key, 60) } } } }
    end
    expect(wins.sum(&:value)).to eq(300)
  end

  it 'serves a forked child, which holds none of the parent\'s locks' do
    backend.acquire('parent', 60)
    expect(in_child { [backend.acquire('parent', 60), backend.release('parent'), backend.acquire('child', 60)] })
      .to eq([false, false, true])
    expect([backend.acquire('child', 60), backend.release('parent')]).to eq([false, true])
  end

  it 'keeps rows as Kaal does' do
    Kaal.configuration.enable_log_dispatch_registry = true
    backend.claim_many([['job', 1_700_000_040]], Kaal.configuration)
    expect(rows('select key, fire_time, status from kaal_dispatches'))
      .to eq([['job', '2023-11-14 22:14:00', 'dispatched']])
    expect(rows('select key, acquired_at < expires_at from kaal_locks')).to eq([['kaal:dispatch:job:1700000040', 1]])
    expect(rows('select expires_at from kaal_locks').flatten)
      .to all(match(/\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?\z/))
  end

  it 'finds what Kaal 0.6 has recorded, under its namespace' do
    Kaal.configuration.enable_log_dispatch_registry = true
    backend.dispatch_registry.log_dispatch('kaal:job', 60, 'old node')
    expect(backend.claim_many([['job', 60]], Kaal.configuration)).to eq([false])
    expect(backend.dispatch_registry.find_dispatch('job', 60)).to include(node_id: 'old node')
  end

  it 'deletes leases that have ended' do
    200.times { |n| backend.acquire("short #{n}", 0.001) }
    wait_for('the leases to end') { backend.acquire('short 199', 0.001) }
    number = 0
    wait_for('an acquire that sweeps: one in so many does, at random') do
      100.times { backend.acquire("long #{number += 1}", 60) }
      rows("select count(*) from kaal_locks where key like 'short%'").flatten.first < 100
    end
  end

  describe 'the dispatch log' do
    let(:log) { backend.dispatch_registry }

    it 'is searched by job, node and status, newest first' do
      [['a', 60, 'one'], ['a', 120, 'two'], ['b', 90, 'one']].each { |entry| log.log_dispatch(*entry) }
      log.log_dispatch('b', 90, 'one', 'failed')
      times = ->(found) { found.map { |record| record[:fire_time].to_i } }
      expect([log.find_by_key('a'), log.find_by_node('one'), log.find_by_status('failed')].map(&times))
        .to eq([[120, 60], [90, 60], [90]])
      expect(times.call(log.find_by_key('a', limit: 1))).to eq([120])
    end

    it 'is cleaned of what is older than the window' do
      now = Time.now.to_i
      2_500.times.each_slice(500) { |batch| log.log_dispatches(batch.map { |n| ['old', now - 90_000 - n] }, 'node') }
      log.log_dispatch('new', now - 100, 'node')
      expect(log.cleanup).to eq(2_500)
      expect([log.find_by_node('node').size, log.cleanup(recovery_window: 10)]).to eq([1, 1])
    end
  end

  describe 'a path' do
    it 'must be that of a file' do
      ['', ':memory:', "a\0b"].each do |wrong|
        expect { described_class.new(path: wrong) }.to raise_error(ArgumentError), wrong.inspect
      end
      expect { described_class.new(path: 5) }.to raise_error(ArgumentError, 'path must be a String, got 5')
    end

    it 'that cannot be opened is named' do
      missing = File.join(folder, 'none', 'kaal.sqlite3')
      expect { described_class.new(path: missing).acquire('key', 1) }
        .to raise_error(Kaal::Backend::LockAdapterError, /for key: #{missing}: unable to open.*the folder does not exist/)
    end

    it 'of something else is refused' do
      File.write(path, 'no database, but long enough to be looked at ' * 50)
      expect { backend.acquire('key', 1) }.to raise_error(Kaal::Backend::LockAdapterError, /file is not a database/)
    end

    it 'of the app\'s own database is refused' do
      require 'active_record'
      ActiveRecord::Base.configurations = { 'test' => { 'adapter' => 'sqlite3', 'database' => path } }
      expect { backend.acquire('key', 1) }.to raise_error(Kaal::ConfigurationError, /is a database of the app's/)
    ensure
      ActiveRecord::Base.configurations = {}
    end
  end

  it 'says that it may not write, and takes nothing for won' do
    backend.acquire('before', 60)
    File.chmod(0o777, folder) # or the user who may not write could not even read
    FileUtils.chmod(0o444, Dir["#{path}*"])
    error = in_child do
      Process::UID.change_privilege(65_534) if Process.uid.zero? # whom no mode keeps from writing
      described_class.new(path: path).acquire('after', 60)
    rescue Kaal::Backend::LockAdapterError => e
      e.message
    end
    expect(error).to match(/SQLite acquire failed for after: #{path}: .*(readonly|read-only|unable to open)/)
  end

  it 'writes to a file that was read-only when it was opened, as soon as it may' do
    backend.acquire('before', 60)
    File.chmod(0o777, folder)
    FileUtils.chmod(0o444, Dir["#{path}*"])
    refused, taken = in_child do
      adapter = described_class.new(path: path)
      Process::Sys.seteuid(65_534) if Process.uid.zero? # whom no mode keeps from writing
      refused = begin
        adapter.acquire('after', 60)
      rescue Kaal::Backend::LockAdapterError => e
        e.message
      end
      Process::Sys.seteuid(Process.uid)
      FileUtils.chmod(0o666, Dir["#{path}*"])
      [refused, adapter.acquire('after', 60)]
    end
    expect([refused, taken]).to match([/readonly|read-only/, true])
  end

  it 'says that there is no room left, takes nothing for won, and goes on when there is' do
    Kaal.configuration.enable_log_dispatch_registry = true
    failed, held, later = in_child do
      trap(:XFSZ, 'IGNORE')
      backend.acquire('before', 60)
      limit = Process.getrlimit(:FSIZE)
      Process.setrlimit(:FSIZE, File.size("#{path}-wal"), limit.last)
      many = Array.new(200) { |n| ["job #{n}", 60] }
      failed = begin
        backend.claim_many(many, Kaal.configuration)
      rescue Kaal::Backend::LockAdapterError => e
        e.message
      end
      Process.setrlimit(:FSIZE, *limit)
      [failed, backend.acquire('before', 60), backend.claim_many(many, Kaal.configuration)]
    end
    expect(failed).to match(%r{kaal\.sqlite3: (database or disk is full|disk I/O error)})
    expect([held, later]).to eq([false, [true] * 200])
  end

  it 'says what a locked file is, after waiting, and goes on afterwards' do
    backend.acquire('before', 60)
    reader, writer = IO.pipe
    locker = fork do
      reader.close
      require 'sqlite3'
      SQLite3::Database.new(path).execute('BEGIN EXCLUSIVE')
      writer.puts 'locked'
      sleep
    end
    writer.close
    reader.gets
    killer = Thread.new { sleep(0.3) && Process.kill(:KILL, locker) }
    expect(backend.acquire('after', 60)).to be(true)
  ensure
    killer&.join
    Process.wait(locker)
  end
end
