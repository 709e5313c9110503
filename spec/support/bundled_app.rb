# frozen_string_literal: true

# An app that has its gems by a Gemfile of its own. They are those of the system: nothing is fetched.
module BundledApp
  KAAL_RS = File.expand_path('../..', __dir__)

  # Not with the Gemfile of the specs.
  def start(*command, **environment)
    super(*command, BUNDLE_GEMFILE: path('Gemfile'), RUBYOPT: nil, RUBYLIB: nil, **environment)
  end

  # Writes the Gemfile, and has Bundler find the gems.
  #
  # @param gems [Array<String>] its lines
  def install(gems)
    write('Gemfile', ["source 'https://rubygems.org'", *gems, ''].join("\n"))
    run(RbConfig.ruby, '-S', 'bundle', 'install', '--local', BUNDLE_SILENCE_ROOT_WARNING: '1')
  end

  # To its end, which must be a good one.
  def run(*command, **environment)
    process = start(*command, **environment)
    raise "#{command.join(' ')}: #{process.output}" unless process.wait(60).success?
  end
end
