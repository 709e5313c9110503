# frozen_string_literal: true

require 'rails_app'

# An app that `rails new` makes and Bundler sets up, with kaal-rs in its Gemfile, in production.
class GeneratedRailsApp < RailsApp
  ROOT = File.expand_path('../..', __dir__)
  # What would need gems that Debian's Rails does not bring. Each version of Rails ignores those of others.
  OMITTED = %w[
    bundle git javascript sprockets asset-pipeline jbuilder listen spring bootsnap test system-test
    kamal solid thruster docker ci
  ].freeze

  # @param database_url [String] of PostgreSQL
  def initialize(database_url)
    @database_url = database_url
    super()
  end

  # Runs `bundle exec …`, meanwhile.
  #
  # @return [Running]
  def bundle_exec(*command, **environment)
    start('bundle', 'exec', *command, **environment)
  end

  private

  def lay_out
    finish('rails', 'new', folder, '--database=postgresql', *OMITTED.map { |name| "--skip-#{name}" }, BUNDLE_GEMFILE: nil)
    # The gems for development are those that Debian has not.
    write('Gemfile', "#{read('Gemfile').gsub(/^group .*?^end\n/m, '')}\ngem 'kaal-rs', path: #{ROOT.inspect}\n")
    finish('bundle', 'install', '--local')
  end

  def finish(*command, **environment)
    running = start(*command, **environment)
    raise "#{command.join(' ')}: #{running.output}" unless running.wait(60).success?

    @running.delete(running)
  end

  # Also where the specs have a bundle of their own.
  def environment
    {
      'RAILS_ENV' => 'production', 'DATABASE_URL' => @database_url, 'BUNDLE_GEMFILE' => path('Gemfile'),
      'BUNDLE_SILENCE_ROOT_WARNING' => '1', 'RUBYOPT' => nil, 'RUBYLIB' => nil
    }
  end
end
