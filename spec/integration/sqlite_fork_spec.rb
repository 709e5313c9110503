# frozen_string_literal: true

require 'fileutils'
require 'tmpdir'

# SQLite keeps in memory which locks its process has on a file; a fork copies that, but not the locks.
RSpec.describe 'A SQLite file in a forked child' do
  let!(:folder) { Dir.mktmpdir('kaal-sqlite') }
  let(:path) { File.join(folder, 'kaal.sqlite3') }
  let(:backend) { Kaal::Backend::SQLiteAdapter.new(path: path) }

  after { FileUtils.rm_rf(folder) }

  # Whoever is the last to leave a file takes its write-ahead log away.
  def another_reads_and_leaves
    require 'sqlite3'
    database = SQLite3::Database.new(path)
    database.execute('SELECT count(*) FROM kaal_locks')
    database.close
    nil
  end

  # Calls the block when `stay` is closed everywhere.
  def waiting(tell, gate, stay)
    stay.close
    tell.write('.')
    gate.read
    yield
  end

  it 'is not kept out by what the parent was writing when it forked' do
    forked, tell = IO.pipe
    go, stay = IO.pipe
    batch = Array.new(500) { |n| "key #{n}" }
    writing = true
    writer = Thread.new { loop { writing ? backend.acquire_many(batch, 0.001) : break } }
    wait_for('a write') { backend.acquire('warm-up', 60) }
    children = Array.new(20) do |n|
      Thread.new { in_child { waiting(tell, go, stay) { backend.acquire("child #{n}", 60) } } }
    end
    forked.read(20)
    writing = false
    writer.join
    stay.close
    expect(children.map(&:value)).to all(be(true))
  end

  it 'keeps its locks from all others when the parent is gone' do
    told, tell = IO.pipe
    go, stay = IO.pipe
    parent = fork do
      stay.close
      backend.acquire('of the parent', 60)
      fork do
        2.times { |n| tell.puts(backend.acquire("child #{n}", 60)) || go.gets }
      ensure
        exit!(true)
      end
    ensure
      exit!(true) # as a process does that becomes a daemon
    end
    Process.wait(parent)
    expect(told.gets).to eq("true\n")
    in_child { another_reads_and_leaves }
    stay.puts
    expect(told.gets).to eq("true\n")
    expect(in_child { Kaal::Backend::SQLiteAdapter.new(path: path).acquire_many(['child 0', 'child 1'], 60) }).to eq([false, false])
  ensure
    stay.close
  end
end
