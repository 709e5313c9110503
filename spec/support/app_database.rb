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
  def app_pools
    handler = ActiveRecord::Base.connection_handler
    # Rails 7.2 has it no more.
    handler.respond_to?(:all_connection_pools) ? handler.all_connection_pools : handler.connection_pool_list(:all)
  end

  def disconnect_app
    app_pools.each(&:disconnect!)
    ActiveRecord::Base.remove_connection
    ActiveRecord::Base.configurations = {}
  end

  # Runs a statement on the app's connection.
  def sql(statement)
    ActiveRecord::Base.connection.exec_query(statement).rows
  end
end
