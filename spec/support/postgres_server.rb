# frozen_string_literal: true

require 'erb'
require 'pg'
require 'postgres_users'
require 'process_children'
require 'server_process'
require 'unprivileged'

# A PostgreSQL with a database `kaal_test`, which lets in everyone but the users that have a password.
# Its options are settings of postgresql.conf; files in them may belong to anyone.
class PostgresServer < ServerProcess
  include PostgresUsers
  include Unprivileged

  FOLDERS = Dir['/usr/lib/postgresql/*/bin'].sort_by { |folder| -folder[/\d+/].to_i }.freeze
  SETTINGS = { fsync: 'off', full_page_writes: 'off', dynamic_shared_memory_type: 'mmap' }.freeze
  # Sessions of `kaal_test` besides one's own.
  OTHERS = "FROM pg_stat_activity WHERE datname = 'kaal_test' AND pid <> pg_backend_pid()"
  # Who asks for a password is settled by a group: a change of this file would not hold at once.
  RULES = <<~HBA
    local all +asked_for_password scram-sha-256
    host all +asked_for_password all scram-sha-256
    local all,replication all trust
    host all all all trust
  HBA

  def initialize(**options)
    super
    furnish
  end

  # The socket that clients look for in this folder bears the port in its name.
  alias socket_dir folder

  def url(database: 'kaal_test', user: 'postgres', password: nil, host: '127.0.0.1')
    login = [user, password].compact.map { |part| ERB::Util.url_encode(part) }.join(':')
    "postgres://#{login}@#{host}:#{port}/#{database}"
  end

  def create_database(name)
    maintain("CREATE DATABASE #{PG::Connection.quote_ident(name)}")
  end

  # Those who are connected to it are thrown out.
  def drop_database(name)
    maintain("DROP DATABASE IF EXISTS #{PG::Connection.quote_ident(name)} WITH (FORCE)")
  end

  # Lets nobody write until it is told otherwise. Those who are connected when this returns know of it.
  def read_only=(wanted)
    inspector.exec("ALTER SYSTEM SET default_transaction_read_only = #{wanted ? 'on' : 'off'}")
    newest = connect
    inspector.exec('SELECT pg_reload_conf()')
    # All are told in turn: of the oldest and the newest one is the last.
    [inspector, newest].each do |session|
      sleep 0.001 until session.exec('SHOW default_transaction_read_only').getvalue(0, 0) == (wanted ? 'on' : 'off')
    end
  ensure
    newest&.close
  end

  # Empties `kaal_test`; everyone may make tables there.
  def reset
    inspector.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC')
  end

  # What a statement gives, as texts.
  def rows(statement)
    query(statement).values
  end

  def query(statement)
    inspector.exec(statement)
  end

  def escape(text)
    inspector.escape_string(text)
  end

  def quoted(name)
    PG::Connection.quote_ident(name)
  end

  # How many advisory locks are held.
  def locks
    rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").dig(0, 0).to_i
  end

  # Throws out those that are connected to `kaal_test`, and waits until their locks are free.
  def end_sessions
    terminate_sessions
    sleep 0.001 until rows("SELECT #{OTHERS}").empty?
  end

  # Those that there are now; they may connect anew.
  #
  # @return [Integer] how many
  def terminate_sessions
    rows("SELECT pg_terminate_backend(pid) #{OTHERS}").size
  end

  # A TERM would wait until all clients have gone. A KILL is the end of all its processes at once, as when
  # a machine goes down: those that outlive their parent keep it from starting again.
  def stop(signal = :TERM)
    return super(signal == :TERM ? :INT : signal) unless signal == :KILL

    Process.kill(:STOP, @pid) # it must have no more of them meanwhile
    children = ProcessChildren.of(@pid).tap { |all| all.signal(:KILL) }
    super
    children.wait
  end

  def pause
    super
    children = ProcessChildren.of(@pid)
    children.signal(:STOP)
    children.wait_until_stopped
  end

  def resume
    ProcessChildren.of(@pid).signal(:CONT)
    super
  end

  private

  def furnish
    create_database('kaal_test')
    inspector.exec('CREATE ROLE asked_for_password')
    reset
  end

  def user
    'postgres'
  end

  # It has memory and semaphores of the system to give back.
  def ending_signal
    :QUIT
  end

  def data
    File.join(folder, 'data')
  end

  def program(name)
    self.class.program(name, folders: FOLDERS)
  end

  def prepare
    hand_over(folder)
    run(*unprivileged(program('initdb'), '--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8',
                      '--locale=C.UTF-8', '--wal-segsize=1', '--no-sync'))
    File.write(File.join(data, 'pg_hba.conf'), RULES)
  end

  def command
    settings = { listen_addresses: '127.0.0.1', port: port, unix_socket_directories: folder, **SETTINGS,
                 **with_own_files(@options) }
    unprivileged(program('postgres'), '-D', data, *settings.flat_map { |name, value| ['-c', "#{name}=#{value}"] })
  end

  def answers?
    PG.connect(host: socket_dir, port: port, user: 'postgres', dbname: 'postgres').close
    true
  rescue PG::ConnectionBad
    false
  end

  def connect(database = 'kaal_test')
    PG.connect(host: socket_dir, port: port, user: 'postgres', dbname: database,
               options: '-c lock_timeout=10s -c client_min_messages=error')
  end

  def alive?(connection)
    connection.exec('')
  rescue PG::Error
    false
  end

  def maintain(statement)
    connection = connect('postgres')
    connection.exec(statement)
  ensure
    connection&.close
  end
end
