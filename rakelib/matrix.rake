# frozen_string_literal: true

require 'digest'
require_relative 'debian13'

namespace :matrix do
  caches = ENV.fetch('XDG_CACHE_HOME') { File.join(Dir.home, '.cache') }
  cache = ENV.fetch('KAAL_CACHE') { File.join(caches, 'kaal-rs') }
  stamp = File.join(cache, 'debian13.green')

  # What may do other things on Debian 13 than on Debian 12: all that is compiled, how it is built
  # and packaged, and what reads the insides of redis-rb.
  differing = %w[
    ext Cargo.toml Cargo.lock kaal-rs.gemspec Rakefile rakelib bin/setup bin/test .ci lib/kaal/redis_connection*
  ]

  # By content, not by commit: right in a fresh clone, whatever its history.
  digest = lambda do
    files = IO.popen(['git', 'ls-files', '-z', '--', *differing], &:read).split("\0").select { |file| File.file?(file) }
    Digest::SHA256.hexdigest(files.map { |file| "#{file} #{Digest::SHA256.file(file)}\n" }.join)
  end

  desc 'Run the suite on Debian 13, as root (its files: $KAAL_CACHE, else $XDG_CACHE_HOME/kaal-rs or ~/.cache/kaal-rs)'
  task :debian13 do
    Debian13.new(cache).run('suite')
  end

  desc 'Run on Debian 13 what the extension and the packaging need, unless it was green with these'
  task :changed do
    tested = digest.call
    if File.exist?(stamp) && File.read(stamp) == tested
      puts 'Debian 13 was green with this extension and packaging: not run'
    else
      Debian13.new(cache).run('essentials')
      File.write(stamp, tested)
    end
  end
end
