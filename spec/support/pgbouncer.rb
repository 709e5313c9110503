# frozen_string_literal: true

require 'pg'
require 'server_process'
require 'unprivileged'

# A PgBouncer in front of a PostgresServer, which gives a client a connection for one transaction.
class Pgbouncer < ServerProcess
  include Unprivileged

  # @param postgres [PostgresServer]
  # @param passwords [Hash{String => String}] of the users, with which it logs in to the server in turn
  # @param settings [Hash] of the section `pgbouncer` in pgbouncer.ini
  def initialize(postgres, passwords: {}, **settings)
    @postgres = postgres
    @passwords = { 'postgres' => '', **passwords }
    super(**settings)
  end

  alias socket_dir folder

  def url(**options)
    @postgres.url(**options).sub(":#{@postgres.port}/", ":#{port}/")
  end

  # It waits for clients at a TERM, since 1.23.
  def stop(signal = :TERM)
    super(signal == :TERM ? :QUIT : signal)
  end

  private

  def user
    'postgres'
  end

  def command
    unprivileged(self.class.program('pgbouncer'), configuration)
  end

  def configuration
    settings = { listen_addr: '127.0.0.1', listen_port: port, unix_socket_dir: folder, auth_type: 'trust',
                 auth_file: logins, admin_users: user, pool_mode: 'transaction', default_pool_size: 3, **@options }
    write('pgbouncer.ini', <<~INI)
      [databases]
      * = host=127.0.0.1 port=#{@postgres.port}
      [pgbouncer]
      #{settings.map { |name, value| "#{name} = #{value}" }.join("\n")}
    INI
  end

  def logins
    write('users', @passwords.map { |name, password| %("#{name}" "#{password}"\n) }.join)
  end

  def write(name, text)
    File.join(folder, name).tap do |file|
      File.write(file, text)
      hand_over(folder, file)
    end
  end

  # Its own database answers for it, whether or not the server behind it does.
  def answers?
    PG.connect(host: '127.0.0.1', port: port, user: 'postgres', dbname: 'pgbouncer').close
    true
  rescue PG::ConnectionBad
    false
  end
end
