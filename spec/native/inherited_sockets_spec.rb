# frozen_string_literal: true

require 'mariadb_server'
require 'open3'
require 'postgres_server'

# A server takes a connection for open as long as any process has it open. What tells our sockets is Linux's.
RSpec.describe 'The sockets that a forked child inherits', if: File.directory?('/proc/self/fdinfo') do
  # A fork of which our hook knows nothing, as one in C.
  def fork_unnoticed
    method = Process.method(:_fork)
    method = method.super_method while method.super_method
    method.call
  end

  def in_unnoticed_child(&)
    reader, writer = IO.pipe
    run_child(reader, writer, &) if fork_unnoticed.zero?
    writer.close
    outcome, value = Marshal.load(reader.read) # rubocop:disable Security/MarshalLoad
    outcome == :raised ? raise(value) : value
  end

  # What this process has open, by number.
  def open_files
    Dir['/proc/self/fd/*'].filter_map do |link|
      [File.basename(link).to_i, File.readlink(link)]
    rescue Errno::ENOENT
      nil # the folder, while it was read
    end.to_h
  end

  # A process has the lock, becomes two by `split` or goes on as another, and is killed. What is left of it
  # lives until the block has been called.
  def outlived(split)
    ids, its_ids = IO.pipe
    stay, its_end = IO.pipe
    parent = fork do
      its_end.close
      backend.acquire('lock', 60)
      split.call
      its_ids.puts(Process.pid)
      its_ids.close
      stay.read
    ensure
      exit!(true)
    end
    its_ids.close
    child = [ids.gets, ids.gets].compact.map(&:to_i).find { |id| id != parent }
    Process.kill(:KILL, parent)
    Process.wait(parent)
    yield
    expect(Process.kill(0, child)).to eq(1)
  ensure
    its_end&.close
  end

  shared_examples 'of the parent' do
    it 'are the parent\'s to use' do
      expect(backend.acquire('mine', 60)).to be(true)
      expect(in_child { [backend.acquire('mine', 60), backend.acquire('other', 60), backend.release('mine')] })
        .to eq([false, true, false])
      expect([backend.release('mine'), backend.acquire('mine', 60), backend.release('mine')]).to all(be(true))
    end

    # The server is waited for a few seconds only.
    it 'are the parent\'s, whose threads may be waiting', :unstressed do
      backend.acquire('warm-up', 60)
      server.pause
      waiting = Thread.new { backend.acquire('mine', 60) }
      wait_for('the thread to wait') { waiting.status == 'sleep' }
      expect(in_child { open_files.size }).to be < open_files.size
      server.resume
      expect([waiting.value, backend.release('mine')]).to eq([true, true])
    ensure
      server.resume
    end

    it 'are closed in the child' do
      left = in_child do
        others = open_files
        backend.acquire('mine', 60)
        mine = open_files.to_a - others.to_a
        in_child { mine & open_files.to_a }
      end
      # What wakes the runtime is no socket.
      expect(left.map(&:last)).to eq(['anon_inode:[eventfd]'])
    end

    it 'are closed in a child that Ruby knew nothing of, unless their numbers were given to something else' do
      links = in_child do
        others = open_files
        backend.acquire('mine', 60)
        numbers = (open_files.to_a - others.to_a).filter_map { |number, link| number if link.start_with?('socket:') }
        in_unnoticed_child do
          own = UNIXSocket.pair.first
          numbers.each { |number| IO.for_fd(number, autoclose: false).reopen(own) }
          backend.acquire('other', 60)
          [own.fileno, *numbers].map { |number| open_files[number] }
        end
      end
      expect(links.size).to be > 3 # both ends of the bell, and a connection
      expect(links.uniq.size).to eq(1)
    end
  end

  shared_examples 'of sessions that have locks' do
    def expect_free
      wait_for('the lock to be free', seconds: 2) { backend.acquire('lock', 60) }
      expect(backend.release('lock')).to be(true)
    end

    it 'keep no lock of a parent that was killed' do
      outlived(-> { fork }) { expect_free }
    end

    it 'keep no lock of what went on as a daemon' do
      outlived(-> { Process.daemon(true, true) }) { expect_free }
    end

    it 'keep no lock after the first use in a child that Ruby knew nothing of' do
      outlived(-> { backend.acquire('other', 60) if fork_unnoticed.zero? }) { expect_free }
    end
  end

  context 'with PostgreSQL' do
    let!(:server) { PostgresServer.shared } # before any child is forked
    let(:backend) { Kaal::Backend::PostgresAdapter.new(server.url) }

    it_behaves_like 'of the parent'
    it_behaves_like 'of sessions that have locks'
  end

  context 'with MariaDB' do
    let!(:server) { MariadbServer.shared } # before any child is forked
    let(:backend) { Kaal::Backend::MySQLAdapter.new(server.url) }

    it_behaves_like 'of the parent'
    it_behaves_like 'of sessions that have locks'
  end

  context 'with Redis' do
    let!(:server) { RedisServer.shared } # before any child is forked
    let(:backend) { Kaal::Backend::RedisAdapter.new(server.url) }

    before { server.flush }

    it_behaves_like 'of the parent'
  end

  # Ruby lets only the main one call the core.
  it 'do not keep another ractor from forking' do
    fork_in_ractor = <<~RUBY
      require 'kaal'
      Kaal::Backend::MemoryAdapter.new.acquire('lock', 60)
      exit Ractor.new { Process.wait2(fork { exit!(true) }).last.success? }.take
    RUBY
    lib = File.expand_path('../../lib', __dir__)
    out, status = Open3.capture2e(RbConfig.ruby, '-W0', '-I', lib, '-e', fork_in_ractor)
    expect([out, status.success?]).to eq(['', true])
  end
end
