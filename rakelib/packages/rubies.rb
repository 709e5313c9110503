# frozen_string_literal: true

require 'open3'

# The Rubies of this machine that an extension can be built for: one of each minor version.
class Rubies
  # A Ruby's program and its minor version, such as 3.1.
  Ruby = Struct.new(:program, :minor)

  PLACES = %w[
    /opt/rubies/*/bin/ruby /usr/local/bin/ruby[0-9]* /usr/bin/ruby[0-9]* ~/.rubies/*/bin/ruby
    ~/.rbenv/versions/*/bin/ruby ~/.asdf/installs/ruby/*/bin/ruby ~/.local/share/mise/installs/ruby/*/bin/ruby
  ].freeze
  # Answers with nothing where an extension cannot be built: another engine, an older Ruby, no headers.
  QUESTION = <<~RUBY
    headers = File.exist?(File.join(RbConfig::CONFIG['rubyhdrdir'], 'ruby.h'))
    print RUBY_VERSION[/\\d+\\.\\d+/] if RUBY_ENGINE == 'ruby' && headers && Gem.ruby_version >= Gem::Version.new('3.1')
  RUBY

  class << self
    # @return [Array<Ruby>] by version; this process's Ruby stands for its own
    def all
      found = programs.filter_map do |program|
        minor, status = Open3.capture2(program, '-rrbconfig', '-e', QUESTION, err: File::NULL)
        Ruby.new(program, minor) if status.success? && !minor.empty?
      end
      found.uniq(&:minor).sort_by { |ruby| Gem::Version.new(ruby.minor) }
    end

    private

    # RUBIES, programs with colons between them, where it is set; else those of the usual places.
    def programs
      return ENV['RUBIES'].split(':') if ENV['RUBIES']

      [RbConfig.ruby, *Dir.glob(PLACES.map { |place| File.expand_path(place) }).reverse]
        .grep(%r{/ruby[\d.]*\z}).select { |file| File.executable?(file) }
    end
  end
end
