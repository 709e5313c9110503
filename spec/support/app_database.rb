# frozen_string_literal: true

require 'active_record'

# A database that the app has through ActiveRecord, for one example.
module AppDatabase
  # Connects ActiveRecord to a SQLite file, by default without a time-out of its own: who waits is kaal-rs.
  def connect_app(path, adapter: 'sqlite3', **settings)
    ActiveRecord::Base.establish_connection(adapter: adapter, database: path, **settings)
    [Kaal::CronLock, Kaal::CronDispatch, Kaal::CronDefinition].each(&:reset_column_information)
  end

  # Leaves ActiveRecord as other examples expect it.
  def disconnect_app
    ActiveRecord::Base.connection_handler.all_connection_pools.each(&:disconnect!)
    ActiveRecord::Base.remove_connection
    ActiveRecord::Base.configurations = {}
  end

  # Runs a statement on the app's connection.
  def sql(statement)
    ActiveRecord::Base.connection.exec_query(statement).rows
  end
end
