# frozen_string_literal: true

require 'kaal'

# The store that processes share, by its address: a Redis URL, or the path of a SQLite file.
module Store
  def self.open(address)
    return Kaal::Backend::RedisAdapter.new(address) if address.start_with?('redis:')

    Kaal::Backend::SQLiteAdapter.new(path: address)
  end
end
