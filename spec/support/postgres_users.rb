# frozen_string_literal: true

require 'pg'

# The users of a PostgreSQL. Includers give `inspector`.
module PostgresUsers
  # Makes a user, who may do with the tables of others only what is granted, anew.
  def create_user(name, password: nil)
    drop_user(name)
    role = PG::Connection.quote_ident(name)
    secret = "PASSWORD #{inspector.escape_literal(password)} IN ROLE asked_for_password" if password
    inspector.exec("CREATE ROLE #{role} LOGIN #{secret}")
  end

  # Sessions stay; the next login needs this one.
  def change_password(name, password)
    role = PG::Connection.quote_ident(name)
    inspector.exec("ALTER ROLE #{role} PASSWORD #{inspector.escape_literal(password)}")
  end

  # Drops what the user has in `kaal_test`, too.
  def drop_user(name)
    return if inspector.exec_params('SELECT FROM pg_roles WHERE rolname = $1', [name]).ntuples.zero?

    role = PG::Connection.quote_ident(name)
    inspector.exec("DROP OWNED BY #{role} CASCADE; DROP ROLE #{role}")
  end
end
