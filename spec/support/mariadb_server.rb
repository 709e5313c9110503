# frozen_string_literal: true

require 'erb'
require 'mysql2'
require 'server_process'
require 'unprivileged'

# A MariaDB, or the MySQL that is there instead, with a database `kaal_test`; its root has no password.
# Its options are those of mariadbd; files in them may belong to anyone.
class MariadbServer < ServerProcess
  include Unprivileged

  # What a commit wrote outlives the server, and need not outlive the machine. Small files are made soon.
  SETTINGS = {
    'bind-address': '127.0.0.1', 'character-set-server': 'utf8mb4', 'innodb-flush-log-at-trx-commit': 2,
    'innodb-flush-method': 'nosync', 'innodb-log-file-size': '8M', 'innodb-buffer-pool-size': '32M'
  }.freeze

  # Options with which it tells what locks there are.
  WATCHING = {
    'performance-schema': 'ON', 'performance-schema-instrument': 'wait/lock/metadata/sql/mdl=ON'
  }.freeze

  # Sessions besides one's own.
  OTHERS = 'SELECT id FROM information_schema.processlist ' \
           "WHERE id <> CONNECTION_ID() AND user NOT IN ('system user', 'event_scheduler')"

  def initialize(**options)
    super
    create_database('kaal_test')
  end

  def socket
    File.join(folder, 'socket')
  end

  def url(database: 'kaal_test', user: 'root', password: nil, host: '127.0.0.1')
    login = [user, password].compact.map { |part| ERB::Util.url_encode(part) }.join(':')
    "mysql://#{login}@#{host}:#{port}/#{database}"
  end

  def create_database(name)
    maintain("CREATE DATABASE `#{name}` CHARACTER SET utf8mb4")
  end

  def drop_database(name)
    maintain("DROP DATABASE IF EXISTS `#{name}`")
  end

  # Makes a user who may do everything with `kaal_test`, anew.
  def create_user(name, password: nil)
    drop_user(name)
    secret = "IDENTIFIED BY '#{Mysql2::Client.escape(password)}'" if password
    maintain("CREATE USER `#{name}`@'%' #{secret}", "GRANT ALL ON kaal_test.* TO `#{name}`@'%'")
  end

  # Sessions stay; the next login needs this one.
  def change_password(name, password)
    maintain("ALTER USER `#{name}`@'%' IDENTIFIED BY '#{Mysql2::Client.escape(password)}'")
  end

  # Lets nobody write but root, until it is told otherwise.
  def read_only=(wanted)
    maintain("SET GLOBAL read_only = #{wanted ? 1 : 0}")
  end

  def drop_user(name)
    maintain("DROP USER IF EXISTS `#{name}`@'%'")
  end

  # Empties `kaal_test`. Who is connected to it stays so.
  def reset
    maintain('SET lock_wait_timeout = 10', 'DROP DATABASE IF EXISTS kaal_test')
    create_database('kaal_test')
    inspector.select_db('kaal_test')
  end

  # What a statement gives, as texts.
  def rows(statement)
    inspector.query(statement, as: :array, cast: false).to_a
  end

  def query(statement)
    inspector.query(statement)
  end

  def escape(text)
    inspector.escape(text)
  end

  def quoted(name)
    "`#{name}`"
  end

  # How many named locks are held. The server must have been told to watch them, see {WATCHING}.
  def locks
    rows("SELECT count(*) FROM performance_schema.metadata_locks WHERE object_type = 'USER LEVEL LOCK'").dig(0, 0).to_i
  end

  # Throws out all others, and waits until their locks are free.
  def end_sessions
    terminate_sessions
    sleep 0.001 until rows(OTHERS).empty?
  end

  # Those that there are now; they may connect anew.
  #
  # @return [Integer] how many
  def terminate_sessions
    rows(OTHERS).flatten.each { |id| kill(id) }.size
  end

  private

  def kill(session)
    query("KILL #{session}")
  rescue Mysql2::Error => e
    raise unless e.error_number == 1094 # it has ended by itself
  end

  def user
    'mysql'
  end

  def data
    File.join(folder, 'data')
  end

  def prepare
    hand_over(folder)
    installer, *options = installation
    run(*unprivileged(installer, '--no-defaults', "--datadir=#{data}", *options))
  end

  def installation
    return [program, '--initialize-insecure'] unless program.end_with?('mariadbd')

    [self.class.program('mariadb-install-db'), '--auth-root-authentication-method=normal', '--skip-test-db']
  end

  def command
    settings = SETTINGS.merge(datadir: data, socket: socket, port: port, 'pid-file': File.join(folder, 'server.pid'),
                              **with_own_files(@options))
    unprivileged(program, '--no-defaults', *settings.map { |name, value| "--#{name}=#{value}" })
  end

  def program
    self.class.program('mariadbd', 'mysqld')
  end

  def answers?
    login.close
    true
  rescue Mysql2::Error
    false
  end

  # Without `automatic_close`, a fork that ends takes no leave on its parent's connection.
  def login(**options)
    Mysql2::Client.new(socket: socket, username: 'root', encoding: 'utf8mb4', automatic_close: false, **options)
  end

  def connect
    login(database: 'kaal_test')
  end

  def alive?(connection)
    connection.ping
  end

  def maintain(*statements)
    connection = login
    statements.each { |statement| connection.query(statement) }
  ensure
    connection&.close
  end
end
